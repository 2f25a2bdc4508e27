//! A real Prometheus of each generation scrapes OpenMetrics and sees when counting began, and its promtool reads each
//! sample.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::Value;

use crate::inside::deploy::{generations, program};
use crate::page_reader;
use crate::plain_http;
use crate::process::binary::{Exporter, PATIENCE, body_of, every_second, until};
use crate::prometheus_server::Prometheus;

const COUNTER: &str = "rocketchat_omnichannel_chats_started_total";
const CREATED: &str = "rocketchat_omnichannel_chats_started_created";

/// The beginning of counting by the exporter's page, seconds of the Unix time.
fn began(page: &str) -> f64 {
    let line = page.lines().find(|line| line.starts_with(CREATED)).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

/// Families in seconds: a gauge, a summary and a histogram.
const IN_SECONDS: [&str; 3] = [
    "rocketchat_omnichannel_queue_oldest_wait_seconds",
    "rocketchat_omnichannel_response_seconds",
    "rocketchat_omnichannel_queue_wait_seconds",
];

/// Asserts that Prometheus knows the unit of these families, which only OpenMetrics tells.
async fn assert_knows_units(prometheus: &Prometheus) {
    let client = plain_http::client().build().unwrap();
    for family in IN_SECONDS {
        let url = format!("{}/api/v1/metadata?metric={family}", prometheus.url());
        let body = body_of(client.get(url).send().await.unwrap()).await.unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer["data"][family][0]["unit"], "seconds", "{answer}");
    }
}

/// Asserts that each series of the counter begins with a zero at this time.
fn assert_begins(series: &[Value], began: f64) {
    assert!(series.len() > 3, "{series:?}");
    for one in series {
        let first = &one["values"][0];
        let at = first[0].as_f64().unwrap();
        assert!((at - began).abs() < 0.001 && first[1] == "0", "{began}: {one}");
    }
}

async fn shows_the_beginning(generation: Option<&Path>) {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    exporter.numbers_when("it is read", |numbers| numbers.get("up[]") == Some(&1.0)).await;
    let began = began(&exporter.openmetrics().await);
    let address = exporter.address().await;
    // The older generation does not know the feature.
    let feature = "--enable-feature=created-timestamp-zero-ingestion".to_owned();
    let flags = if generation.is_some() { vec![feature] } else { Vec::new() };
    let job = format!("static_configs: [{{targets: ['{address}']}}]");
    let prometheus = Prometheus::scraping(program(generation, "prometheus"), "1s", &job, &flags);
    prometheus.shows("rocketchat_omnichannel_up", 1.0).await;
    assert_knows_units(&prometheus).await;
    let all = prometheus.value(&format!("count({COUNTER})")).await.unwrap();
    if generation.is_none() {
        prometheus.shows(&format!("count({CREATED})"), all).await;
        prometheus.shows(&format!("min({CREATED})"), began).await;
        return;
    }
    let range = format!("{COUNTER}[1h]");
    let series = until("several scrapes", PATIENCE, async || {
        let series = prometheus.result(&range).await?;
        let scrapes = series.first().and_then(|one| one["values"].as_array()).map_or(0, Vec::len);
        if scrapes > 2 { Ok(series) } else { Err(format!("{scrapes} samples")) }
    })
    .await;
    assert_begins(&series, began);
    assert_eq!(prometheus.result(CREATED).await.unwrap(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs prometheus: tests/run runs it"]
async fn prometheus_scrapes_openmetrics_and_shows_units_and_when_counting_began() {
    for generation in generations() {
        shows_the_beginning(generation.as_deref()).await;
    }
}

/// The value of each of these samples by its labels, one of which is the name.
fn values<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<BTreeMap<String, String>, f64> {
    let mut values = BTreeMap::new();
    for (name, labels, value) in lines.map(page_reader::sample) {
        let name = (!name.is_empty()).then(|| ("__name__", name.to_owned()));
        let labels = labels.into_iter().chain(name).map(|(label, text)| {
            // Prometheus 3 writes the bound 1 as 1.0.
            let is_bound = label == "le";
            let text = if is_bound { text.parse::<f64>().unwrap().to_string() } else { text };
            (label.to_owned(), text)
        });
        let labels: BTreeMap<_, _> = labels.collect();
        let earlier = values.insert(labels.clone(), value);
        assert_eq!(earlier, None, "{labels:?}");
    }
    values
}

/// The standard output of `promtool tsdb` with these arguments.
fn promtool(generation: Option<&Path>, arguments: &[&str], folder: &Path) -> String {
    let mut promtool = Command::new(program(generation, "promtool"));
    let done = promtool.arg("tsdb").args(arguments).arg(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// promtool takes only samples with a time, so each gets one.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs promtool: tests/run runs it"]
async fn promtool_reads_each_sample_of_the_page_in_openmetrics_with_its_labels_and_its_value() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    exporter.numbers_when("it is read", |numbers| numbers.get("up[]") == Some(&1.0)).await;
    let page = exporter.openmetrics().await;
    let written = values(page.lines().filter(|line| !line.starts_with('#')));
    assert!(written.len() > 1_000 && page.contains(CREATED), "{page}");
    let timed =
        |line: &str| format!("{line}{}\n", if line.starts_with('#') { "" } else { " 1700000000" });
    let text: String = page.lines().map(timed).collect();
    for generation in generations() {
        let (generation, folder) = (generation.as_deref(), tempfile::tempdir().unwrap());
        let file = folder.path().join("page.om");
        std::fs::write(&file, &text).unwrap();
        let blocks = folder.path().join("blocks");
        let create = ["create-blocks-from", "openmetrics", file.to_str().unwrap()];
        promtool(generation, &create, &blocks);
        // `dump` opens the folder `wal`, which only a server makes.
        std::fs::create_dir(blocks.join("wal")).unwrap();
        let dumped = promtool(generation, &["dump"], &blocks);
        let samples = dumped.lines().filter_map(|line| line.strip_suffix(" 1700000000000"));
        assert_eq!(values(samples), written);
    }
}
