//! Closes that commit late, and a server clock that is put, as the API shows them; the requests need no socket.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};
use rocketchat_omnichannel_exporter::simulator::{
    ClockSettings, Simulator, SimulatorSettings, Timing,
};
use serde_json::Value;

use super::small;

const WINDOW: &str = "closedAt=%7B%22start%22%3A%222020-01-01T00%3A00%3A00Z%22%7D";

fn headers() -> Vec<(String, String)> {
    let SimulatorSettings { token, user_id, .. } = SimulatorSettings::default();
    vec![("x-auth-token".to_owned(), token), ("x-user-id".to_owned(), user_id)]
}

fn get(simulator: &Simulator, path: &str, query: &str) -> Value {
    let reply = simulator.answer("GET", path, query, &headers());
    assert_eq!((reply.status, reply.timing), (200, Timing::AtOnce), "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

fn total(simulator: &Simulator, query: &str) -> u64 {
    get(simulator, "/api/v1/livechat/rooms", query)["total"].as_u64().unwrap()
}

/// Numbers of open chats, closed chats and chats that agents hold, by the lists.
fn lists(simulator: &Simulator) -> (u64, u64, u64) {
    let load = get(simulator, "/api/v1/livechat/queue", "includeOfflineAgents=true");
    (total(simulator, "open=true"), total(simulator, WINDOW), load["total"].as_u64().unwrap())
}

/// A time of the only chat of a list.
fn only_room(simulator: &Simulator, query: &str, key: &str) -> Timestamp {
    let list = get(simulator, "/api/v1/livechat/rooms", query);
    assert_eq!(list["total"], 1);
    list["rooms"][0][key].as_str().unwrap().parse().unwrap()
}

#[test]
fn a_close_that_commits_late_is_in_no_list_before_and_in_its_place_after() {
    let simulator = Simulator::detached(small("8.1.0"));
    let (assigned_at, closed_at) = simulator.world(|world| {
        let room = world.arrive(None, Channel::Widget);
        let agent = world.agents.keys().next().unwrap().clone();
        world.assign(&room, &agent);
        let assigned_at = world.now();
        world.delay_close(&room, RoomCloser::User, Duration::from_secs(40));
        (assigned_at, world.now())
    });
    assert_eq!(lists(&simulator), (1, 0, 1));
    assert_eq!(only_room(&simulator, "open=true", "_updatedAt"), assigned_at);
    simulator.world(|world| world.advance(Duration::from_secs(40)));
    assert_eq!(lists(&simulator), (0, 1, 0));
    assert_eq!(only_room(&simulator, WINDOW, "closedAt"), closed_at);
    assert_eq!(only_room(&simulator, WINDOW, "_updatedAt"), closed_at);
}

#[test]
fn a_clock_that_is_put_shows_in_the_date_of_the_next_answer() {
    let simulator = Simulator::detached(small("8.1.0"));
    let date = || {
        let reply = simulator.answer("GET", "/api/info", "", &[]);
        reply.headers.into_iter().find(|(name, _)| *name == "date").unwrap().1
    };
    assert_eq!(date(), "Mon, 02 Mar 2026 10:00:00 GMT");
    simulator.world(|world| world.shift_clock(SignedDuration::from_secs(-90)));
    assert_eq!(date(), "Mon, 02 Mar 2026 09:58:30 GMT");
}

#[test]
fn a_living_workspace_does_not_put_its_clock_right_again() {
    let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    for hours in [-1, 1] {
        let clock = ClockSettings::Living { start, speed: 1.0 };
        let simulator = Simulator::detached(SimulatorSettings { clock, ..small("8.1.0") });
        let by = SignedDuration::from_hours(hours);
        simulator.world(|world| world.shift_clock(by));
        let jumped = simulator.world(|world| world.now()).duration_since(start + by);
        assert!(jumped < SignedDuration::from_mins(1) && !jumped.is_negative(), "{jumped}");
        let later = simulator.world(|world| world.now()).duration_since(start + by);
        assert!(later > jumped, "time goes on: {later}");
    }
}
