//! Every query is checked against the catalogue and against a real Prometheus with three hours of simulated traffic.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::cli::Demo;
use rocketchat_omnichannel_exporter::config::Flags;
use rocketchat_omnichannel_exporter::demo;
use serde_json::Value;

use crate::external::alert_replay::evaluation::Evaluation;
use crate::external::promql;
use crate::inside::deploy::rules;
use crate::inside::grafana::{all, expressions, panels};

/// An afternoon, when the simulated call centre is busy.
const PRESENT: Timestamp = Timestamp::constant(1_772_463_900, 0);

/// Panels, or series of panels, that may be empty, with the reason.
const EMPTY: [(&str, &str); 12] = [
    ("what_if=\"-1\"", "the load is too high for one agent fewer"),
    ("exporter_log_lines_dropped_total", "the history has no metrics of a process"),
    ("offset 1w", "needs a week of data"),
    ("offset 10m", "the server is not upgraded"),
    ("process_start_time_seconds", "the history has no metrics of a process"),
    ("ALERTS", "needs the rules to be loaded and an alert to fire"),
    ("exporter_throttled_seconds_total", "no request had to wait"),
    ("exporter_poll_failures_total", "no poll has failed"),
    ("exporter_api_rate_limit", "the simulated token bypasses the limiter"),
    ("exporter_webhooks_total", "the demo has no webhook token"),
    ("exporter_nudged_polls_total", "the demo has no webhook token"),
    ("widget_online", "the demo does not ask for widgets"),
];

fn with_ranges(expression: &str) -> String {
    let expression = expression.replace("$__range", "1h").replace("$__interval", "5m");
    expression.replace("$utc_offset", "0")
}

/// The expression with these values of the variables.
pub fn choosing(expression: &str, department: &str, agent: &str) -> String {
    let chosen = with_ranges(expression).replace("$workspace", "demo").replace("$queue", ".+");
    let chosen = chosen.replace("${workspace:regex}", "demo");
    chosen.replace("$department", department).replace("$agent", agent)
}

/// The queries of a panel, each of which has data: one of the colours of a figure has, so these are joined.
pub fn with_data(panel: &Value) -> Vec<String> {
    let queries: Vec<_> = expressions(panel).collect();
    let has_colours = panel["fieldConfig"]["overrides"].to_string().contains("byFrameRefID");
    if has_colours {
        vec![format!("({})", queries.join(") or ("))]
    } else {
        queries.into_iter().map(str::to_owned).collect()
    }
}

pub fn annotations(dashboard: &Value) -> impl Iterator<Item = &str> {
    let annotations = dashboard["annotations"]["list"].as_array().unwrap();
    annotations.iter().map(|annotation| annotation["target"]["expr"].as_str().unwrap())
}

/// The expressions of the variables that Prometheus fills.
pub fn variables(dashboard: &Value) -> impl Iterator<Item = &str> {
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let queries = variables.iter().filter_map(|variable| variable["query"]["query"].as_str());
    queries.map(|query| {
        let inner = query.strip_prefix("label_values(").unwrap();
        inner.rsplit_once(", ").unwrap().0
    })
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn every_query_is_read_by_promtool_and_asks_for_what_the_catalogue_has() {
    for dashboard in all() {
        let json = dashboard.provisioned();
        let asked = panels(&json).flat_map(expressions).chain(annotations(&json));
        let asked: Vec<&str> = asked.collect();
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

/// Three hours of simulated history, the shortest time that surely contains an audit, with the recorded series.
async fn past() -> Evaluation {
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
    let written = move || {
        // The latencies of the answers.
        fastrand::seed(7);
        demo::history::record(&demo, Duration::from_secs(3 * 3600), PRESENT)
    };
    // `record` starts a runtime of its own, so it needs another thread.
    std::thread::spawn(written).join().unwrap().unwrap();
    Evaluation::new(&[file], &rules::all(), PRESENT.as_second(), 180).await
}

/// Asks queries for several choices of the variables.
struct Inquiry<'a> {
    past: &'a Evaluation,
    /// Values of the variables of departments and agents.
    choices: [(&'a str, &'a str); 3],
    silent: Vec<String>,
    empty: BTreeSet<&'static str>,
    asked: usize,
}

impl Inquiry<'_> {
    /// Notes where a query has no data for a choice; panics if Prometheus refuses it.
    async fn ask(&mut self, place: &str, expression: &str) {
        let may_be_empty = EMPTY.iter().find(|(part, _)| expression.contains(part));
        for (department, agent) in self.choices {
            let chosen = choosing(expression, department, agent);
            let values = self.past.values(&chosen).await.unwrap();
            self.asked += 1;
            match may_be_empty {
                _ if !values.is_empty() => {}
                Some((part, _)) => _ = self.empty.insert(*part),
                None => self.silent.push(format!("{place}: {chosen}")),
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs promtool and prometheus: tests/run runs it"]
async fn every_query_returns_data_for_one_for_several_and_for_all() {
    let past = past().await;
    assert_eq!(past.value("count(rocketchat_omnichannel_up)").await, 1.0);
    let agents = past
        .values("sum by (agent) (rocketchat_omnichannel_agent_open_chats{department=\"Support\",state=\"in_progress\"} > 0)");
    let agents: Vec<String> =
        agents.await.unwrap().keys().map(|series| series.labels["agent"].clone()).collect();
    let several = format!("({})", agents[..2].join("|"));
    let choices =
        [("Support", agents[0].as_str()), ("(Sales|Support)", several.as_str()), (".+", ".+")];
    let (silent, empty) = (Vec::new(), BTreeSet::new());
    let mut inquiry = Inquiry { past: &past, choices, silent, empty, asked: 0 };
    for dashboard in all() {
        let json = dashboard.provisioned();
        for panel in panels(&json) {
            let place = format!("{} / {}", dashboard.title, panel["title"]);
            for query in with_data(panel) {
                inquiry.ask(&place, &query).await;
            }
        }
        for query in annotations(&json).chain(variables(&json)) {
            inquiry.ask(dashboard.title, query).await;
        }
    }
    assert!(inquiry.asked > 300, "{}", inquiry.asked);
    assert!(inquiry.silent.is_empty(), "{}", inquiry.silent.join("\n"));
    assert_eq!(
        inquiry.empty,
        EMPTY.iter().map(|(part, _)| *part).collect(),
        "what has data is no exception"
    );
}

/// The exporters of a job at the tenth minute: what Prometheus has scraped of each minute, and the age that the figure
/// shows in minutes, or `None` for "not scraped".
const AGES: [(&str, &str, Option<u32>); 7] = [
    ("an exporter that polls", "up a 1x10 | w a 0+60x10 | start a 0x10", Some(0)),
    ("lists that are old", "up a 1x10 | w a 60x10 | start a 0x10", Some(9)),
    (
        "an exporter that does not answer",
        "up a 1x3 0x6 | w a 0+60x3 stale | start a 0x3 stale",
        None,
    ),
    (
        "an exporter that has vanished",
        "up a 1x3 stale | w a 0+60x3 stale | start a 0x3 stale",
        None,
    ),
    (
        "an exporter that does not answer, and one with the same name in another namespace",
        "up a@prod 1x3 0x6 | w a@prod 0+60x3 stale | start a@prod 0x3 stale | up a@test 1x10 | v a@test 0+60x10 | start a@test 240x10",
        None,
    ),
    (
        "a workspace that a reload took out",
        "up a 1x10 | w a 0+60x3 stale | v a 0+60x10 | start a 0x10",
        Some(0),
    ),
    (
        "a workspace that a new release of the deployment does not have",
        "up a 1x3 stale | w a 0+60x3 stale | start a 0x3 stale | up b _x4 1x6 | v b _x4 240+60x6 | start b _x4 240x6",
        Some(0),
    ),
];

/// The input of a test of promtool, from the short form above: a metric, an instance with or without a namespace, values.
fn input(series: &str) -> String {
    let lines = series.split(" | ").flat_map(|one| {
        let [name, instance, values] = one.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{one}")
        };
        let (instance, namespace) = instance.split_once('@').unwrap_or((instance, ""));
        let target = format!("job=\"j\",instance=\"{instance}\",namespace=\"{namespace}\"");
        let own = "rocketchat_omnichannel_";
        let line = |name: String, values: &str| {
            format!("      - {{ series: '{name}', values: '{values}' }}\n")
        };
        match name {
            "up" => vec![line(format!("up{{{target}}}"), values)],
            "start" => vec![
                line(format!("process_start_time_seconds{{{target}}}"), values),
                line(format!("{own}exporter_build_info{{{target}}}"), values),
            ],
            workspace => {
                let labels = format!("workspace=\"{workspace}\",{target}");
                let list = format!(
                    "{own}exporter_last_success_timestamp_seconds{{collector=\"queue\",{labels}}}"
                );
                vec![line(list, values), line(format!("{own}up{{{labels}}}"), values)]
            }
        }
    });
    lines.collect()
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn the_age_of_the_data_tells_a_dead_exporter_from_a_workspace_that_was_taken_out() {
    let json = all()[0].provisioned();
    let panel = panels(&json).find(|panel| panel["title"] == "Age of the data").unwrap();
    let age =
        choosing(expressions(panel).next().unwrap(), ".+", ".+").replace("=~\"demo\"", "=~\".+\"");
    for (case, series, minutes) in AGES {
        let (expression, value) = match minutes {
            Some(minutes) => (age.clone(), f64::from(minutes * 60)),
            None => (format!("clamp_max({age}, 1e9)"), 1e9),
        };
        let samples = format!("{{ labels: '{{}}', value: {value} }}");
        assert_eq!(prometheus_disagrees(&input(series), &expression, &samples), None, "{case}");
    }
}

/// The difference that promtool finds between these samples and those of the expression at the tenth minute of the series.
pub fn prometheus_disagrees(series: &str, expression: &str, samples: &str) -> Option<String> {
    let test = format!(
        "rule_files: []\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n{series}    promql_expr_test:\n      \
         - expr: '{}'\n        eval_time: 10m\n        exp_samples: [{samples}]\n",
        expression.replace('\'', "''"),
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figure.test.yaml");
    std::fs::write(&file, test).unwrap();
    let output = std::process::Command::new("promtool").args(["test", "rules"]).arg(&file).output();
    let output = output.expect("promtool is missing: apt-get install prometheus");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
