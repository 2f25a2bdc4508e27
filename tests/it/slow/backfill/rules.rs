//! The recording rules of the past, by a running Prometheus that shows the blocks of a backfill.

use std::collections::BTreeMap;
use std::path::Path;

use crate::external::backfill::{history, script};
use crate::inside::deploy::rules::{self, Rule};
use crate::inside::deploy::{generations, program, repository};
use crate::process::binary::{PATIENCE, until};
use crate::prometheus_server::Prometheus;
use crate::tally::Counted;

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

/// Values in text, with as many digits as all ways of adding have in common, by labels.
fn by_labels(values: &Counted) -> Vec<(&BTreeMap<String, String>, String)> {
    values.iter().map(|(series, value)| (&series.labels, format!("{value:.9}"))).collect()
}

/// Makes blocks of the files and of the rules; at `at`, each rule has recorded what it shows.
async fn records_the_past(generation: Option<&Path>, files: &Path, at: i64) {
    let fill = |data: &Path| script(generation, "blocks", files, data, &[]);
    let server = program(generation, "prometheus");
    let prometheus = Prometheus::with_data(server, fill, Some(at), &[]);
    prometheus.ready().await;
    let (data, url) = (prometheus.data(), prometheus.url());
    tokio::task::block_in_place(|| script(generation, "rules", files, &data, &[&url]));
    let last = "last_over_time(department:rocketchat_omnichannel_overdue_chats:min5m[1s])";
    until("the last pass is shown", PATIENCE, async || prometheus.value(last).await).await;
    let mut shown = 0;
    for rule in recording() {
        let name = rule.record.unwrap();
        let recorded = prometheus.values(&format!("last_over_time({name}[1s])")).await.unwrap();
        let evaluated = prometheus.values(&rule.expr).await.unwrap();
        let (one, other) = (by_labels(&recorded), by_labels(&evaluated));
        assert_eq!(one, other, "{name}");
        shown += usize::from(!recorded.is_empty());
    }
    assert!(shown >= 10, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs promtool and prometheus, takes 4 minutes: tests/run runs it"]
async fn each_rule_has_recorded_the_past() {
    let files = tempfile::tempdir().unwrap();
    let (simulator, ..) = history(files.path()).await;
    // A time at which every group of rules is evaluated.
    let at = simulator.world(|world| world.now().as_second()) / 300 * 300 - 3600;
    let [one, other] = generations();
    tokio::join!(
        records_the_past(one.as_deref(), files.path(), at),
        records_the_past(other.as_deref(), files.path(), at)
    );
}
