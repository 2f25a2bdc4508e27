//! Calls that are left out: lists that go back or come late, outages, and a state without calls.

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::world::{Direction, RoomCloser, World};
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

use super::{INTERVAL, pass, settle, total, watched};
use crate::counts::Counted;
use crate::watching::{Watched, quiet};

const HOUR: Duration = Duration::from_secs(3_600);
/// A state of the first format, after 20 minutes of the workspace. Closed chats were read until 6 seconds before.
const FIRST_FORMAT: &[u8] = include_bytes!("../../../fixtures/state/version-1.state");
const FILE: &str = "acme-44ad98655d8858e1.state";

/// A workspace with calls, of which none begins by itself.
fn settings() -> SimulatorSettings {
    SimulatorSettings { version: "7.7.1".parse().unwrap(), ..quiet() }
}

/// A call in this queue that goes on.
fn started(world: &mut World, queue: &str) -> String {
    let agent = world.agents.keys().next().unwrap().clone();
    let call = world.start_call(queue, Direction::Inbound, &agent).unwrap();
    queue.clone_into(&mut world.calls.get_mut(&call).unwrap().queue);
    call
}

/// A call in this queue that has ended after this time.
fn ended(world: &mut World, queue: &str, time: Duration) {
    let call = started(world, queue);
    world.advance(time);
    assert!(world.end_call(&call, RoomCloser::User));
}

/// The starts and the ends of calls in this queue.
fn counted(page: &Counted, queue: &str) -> (f64, f64) {
    let of = |name| total(page, name, &[("queue", queue)]);
    (of("voip_calls_started_total"), of("voip_calls_closed_total"))
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_on_in_an_answer_after_its_end_was_counted_is_not_counted_again() {
    let mut watched = watched(&settings()).await;
    let call = watched.simulator.world(|world| started(world, "line"));
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| assert!(world.end_call(&call, RoomCloser::User)));
    assert_eq!(counted(&settle(&mut watched).await, "line"), (1.0, 1.0));
    watched.simulator.world(|world| {
        let call = world.calls.get_mut(&call).unwrap();
        (call.open, call.closed_at) = (true, None);
    });
    let page = settle(&mut watched).await;
    assert_eq!(total(&page, "voip_active_calls", &[]), 1.0, "the answers show the call");
    assert_eq!(counted(&page, "line"), (1.0, 1.0));
    watched.simulator.world(|world| assert!(world.end_call(&call, RoomCloser::User)));
    assert_eq!(counted(&settle(&mut watched).await, "line"), (1.0, 1.0));
    watched.simulator.world(|world| ended(world, "line", INTERVAL));
    assert_eq!(counted(&settle(&mut watched).await, "line"), (2.0, 2.0));
}

/// The starts and ends that are counted of a call which begins after this many polls, and which the server shows as
/// going on for this many minutes after its end.
async fn with_an_end_that_shows_after(polls: u32, minutes: u32) -> (f64, f64) {
    let mut watched = watched(&settings()).await;
    for _ in 0..polls {
        pass(&mut watched, INTERVAL).await;
    }
    let call = watched.simulator.world(|world| started(world, "line"));
    pass(&mut watched, INTERVAL).await;
    let ended_at = watched.simulator.world(|world| world.now());
    for _ in 0..2 * minutes {
        pass(&mut watched, INTERVAL).await;
    }
    watched.simulator.world(|world| {
        assert!(world.end_call(&call, RoomCloser::User));
        world.calls.get_mut(&call).unwrap().closed_at = Some(ended_at);
    });
    let mut page = Counted::new();
    for _ in 0..60 {
        page = pass(&mut watched, INTERVAL).await;
    }
    counted(&page, "line")
}

#[tokio::test(start_paused = true)]
async fn an_end_that_shows_up_to_ten_minutes_late_is_counted_and_a_much_later_one_is_not() {
    // In ten polls comes one window that reaches far back.
    for polls in 0..10 {
        for (minutes, ends) in [(0, 1.0), (5, 1.0), (10, 1.0), (20, 0.0)] {
            let counted = Box::pin(with_an_end_that_shows_after(polls, minutes)).await;
            assert_eq!(counted, (1.0, ends), "{polls} polls, {minutes} minutes");
        }
    }
}

/// The starts and ends that are counted of the calls in the first and in the last hour of an outage of the calls.
async fn after_an_outage_of(hours: u32) -> [(f64, f64); 2] {
    let mut watched = watched(&settings()).await;
    let fault = Fault::Status(502, String::new());
    watched.simulator.set_fault(Route::VoipRooms, Some(fault));
    pass(&mut watched, INTERVAL).await;
    watched.simulator.world(|world| ended(world, "first", INTERVAL));
    pass(&mut watched, HOUR * (hours - 1)).await;
    watched.simulator.world(|world| ended(world, "last", INTERVAL));
    pass(&mut watched, HOUR).await;
    watched.simulator.set_fault(Route::VoipRooms, None);
    let page = settle(&mut watched).await;
    ["first", "last"].map(|queue| counted(&page, queue))
}

#[tokio::test(start_paused = true)]
async fn of_an_outage_longer_than_a_day_only_the_calls_of_the_last_day_are_counted() {
    assert_eq!(Box::pin(after_an_outage_of(20)).await, [(1.0, 1.0); 2]);
    assert_eq!(Box::pin(after_an_outage_of(26)).await, [(0.0, 0.0), (1.0, 1.0)]);
}

/// The starts and ends that are counted of a call in the minutes that the state covers, and of a call in the minutes
/// between the state and the start.
async fn after_a_start_on(state: Option<&[u8]>) -> [(f64, f64); 2] {
    let directory = tempfile::tempdir().unwrap();
    if let Some(state) = state {
        std::fs::write(directory.path().join(FILE), state).unwrap();
    }
    let simulator = Arc::new(Simulator::detached(settings()));
    simulator.world(|world| {
        for queue in ["covered", "since"] {
            world.advance(Duration::from_secs(900));
            ended(world, queue, INTERVAL);
        }
        world.advance(INTERVAL);
    });
    let state = StateDirectory::open(directory.path(), LockMode::Alone).unwrap();
    let store = Store::new(Box::new(state.claim("acme").unwrap()));
    let mut watched = Watched::beside(simulator, &settings(), |_| (), Some(store));
    let page = settle(&mut watched).await;
    ["covered", "since"].map(|queue| counted(&page, queue))
}

#[tokio::test(start_paused = true)]
async fn calls_that_ended_before_the_state_of_the_first_format_are_not_counted() {
    let counted = after_a_start_on(Some(FIRST_FORMAT)).await;
    assert_eq!(counted, [(0.0, 0.0), (1.0, 1.0)]);
    assert_eq!(after_a_start_on(None).await, [(0.0, 0.0); 2], "counting begins with the start");
}
