//! The series of a history are those that Prometheus scrapes from the running exporter.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::simulator::{ClockSettings, Simulator, SimulatorSettings};

use super::openmetrics;
use crate::page_reader;
use crate::process::binary::{Exporter, PATIENCE, every_second, until};
use crate::prometheus_server::Prometheus;

/// Time of the history, seconds.
const PAST: u64 = 2 * 3600;
/// The labels that a scrape adds, and the name of the workspace: the same for all series of an exporter.
const OF_TARGET: [&str; 3] = ["job", "instance", "workspace"];

/// Metrics of which history does not know all label values: chats on hold, and transfers by people.
const OTHER_VALUES: [&str; 3] = [
    "rocketchat_omnichannel_open_chats",
    "rocketchat_omnichannel_open_chats_by_source",
    "rocketchat_omnichannel_transfers_total",
];
/// Start of the names of the exporter's own metrics.
const EXPORTER: &str = "rocketchat_omnichannel_exporter_";

type Labels = BTreeMap<String, String>;
/// Label sets by the name of their metric.
type LabelSets = BTreeMap<String, BTreeSet<Labels>>;

/// A busy workspace with few label values, which begins to serve now, after two hours.
fn busy() -> SimulatorSettings {
    SimulatorSettings {
        departments: 2,
        agents: 20,
        arrivals_per_hour: 1_200.0,
        reopened_percent: 0,
        warm_up: Duration::from_secs(PAST),
        clock: ClockSettings::Living { start: Clock::system().now(), speed: 1.0 },
        ..SimulatorSettings::default()
    }
}

/// Writes the history up to the state of the exporter, with the labels that Prometheus gives to its series.
async fn write_past(
    variables: &[(&str, String)],
    (state, output): (&Path, &Path),
    (from, instance): (&str, SocketAddr),
) {
    until("the state tells the end of the history", PATIENCE, async || {
        let done = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"))
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .args(["backfill", "--from", from, "--requests-per-minute", "100000"])
            .args(["--label", "job=rocketchat", "--label", &format!("instance={instance}")])
            .arg("--state.directory")
            .arg(state)
            .arg("--output")
            .arg(output)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        if done.status.success() { Ok(()) } else { Err(told.into_owned()) }
    })
    .await;
}

/// The label sets of each metric of chats that Prometheus has had within a time before now.
async fn label_sets(prometheus: &Prometheus, within: &str) -> LabelSets {
    let chats = format!("{{__name__=~\"rocketchat_omnichannel_.+\", __name__!~\"{EXPORTER}.+\"}}");
    let query = format!("last_over_time({chats}[{within}])");
    let mut sets = LabelSets::new();
    for one in prometheus.result(&query).await.unwrap() {
        let metric = one["metric"].as_object().unwrap().iter();
        let mut labels: Labels = metric
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let name = labels.remove("__name__").unwrap();
        sets.entry(name).or_default().insert(labels);
    }
    sets
}

/// The label sets of each metric of chats in the files.
fn of_files(output: &Path) -> LabelSets {
    let mut sets = LabelSets::new();
    for file in openmetrics(output) {
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, labels, _) = page_reader::sample(line.rsplit_once(' ').unwrap().0);
            if name.starts_with(EXPORTER) {
                continue;
            }
            let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            sets.entry(name.to_owned()).or_default().insert(labels.collect());
        }
    }
    sets
}

/// All labels of these sets, each with its value.
fn words(sets: &BTreeSet<Labels>) -> BTreeSet<(String, String)> {
    sets.iter().flat_map(Clone::clone).collect()
}

/// The label sets without the labels of the target.
fn without_target(sets: &BTreeSet<Labels>) -> BTreeSet<Labels> {
    let without = |labels: &Labels| {
        let own = labels.clone().into_iter();
        own.filter(|(name, _)| !OF_TARGET.contains(&name.as_str())).collect()
    };
    sets.iter().map(without).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs promtool and prometheus: tests/run runs it"]
async fn a_series_that_is_on_both_sides_of_the_seam_is_one_series() {
    let settings = busy();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let from = simulator.world(|world| world.now()) - Duration::from_secs(PAST - 60);
    let (state, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut variables = every_second(&simulator, &settings);
    variables.push(("ROCKETCHAT_EXPORTER__AGENTS__DETAIL", "performance".to_owned()));
    let exporter =
        Exporter::serve(&["--state.directory", state.path().to_str().unwrap()], &variables);
    let instance = exporter.address().await;
    let mut prometheus = Prometheus::start(instance, "1s");
    until("chats are counted live", PATIENCE, async || {
        let closed = prometheus.value("sum(rocketchat_omnichannel_chats_closed_total)").await?;
        if closed >= 5.0 { Ok(()) } else { Err(format!("{closed} chats")) }
    })
    .await;
    let live = label_sets(&prometheus, "5m").await;
    write_past(&variables, (state.path(), output.path()), (&from.to_string(), instance)).await;
    for file in openmetrics(output.path()) {
        prometheus.add(&file);
    }
    prometheus.ready().await;
    let whole = label_sets(&prometheus, "3h").await;
    for (name, sets) in &whole {
        assert_eq!(without_target(sets).len(), sets.len(), "two targets: {name}: {sets:#?}");
    }
    let past = of_files(output.path());
    let both: Vec<_> = past.keys().filter(|name| live.contains_key(*name)).collect();
    for name in &both {
        let unknown: Vec<_> =
            words(&live[*name]).difference(&words(&past[*name])).cloned().collect();
        assert!(unknown.is_empty() || OTHER_VALUES.contains(&name.as_str()), "{name}: {unknown:?}");
    }
    let joined: usize =
        both.iter().map(|name| live[*name].intersection(&past[*name]).count()).sum();
    assert!(both.len() > 30 && joined > 300, "{joined} series of {both:?}");
}
