//! The gauges of a history have the values that the page had at the same times.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};

use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;

use super::{Run, adjust, files, settings_with_calls, wanted};
use crate::counts::{self, Counted, Series};
use crate::watching::Watched;

const HOURS: u64 = 12;
const STEP: Duration = Duration::from_secs(60);

/// The gauges of the files at each of their times.
fn of_files(text: &str) -> BTreeMap<Timestamp, Counted> {
    let mut gauges: BTreeMap<Timestamp, Counted> = BTreeMap::new();
    let mut is_gauge = false;
    for line in text.lines() {
        if line.starts_with("# TYPE ") {
            is_gauge = line.ends_with(" gauge");
        }
        if line.starts_with('#') || !is_gauge {
            continue;
        }
        let (sample, at) = line.rsplit_once(' ').unwrap();
        let at = SignedDuration::try_from_secs_f64(at.parse().unwrap()).unwrap();
        let at = at.round(Unit::Millisecond).unwrap();
        let at = Timestamp::from_millisecond(i64::try_from(at.as_millis()).unwrap()).unwrap();
        gauges.entry(at).or_default().extend(counts::page(sample));
    }
    gauges
}

/// A family that has the last priority of a chat in a history, since a row does not tell an earlier one.
const LAST_PRIORITY: &str = "queued_chats_by_priority";

/// The priorities of the chats that were queued at any of these times.
fn priorities(gauges: &BTreeMap<Timestamp, Counted>) -> BTreeSet<&String> {
    let queued = gauges.values().flatten().filter(|(_, chats)| **chats > 0.0);
    let with_priority = queued.filter(|(series, _)| series.name == LAST_PRIORITY);
    with_priority.map(|(series, _)| &series.labels["priority"]).collect()
}

/// The differences at one time: series of the history, and what the page had.
fn differences(past: &Counted, live: &Counted) -> Vec<String> {
    let value = |series: &Series| live.get(series).copied().unwrap_or(0.0);
    let told = past.iter().filter(|(series, _)| series.name != LAST_PRIORITY);
    let pairs = told.map(|(series, past)| (series, *past, value(series)));
    let differing = pairs.filter(|(_, past, live)| (past - live).abs() > 1e-3);
    differing
        .map(|(series, past, live)| format!("{series:?}: {past}, on the page {live}"))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_gauges_of_a_history_are_those_of_the_page_at_the_same_times() {
    // With so few agents, chats wait.
    let settings = SimulatorSettings { agents: 3, ..settings_with_calls(29) };
    let mut watched = Watched::in_process(&settings, adjust);
    let from = watched.simulator.world(|world| world.now());
    watched.simulator.world(|world| {
        world.wait_for_questions();
        world.keep_chats();
    });
    let mut live = BTreeMap::new();
    for _ in 0..HOURS * 60 {
        tokio::time::advance(STEP).await;
        watched.simulator.world(|world| world.live(STEP));
        let page = watched.scraped().await;
        live.insert(watched.simulator.world(|world| world.now()), counts::page(&page));
    }
    let end = watched.simulator.world(|world| world.now());
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000 --step 60s");
    Run::of(&watched.simulator, &settings).write(&wanted, end).await;
    let text: Vec<u8> = files(folder.path()).into_values().flatten().collect();
    let past = of_files(&String::from_utf8(text).unwrap());
    let (mut compared, mut above_zero) = (0, BTreeMap::<String, usize>::new());
    for (at, live) in &live {
        let Some(past) = past.get(at) else { continue };
        compared += 1;
        assert_eq!(differences(past, live), Vec::<String>::new(), "at {at}");
        for (series, _) in past.iter().filter(|(_, value)| **value > 0.0) {
            *above_zero.entry(series.name.clone()).or_default() += 1;
        }
    }
    assert!(compared > 100, "{compared} times are in both");
    assert!(above_zero.len() > 7, "{above_zero:?}");
    assert_eq!(priorities(&past), priorities(&live));
}
