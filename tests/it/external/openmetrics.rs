//! A real Prometheus of each generation scrapes OpenMetrics and sees when counting began.

use std::path::Path;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::Value;

use crate::inside::deploy::{generations, program};
use crate::plain_http;
use crate::process::binary::{Exporter, PATIENCE, body_of, every_second, until};
use crate::prometheus_server::Prometheus;

const COUNTER: &str = "rocketchat_omnichannel_chats_started_total";
const CREATED: &str = "rocketchat_omnichannel_chats_started_created";

/// The beginning of counting by the exporter's page, seconds of the Unix time.
async fn began(exporter: &Exporter) -> f64 {
    let url = format!("http://{}/metrics", exporter.address().await);
    let client = plain_http::client().build().unwrap();
    let asked = client.get(url).header("accept", "application/openmetrics-text;version=1.0.0");
    let page = String::from_utf8(body_of(asked.send().await.unwrap()).await.unwrap()).unwrap();
    let line = page.lines().find(|line| line.starts_with(CREATED)).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
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
    let began = began(&exporter).await;
    let address = exporter.address().await;
    // The older generation does not know the feature.
    let feature = "--enable-feature=created-timestamp-zero-ingestion".to_owned();
    let flags = if generation.is_some() { vec![feature] } else { Vec::new() };
    let job = format!("static_configs: [{{targets: ['{address}']}}]");
    let prometheus = Prometheus::scraping(program(generation, "prometheus"), "1s", &job, &flags);
    prometheus.shows("rocketchat_omnichannel_up", 1.0).await;
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
async fn prometheus_scrapes_openmetrics_and_shows_when_counting_began() {
    for generation in generations() {
        shows_the_beginning(generation.as_deref()).await;
    }
}
