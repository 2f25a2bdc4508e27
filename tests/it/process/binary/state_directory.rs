//! A state directory that cannot be used ends the start; one that fails later does not end the exporter.

use std::process::Command;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::Channel;

use super::bad_input::assert_one_line;
use super::kept::{CHATS, CLOSED, Kept, come_and_go, is_up, page_when, sum};
use super::{Exporter, PATIENCE, until};
use crate::counts::Series;

#[tokio::test]
async fn a_second_process_on_a_directory_ends_with_one_line() {
    let kept = Kept::new().await;
    let first = kept.exporter(&[]);
    page_when(&first, "the first one is up", is_up).await;
    let ended = kept.exporter(&[]).ended_within(PATIENCE).await;
    let path = kept.directory.path().to_str().unwrap();
    assert_one_line(&ended, 1, &[path, "is in use by another exporter", "one for each replica"]);
    first.kill_nine();
    let next = kept.exporter(&[]);
    page_when(&next, "the next one is up", is_up).await;
}

#[tokio::test]
async fn the_page_says_that_the_state_ends_with_the_container_where_the_configuration_says_so() {
    let kept = Kept::new().await;
    let is_volatile = Series::new("exporter_state_volatile", []);
    for (value, shown) in [("false", 0.0), ("true", 1.0)] {
        let exporter = kept.exporter(&[("ROCKETCHAT_EXPORTER__STATE__VOLATILE", value)]);
        let page = page_when(&exporter, "it is up", is_up).await;
        assert_eq!(page[&is_volatile], shown, "{value}");
        exporter.kill_nine();
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_ends_the_start_with_one_line() {
    let kept = Kept::new().await;
    let file = kept.state();
    for path in [file.clone(), file.join("below")] {
        let path = path.to_str().unwrap();
        let variables = kept.variables(&kept.simulator, &[]);
        let mut exporter = Exporter::serve(&["--state.directory", path], &variables);
        let ended = exporter.ended_within(PATIENCE).await;
        assert_one_line(&ended, 1, &[path, "cannot be created", "--state.directory"]);
    }
}

#[tokio::test]
async fn a_directory_that_was_replaced_is_left_to_whoever_comes() {
    let kept = Kept::new().await;
    let first = kept.exporter(&[]);
    page_when(&first, "it goes on", |page| is_up(page) && sum(page, CLOSED) == CHATS).await;
    let (path, moved) = (kept.directory.path(), tempfile::tempdir().unwrap());
    std::fs::rename(path, moved.path().join("moved")).unwrap();
    std::fs::create_dir(path).unwrap();
    let second = kept.exporter(&[]);
    page_when(&second, "the second one is up", is_up).await;
    let failures = Series::new("exporter_state_write_failures_total", []);
    page_when(&first, "the first one does not write", |page| page[&failures] >= 2.0).await;
    kept.simulator.world(|world| {
        come_and_go(world);
        world.advance(Duration::from_secs(10));
    });
    let page = page_when(&second, "all is counted", |page| sum(page, CLOSED) == 1.0).await;
    assert_eq!(page[&failures], 0.0);
    let page = page_when(&first, "gauges go on", is_up).await;
    assert_eq!(sum(&page, CLOSED), CHATS, "nothing is shown that is not durable");
    let log = first.kill_nine();
    assert!(log.contains("is not the file that this exporter has locked"), "{log}");
    assert!(
        log.contains("moved, removed or emptied while the exporter ran: restart the exporter"),
        "{log}"
    );
}

/// Sets the process's limit of file size, so that it may or may not write files.
fn let_write(exporter: &Exporter, may: bool) {
    let limit = if may { "--fsize=unlimited" } else { "--fsize=0:unlimited" };
    let pid = exporter.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, limit]).status();
    assert!(set.expect("prlimit is missing: apt-get install util-linux").success());
}

#[tokio::test]
#[ignore = "needs prlimit: tests/run runs it"]
async fn what_cannot_be_written_is_not_shown_and_comes_once_it_can() {
    let kept = Kept::new().await;
    let variables = kept.variables(&kept.simulator, &[]);
    let exporter = Exporter::serve_without_file_signals(&kept.arguments(), &variables);
    page_when(&exporter, "it goes on", |page| is_up(page) && sum(page, CLOSED) == CHATS).await;
    let_write(&exporter, false);
    kept.simulator.world(|world| {
        come_and_go(world);
        world.arrive(None, Channel::Widget);
        world.advance(Duration::from_secs(10));
    });
    let failures = Series::new("exporter_state_write_failures_total", []);
    for least in [2.0, 4.0] {
        page_when(&exporter, "writing has failed", |page| {
            assert_eq!(sum(page, CLOSED), CHATS, "nothing is shown that is not durable");
            let gauges_go_on = sum(page, "open_chats") == 1.0 && is_up(page);
            page[&failures] >= least && gauges_go_on
        })
        .await;
    }
    let_write(&exporter, true);
    page_when(&exporter, "all is counted", |page| sum(page, CLOSED) == CHATS + 1.0).await;
    // A killed process does not write the lines of its log that are still queued.
    until("it says that the state can be written", PATIENCE, async || {
        let log = exporter.stderr();
        if log.contains("The state can be written again") { Ok(()) } else { Err(log) }
    })
    .await;
    let log = exporter.kill_nine();
    let lines = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(
        lines("Counters stay at their last saved values: the state cannot be written: "),
        1,
        "{log}"
    );
    assert_eq!(lines("The state can be written again: counters continue."), 1, "{log}");
    let next = kept.exporter(&[]);
    let page = page_when(&next, "it goes on", is_up).await;
    assert_eq!(sum(&page, CLOSED), CHATS + 1.0);
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_file_system_that_cannot_sync_a_directory_keeps_the_state_all_the_same() {
    let kept = Kept::new().await;
    let variables = kept.variables(&kept.simulator, &[]);
    let (directory, arguments) = (kept.directory.path(), kept.arguments());
    let exporter = Exporter::without_sync_of(directory, &arguments, &variables);
    page_when(&exporter, "it goes on", |page| is_up(page) && sum(page, CLOSED) == CHATS).await;
    kept.simulator.world(|world| {
        come_and_go(world);
        world.advance(Duration::from_secs(10));
    });
    let page =
        page_when(&exporter, "the next one is counted", |page| sum(page, CLOSED) == CHATS + 1.0)
            .await;
    assert_eq!(page[&Series::new("exporter_state_write_failures_total", [])], 0.0);
    exporter.kill_nine();
    let next = kept.exporter(&[]);
    let page = page_when(&next, "it goes on", is_up).await;
    assert_eq!(sum(&page, CLOSED), CHATS + 1.0);
}
