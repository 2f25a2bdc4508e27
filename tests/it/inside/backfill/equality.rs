//! Days that were watched live and the same days from the API have the same counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::backfill::Summary;
use rocketchat_omnichannel_exporter::simulator::{Settings, World};

use super::{Run, adjust, files, settings, wanted};
use crate::tally::{self, Counted};
use crate::watching::Watched;

const STEP: Duration = Duration::from_secs(60);
/// Time without visitors at the end, in which every chat ends and is counted.
const EVENING_MINUTES: u64 = 12 * 60;

/// Values at the end of a span, counted in both ways.
pub struct Compared {
    live: Counted,
    pub backfilled: Counted,
    pub summary: Summary,
}

/// Watches a workspace for some days, then writes the same days from its API.
pub async fn compare(settings: Settings, days: u64, keeps_chats: bool) -> Compared {
    let mut watched = Watched::in_process(&settings, adjust);
    let from: Timestamp = watched.simulator.world(|world| world.now());
    watched.simulator.world(|world| {
        world.wait_for_questions();
        if keeps_chats {
            world.keep_chats();
        }
    });
    watched.scraped().await;
    let minutes = days * 24 * 60;
    for minute in 0..minutes {
        if minute == minutes - EVENING_MINUTES {
            watched.simulator.world(World::admit_nobody);
        }
        watched.simulator.world(|world| world.live(STEP));
        watched.clock.set(watched.simulator.world(|world| world.now()));
        watched.cycle.once(STEP).await;
        watched.mark_scraped();
    }
    let live = tally::page(&watched.scraped().await);
    let folder = tempfile::tempdir().unwrap();
    let end = watched.simulator.world(|world| world.now());
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000");
    let run = Run::of(&watched.simulator, &settings);
    let summary = run.write(&wanted, end).await;
    let files = files(folder.path());
    assert_eq!(files.len() as u64, summary.days);
    let (_, last) = files.last_key_value().unwrap();
    let (backfilled, counted) = last_values(std::str::from_utf8(last).unwrap());
    let live = live.into_iter().filter(|(series, _)| counted.contains(family(&series.name)));
    Compared { live: live.collect(), backfilled, summary }
}

fn family(name: &str) -> &str {
    let parts = ["_bucket", "_sum", "_count", "_total"];
    parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name)
}

/// The last value of each counted series of a file, and the names of their families.
fn last_values(text: &str) -> (Counted, BTreeSet<String>) {
    let counted =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE rocketchat_omnichannel_"));
    let counted = counted.filter_map(|line| line.split_once(' '));
    let counted = counted.filter(|(_, kind)| *kind != "gauge").map(|(name, _)| name.to_owned());
    let counted: BTreeSet<String> = counted.collect();
    let mut last = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (sample, _time) = line.rsplit_once(' ').unwrap();
        let (series, value) = sample.rsplit_once(' ').unwrap();
        last.insert(series, value);
    }
    let lines: Vec<_> = last.iter().map(|(series, value)| format!("{series} {value}")).collect();
    let page = lines.join("\n");
    let values = tally::page(&page).into_iter();
    (values.filter(|(series, _)| counted.contains(family(&series.name))).collect(), counted)
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
}

#[tokio::test]
async fn two_days_without_transfers_have_the_same_counts_live_and_from_the_api() {
    let compared = compare(settings(5), 2, true).await;
    assert!(compared.total("chats_closed_total") > 1_000.0, "{}", compared.summary);
    assert_eq!(compared.summary.uncertain, 0);
    let differences = compared.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Families that history does not tell: a transfer leaves no trace but the last agent, and a hold none.
const UNTOLD: [&str; 2] = ["transfers_total", "on_hold_total"];

#[tokio::test]
async fn with_transfers_no_count_differs_by_more_than_the_number_of_chats_that_is_told() {
    let compared = compare(settings(6), 2, false).await;
    let uncertain = compared.summary.uncertain as f64;
    let closed = compared.total("chats_closed_total");
    assert!(uncertain > 50.0 && uncertain < closed / 2.0, "{}", compared.summary);
    let is_count = |series: &str| !series.contains("_sum\"");
    let is_told = |series: &str| UNTOLD.iter().all(|family| !series.contains(family));
    let differences = compared.differences().into_iter();
    let told = differences.filter(|(series, ..)| is_count(series) && is_told(series));
    let beyond: Vec<_> = told.filter(|(_, one, other)| (one - other).abs() > uncertain).collect();
    assert!(beyond.is_empty(), "{}: {beyond:#?}", compared.summary);
    for name in ["chats_started_total", "chats_closed_total"] {
        let of = |counted: &Counted| -> f64 {
            counted.iter().filter(|(series, _)| series.name == name).map(|(_, it)| it).sum()
        };
        assert_eq!(of(&compared.live), of(&compared.backfilled), "{name}");
    }
}

#[tokio::test]
#[ignore = "takes minutes: tests/run runs it"]
async fn thirty_days_without_transfers_have_the_same_counts_live_and_from_the_api() {
    let compared = compare(settings(7), 30, true).await;
    let differences = compared.differences();
    assert!(differences.is_empty(), "{differences:#?}");
}
