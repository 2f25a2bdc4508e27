//! The first line of the page for people: each problem with its remedy, until the problem has ended.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::cycle::snapshot::{Audited, Snapshot};
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::status::facts::{Condition, ReloadStatus, StatusFacts};
use rocketchat_omnichannel_exporter::status::health;
use rocketchat_omnichannel_exporter::store::Store;
use tokio::time::Instant;

use crate::crashing_disk::CrashingDisk;
use crate::watching::{Watched, quiet, small};

const WELL: &str = "All is well: the workspace is read.";

fn status_of(snapshot: Snapshot, now: Instant) -> StatusFacts {
    let reload = ReloadStatus { is_successful: true, succeeded_at: Timestamp::UNIX_EPOCH };
    health::status(&[Arc::new(snapshot)], reload, now, Timestamp::UNIX_EPOCH)
}

fn status(watched: &Watched, now: Instant) -> StatusFacts {
    status_of(Snapshot::clone(&watched.cycle.snapshot()), now)
}

/// The first line after another poll.
async fn told(watched: &mut Watched) -> String {
    tokio::time::advance(Duration::from_secs(60)).await;
    let began = Instant::now();
    watched.polled().await;
    status(watched, began).summary
}

/// A cycle that keeps its state on this disk.
fn on(disk: &CrashingDisk) -> Watched {
    let simulator = Arc::new(Simulator::detached(quiet()));
    Watched::beside(simulator, &quiet(), |_| (), Some(Store::new(Box::new(disk.clone()))))
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_written_is_told_until_it_can() {
    let disk = CrashingDisk::new(1);
    let mut watched = on(&disk);
    assert_eq!(told(&mut watched).await, WELL);
    disk.refuse(Some(ErrorKind::StorageFull));
    let first_line = told(&mut watched).await;
    let begins = "Workspace acme: counters stand still, because the state cannot be written: ";
    assert!(first_line.starts_with(begins), "{first_line}");
    assert!(first_line.contains("space"), "no remedy: {first_line}");
    disk.refuse(None);
    assert_eq!(told(&mut watched).await, WELL);
    let counting = status(&watched, Instant::now()).workspaces.remove(0).counting;
    assert_eq!((counting.write_failures, counting.write_failure), (1, None));
}

#[tokio::test(start_paused = true)]
async fn a_damaged_state_is_told_for_a_day_after_the_start() {
    let disk = CrashingDisk::new(1);
    Store::new(Box::new(disk.clone())).commit(b"no state").unwrap();
    let mut watched = on(&disk);
    let first_line = told(&mut watched).await;
    assert!(
        first_line.starts_with("Workspace acme: counters began at zero at the start"),
        "{first_line}"
    );
    assert!(first_line.contains("the file is not a state of this exporter"), "{first_line}");
    assert!(first_line.ends_with("check the volume of state.directory."), "{first_line}");
    tokio::time::advance(Duration::from_secs(24 * 60 * 60)).await;
    told(&mut watched).await;
    assert_eq!(told(&mut watched).await, WELL);
}

#[tokio::test(start_paused = true)]
async fn a_first_start_without_a_state_is_well() {
    assert_eq!(told(&mut on(&CrashingDisk::new(1))).await, WELL);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_the_limit_of_pages_cuts_is_told_with_the_key_to_raise() {
    let many = SimulatorSettings {
        page_limit: 2,
        arrivals_per_hour: 200.0,
        warm_up: Duration::from_secs(7_200),
        ..small("8.1.0")
    };
    let mut watched = Watched::in_process(&many, |workspace| workspace.poll.max_pages = 2);
    let first_line = told(&mut watched).await;
    let cut = "the list open was cut after 2 pages, the rest is missing in the numbers; raise poll.max_pages.";
    assert!(first_line.contains(cut), "{first_line}");
    assert_eq!(status(&watched, Instant::now()).condition, Condition::Incomplete);
}

#[tokio::test(start_paused = true)]
async fn a_mandatory_list_that_fails_is_told_and_an_optional_one_that_is_refused_is_not() {
    let mut watched = Watched::in_process(&quiet(), |_| ());
    told(&mut watched).await;
    let forbidden = || Some(Fault::Status(403, r#"{"success":false}"#.into()));
    watched.simulator.set_fault(Route::Licence, forbidden());
    assert_eq!(told(&mut watched).await, WELL);
    watched.simulator.set_fault(Route::Rooms, forbidden());
    let first_line = told(&mut watched).await;
    assert!(
        first_line.starts_with("Workspace acme cannot be read: livechat/rooms: HTTP 403"),
        "{first_line}"
    );
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_too_old_are_told() {
    let mut watched = Watched::in_process(&quiet(), |workspace| {
        workspace.poll.interval = Duration::from_secs(30);
    });
    assert_eq!(told(&mut watched).await, WELL);
    tokio::time::advance(Duration::from_secs(3_600)).await;
    let status = status(&watched, Instant::now());
    assert_eq!(status.condition, Condition::Unreadable);
    assert!(status.summary.contains("was not read for 1 h"), "{}", status.summary);
}

#[tokio::test(start_paused = true)]
async fn chats_that_the_audit_misses_are_told_with_their_number() {
    let mut watched = Watched::in_process(&quiet(), |_| ());
    told(&mut watched).await;
    let mut snapshot = Snapshot::clone(&watched.cycle.snapshot());
    snapshot.counting.audit = Some(Audited { missing: 3, vanished: 0 });
    let status = status_of(snapshot, Instant::now());
    assert_eq!(status.condition, Condition::Incomplete);
    let told =
        "Workspace acme: the last audit found 3 closed chats of an hour that are not counted";
    assert!(status.summary.starts_with(told), "{}", status.summary);
}

#[tokio::test(start_paused = true)]
async fn a_first_poll_that_never_ends_is_told_after_two_minutes() {
    let watched = Watched::in_process(&quiet(), |_| ());
    assert_eq!(status(&watched, Instant::now()).condition, Condition::Starting);
    tokio::time::advance(Duration::from_secs(121)).await;
    let status = status(&watched, Instant::now());
    assert_eq!(status.condition, Condition::Unreadable);
    let told = "Workspace acme cannot be read: its first poll has not ended for 2 min 1 s";
    assert!(status.summary.starts_with(told), "{}", status.summary);
}
