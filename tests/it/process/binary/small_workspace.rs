//! The small workspace of the documentation: the series and the size of its page, and the series that Prometheus keeps.

use std::path::Path;

use rocketchat_omnichannel_exporter::simulator::Simulator;

use super::{Exporter, every_second, get};
use crate::call_centre::{self, SMALL_WORKSPACE, Size};
use crate::inside::deploy::{generations, program};
use crate::prometheus_server::Prometheus;

/// The name of a workspace without a name is its host.
const NAME: &str = "127.0.0.1";

/// A page of the documentation in one line.
fn documentation(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number between these words of a page of the documentation.
fn documented(page: &str, before: &str, after: &str) -> f64 {
    let text = documentation(page);
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{page}: no {before:?}"));
    let (number, _) = rest.split_once(after).unwrap_or_else(|| panic!("{page}: no {after:?}"));
    number.replace(',', "").parse().unwrap_or_else(|_| panic!("{page}: no number: {number:?}"))
}

/// An exporter that has polled the workspace several times, so that no series is still to come.
async fn polled() -> (Simulator, Exporter) {
    let settings = call_centre::settings(SMALL_WORKSPACE);
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    call_centre::populate(&simulator, SMALL_WORKSPACE);
    let mut variables = every_second(&simulator, &settings);
    // Long enough for each list, also on a busy machine.
    variables.push(("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "5s".to_owned()));
    let exporter = Exporter::serve(&[], &variables);
    let polls = |key: &str| key.starts_with("exporter_api_requests_total[") && key.contains("info");
    exporter
        .numbers_when("the fourth poll has begun", |numbers| {
            numbers.iter().any(|(key, requests)| polls(key) && *requests >= 4.0)
        })
        .await;
    (simulator, exporter)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_small_workspace_is_as_large_as_the_documentation_says() {
    let (_simulator, exporter) = polled().await;
    let path = format!("/metrics?workspace={NAME}");
    let page = get(exporter.address().await, &path).await.unwrap().text;
    let series = page.lines().filter(|line| !line.starts_with('#')).count() as f64;
    let buckets = page.lines().filter(|line| line.contains("_bucket{")).count() as f64;
    let hundreds = (series / 100.0).round() * 100.0;
    let Size { departments, agents, rooms } = SMALL_WORKSPACE;
    let small = format!(
        "A small workspace ({rooms} open chats, {departments} departments, {agents} agents) has about "
    );
    assert_eq!(documented("deployment.md", &small, " series in "), hundreds, "{series} series");
    let small = format!(
        "A small workspace with {rooms} open chats, {departments} departments and {agents} agents has about "
    );
    assert_eq!(documented("capacity.md", &small, " series, a third of them buckets"), hundreds);
    assert!((buckets / series - 1.0 / 3.0).abs() < 0.05, "{buckets} of {series} are buckets");
    let tens = (page.len() as f64 / 10_000.0).round() * 10.0;
    assert_eq!(documented("deployment.md", " series in ", " KB. The page of a thousand"), tens);
    assert_eq!(documented("architecture.md", "of a small workspace takes ", " KB"), tens);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs prometheus: tests/run runs it"]
async fn prometheus_3_keeps_as_many_series_of_a_small_workspace_as_the_documentation_says() {
    let (_simulator, exporter) = polled().await;
    let address = exporter.address().await;
    let [_, newer] = generations();
    let program = program(newer.as_deref(), "prometheus");
    let native = documented("deployment.md", "Measured with 3.5: ", " series of a small workspace");
    let classic = documented("deployment.md", "of a small workspace in place of ", ", both ");
    for (is_native, series) in [(false, classic), (true, native)] {
        let job = format!(
            "convert_classic_histograms_to_nhcb: {is_native}, \
             params: {{workspace: ['{NAME}'], created: ['false']}}, \
             static_configs: [{{targets: ['{address}']}}]"
        );
        let flags = ["--enable-feature=native-histograms".to_owned()];
        let prometheus = Prometheus::scraping(program.clone(), "1s", &job, &flags);
        prometheus.shows("count({workspace!=\"\"})", series).await;
        let waits = "rocketchat_omnichannel_queue_wait_seconds";
        let count = if is_native {
            format!("sum(histogram_count({waits})) >= bool 0")
        } else {
            format!("sum({waits}_count) >= bool 0")
        };
        prometheus.shows(&count, 1.0).await;
    }
}

#[test]
fn capacity_and_deployment_name_the_size_of_the_workspaces_that_were_measured() {
    let figures = documentation("figures.md");
    let (_, size) = figures.split_once("<!-- peers: workspaces --> Each has ").unwrap();
    let (departments, rest) = size.split_once(" departments, ").unwrap();
    let (agents, rest) = rest.split_once(" agents and ").unwrap();
    let (rooms, _) = rest.split_once(" open chats.").unwrap();
    let row = format!(
        "| small workspace: {rooms} open chats, {departments} departments, {agents} agents |"
    );
    assert!(documentation("capacity.md").contains(&row), "capacity.md has no {row:?}");
    let need = format!(
        "A thousand workspaces with {rooms} open chats, {departments} departments and {agents} agents each need "
    );
    assert!(documentation("deployment.md").contains(&need), "deployment.md has no {need:?}");
}
