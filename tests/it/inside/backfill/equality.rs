//! Days that were watched live and the same days from the API have the same counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::backfill::BackfillSummary;
use rocketchat_omnichannel_exporter::omnichannel::event::{
    ENDINGS, QueueOutcome, ServiceLevelResult,
};
use rocketchat_omnichannel_exporter::simulator::world::FactKind;
use rocketchat_omnichannel_exporter::simulator::{SimulatorSettings, World};
use strum::VariantArray as _;

use super::hours::{self, EDGE, HOLDS, Values};
use super::steps::Steps;
use super::{Run, adjust, rare_events, settings, settings_with_calls, wanted};
use crate::counts::{self, Counted, Series};
use crate::watching::Watched;

const STEP: Duration = Duration::from_secs(60);
const HOUR_MINUTES: u64 = 60;
/// Time without visitors at the end, in which every chat ends and is counted.
const EVENING_MINUTES: u64 = 12 * 60;

/// Values of a span, counted in both ways.
struct Compared {
    live: Counted,
    backfilled: Counted,
    summary: BackfillSummary,
    /// Chats that an agent gave to another agent, to another department or to the queue.
    transferred: u64,
    /// Hours at which the two differ by more than what happened around them.
    beyond_edges: Vec<String>,
}

/// Watches a workspace for some days, then writes the same days from its API.
async fn compare(settings: SimulatorSettings, days: u64, keeps_chats: bool) -> Compared {
    let mut watched = Watched::in_process(&settings, adjust);
    let from: Timestamp = watched.simulator.world(|world| world.now());
    watched.simulator.world(|world| {
        world.wait_for_questions();
        world.record_history();
        if keeps_chats {
            world.keep_chats();
        }
    });
    let live = watch(&mut watched, days * 24 * HOUR_MINUTES).await;
    let folder = tempfile::tempdir().unwrap();
    let end = watched.simulator.world(|world| world.now());
    let transferred = watched.simulator.world(transferred);
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000");
    let run = Run::of(&watched.simulator, &settings);
    let summary = run.write(&wanted, end).await;
    let hours: Vec<_> =
        (1..days * 24).map(|hour| from + Duration::from_secs(hour * 3600)).collect();
    let around = hours.iter().flat_map(|hour| [*hour - EDGE, *hour + EDGE]);
    let times: Vec<_> = around.chain([end]).collect();
    let (past, steps) = read(folder.path(), &times);
    assert_eq!(steps.without_zero(), Vec::<&str>::new(), "series that begin above 0");
    let beyond_edges = hours::beyond_edges(&live, &past, &hours);
    let (backfilled, counted) = (steps.increases(), families(folder.path()));
    let live = live.at(end).into_iter();
    let live = live.filter(|(series, _)| counted.contains(family(&series.name))).collect();
    Compared { live, backfilled, summary, transferred, beyond_edges }
}

/// Number of chats that an agent gave away.
fn transferred(world: &mut World) -> u64 {
    let facts = world.take_history().into_iter();
    let given = facts.filter(|fact| matches!(fact.happening, FactKind::Transferred(_)));
    given.map(|fact| fact.id).collect::<BTreeSet<_>>().len() as u64
}

/// Polls a workspace each minute. Returns the values of each hour and of the end.
async fn watch(watched: &mut Watched, minutes: u64) -> Values {
    let mut values = Values::default();
    watched.scraped().await;
    for minute in 1..=minutes {
        if minute == minutes - EVENING_MINUTES {
            watched.simulator.world(World::admit_nobody);
        }
        let has_visitors = minute < minutes - EVENING_MINUTES;
        let now = watched.simulator.world(|world| live_a_minute(world, minute, has_visitors));
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

/// Lets a minute pass, with its rare events if there are visitors. Returns the time.
fn live_a_minute(world: &mut World, minute: u64, has_visitors: bool) -> Timestamp {
    let end = world.now() + STEP;
    if has_visitors {
        rare_events::happen(world, minute);
    }
    let left = end.duration_since(world.now());
    world.live(left.try_into().unwrap());
    world.now()
}

/// The values of the files at these times, which are in ascending order, and the steps of their series.
fn read(directory: &Path, times: &[Timestamp]) -> (Values, Steps) {
    let (mut values, mut steps) = (Values::default(), Steps::default());
    for day in days(directory) {
        let begin: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
        let end = begin + SignedDuration::from_hours(24);
        let is_of_day = |at: &&Timestamp| (begin..end).contains(at);
        let of_day: Vec<_> = times.iter().filter(is_of_day).copied().collect();
        hours::read(&mut values, &mut steps, &text(directory, &day), &of_day);
    }
    (values, steps)
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
    fn differences(&self) -> Vec<(&Series, f64, f64)> {
        let series: BTreeSet<_> = self.live.keys().chain(self.backfilled.keys()).collect();
        let value = |counted: &Counted, series| counted.get(series).copied().unwrap_or(0.0);
        let pairs = series
            .into_iter()
            .map(|series| (series, value(&self.live, series), value(&self.backfilled, series)));
        pairs.filter(|(_, one, other)| (one - other).abs() > 1e-6 * one.abs().max(1.0)).collect()
    }

    fn total(&self, name: &str) -> f64 {
        self.total_of(name, &[])
    }

    /// Sum of the backfilled series of this name that have these labels.
    fn total_of(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        sum(&self.backfilled, name, labels)
    }

    /// Asserts that all increases are equal, over the whole span and in each hour, but those of holds, which no row tells.
    fn assert_equal(&self) {
        let differences = self.differences().into_iter();
        let differences: Vec<_> = differences.filter(|(series, ..)| series.name != HOLDS).collect();
        assert!(differences.is_empty(), "{differences:#?}");
        let beyond = &self.beyond_edges;
        assert!(
            beyond.is_empty(),
            "{} hours: {:#?}",
            beyond.len(),
            &beyond[..beyond.len().min(30)]
        );
        self.assert_complete();
    }

    /// Asserts that chats ended in every way, waits too, and that every result of the service level occurred.
    fn assert_complete(&self) {
        let mut kinds = Vec::new();
        for (closer, outcome) in &ENDINGS {
            let labels = [("closer", closer.as_ref()), ("outcome", outcome.as_ref())];
            kinds.push(("chats_closed_total", labels.to_vec()));
        }
        for result in ServiceLevelResult::VARIANTS {
            kinds.push(("service_level_chats_total", vec![("result", result.as_ref())]));
        }
        for outcome in QueueOutcome::VARIANTS {
            kinds.push(("queue_wait_seconds_count", vec![("outcome", outcome.as_ref())]));
        }
        for (name, labels) in kinds {
            let total = self.total_of(name, &labels);
            assert!(total > 0.0, "no {name} with {labels:?}");
        }
        let holds = sum(&self.live, HOLDS, &[]);
        assert!(holds > 20.0 && self.total(HOLDS) == 0.0, "{holds} holds");
    }

    /// The differences of each count, added over all of its series; of a histogram for each bucket by itself.
    fn moved(&self) -> BTreeMap<(&str, Option<&str>), f64> {
        let mut moved = BTreeMap::new();
        for (series, live, past) in self.differences() {
            let bucket = series.labels.get("le").map(String::as_str);
            *moved.entry((series.name.as_str(), bucket)).or_default() += (live - past).abs();
        }
        moved
    }

    /// Asserts that the run names each chat that changed its agent or its queue, and that no count differs by more than
    /// these chats can make: a chat may be missing in one series and be too much in another one.
    fn assert_told(&self) {
        let uncertain = self.summary.uncertain;
        let closed = self.total("chats_closed_total");
        assert!(uncertain > 50 && (uncertain as f64) < closed / 2.0, "{}", self.summary);
        assert_eq!(uncertain, self.transferred, "{}", self.summary);
        let is_of_chats = |name: &str| !name.ends_with("_sum") && !SEVERAL.contains(&name);
        let of_chats = self.moved().into_iter().filter(|((name, _), _)| is_of_chats(name));
        let beyond: Vec<_> = of_chats.filter(|(_, sum)| *sum > 2.0 * uncertain as f64).collect();
        assert!(beyond.is_empty(), "{}: {beyond:#?}", self.summary);
        for name in ["chats_started_total", "chats_closed_total"] {
            assert_eq!(sum(&self.live, name, &[]), self.total(name), "{name}");
        }
        let by_server = self.total_of(TRANSFERS, &[("kind", "auto")]);
        assert!(by_server > 0.0 && by_server == self.total(TRANSFERS), "{by_server}");
        assert!(by_server <= sum(&self.live, TRANSFERS, &[("kind", "auto")]), "{by_server}");
        assert!(sum(&self.live, HOLDS, &[]) > 0.0 && self.total(HOLDS) == 0.0);
    }
}

const TRANSFERS: &str = "transfers_total";

/// Counts of other things than chats, of which a chat has several.
const SEVERAL: [&str; 4] =
    [HOLDS, TRANSFERS, "response_seconds_count", "agent_response_seconds_count"];

/// Sum of the series of this name that have these labels.
fn sum(counted: &Counted, name: &str, labels: &[(&str, &str)]) -> f64 {
    let has = |series: &Series, (label, value): &(&str, &str)| {
        series.labels.get(*label).is_some_and(|found| found == value)
    };
    let wanted = |series: &Series| series.name == name && labels.iter().all(|it| has(series, it));
    counted.iter().filter(|(series, _)| wanted(series)).map(|(_, value)| value).sum()
}

#[tokio::test]
async fn two_days_without_transfers_have_the_same_counts_live_and_from_the_api() {
    let compared = compare(settings_with_calls(5), 2, true).await;
    assert!(compared.total("chats_closed_total") > 1_000.0, "{}", compared.summary);
    assert_eq!(compared.summary.uncertain, 0);
    compared.assert_equal();
    let (started, closed) =
        (compared.total("voip_calls_started_total"), compared.total("voip_calls_closed_total"));
    assert!(closed > 100.0, "{closed}");
    assert_eq!(compared.summary.calls as f64, started, "{closed} closed");
}

#[tokio::test]
async fn with_transfers_no_count_differs_by_more_than_the_number_of_chats_that_is_told() {
    compare(settings(6), 2, false).await.assert_told();
}

/// A workspace with fewer chats, whose month takes minutes.
fn quiet(seed: u64) -> SimulatorSettings {
    SimulatorSettings {
        departments: 2,
        agents: 4,
        arrivals_per_hour: 8.0,
        ..settings_with_calls(seed)
    }
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
