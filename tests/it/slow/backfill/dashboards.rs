//! The queries of the dashboards over the seam from a history to the live exporter.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::external::alert_replay::evaluation::Evaluation;
use crate::external::backfill::{go_on, history_of, openmetrics};
use crate::external::dashboards::{annotations, choosing, variables, with_data};
use crate::inside::deploy::rules::{self, Rule};
use crate::inside::grafana::{all, panels};
use crate::prometheus_server::{Prometheus, Range};

/// A week, which queries with `offset 1w` need, and a day.
const HISTORY_HOURS: u64 = 8 * 24;
const LIVE_MINUTES: usize = 6 * 60;
/// Time before the seam that is looked at, seconds.
const BEFORE: i64 = 3 * 3600;
/// Time before and after the seam in which each query has a value at each minute, seconds.
const AROUND: i64 = 30 * 60;
/// Panels with an increase over five minutes: before the seam, it has a value only where they contain two samples, and in
/// this history samples are four minutes apart.
const SPARSE: [&str; 1] = ["\"First responses by duration\""];
/// Prometheus shows a sample for less than this, seconds; a value that does not change is written every four minutes.
const SHOWN: i64 = 301;

/// The names of the exporter's series in an expression, recorded ones included.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let words = expression.split(move |letter: char| !is_part(letter));
    words.filter(|word| word.contains("rocketchat_omnichannel"))
}

/// The names of the series in the files, and of the series that rules record from nothing but these.
fn told(files: &[PathBuf], rules: &[Rule]) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        told.extend(samples.map(|line| line.split('{').next().unwrap().to_owned()));
    }
    for _ in rules {
        let from_these = |rule: &&Rule| names(&rule.expr).all(|name| told.contains(name));
        let new: Vec<_> =
            rules.iter().filter(from_these).filter_map(|it| it.record.clone()).collect();
        told.extend(new);
    }
    told
}

/// The queries of all dashboards, each with its place.
fn queries() -> Vec<(String, String)> {
    let mut queries = Vec::new();
    for dashboard in all() {
        let json = dashboard.provisioned();
        let of_panels = panels(&json).flat_map(|panel| {
            let title = panel["title"].to_string();
            with_data(panel).into_iter().map(move |expression| (title.clone(), expression))
        });
        let others = annotations(&json).chain(variables(&json));
        let others = others.map(|it| (String::new(), it.to_owned()));
        queries.extend(of_panels.chain(others).map(|(title, expression)| {
            let chosen = choosing(&expression, ".+", ".+").replace("=~\"demo\"", "=~\"acme\"");
            (format!("{} / {title}", dashboard.title), chosen.replace("=\"demo\"", "=\"acme\""))
        }));
    }
    queries
}

#[tokio::test]
#[ignore = "needs promtool and prometheus, takes 2 minutes: tests/run runs it"]
async fn the_dashboards_show_both_sides_of_the_seam() {
    let folder = tempfile::tempdir().unwrap();
    let (simulator, settings, _) = history_of(folder.path(), HISTORY_HOURS, "--step 4m").await;
    let seam = simulator.world(|world| world.now().as_second());
    let mut files = openmetrics(folder.path());
    let rules = rules::all();
    let told = told(&files, &rules);
    let live = go_on((&simulator, &settings), LIVE_MINUTES, folder.path(), |_| true).await;
    files.push(live.0);
    let end = simulator.world(|world| world.now().as_second());
    let prometheus = Prometheus::holding_all(&files, end, SHOWN);
    let range = Range { begin: seam - BEFORE, end, step: 60 };
    let evaluation = Evaluation::recorded(prometheus, &rules, range).await;
    let (mut shown, mut silent, mut skipped) = (0, Vec::new(), Vec::new());
    for (place, query) in queries() {
        let mut used = names(&query).peekable();
        // No rule is loaded that could fire.
        if query.contains("ALERTS") || used.peek().is_none() {
            continue;
        }
        let outside: BTreeSet<_> = used.filter(|name| !told.contains(*name)).collect();
        if !outside.is_empty() {
            skipped.push(format!("{place}: {outside:?}"));
            continue;
        }
        shown += 1;
        let times = evaluation.times(&query).await.unwrap();
        let near = (seam - AROUND..=seam + AROUND).step_by(60);
        let without: Vec<_> = near.filter(|at| !times.contains(at)).map(|at| at - seam).collect();
        let is_told = SPARSE.iter().any(|title| place.ends_with(title))
            && without.iter().all(|at| *at < 0)
            && times.range(..=seam).next().is_some();
        if !without.is_empty() && !is_told {
            silent.push(format!("{place}: no value at {without:?} s from the seam: {query}"));
        }
    }
    println!(
        "{shown} queries; {} use series that no history has:\n{}",
        skipped.len(),
        skipped.join("\n")
    );
    assert!(silent.is_empty(), "{shown}\n{}", silent.join("\n"));
    assert_eq!((shown, skipped.len()), (101, 192));
}
