//! Tests of single chats, and of worlds that run by themselves.

use std::time::Duration;

use jiff::{Timestamp, ToSpan};

use super::{
    Channel, ChatState, Person, Room, RoomCloser, Serving, Status, World, WorldSettings,
    room::LastMessage,
};
use crate::simulator::version::ServerVersion;

fn settings(seed: u64, version: ServerVersion) -> WorldSettings {
    WorldSettings {
        enterprise: true,
        seed,
        version,
        start: Timestamp::constant(1_772_445_600, 0),
        departments: 3,
        agents: 9,
        first_agent_id: "first".to_owned(),
        calls: true,
        arrivals_per_hour: 600.0,
        reopened_percent: 15,
        retention: Duration::from_secs(86_400),
    }
}

pub(super) fn world(version: ServerVersion) -> World {
    World::new(&settings(7, version))
}

pub(super) const NEW: ServerVersion = ServerVersion::new(8, 1, 0);

pub(super) fn served(world: &mut World) -> String {
    let room = world.arrive(None, Channel::Widget);
    assert!(world.assign(&room, "first"));
    room
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn message(ts: &str, from_visitor: bool) -> LastMessage {
    LastMessage { id: "m".into(), ts: at(ts), text: String::new(), from_visitor }
}

/// The chat of the example in Rocket.Chat's documentation: question at 20:12:20.555, assignment at 20:19:29.422.
fn documented_chat() -> Room {
    let mut world = world(NEW);
    let id = world.arrive_silently(None, Channel::Widget);
    let mut room = world.rooms.remove(&id).unwrap();
    room.ts = at("2021-07-09T20:12:19.795Z");
    room.take_visitor_message(message("2021-07-09T20:12:20.555Z", true));
    let agent = Person { id: "a".into(), username: "kim.jane".into() };
    room.served_by = Some(Serving { agent, ts: at("2021-07-09T20:19:29.422Z") });
    room
}

#[test]
fn the_metrics_of_the_documented_chat_come_out_as_documented() {
    let mut room = documented_chat();
    room.take_agent_message(message("2021-07-09T20:19:53.243Z", false), NEW);
    room.take_visitor_message(message("2021-07-09T20:20:58.755Z", true));
    room.take_agent_message(message("2021-07-09T20:20:58.940Z", false), NEW);
    let (response, reaction) = (room.metrics.response.unwrap(), room.metrics.reaction.unwrap());
    let close = |value: f64, documented: f64| assert!((value - documented).abs() < 1e-9, "{value}");
    close(response.first_seconds, 452.688);
    close(response.total_seconds, 452.873);
    close(response.average_seconds, 226.4365);
    close(reaction.first_seconds, 23.821);
    close(reaction.total_seconds, 24.006);
    assert_eq!(response.count, 2);
    assert_eq!(room.metrics.last_question, Some(at("2021-07-09T20:20:58.755Z")));
}

#[test]
fn only_the_first_reply_to_a_burst_counts() {
    let mut world = world(NEW);
    let room = served(&mut world);
    world.reply(&room);
    world.reply(&room);
    assert_eq!(world.rooms[&room].metrics.response.unwrap().count, 1);
    world.visitor_writes(&room);
    world.visitor_writes(&room);
    world.reply(&room);
    assert_eq!(world.rooms[&room].metrics.response.unwrap().count, 2);
}

#[test]
fn an_agent_who_speaks_before_the_visitor_rewrites_the_first_response() {
    let mut world = world(NEW);
    let room = world.arrive_silently(None, Channel::Api);
    world.assign(&room, "first");
    world.reply(&room);
    let first = world.rooms[&room].metrics.response.unwrap();
    world.advance(Duration::from_secs(5));
    world.reply(&room);
    let second = world.rooms[&room].metrics.response.unwrap();
    assert!(second.first_at > first.first_at && second.first_seconds > 5.0);
    assert_eq!(world.rooms[&room].metrics.last_reply, None);
}

#[test]
fn closing_removes_open_and_writes_the_durations() {
    let mut world = world(NEW);
    let room = served(&mut world);
    world.reply(&room);
    world.advance(Duration::from_secs(60));
    assert!(world.close(&room, RoomCloser::User));
    let closed = &world.rooms[&room];
    assert_eq!(closed.state(), ChatState::Closed);
    assert_eq!(closed.closed_by.as_ref().unwrap().id, "first");
    assert_eq!(closed.metrics.visitor_inactivity, Some(60.001));
    assert!(closed.metrics.service_time < closed.metrics.chat_duration);
    assert!(!world.close(&room, RoomCloser::User), "a closed chat cannot close");
}

#[test]
fn a_chat_nobody_served_has_no_service_time() {
    let mut world = world(NEW);
    let room = world.arrive(None, Channel::Widget);
    world.close(&room, RoomCloser::Visitor);
    assert_eq!(world.rooms[&room].metrics.service_time, None);
    assert!(world.rooms[&room].waiting_response, "closing does not touch it");
}

/// Server PR 23661, in 4.2.
#[test]
fn a_requeue_restarts_the_wait_on_newer_servers_only() {
    for (version, restarts) in
        [(ServerVersion::new(4, 2, 0), true), (ServerVersion::new(4, 1, 0), false)]
    {
        let mut world = world(version);
        let room = served(&mut world);
        let before = world.rooms[&room].queued_at;
        assert!(world.return_to_queue(&room));
        assert_eq!(world.rooms[&room].state(), ChatState::Queued);
        assert_eq!(world.rooms[&room].queued_at != before, restarts, "{version}");
    }
}

#[test]
fn a_reopened_chat_keeps_its_duration_and_loses_its_agent() {
    let mut world = world(NEW);
    let room = served(&mut world);
    world.close(&room, RoomCloser::User);
    let duration = world.rooms[&room].metrics.chat_duration;
    assert!(world.reopen(&room));
    let reopened = &world.rooms[&room];
    assert_eq!(reopened.state(), ChatState::Queued);
    assert_eq!((reopened.closed_at, reopened.closer), (None, None));
    assert_eq!(reopened.metrics.chat_duration, duration);
    assert_eq!(reopened.queued_at, Some(reopened.ts), "it waits since now and does not say so");
}

/// Server PR 32846, in 6.12. Before it the metrics ignored the type of a message.
#[test]
fn before_6_12_the_servers_own_messages_are_answers() {
    for (version, expected) in [
        ((6, 12), [0; 4]),
        ((6, 11), [1, 2, 3, 4]),
        ((3, 12), [1, 2, 3, 4]),
        ((3, 11), [0, 1, 2, 3]),
    ] {
        let mut world = world(ServerVersion::new(version.0, version.1, 0));
        let agent = world.agents.keys().find(|id| *id != "first").unwrap().clone();
        let answers = |world: &World, room: &str| {
            world.rooms[room].metrics.response.map_or(0, |response| response.count)
        };
        let room = world.arrive_silently(None, Channel::Widget);
        let mut seen = vec![answers(&world, &room)];
        world.assign(&room, "first");
        let acts: [fn(&mut World, &str, &str) -> bool; 3] = [
            |world, room, agent| world.forward_to_agent(room, agent),
            |world, room, _| world.return_to_queue(room),
            |world, room, _| world.close(room, RoomCloser::Visitor),
        ];
        for act in acts {
            assert!(act(&mut world, &room, &agent));
            seen.push(answers(&world, &room));
        }
        assert_eq!(seen, expected, "{version:?}");
        assert_eq!(world.rooms[&room].answered_at, None, "no person wrote");
    }
}

/// Server PR 30072, in 6.4: the hook that sets `responseBy` ignores the server's own messages and stores times.
#[test]
fn since_6_4_only_people_respond_and_it_is_said_when() {
    let responded = |version| {
        let mut world = world(version);
        let room = world.arrive_silently(None, Channel::Widget);
        let begun = world.rooms[&room].response_by.clone();
        world.visitor_writes(&room);
        world.assign(&room, "first");
        world.reply(&room);
        let first = world.now();
        world.advance(Duration::from_secs(9));
        world.reply(&room);
        let answered = world.rooms[&room].response_by.clone().unwrap();
        assert_eq!(answered.user.id, "first");
        assert_eq!(answered.last_at, Some(world.now()));
        world.visitor_writes(&room);
        assert!(world.rooms[&room].waiting_response && world.rooms[&room].response_by.is_none());
        (begun.is_some(), answered.first_at == Some(first))
    };
    assert_eq!(responded(ServerVersion::new(6, 4, 0)), (false, true));
    assert_eq!(responded(ServerVersion::new(6, 3, 0)), (true, false), "the guest's own beginning");
}

#[test]
fn messages_of_the_server_count_some_of_them_twice() {
    let mut world = world(NEW);
    let room = world.arrive_silently(None, Channel::Widget);
    let mut seen = vec![world.rooms[&room].msgs];
    world.assign(&room, "first");
    seen.push(world.rooms[&room].msgs);
    world.reply(&room);
    world.close(&room, RoomCloser::User);
    seen.push(world.rooms[&room].msgs);
    assert_eq!(seen, [2, 4, 7]);
}

/// Seen in 7.7.1 and 8.6.1.
#[test]
fn a_close_by_force_moves_the_end_and_is_no_second_one() {
    let mut world = world(ServerVersion::new(8, 6, 1));
    let room = served(&mut world);
    assert!(!world.force_close(&room), "it is open");
    world.close(&room, RoomCloser::Visitor);
    let before = world.rooms[&room].clone();
    world.advance(Duration::from_secs(9));
    world.record_history();
    assert!(world.force_close(&room));
    let after = &world.rooms[&room];
    assert!(after.closed_at > before.closed_at);
    assert!(after.metrics.chat_duration > before.metrics.chat_duration);
    assert_eq!(
        (after.closer, after.closed_by.as_ref().unwrap().id.as_str()),
        (Some(RoomCloser::User), "manager")
    );
    assert_eq!(world.take_history(), []);
}

/// The server's model unsets the department on all rooms (6.0 to 8.6.1).
#[test]
fn a_department_that_is_removed_is_unset_on_its_chats() {
    let mut world = world(NEW);
    let department = world.departments.keys().next().unwrap().clone();
    let [open, closed] = [(); 2].map(|()| world.arrive(Some(&department), Channel::Widget));
    world.close(&closed, RoomCloser::User);
    world.record_history();
    assert!(world.delete_department(&department));
    assert!([open, closed].iter().all(|room| world.rooms[room].department_id.is_none()));
    assert_eq!(world.take_history(), [], "nobody transferred them");
}

/// `error-room-is-not-closed`, seen in 8.6.1.
#[test]
fn newer_servers_delete_no_open_chat() {
    for (version, is_kept) in [(NEW, false), (ServerVersion::new(8, 6, 1), true)] {
        let mut world = world(version);
        let room = served(&mut world);
        assert_eq!(world.delete(&room), !is_kept, "{version}");
        if is_kept {
            world.close(&room, RoomCloser::User);
            assert!(world.delete(&room));
        }
    }
}

#[test]
fn hold_ends_with_the_close_unless_its_hook_fails() {
    for fails in [false, true] {
        let mut world = world(NEW);
        world.hold_outlives_close = fails;
        let room = served(&mut world);
        assert!(world.hold(&room) && !world.hold(&room));
        assert_eq!(world.rooms[&room].state(), ChatState::OnHold);
        world.close(&room, RoomCloser::User);
        assert_eq!(world.rooms[&room].on_hold, fails);
    }
}

#[test]
fn every_operation_has_an_instant_of_its_own_unless_asked_otherwise() {
    let mut world = world(NEW);
    let (one, other) = (world.arrive(None, Channel::Widget), world.arrive(None, Channel::Widget));
    assert!(world.rooms[&one].ts < world.rooms[&other].ts);
    let together = world.arrive_together(3);
    assert!(together.iter().all(|id| world.rooms[id].ts == world.rooms[&together[0]].ts));
}

#[test]
fn operations_on_what_is_not_there_change_nothing() {
    let mut world = world(NEW);
    assert!(!world.assign("nobody", "first") && !world.reply("nobody"));
    assert!(!world.close("nobody", RoomCloser::User) && !world.reopen("nobody"));
    assert!(!world.set_status("nobody", Status::Online, true) && !world.delete("nobody"));
    assert!(world.start_call("queue", super::Direction::Inbound, "nobody").is_none());
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let lived = |seed| {
        let mut world = World::new(&settings(seed, NEW));
        world.live(Duration::from_secs(1800));
        (0..200).for_each(|_| world.random_step());
        (world.rooms.clone(), world.calls, world.agents)
    };
    assert_eq!(lived(3), lived(3));
    assert_ne!(lived(3).0, lived(4).0);
}

#[test]
fn two_hours_of_life_show_every_state_and_every_end() {
    let mut world = World::new(&settings(1, NEW));
    let start = world.now();
    world.live(Duration::from_secs(7200));
    assert_eq!(world.now(), start + 2.hours());
    let any = |found: &dyn Fn(&Room) -> bool| world.rooms.values().any(found);
    for state in [ChatState::InProgress, ChatState::Closed] {
        assert!(world.chats(state).next().is_some(), "{state:?}");
    }
    assert!(any(&|room| room.closer == Some(RoomCloser::Visitor) && room.served_by.is_none()));
    assert!(any(&|room| room.metrics.response.is_some_and(|it| it.count > 1)));
    assert!(any(&|room| room.auto_transferred_at.is_some()));
    assert!(any(&|room| room.queued_at != Some(room.ts)));
    assert!(world.calls.values().any(|call| call.duration_ms.is_some()));
    assert!((900..2500).contains(&world.rooms.len()), "{}", world.rooms.len());
}

#[test]
fn random_steps_reach_every_state() {
    let mut world = world(NEW);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let before = world.now();
        world.random_step();
        assert!(world.now() > before);
        seen.extend(world.rooms.values().map(Room::state));
    }
    assert_eq!(seen.len(), 4);
}
