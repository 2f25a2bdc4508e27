//! The recording rules of the past, by a running Prometheus that shows the blocks of a backfill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::external::alert_replay::evaluation::Labels;
use crate::external::backfill::{history, script};
use crate::inside::deploy::rules::{self, Rule};
use crate::inside::deploy::{generations, program, repository};
use crate::process::binary::{PATIENCE, until};
use crate::prometheus_server::Prometheus;

/// The longest chain of recording rules, each of which uses the series of the one before.
fn longest_chain(rules: &[Rule]) -> usize {
    let mut known: Vec<&str> = Vec::new();
    for length in 0.. {
        let is_open = |rule: &&Rule| !known.contains(&rule.record.as_deref().unwrap());
        let open: Vec<_> = rules.iter().filter(is_open).collect();
        if open.is_empty() {
            return length;
        }
        let names: Vec<_> = open.iter().map(|rule| rule.record.as_deref().unwrap()).collect();
        let is_ready = |rule: &&&Rule| !names.iter().any(|name| rule.expr.contains(name));
        let ready: Vec<_> = open.iter().filter(is_ready).collect();
        assert!(!ready.is_empty(), "in a circle: {names:?}");
        known.extend(ready.iter().map(|rule| rule.record.as_deref().unwrap()));
    }
    unreachable!()
}

/// The rules of the file that the script gives to promtool.
fn recording() -> Vec<Rule> {
    let path = repository("deploy/prometheus/recording.rules.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let is_there = |name: &String| text.contains(&format!("- record: {name}\n"));
    rules::all().into_iter().filter(|rule| rule.record.as_ref().is_some_and(is_there)).collect()
}

#[test]
fn the_script_has_as_many_passes_as_the_longest_chain_of_rules() {
    let passes: Vec<_> = (1..=longest_chain(&recording())).map(|it| it.to_string()).collect();
    let script = std::fs::read_to_string(repository("deploy/prometheus/backfill")).unwrap();
    assert!(script.contains(&format!("for pass in {}; do", passes.join(" "))), "{passes:?}");
}

/// Makes blocks of the files and of the rules; at `at` and at earlier times, the recorded values are those of the rules.
async fn records_the_past(generation: Option<PathBuf>, files: PathBuf, at: i64) {
    let fill = |data: &Path| script(generation.as_deref(), "blocks", &files, data, &[]);
    let server = program(generation.as_deref(), "prometheus");
    let prometheus = Prometheus::with_data(server, fill, Some(at), &[]);
    prometheus.ready().await;
    assert!(!prometheus.log().contains("verlap"), "{}", prometheus.log());
    let (data, url) = (prometheus.data(), prometheus.url());
    let rules = move || script(generation.as_deref(), "rules", &files, &data, &[&url]);
    tokio::task::spawn_blocking(rules).await.unwrap();
    let last = "department:rocketchat_omnichannel_overdue_chats:min5m";
    until("the last pass is shown", PATIENCE, async || prometheus.value(last).await).await;
    let mut shown = BTreeSet::new();
    for hours in [0, 6, 18, 30] {
        for rule in recording() {
            let (name, at) = (rule.record.unwrap(), at - hours * 3600);
            match differing(&prometheus, (&name, &rule.expr), at).await {
                Some(differing) => {
                    assert!(differing.is_empty(), "{name} at {at}: {differing:#?}");
                    shown.insert(name);
                }
                None => assert_eq!(values(&prometheus, &rule.expr, at as f64).await, [].into()),
            }
        }
    }
    assert!(shown.len() >= 14, "{shown:?}");
}

/// Values by the labels of their series.
type ByLabels = BTreeMap<Labels, f64>;

async fn values(prometheus: &Prometheus, expression: &str, at: f64) -> ByLabels {
    let values = prometheus.values_at(expression, at).await.unwrap();
    values.into_iter().map(|(series, value)| (series.labels, value)).collect()
}

/// The series whose last recorded values before this time are not those of the expression at the time of the record, or
/// that are on one side only; `None` if nothing is recorded. promtool records each group at its own second of a minute.
async fn differing(
    prometheus: &Prometheus,
    (name, expression): (&str, &str),
    at: i64,
) -> Option<Vec<String>> {
    let times = values(prometheus, &format!("timestamp({name})"), at as f64).await;
    let latest = times.values().copied().reduce(f64::max)?;
    let mut recorded = values(prometheus, name, latest).await;
    recorded.retain(|labels, _| times.get(labels) == Some(&latest));
    let computed = values(prometheus, expression, latest).await;
    let all: BTreeSet<_> = recorded.keys().chain(computed.keys()).collect();
    let is_equal = |one: f64, other: f64| {
        (one - other).abs() <= 1e-9 * one.abs().max(1.0) || (one.is_nan() && other.is_nan())
    };
    let pairs = all.into_iter().map(|it| (it, recorded.get(it), computed.get(it)));
    let differing = pairs.filter(|(_, one, other)| {
        !one.zip(*other).is_some_and(|(one, other)| is_equal(*one, *other))
    });
    Some(differing.map(|it| format!("{it:?}")).collect())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs promtool and prometheus, takes 4 minutes: tests/run runs it"]
async fn each_rule_has_recorded_the_past() {
    let files = tempfile::tempdir().unwrap();
    let (simulator, ..) = history(files.path()).await;
    let at = simulator.world(|world| world.now().as_second()) - 3600;
    let record = |generation| records_the_past(generation, files.path().to_owned(), at);
    let [one, other] = generations().map(record);
    tokio::join!(one, other);
}
