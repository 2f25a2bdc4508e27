//! Days that were watched live and the same days from the API have the same counts.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::backfill::BackfillSummary;
use rocketchat_omnichannel_exporter::simulator::{SimulatorSettings, World};

use super::hours::{self, EDGE, Values};
use super::{Run, adjust, settings, wanted};
use crate::counts::{self, Counted};
use crate::watching::Watched;

const STEP: Duration = Duration::from_secs(60);
const HOUR_MINUTES: u64 = 60;
/// Time without visitors at the end, in which every chat ends and is counted.
const EVENING_MINUTES: u64 = 12 * 60;

/// Values of a span, counted in both ways.
pub struct Compared {
    live: Counted,
    pub backfilled: Counted,
    pub summary: BackfillSummary,
    /// Hours at which the two differ by more than what happened around them.
    beyond_edges: Vec<String>,
}

/// Watches a workspace for some days, then writes the same days from its API.
pub async fn compare(settings: SimulatorSettings, days: u64, keeps_chats: bool) -> Compared {
    let mut watched = Watched::in_process(&settings, adjust);
    let from: Timestamp = watched.simulator.world(|world| world.now());
    watched.simulator.world(|world| {
        world.wait_for_questions();
        if keeps_chats {
            world.keep_chats();
        }
    });
    let live = watch(&mut watched, days * 24 * HOUR_MINUTES).await;
    let folder = tempfile::tempdir().unwrap();
    let end = watched.simulator.world(|world| world.now());
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000");
    let run = Run::of(&watched.simulator, &settings);
    let summary = run.write(&wanted, end).await;
    let hours: Vec<_> =
        (1..days * 24).map(|hour| from + Duration::from_secs(hour * 3600)).collect();
    let around = hours.iter().flat_map(|hour| [*hour - EDGE, *hour + EDGE]);
    let times: Vec<_> = around.chain([end]).collect();
    let past = read(folder.path(), &times);
    let beyond_edges = hours::beyond_edges(&live, &past, &hours);
    let (backfilled, counted) = (past.at(end), families(folder.path()));
    let live = live.at(end).into_iter();
    let live = live.filter(|(series, _)| counted.contains(family(&series.name))).collect();
    Compared { live, backfilled, summary, beyond_edges }
}

/// Polls a workspace each minute. Returns the values of each hour and of the end.
async fn watch(watched: &mut Watched, minutes: u64) -> Values {
    let mut values = Values::default();
    watched.scraped().await;
    for minute in 1..=minutes {
        if minute == minutes - EVENING_MINUTES {
            watched.simulator.world(World::admit_nobody);
        }
        watched.simulator.world(|world| world.live(STEP));
        let now = watched.simulator.world(|world| world.now());
        if minute.is_multiple_of(HOUR_MINUTES) {
            values.add(now, counts::page(&watched.scraped().await));
        } else {
            watched.clock.set(now);
            watched.cycle.once(STEP).await;
            watched.mark_scraped();
        }
    }
    // Closes of the last seconds settle, and new series show their values.
    let end = watched.simulator.world(|world| world.now());
    values.add(end, counts::page(&watched.scraped().await));
    values
}

/// The values of the files at these times, which are in ascending order.
fn read(directory: &Path, times: &[Timestamp]) -> Values {
    let mut values = Values::default();
    for day in days(directory) {
        let begin: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        let end = begin + SignedDuration::from_hours(24);
        let is_of_day = |at: &&Timestamp| (begin..end).contains(at);
        let of_day: Vec<_> = times.iter().filter(is_of_day).copied().collect();
        hours::read(&mut values, &text(directory, &day), &of_day);
    }
    values
}

/// The days of the files, in order.
fn days(directory: &Path) -> BTreeSet<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".om").map(str::to_owned)).collect()
}

fn text(directory: &Path, day: &str) -> String {
    std::fs::read_to_string(directory.join(format!("{day}.om"))).unwrap()
}

/// The names of the counted families in the last file.
fn families(directory: &Path) -> BTreeSet<String> {
    let text = text(directory, &days(directory).pop_last().unwrap());
    let counted =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE rocketchat_omnichannel_"));
    let counted = counted.filter_map(|line| line.split_once(' '));
    let counted = counted.filter(|(_, kind)| *kind != "gauge").map(|(name, _)| name.to_owned());
    counted.collect()
}

fn family(name: &str) -> &str {
    let parts = ["_bucket", "_sum", "_count", "_total"];
    parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name)
}

impl Compared {
    /// The series whose values differ, each with the live and the backfilled value.
    pub fn differences(&self) -> Vec<(String, f64, f64)> {
        let series: BTreeSet<_> = self.live.keys().chain(self.backfilled.keys()).collect();
        let value = |counted: &Counted, series| counted.get(series).copied().unwrap_or(0.0);
        let pairs = series.into_iter().map(|series| {
            (format!("{series:?}"), value(&self.live, series), value(&self.backfilled, series))
        });
        pairs.filter(|(_, one, other)| (one - other).abs() > 1e-6 * one.abs().max(1.0)).collect()
    }

    pub fn total(&self, name: &str) -> f64 {
        self.backfilled.iter().filter(|(series, _)| series.name == name).map(|(_, it)| it).sum()
    }

    /// Asserts that all counts are equal, over the whole span and in each hour.
    pub fn assert_equal(&self) {
        let differences = self.differences();
        assert!(differences.is_empty(), "{differences:#?}");
        let beyond = &self.beyond_edges;
        assert!(
            beyond.is_empty(),
            "{} hours: {:#?}",
            beyond.len(),
            &beyond[..beyond.len().min(30)]
        );
    }

    /// Asserts that no count differs by more than the number of chats that the run tells.
    fn assert_told(&self) {
        let uncertain = self.summary.uncertain as f64;
        let closed = self.total("chats_closed_total");
        assert!(uncertain > 50.0 && uncertain < closed / 2.0, "{}", self.summary);
        let is_count = |series: &str| !series.contains("_sum\"");
        let is_told = |series: &str| NOT_IN_HISTORY.iter().all(|family| !series.contains(family));
        let differences = self.differences().into_iter();
        let told = differences.filter(|(series, ..)| is_count(series) && is_told(series));
        let beyond: Vec<_> =
            told.filter(|(_, one, other)| (one - other).abs() > uncertain).collect();
        assert!(beyond.is_empty(), "{}: {beyond:#?}", self.summary);
        for name in ["chats_started_total", "chats_closed_total"] {
            let of = |counted: &Counted| -> f64 {
                counted.iter().filter(|(series, _)| series.name == name).map(|(_, it)| it).sum()
            };
            assert_eq!(of(&self.live), of(&self.backfilled), "{name}");
        }
    }
}

#[tokio::test]
async fn two_days_without_transfers_have_the_same_counts_live_and_from_the_api() {
    let compared = compare(settings(5), 2, true).await;
    assert!(compared.total("chats_closed_total") > 1_000.0, "{}", compared.summary);
    assert_eq!(compared.summary.uncertain, 0);
    compared.assert_equal();
}

/// Families that a history does not contain: a transfer leaves no trace but the last agent, and a hold none.
const NOT_IN_HISTORY: [&str; 2] = ["transfers_total", "on_hold_total"];

#[tokio::test]
async fn with_transfers_no_count_differs_by_more_than_the_number_of_chats_that_is_told() {
    compare(settings(6), 2, false).await.assert_told();
}

/// A workspace with fewer chats, whose month takes minutes.
fn quiet(seed: u64) -> SimulatorSettings {
    SimulatorSettings { departments: 2, agents: 4, arrivals_per_hour: 8.0, ..settings(seed) }
}

#[tokio::test]
#[ignore = "takes 3 minutes: tests/run runs it"]
async fn thirty_days_without_transfers_have_the_same_counts_live_and_from_the_api() {
    let compared = compare(quiet(7), 30, true).await;
    assert!(compared.total("chats_closed_total") > 3_000.0, "{}", compared.summary);
    compared.assert_equal();
}

#[tokio::test]
#[ignore = "takes 3 minutes: tests/run runs it"]
async fn thirty_days_with_transfers_differ_by_no_more_than_the_number_of_chats_that_is_told() {
    compare(quiet(8), 30, false).await.assert_told();
}
