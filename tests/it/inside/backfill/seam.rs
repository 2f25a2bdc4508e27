//! Without `--to`, a history ends where the running exporter began to count.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::backfill::{self, BackfillError};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, Flags};
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{Run, adjust, files, settings, settings_with_calls, wanted};
use crate::counts;
use crate::watching::{self, Watched};

/// A history of chats that ends where the state of a running exporter begins.
struct HistoryUntilState {
    result: Result<(), BackfillError>,
    /// The time at which the exporter began to count.
    began: Timestamp,
    output: TempDir,
}

/// The exporter begins two hours after the chats, and polls twice, with this time between.
async fn with_state_of_two_polls(between: Duration) -> HistoryUntilState {
    let settings = settings(19);
    let simulator = Arc::new(Simulator::start(settings.clone()).await.unwrap());
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(Duration::from_secs(2 * 3600)));
    let began = simulator.world(|world| world.now());
    let (state, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let directory = StateDirectory::open(state.path(), LockMode::Alone).unwrap();
    let store = Store::new(Box::new(directory.claim("acme").unwrap()));
    let mut watched = Watched::beside(Arc::clone(&simulator), &settings, adjust, Some(store));
    watched.poll().await;
    simulator.world(|world| world.live(between));
    watched.poll().await;
    let (clock, _hands) = Clock::manual(simulator.world(|world| world.now()));
    let workspace = watching::workspace(&simulator, &settings);
    let variables = [
        ("ROCKETCHAT_URL", simulator.url()),
        ("ROCKETCHAT_USER_ID", settings.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN", settings.token.clone()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let flags = Flags { state_directory: Some(state.path().to_owned()), ..Flags::default() };
    let mut all = config::load(&flags, variables).unwrap();
    all.workspaces = vec![workspace];
    let wanted = wanted(from, output.path(), "--requests-per-minute 100000");
    let result = backfill::run(&all, &clock, &wanted, CancellationToken::new()).await;
    HistoryUntilState { result: result.map(drop), began, output }
}

#[tokio::test]
async fn the_state_of_a_running_exporter_tells_the_end() {
    let history = with_state_of_two_polls(Duration::from_secs(3600)).await;
    history.result.unwrap();
    let last = files(history.output.path()).into_values().next_back().unwrap();
    let text = String::from_utf8(last).unwrap();
    let end = text.lines().rev().nth(1).unwrap().rsplit(' ').next().unwrap();
    let began = history.began.as_millisecond() as f64 / 1000.0;
    assert!((end.parse::<f64>().unwrap() - began).abs() < 0.01, "{end} {began}");
}

/// What happened in such a gap was not counted, so that the state does not tell where a history may end.
#[tokio::test]
async fn a_state_with_a_gap_of_more_than_a_day_tells_no_end_and_the_error_says_what_to_set() {
    let history = with_state_of_two_polls(Duration::from_secs(25 * 3600)).await;
    let error = history.result.unwrap_err().to_string();
    assert!(error.contains("it has a gap of more than a day"), "{error}");
    assert!(error.contains("set --to to the time of its first sample"), "{error}");
    assert!(files(history.output.path()).is_empty());
}

/// Sum of a counted family at the end of a page.
fn total(page: &str, name: &str) -> f64 {
    let counted = counts::page(page);
    counted.iter().filter(|(series, _)| series.name == name).map(|(_, value)| value).sum()
}

/// The last sample of each series of the last file, as a page.
fn last_values(directory: &Path) -> String {
    let last = String::from_utf8(files(directory).pop_last().unwrap().1).unwrap();
    let end = last.lines().rev().nth(1).unwrap().rsplit(' ').next().unwrap().to_owned();
    let at_the_end = last.lines().filter_map(|line| line.strip_suffix(&format!(" {end}")));
    at_the_end.flat_map(|line| [line, "\n"]).collect()
}

#[tokio::test]
async fn chats_and_calls_are_counted_once_over_the_seam() {
    let settings = settings_with_calls(20);
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let from = simulator.world(|world| world.now());
    let live = |time| simulator.world(|world| world.live(time));
    live(Duration::from_secs(5 * 3600));
    let seam = simulator.world(|world| world.now());
    let mut watched = Watched::beside(Arc::clone(&simulator), &settings, adjust, None);
    watched.scraped().await;
    for _ in 0..5 * 60 {
        live(Duration::from_secs(60));
        watched.scraped().await;
    }
    // Closes of the last seconds settle.
    simulator.world(|world| world.advance(Duration::from_secs(60)));
    let page = watched.scraped().await;
    let output = tempfile::tempdir().unwrap();
    let wanted = wanted(from, output.path(), "--requests-per-minute 100000");
    Run::of(&simulator, &settings).write(&wanted, seam).await;
    let past = last_values(output.path());
    let (chats, calls) = simulator.world(|world| {
        let chats = world.rooms.values().filter(|room| room.closed_at.is_some()).count();
        (chats, world.calls.values().filter(|call| call.closed_at.is_some()).count())
    });
    for (name, all) in [("chats_closed_total", chats), ("voip_calls_closed_total", calls)] {
        let (before, after) = (total(&past, name), total(&page, name));
        assert!(before > 30.0 && after > 30.0, "{name}: {before} and {after}");
        assert_eq!(before + after, all as f64, "{name}: {before} and {after}");
    }
}
