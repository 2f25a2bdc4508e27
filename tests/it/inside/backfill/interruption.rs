//! An interruption at any moment changes no byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::backfill::BackfillError;
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use tokio_util::sync::CancellationToken;

use super::{Run, files, lived, settings_with_calls, wanted};
use crate::inside::in_process::InProcess;

/// A simulated workspace after two thirds of a day, over midnight, and the start of that time.
fn lived_over_midnight() -> (Run, Timestamp, Timestamp) {
    let settings =
        SimulatorSettings { departments: 2, agents: 8, page_limit: 25, ..settings_with_calls(9) };
    let (simulator, from, end) = lived(&settings, 16);
    (Run::of(&simulator, &settings), from, end)
}

#[tokio::test]
async fn a_run_that_is_stopped_at_any_request_continues_and_writes_the_same_bytes() {
    let (run, from, end) = lived_over_midnight();
    let whole = tempfile::tempdir().unwrap();
    let fast = "--requests-per-minute 100000 --step 4m";
    let summary = run.write(&wanted(from, whole.path(), fast), end).await;
    let expected = files(whole.path());
    assert!(expected.len() == 2 && summary.chats > 500 && summary.calls > 50, "{summary}");
    let requests = run.simulator.requests().len();
    for stopped_after in 1..=20 {
        let folder = tempfile::tempdir().unwrap();
        let wanted = wanted(from, folder.path(), fast);
        let stop = CancellationToken::new();
        let (sent, at_request) = (Arc::new(AtomicUsize::new(0)), stop.clone());
        let limit = stopped_after * requests / 20;
        run.simulator.on_request(move |_| {
            if sent.fetch_add(1, Ordering::SeqCst) + 1 == limit {
                at_request.cancel();
            }
        });
        let transport =
            || Arc::new(InProcess::new(Arc::clone(&run.simulator), Duration::from_secs(5)));
        let stopped = run.over(&wanted, end, transport(), stop).await;
        let is_stopped = matches!(stopped, Err(BackfillError::Stopped));
        assert!(is_stopped || stopped_after == 20, "{stopped_after}: {stopped:?}");
        run.simulator.on_request(|_| {});
        run.over(&wanted, end, transport(), CancellationToken::new()).await.unwrap();
        assert!(files(folder.path()) == expected, "stopped after request {limit} of {requests}");
    }
}

/// At two requests a minute, the cursor is kept after each page.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_stopped_inside_a_list_does_not_read_the_list_again() {
    let (run, from, end) = lived_over_midnight();
    let whole = tempfile::tempdir().unwrap();
    let slow = "--requests-per-minute 2 --step 4m";
    let summary = run.write(&wanted(from, whole.path(), slow), end).await.to_string();
    let pages = |requests: usize| {
        let sent = run.simulator.requests().into_iter().skip(requests);
        let rooms = sent.filter(|request| request.path.ends_with("livechat/rooms"));
        rooms.filter(|request| request.query.iter().any(|(name, _)| name == "closedAt")).count()
    };
    let once = pages(0);
    assert!(once > 20, "{once} pages of closed chats");
    for stopped_after in [6, 13, 20] {
        let folder = tempfile::tempdir().unwrap();
        let wanted = wanted(from, folder.path(), slow);
        let stop = CancellationToken::new();
        let (sent, at_request) = (Arc::new(AtomicUsize::new(0)), stop.clone());
        run.simulator.on_request(move |_| {
            if sent.fetch_add(1, Ordering::SeqCst) + 1 == stopped_after {
                at_request.cancel();
            }
        });
        let before = run.simulator.requests().len();
        let transport =
            || Arc::new(InProcess::new(Arc::clone(&run.simulator), Duration::from_secs(5)));
        let stopped = run.over(&wanted, end, transport(), stop).await;
        assert!(matches!(stopped, Err(BackfillError::Stopped)), "{stopped:?}");
        run.simulator.on_request(|_| {});
        let ended = run.over(&wanted, end, transport(), CancellationToken::new()).await.unwrap();
        // Only the page that was on its way is read again.
        assert!(pages(before) <= once + 1, "{} pages instead of {once}", pages(before));
        assert_eq!(ended.to_string(), summary);
        assert!(files(folder.path()) == files(whole.path()));
    }
}

#[tokio::test]
async fn a_second_run_changes_no_byte_and_sends_no_request_for_a_row() {
    let (run, from, end) = lived_over_midnight();
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000 --step 4m");
    run.write(&wanted, end).await;
    let (before, requests) = (files(folder.path()), run.simulator.requests().len());
    run.write(&wanted, end).await;
    assert!(files(folder.path()) == before);
    assert_eq!(run.simulator.requests().len(), requests);
    std::fs::remove_file(folder.path().join(before.keys().next().unwrap())).unwrap();
    run.write(&wanted, end).await;
    assert!(files(folder.path()) == before, "a file that was removed is written again");
}

#[tokio::test]
async fn a_directory_of_other_settings_is_refused() {
    let (run, from, end) = lived_over_midnight();
    let folder = tempfile::tempdir().unwrap();
    let fast = "--requests-per-minute 100000 --step 4m";
    run.write(&wanted(from, folder.path(), fast), end).await;
    for more in ["--step 2m", "--step 4m --label job=x"] {
        let other = wanted(from, folder.path(), &format!("--requests-per-minute 100000 {more}"));
        let transport = InProcess::new(Arc::clone(&run.simulator), Duration::from_secs(5));
        let refused = run.over(&other, end, Arc::new(transport), CancellationToken::new()).await;
        assert!(matches!(refused, Err(BackfillError::Foreign(_))), "{more}: {refused:?}");
    }
}

#[tokio::test]
async fn another_release_that_cannot_continue_names_the_release_that_began() {
    let (run, from, end) = lived_over_midnight();
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000 --step 4m");
    run.write(&wanted, end).await;
    let path = folder.path().join("cursor.json");
    let mut cursor: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    cursor["release"] = "0.0.1".into();
    std::fs::write(&path, cursor.to_string()).unwrap();
    run.write(&wanted, end).await;
    cursor["settings"] = 1.into();
    std::fs::write(&path, cursor.to_string()).unwrap();
    let transport = InProcess::new(Arc::clone(&run.simulator), Duration::from_secs(5));
    let refused = run.over(&wanted, end, Arc::new(transport), CancellationToken::new()).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("holds a backfill that release 0.0.1 of the exporter began"), "{told}");
}
