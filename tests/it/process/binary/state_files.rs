//! A saved state is continued or doubted, as the log and a metric say; an outdated value is never shown.
//!
//! The real binary writes each state; then the test changes the file.

use jiff::SignedDuration;
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::store::format;

use super::kept::{ANSWERED, CHATS, CLOSED, Kept, come_and_go, is_up, page_when, sum};
use super::{Exporter, PATIENCE, until};
use crate::counts::{self, Counted, Series};

const VERSION_OF_TOMORROW: u16 = 9_999;
const MINUTE_MS: i64 = 60_000;
/// A counter and a histogram.
const BEGINNINGS: [&str; 2] = ["chats_closed_created", "first_response_seconds_created"];

/// True if the restore of the state had this outcome and no other.
fn became(page: &Counted, outcome: &str) -> bool {
    ["ok", "values_reset", "cold"].into_iter().all(|one| {
        let series = Series::new("exporter_state_restores_total", [("outcome", one)]);
        page.get(&series) == Some(&f64::from(u8::from(one == outcome)))
    })
}

/// Waits for the first poll; asserts that every page until then shows either `closed` closed chats or none.
async fn assert_starts(exporter: &Exporter, outcome: &str, closed: f64) -> Counted {
    let page = page_when(exporter, "it has polled", |page| {
        let shown = sum(page, CLOSED);
        assert!(shown == closed || shown == 0.0, "{shown} closed chats are shown");
        is_up(page)
    })
    .await;
    assert!(became(&page, outcome), "{outcome}: {page:?}\n{}", exporter.stderr());
    assert_eq!(sum(&page, CLOSED), closed, "{outcome}: {}", exporter.stderr());
    assert!(!exporter.stderr().contains("panicked"), "{}", exporter.stderr());
    page
}

/// Asserts that counting goes on: one more chat adds one, and nothing is counted again.
async fn assert_counts_one_more(kept: &Kept, exporter: &Exporter, closed: f64) {
    kept.simulator.world(come_and_go);
    let polls = |page: &Counted| page[&Series::new("exporter_watermark_timestamp_seconds", [])];
    let page = page_when(exporter, "it is counted", |page| sum(page, CLOSED) >= closed + 1.0).await;
    let before = polls(&page);
    kept.simulator.world(|world| world.advance(std::time::Duration::from_secs(10)));
    let page = page_when(exporter, "it has polled again", |page| polls(page) > before).await;
    assert_eq!(sum(&page, CLOSED), closed + 1.0);
}

fn flipped(state: &[u8], byte: usize) -> Vec<u8> {
    let mut bytes = state.to_vec();
    bytes[byte] ^= 4;
    bytes
}

/// Damaged forms of a state file, each with the words of its message.
fn spoilt(state: &[u8]) -> Vec<(Vec<u8>, &'static str)> {
    let (version, payload) = format::open(state).unwrap();
    let changed = "the file has changed since it was written";
    let last = state.len() - 1;
    vec![
        (Vec::new(), "the file is truncated: it has 0 bytes"),
        (state[..20].to_vec(), "the file is truncated: it has 20 bytes"),
        (state[..state.len() / 2].to_vec(), "the file is truncated: "),
        (state[..last].to_vec(), "the file is truncated: "),
        ([state, b"\n"].concat(), "the file is 1 bytes longer"),
        (b"PK\x03\x04 of somebody else".to_vec(), "the file is not a state of this exporter"),
        (flipped(state, 0), "the file is not a state of this exporter"),
        (flipped(state, 9), changed),
        (flipped(state, 16), changed),
        (flipped(state, 18), "the file is "),
        (flipped(state, 30), changed),
        (flipped(state, state.len() / 2), changed),
        (flipped(state, last), changed),
        (format::seal(VERSION_OF_TOMORROW, payload), "the saved state has format 9999"),
        (format::seal(version, &payload[..payload.len() / 2]), "does not match its format"),
    ]
}

#[tokio::test]
async fn a_damaged_file_is_a_cold_start_and_never_an_old_value() {
    let kept = Kept::new().await;
    let (path, state) = (kept.state(), std::fs::read(kept.state()).unwrap());
    for (bytes, says) in spoilt(&state) {
        std::fs::write(&path, bytes).unwrap();
        let exporter = kept.exporter(&[]);
        assert_starts(&exporter, "cold", 0.0).await;
        let log = exporter.kill_nine();
        let is_told = |line: &&str| {
            line.contains("level=warn")
                && line.contains("Counters begin at zero: ")
                && line.contains(says)
        };
        assert_eq!(log.lines().filter(is_told).count(), 1, "{says}: {log}");
    }
    std::fs::remove_file(&path).unwrap();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "cold", 0.0).await;
    assert_counts_one_more(&kept, &exporter, 0.0).await;
}

#[tokio::test]
async fn the_state_of_another_workspace_is_not_continued() {
    let kept = Kept::new().await;
    let other = Simulator::start(kept.settings.clone()).await.unwrap();
    let exporter = kept.exporter_of(&other);
    assert_starts(&exporter, "cold", 0.0).await;
    let log = exporter.kill_nine();
    assert!(
        log.contains("Counters begin at zero: the saved state belongs to another workspace"),
        "{log}"
    );
}

/// The state as if it had been saved this many minutes earlier.
fn saved_before(state: &[u8], minutes: i64) -> Vec<u8> {
    let (version, payload) = format::open(state).unwrap();
    let ((identity, saved_at), rest) = postcard::take_from_bytes::<(String, i64)>(payload).unwrap();
    assert!(identity.starts_with("http://127.0.0.1:"), "{identity}");
    let older = postcard::to_allocvec(&(identity, saved_at - minutes * MINUTE_MS)).unwrap();
    format::seal(version, &[&older, rest].concat())
}

#[tokio::test]
async fn a_state_of_a_backup_keeps_its_ids_and_begins_at_zero() {
    let kept = Kept::new().await;
    let state = std::fs::read(kept.state()).unwrap();
    std::fs::write(kept.state(), saved_before(&state, 59)).unwrap();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "ok", CHATS).await;
    exporter.kill_nine();
    std::fs::write(kept.state(), saved_before(&state, 61)).unwrap();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "values_reset", 0.0).await;
    assert_counts_one_more(&kept, &exporter, 0.0).await;
}

#[tokio::test]
async fn a_state_ahead_of_the_server_goes_back_and_is_continued() {
    let kept = Kept::new().await;
    kept.simulator.world(|world| world.shift_clock(SignedDuration::from_mins(-14)));
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "ok", CHATS).await;
    exporter.kill_nine();
    let state = std::fs::read(kept.state()).unwrap();
    kept.simulator.world(|world| world.shift_clock(SignedDuration::from_mins(-17)));
    std::fs::write(kept.state(), state).unwrap();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "ok", CHATS).await;
    // Once the server's clock is known: the time of the workspace jumps when a chat comes and goes.
    until("it goes back", PATIENCE, async || {
        let log = exporter.stderr();
        if log.contains("The saved state is ahead of the server's clock") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .await;
    assert_counts_one_more(&kept, &exporter, CHATS).await;
}

/// The beginnings of a counter and of a histogram by series, as OpenMetrics has them.
async fn beginnings(exporter: &Exporter) -> Counted {
    page_when(exporter, "it is up", is_up).await;
    let mut page = counts::page(&exporter.openmetrics().await);
    page.retain(|series, _| BEGINNINGS.contains(&series.name.as_str()));
    page
}

#[tokio::test]
async fn what_is_continued_has_the_beginnings_of_the_process_before() {
    let kept = Kept::new().await;
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "ok", CHATS).await;
    let before = beginnings(&exporter).await;
    for name in BEGINNINGS {
        assert!(before.keys().any(|series| series.name == name), "{name}: {before:?}");
    }
    exporter.kill_nine();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "ok", CHATS).await;
    assert_eq!(beginnings(&exporter).await, before);
    exporter.kill_nine();
    std::fs::remove_file(kept.state()).unwrap();
    let exporter = kept.exporter(&[]);
    assert_starts(&exporter, "cold", 0.0).await;
    kept.simulator.world(|world| world.advance(std::time::Duration::from_secs(30)));
    kept.simulator.world(come_and_go);
    page_when(&exporter, "it is counted", |page| sum(page, ANSWERED) == 1.0).await;
    let after = beginnings(&exporter).await;
    let least = |page: &Counted| page.values().copied().fold(f64::INFINITY, f64::min);
    assert!(least(&after) > least(&before), "{after:?}, before {before:?}");
}

#[tokio::test]
async fn changed_bounds_begin_at_zero_and_count_no_chat_again() {
    let kept = Kept::new().await;
    let exporter = kept.exporter(&[("ROCKETCHAT_EXPORTER__SERVICE_LEVEL__THRESHOLD", "25s")]);
    let page = assert_starts(&exporter, "values_reset", CHATS).await;
    assert_eq!(sum(&page, ANSWERED), 0.0);
    assert_counts_one_more(&kept, &exporter, CHATS).await;
    page_when(&exporter, "one answer is counted", |page| sum(page, ANSWERED) == 1.0).await;
}

#[tokio::test]
async fn without_a_directory_counting_begins_with_each_start() {
    let kept = Kept::new().await;
    let exporter = Exporter::serve(&[], &kept.variables(&kept.simulator, &[]));
    let page = page_when(&exporter, "it is up", is_up).await;
    assert_eq!(page[&Series::new("exporter_state_persistent", [])], 0.0);
    assert_eq!(sum(&page, CLOSED), 0.0);
    let exporter = kept.exporter(&[]);
    let page = assert_starts(&exporter, "ok", CHATS).await;
    assert_eq!(page[&Series::new("exporter_state_persistent", [])], 1.0);
}
