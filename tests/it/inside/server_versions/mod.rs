//! The waiting chats stay visible with every server version, announced or hidden, constant or changing.

mod guarded;
mod hidden;

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::{Channel, World};
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, SimulatorSettings};

use crate::watching::{Numbers, Watched, of_family, sum};

fn empty(version: &str) -> SimulatorSettings {
    SimulatorSettings {
        version: version.parse().unwrap(),
        departments: 2,
        agents: 3,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        ..SimulatorSettings::default()
    }
}

fn hidden(version: &str) -> SimulatorSettings {
    SimulatorSettings { version_hidden: true, ..empty(version) }
}

fn waits(world: &mut World) -> String {
    world.arrive(None, Channel::Widget)
}

fn served(world: &mut World) -> String {
    let (room, agent) = (waits(world), SimulatorSettings::default().user_id);
    assert!(world.assign(&room, &agent));
    room
}

/// Number of waiting chats on the page; `None` if the page shows no queue.
fn queue(page: &Numbers) -> Option<f64> {
    let shown = of_family(page, "open_chats").into_iter();
    let mut queued = shown.filter(|(series, _)| series.contains("\"queued\"")).peekable();
    queued.peek()?;
    Some(queued.map(|(_, chats)| chats).sum())
}

fn told_version(page: &Numbers) -> Vec<&String> {
    of_family(page, "exporter_target_info").into_iter().map(|(series, _)| series).collect()
}

fn up(page: &Numbers) -> Option<bool> {
    page.get("up[]").map(|up| *up == 1.0)
}

const INTERVAL: Duration = Duration::from_secs(30);

/// The default configuration: an interval of 30 s, and half of the requests that the server's limiter allows.
fn as_by_default(settings: &SimulatorSettings) -> Watched {
    Watched::in_process(settings, |workspace| {
        workspace.poll.interval = INTERVAL;
        workspace.poll.max_requests_per_minute = 5;
    })
}

async fn an_interval_later(watched: &mut Watched) -> Numbers {
    tokio::time::advance(INTERVAL).await;
    watched.simulator.world(|world| world.advance(INTERVAL));
    watched.poll().await
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_without_an_outage_keeps_the_waiting_chats_in_sight() {
    for [older, newer] in [["6.10.0", "7.9.0"], ["6.10.0", "8.6.0"], ["4.8.0", "6.11.0"]] {
        let mut watched = as_by_default(&empty(older));
        watched.simulator.world(|world| (waits(world), served(world)));
        assert_eq!(queue(&watched.poll().await), Some(1.0), "{older}");
        watched.simulator.set_version(newer.parse().unwrap());
        watched.simulator.world(waits);
        for _ in 0..4 {
            let page = an_interval_later(&mut watched).await;
            assert_eq!((up(&page), queue(&page)), (Some(true), Some(2.0)), "{older} to {newer}");
            assert_eq!(sum(&page, "chats_closed_total", ""), 0.0, "{older} to {newer}");
            let short = newer.trim_end_matches(".0");
            assert!(told_version(&page).iter().all(|it| it.contains(short)), "{page:?}");
        }
        let refused = watched.simulator.requests().into_iter().filter(|it| it.status >= 400);
        assert_eq!(refused.count(), 0, "{older} to {newer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_downgrade_shows_the_queue_as_it_is_or_not_at_all() {
    let mut watched = as_by_default(&empty("7.9.0"));
    watched.simulator.world(|world| (waits(world), served(world)));
    watched.poll().await;
    watched.simulator.set_version("6.10.0".parse().unwrap());
    let mut seen = 0;
    for _ in 0..6 {
        let page = an_interval_later(&mut watched).await;
        assert!(queue(&page).is_none_or(|chats| chats == 1.0), "{:?}", queue(&page));
        seen += u32::from(queue(&page).is_some());
    }
    assert!(seen >= 4, "{seen}");
}

#[tokio::test]
async fn at_whatever_request_the_server_is_replaced_the_poll_shows_its_queue() {
    for versions in [["6.10.0", "7.9.0"], ["7.9.0", "6.10.0"], ["3.18.0", "8.6.0"]] {
        let [older, newer] = versions.map(|version| version.parse().unwrap());
        for at in 0..20 {
            let mut watched = Watched::in_process(&empty(versions[0]), |_| {});
            watched.simulator.world(|world| (waits(world), served(world)));
            watched.poll().await;
            let mut requests = 0;
            watched.simulator.on_request(move |world| {
                world.version = if requests < at { older } else { newer };
                requests += 1;
            });
            let page = watched.poll().await;
            assert_eq!(queue(&page), Some(1.0), "{versions:?} at request {at}");
            assert_eq!(up(&page), Some(true), "{versions:?} at request {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_version_costs_one_small_request_a_poll_and_two_where_the_queue_depends_on_it() {
    for (version, a_poll) in [("8.1.0", 1), ("6.10.0", 2)] {
        let mut watched = Watched::in_process(&empty(version), |workspace| {
            workspace.poll.interval = INTERVAL;
            workspace.poll.max_requests_per_minute = 1_000;
        });
        for _ in 0..10 {
            an_interval_later(&mut watched).await;
        }
        let asked = watched.simulator.requests();
        let asked = asked.iter().filter(|request| request.path == "/api/info");
        assert!(asked.clone().all(|request| !request.carried_token), "{version}");
        assert_eq!(asked.count(), 10 * a_poll, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_comes_too_late_is_left_out_for_a_minute() {
    let mut watched = Watched::in_process(&empty("8.1.0"), |workspace| {
        workspace.poll.interval = Duration::from_secs(1);
        workspace.poll.timeout = Duration::from_millis(300);
        workspace.poll.max_requests_per_minute = 1_000;
    });
    watched.simulator.world(waits);
    watched.poll().await;
    watched.simulator.set_fault(Route::Info, Some(Fault::Hang));
    let asked = |watched: &Watched| {
        let asked = watched.simulator.requests();
        asked.iter().filter(|request| request.path == "/api/info").count()
    };
    let before = asked(&watched);
    for _ in 0..50 {
        tokio::time::advance(Duration::from_secs(1)).await;
        let page = watched.poll().await;
        assert_eq!((up(&page), queue(&page)), (Some(true), Some(1.0)));
        assert!(told_version(&page).iter().all(|it| it.contains("8.1")), "{page:?}");
    }
    assert_eq!(asked(&watched) - before, 1);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_has_not_come_yet_is_waited_for() {
    let mut watched = as_by_default(&empty("8.1.0"));
    watched.simulator.set_fault(Route::Info, Some(Fault::Hang));
    for _ in 0..3 {
        assert_eq!(up(&an_interval_later(&mut watched).await), Some(false));
    }
    assert!(watched.simulator.requests().iter().all(|request| request.path == "/api/info"));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_told_no_more_is_believed_for_ten_minutes() {
    let mut watched = as_by_default(&empty("6.10.0"));
    watched.simulator.world(waits);
    watched.poll().await;
    watched.simulator.set_fault(Route::Info, Some(Fault::Status(403, "{}".to_owned())));
    for poll in 1..=30 {
        let page = an_interval_later(&mut watched).await;
        assert_eq!((up(&page), queue(&page)), (Some(true), Some(1.0)), "poll {poll}");
        let is_told = told_version(&page).iter().all(|it| it.contains("6.10"));
        assert_eq!(is_told, poll < 20, "poll {poll}");
    }
}

#[tokio::test]
async fn the_page_says_whether_response_figures_are_peoples_alone() {
    let cases = [
        (empty("6.10.0"), [0.0, 0.0]),
        (empty("6.12.0"), [1.0, 1.0]),
        (hidden("6.10.0"), [0.0, 0.0]),
        (hidden("8.1.0"), [0.0, 1.0]),
    ];
    for (settings, expected) in cases {
        let mut watched = Watched::in_process(&settings, |_| {});
        let version = settings.version;
        for (expected, what) in expected.into_iter().zip(["nobody", "a chat"]) {
            let page = watched.poll().await;
            let shown = sum(&page, "exporter_capability", "\"response_times\"");
            assert_eq!(shown, expected, "{version} with {what}");
            watched.simulator.world(served);
        }
    }
}
