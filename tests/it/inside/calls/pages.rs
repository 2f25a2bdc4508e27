//! Calls that fill several pages, while calls start and end between the pages.

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::world::{Direction, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::{AFTERMATH, Truth, begin};
use crate::counts;
use crate::watching::{Numbers, Watched, numbers, series, sum};

/// Number of closed calls, and of open calls.
const PAIRS: usize = 160;
/// Number of pairs that are deleted while pages are read.
const LEAVING: usize = 40;
/// Queue of all other calls.
const STAYING: &str = "staying";

/// A workspace without generated calls.
fn quiet(page_limit: usize) -> SimulatorSettings {
    SimulatorSettings {
        version: "7.7.1".parse().unwrap(),
        calls: false,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        page_limit,
        ..SimulatorSettings::default()
    }
}

fn started(world: &mut World) -> String {
    let agent = world.agents.keys().next().unwrap().clone();
    world.start_call("sales-line", Direction::Inbound, &agent).unwrap()
}

/// Puts a call into this queue, with or without the PBX's event; returns its id.
fn in_queue(queue: &str, id: String, world: &mut World) -> String {
    queue.clone_into(&mut world.calls.get_mut(&id).unwrap().queue);
    id
}

/// A call that has ended after two seconds.
fn ended(world: &mut World) -> String {
    let id = started(world);
    world.advance(Duration::from_secs(2));
    assert!(world.end_call(&id, RoomCloser::User));
    id
}

fn closed(page: &Numbers) -> f64 {
    sum(page, "voip_calls_closed_total", "")
}

fn is_truncated(page: &Numbers) -> bool {
    page[&series("exporter_truncated", &[("collector", "calls")])] > 0.5
}

/// A workspace after counting has begun and its series were scraped; a new series is 0 until a scrape.
async fn watched(page_limit: usize) -> Watched {
    let mut watched = Watched::in_process(&quiet(page_limit), |_| {});
    aftermath(&mut watched).await;
    watched.simulator.world(|world| {
        let id = ended(world);
        in_queue(STAYING, id, world)
    });
    for _ in 0..2 {
        aftermath(&mut watched).await;
    }
    watched
}

async fn aftermath(watched: &mut Watched) -> String {
    watched.simulator.world(|world| world.advance(AFTERMATH));
    watched.scraped().await
}

/// Creates many calls that end in the same millisecond, and calls that ended without an end time.
fn a_long_outage(world: &mut World) {
    for _ in 0..20 {
        let id = ended(world);
        world.calls.get_mut(&id).unwrap().closed_at = None;
    }
    world.record_history();
    let calls: Vec<String> = (0..150).map(|_| ended(world)).collect();
    let at = world.calls[&calls[60]].closed_at;
    for id in &calls[60..100] {
        world.calls.get_mut(id).unwrap().closed_at = at;
    }
    world.advance(AFTERMATH);
}

#[tokio::test]
async fn closed_calls_beyond_the_page_cap_come_in_the_next_cycles_and_none_is_lost_with_the_process()
 {
    let settings = quiet(7);
    let capped = |workspace: &mut Workspace| workspace.poll.max_pages = 3;
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let folder = tempfile::tempdir().unwrap();
    let mut watched = begin(&simulator, &settings, folder.path(), capped);
    aftermath(&mut watched).await;
    simulator.world(a_long_outage);
    let (mut was_cut, mut page) = (0, String::new());
    for poll in 0..40 {
        if poll == 4 {
            drop(watched);
            watched = begin(&simulator, &settings, folder.path(), capped);
        }
        page = aftermath(&mut watched).await;
        let is_cut = is_truncated(&numbers(&page));
        was_cut += usize::from(is_cut);
        if poll < 6 {
            assert!(is_cut && closed(&numbers(&page)) < 150.0, "poll {poll}");
            simulator.world(ended);
        }
    }
    assert!(was_cut < 20 && !is_truncated(&numbers(&page)), "{was_cut} were cut");
    let truth = Truth::of(&simulator.world(World::take_history));
    let differences = truth.differences(&counts::page(&page));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Creates as many closed calls as open ones. Returns the calls to delete: the newest closed calls and the oldest open
/// calls, which are read first.
fn two_long_lists(world: &mut World) -> Vec<String> {
    let both: Vec<_> = (0..PAIRS).map(|_| (ended(world), started(world))).collect();
    world.advance(AFTERMATH);
    let newest = both.iter().rev().map(|(ended, _)| ended.clone());
    let oldest = both.iter().map(|(_, active)| active.clone());
    let pairs = newest.zip(oldest).step_by(2).take(LEAVING);
    let leaving: Vec<_> = pairs.flat_map(|(ended, active)| [ended, active]).collect();
    for id in both.into_iter().flat_map(|(ended, active)| [ended, active]) {
        let queue = if leaving.contains(&id) { "leaving" } else { STAYING };
        in_queue(queue, id, world);
    }
    leaving
}

#[tokio::test]
async fn a_call_that_leaves_its_list_between_two_pages_hides_no_other() {
    for page_limit in [1, 2, 7, 25] {
        let mut watched = watched(page_limit).await;
        let before = sum(&watched.poll().await, "voip_calls_closed_total", STAYING);
        let mut leaving = watched.simulator.world(two_long_lists).into_iter();
        watched.simulator.on_request(move |world| {
            for id in leaving.by_ref().take(2) {
                world.calls.remove(&id);
            }
        });
        let page = watched.poll().await;
        let staying = (PAIRS - LEAVING) as f64;
        let closed = sum(&page, "voip_calls_closed_total", STAYING) - before;
        let counts = [closed, sum(&page, "voip_active_calls", STAYING)];
        assert_eq!(counts.map(f64::round), [staying; 2], "{page_limit} a page");
    }
}

#[tokio::test]
async fn a_quiet_line_is_not_counted_again_when_its_calls_are_forgotten() {
    let mut watched = watched(100).await;
    let before = closed(&watched.poll().await);
    watched.simulator.world(|world| (0..10).for_each(|_| drop(ended(world))));
    for poll in 0..40 {
        watched.simulator.world(|world| world.advance(Duration::from_secs(600)));
        let counted = closed(&numbers(&watched.scraped().await)) - before;
        assert!(poll == 0 || (counted - 10.0).abs() < 0.5, "poll {poll}: {counted}");
    }
}
