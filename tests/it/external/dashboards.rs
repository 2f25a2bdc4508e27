//! Every query is checked against the catalogue and against a real Prometheus with three hours of simulated traffic.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::cli::Demo;
use rocketchat_omnichannel_exporter::config::Flags;
use rocketchat_omnichannel_exporter::demo;

use crate::external::promql;
use crate::inside::grafana::{all, expressions, panels};
use crate::prometheus_server::Prometheus;

/// An afternoon, when the simulated call centre is busy.
const PRESENT: Timestamp = Timestamp::constant(1_772_463_900, 0);

/// Panels, or series of panels, that may be empty, with the reason.
const EMPTY: [(&str, &str); 8] = [
    ("offset 1w", "needs a week of data"),
    ("ALERTS", "needs the rules to be loaded and an alert to fire"),
    ("exporter_throttled_seconds_total", "no request had to wait"),
    ("exporter_poll_failures_total", "no poll has failed"),
    ("exporter_api_rate_limit", "the simulated token bypasses the limiter"),
    ("exporter_webhooks_total", "the demo has no webhook token"),
    ("exporter_nudged_polls_total", "the demo has no webhook token"),
    ("widget_online", "the demo does not ask for widgets"),
];

fn with_ranges(expression: &str) -> String {
    expression.replace("$__range", "1h").replace("$__interval", "5m")
}

fn choosing(expression: &str, department: &str, agent: &str) -> String {
    let chosen = with_ranges(expression).replace("$workspace", "demo").replace("$queue", ".+");
    let chosen = chosen.replace("${workspace:regex}", "demo");
    chosen.replace("$department", department).replace("$agent", agent)
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn every_query_is_read_by_promtool_and_asks_for_what_the_catalogue_has() {
    for dashboard in all() {
        let json = dashboard.provisioned();
        let asked: Vec<&str> = panels(&json).flat_map(expressions).collect();
        let read: Vec<String> = asked.iter().map(|it| with_ranges(it)).collect();
        let read: Vec<&str> = read.iter().map(String::as_str).collect();
        assert_eq!(promql::refusal(&read), None, "{}", dashboard.title);
        for expression in asked.iter().filter(|it| !it.contains("ALERTS")) {
            assert_eq!(promql::unknown(expression), Vec::<String>::new(), "{expression}");
        }
        for variable in json["templating"]["list"].as_array().unwrap() {
            let query = variable["query"]["query"].as_str().unwrap_or_default();
            assert_eq!(promql::unknown(query), Vec::<String>::new(), "{query}");
        }
    }
}

/// A Prometheus with three hours of simulated history, the shortest time that surely contains an audit.
fn past() -> Prometheus {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.om");
    let demo = Demo {
        flags: Flags::default(),
        server_version: "7.13.0".to_owned(),
        seed: Some(7),
        poll_interval: Some(Duration::from_secs(60)),
        history: None,
        output: Some(file.clone()),
    };
    let written = move || demo::history::record(&demo, Duration::from_secs(3 * 3600), PRESENT);
    // `record` starts a runtime of its own, so it needs another thread.
    std::thread::spawn(written).join().unwrap().unwrap();
    Prometheus::holding(&file, Some(PRESENT.as_second()))
}

#[tokio::test]
#[ignore = "needs promtool and prometheus: tests/run runs it"]
async fn every_query_returns_data_for_one_for_several_and_for_all() {
    let prometheus = past();
    prometheus.shows("count(rocketchat_omnichannel_up)", 1.0).await;
    let agents = prometheus
        .values("sum by (agent) (rocketchat_omnichannel_agent_open_chats{department=\"Support\",state=\"in_progress\"} > 0)");
    let agents: Vec<String> =
        agents.await.unwrap().keys().map(|series| series.labels["agent"].clone()).collect();
    let several = format!("({})", agents[..2].join("|"));
    let choices =
        [("Support", agents[0].as_str()), ("(Sales|Support)", several.as_str()), (".+", ".+")];
    let (mut silent, mut asked, mut empty) = (Vec::new(), 0, BTreeSet::new());
    for dashboard in all() {
        let json = dashboard.provisioned();
        for panel in panels(&json) {
            for expression in expressions(panel) {
                let may_be_empty = EMPTY.iter().find(|(part, _)| expression.contains(part));
                for (department, agent) in choices {
                    let chosen = choosing(expression, department, agent);
                    let values = prometheus.values(&chosen).await.unwrap();
                    asked += 1;
                    match may_be_empty {
                        _ if !values.is_empty() => {}
                        Some((part, _)) => _ = empty.insert(*part),
                        None => silent
                            .push(format!("{} / {}: {chosen}", dashboard.title, panel["title"])),
                    }
                }
            }
        }
    }
    assert!(asked > 300, "{asked}");
    assert!(silent.is_empty(), "{}", silent.join("\n"));
    assert_eq!(
        empty,
        EMPTY.iter().map(|(part, _)| *part).collect(),
        "what has data is no exception"
    );
}
