//! Tests of the recorded history, for single chats and for random sequences of operations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::fact::{Close, EndedBy, Transfer, Wait};
use super::super::tests::{NEW, served, world};
use super::super::{Channel, Direction, RoomCloser, World};
use super::*;
use crate::simulator::version::ServerVersion;

type Act = fn(&mut World, &str) -> bool;

/// A server whose own messages count as answers and whose requeue leaves `queuedAt` unchanged.
const OLD: ServerVersion = ServerVersion::new(4, 1, 0);

fn recording(version: ServerVersion) -> World {
    let mut world = world(version);
    world.record_history();
    world
}

fn happenings(world: &mut World) -> Vec<FactKind> {
    world.take_history().into_iter().map(|fact| fact.happening).collect()
}

fn another_agent(world: &World) -> String {
    world.agents.keys().find(|id| *id != "first").unwrap().clone()
}

fn close_of(happening: &FactKind) -> Close {
    match happening {
        FactKind::Closed(close) => *close,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_world_remembers_nothing_until_it_is_asked_to() {
    let mut world = world(NEW);
    let room = served(&mut world);
    assert_eq!(world.take_history(), []);
    assert!(world.history.is_none());
    world.record_history();
    world.hold(&room);
    assert_eq!(happenings(&mut world), [FactKind::Held]);
    assert_eq!(happenings(&mut world), [], "what was taken is gone");
}

#[test]
fn the_story_of_a_chat_is_told_in_order_and_in_seconds() {
    let mut world = recording(NEW);
    let department = world.departments.keys().next().unwrap().clone();
    let room = world.arrive(Some(&department), Channel::Email);
    world.advance(Duration::from_secs(10));
    world.assign(&room, "first");
    let taken = world.now();
    world.advance(Duration::from_secs(5));
    world.reply(&room);
    let answered = world.now();
    world.close(&room, RoomCloser::User);
    let chat = world.rooms[&room].clone();
    let facts = world.take_history();
    let [arrived, assigned, first, responded, closed] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(
        (arrived.at, &arrived.happening, &arrived.agent),
        (chat.ts, &FactKind::Arrived, &None)
    );
    let wait = Wait { said_since: chat.ts, since: chat.ts };
    assert_eq!((assigned.at, &assigned.happening), (taken, &FactKind::Assigned(wait)));
    assert_eq!(
        (&assigned.department, assigned.agent.as_deref()),
        (&Some(department), Some("first"))
    );
    assert_eq!(assigned.source, Some(Channel::Email.into()));
    let (seconds, reaction_seconds) = (seconds_between(chat.ts, answered), 5.001);
    let first_response = FactKind::FirstResponse { seconds, reaction_seconds, is_rewrite: false };
    assert_eq!((first.at, &first.happening), (answered, &first_response));
    let seconds = chat.metrics.response.unwrap().total_seconds;
    assert_eq!(responded.happening, FactKind::Responded { seconds });
    let close = Close {
        by: EndedBy::Agent,
        is_served: true,
        is_answered: true,
        duration: chat.metrics.chat_duration,
        service_time: chat.metrics.service_time,
        messages: 8,
        waited: None,
    };
    assert_eq!((closed.at, close_of(&closed.happening)), (chat.closed_at.unwrap(), close));
}

#[test]
fn a_transfer_belongs_to_who_lost_the_chat() {
    let act: [(Transfer, Act); 4] = [
        (Transfer::Agent, |world, room| {
            let agent = another_agent(world);
            world.forward_to_agent(room, &agent)
        }),
        (Transfer::Auto, |world, room| {
            let agent = another_agent(world);
            world.transfer_automatically(room, &agent)
        }),
        (Transfer::Requeue, World::return_to_queue),
        (Transfer::Department, |world, room| {
            let department = world.departments.keys().next().unwrap().clone();
            world.forward_to_department(room, &department)
        }),
    ];
    for (kind, act) in act {
        let mut world = recording(NEW);
        let room = served(&mut world);
        world.take_history();
        assert!(act(&mut world, &room));
        let facts = world.take_history();
        let [fact] = &facts[..] else { panic!("{facts:?}") };
        assert_eq!(fact.happening, FactKind::Transferred(kind));
        assert_eq!((&fact.department, fact.agent.as_deref()), (&None, Some("first")), "{kind:?}");
        assert_eq!(fact.at, world.now());
    }
}

#[test]
fn what_does_not_apply_did_not_happen() {
    let mut world = recording(NEW);
    let room = served(&mut world);
    world.close(&room, RoomCloser::User);
    world.take_history();
    world.assign(&room, "first");
    world.return_to_queue(&room);
    world.forward_to_agent(&room, "first");
    world.hold(&room);
    world.reply(&room);
    world.close(&room, RoomCloser::Visitor);
    world.delete("nobody");
    world.end_call("nobody", RoomCloser::User);
    assert_eq!(happenings(&mut world), []);
}

#[test]
fn an_end_tells_who_ended_it_and_how_long_nobody_served() {
    let ends: [(EndedBy, Act); 3] = [
        (EndedBy::Visitor, |world, room| world.close(room, RoomCloser::Visitor)),
        (EndedBy::Agent, |world, room| world.close(room, RoomCloser::User)),
        (EndedBy::System, World::close_automatically),
    ];
    for (by, end) in ends {
        let mut world = recording(NEW);
        let room = world.arrive(None, Channel::Widget);
        assert!(end(&mut world, &room));
        let close = close_of(happenings(&mut world).last().unwrap());
        let ts = world.rooms[&room].ts;
        assert_eq!((close.by, close.is_served, close.is_answered), (by, false, false));
        assert_eq!(close.waited, Some(Wait { said_since: ts, since: ts }));
        assert_eq!(close.service_time, None);
    }
}

#[test]
fn the_messages_of_the_server_itself_are_nobodys_answers() {
    let mut world = recording(OLD);
    let room = served(&mut world);
    world.return_to_queue(&room);
    world.assign(&room, "first");
    world.close(&room, RoomCloser::User);
    let told = happenings(&mut world);
    let answers =
        |it: &&FactKind| matches!(it, FactKind::FirstResponse { .. } | FactKind::Responded { .. });
    assert_eq!(told.iter().filter(answers).count(), 0, "{told:?}");
    assert!(!close_of(told.last().unwrap()).is_answered);
}

#[test]
fn who_writes_before_the_visitor_has_responded_once() {
    let mut world = recording(NEW);
    let room = world.arrive_silently(None, Channel::Api);
    world.assign(&room, "first");
    for _ in 0..3 {
        world.advance(Duration::from_secs(3));
        world.reply(&room);
    }
    world.visitor_writes(&room);
    world.advance(Duration::from_secs(2));
    world.reply(&room);
    let responded: Vec<f64> = happenings(&mut world)
        .into_iter()
        .filter_map(
            |it| if let FactKind::Responded { seconds } = it { Some(seconds) } else { None },
        )
        .collect();
    assert_eq!(responded, [3.002, 2.001]);
}

#[test]
fn a_second_end_has_the_messages_since_the_first() {
    let mut world = recording(NEW);
    let room = served(&mut world);
    world.close(&room, RoomCloser::User);
    world.reopen(&room);
    world.close(&room, RoomCloser::Visitor);
    let ends = happenings(&mut world).into_iter().filter(|it| matches!(it, FactKind::Closed(_)));
    let messages: u64 = ends.map(|it| close_of(&it).messages).sum();
    assert_eq!(messages, world.rooms[&room].msgs);
}

#[test]
fn a_wait_that_began_anew_may_not_say_so() {
    for (version, says_so) in [(NEW, true), (OLD, false)] {
        let mut world = recording(version);
        let room = served(&mut world);
        world.return_to_queue(&room);
        let requeued = world.now();
        world.assign(&room, "first");
        let told = happenings(&mut world);
        let Some(FactKind::Assigned(wait)) = told.last() else { panic!("{told:?}") };
        assert_eq!((wait.since, wait.said_since == requeued), (requeued, says_so), "{version}");
    }
}

#[test]
fn a_chat_that_is_opened_again_waits_again() {
    let mut world = recording(NEW);
    let room = served(&mut world);
    world.close(&room, RoomCloser::User);
    world.advance(Duration::from_secs(60));
    world.reopen(&room);
    world.close(&room, RoomCloser::Visitor);
    let told = happenings(&mut world);
    assert_eq!(told.iter().filter(|it| **it == FactKind::Reopened).count(), 1);
    let waited = close_of(told.last().unwrap()).waited.unwrap();
    assert!(waited.since > waited.said_since + Duration::from_secs(60));
}

#[test]
fn a_first_response_that_is_rewritten_says_so() {
    let mut world = recording(NEW);
    let room = world.arrive_silently(None, Channel::Api);
    world.assign(&room, "first");
    world.reply(&room);
    world.reply(&room);
    let rewrites: Vec<bool> = happenings(&mut world)
        .into_iter()
        .filter_map(|happening| match happening {
            FactKind::FirstResponse { is_rewrite, .. } => Some(is_rewrite),
            _ => None,
        })
        .collect();
    assert_eq!(rewrites, [false, true]);
}

#[test]
fn a_call_begins_and_ends_once() {
    let mut world = recording(NEW);
    let call = world.start_call("sales-line", Direction::Outbound, "first").unwrap();
    world.advance(Duration::from_secs(9));
    world.end_call(&call, RoomCloser::Visitor);
    let facts = world.take_history();
    let [started, closed] = &facts[..] else { panic!("{facts:?}") };
    assert!(matches!(started.happening, FactKind::CallStarted { .. }));
    let FactKind::CallClosed(close) = &closed.happening else { panic!("{closed:?}") };
    assert_eq!((close.duration_ms, close.closer), (Some(9001), RoomCloser::Visitor));
    assert_eq!(closed.agent.as_deref(), Some("first"));
}

/// Responses of a chat: their number and the sum of their seconds.
#[derive(Debug, Default, PartialEq)]
struct Responses(u64, f64);

#[test]
fn after_any_steps_the_history_adds_up_to_the_rooms() {
    for version in [NEW, OLD] {
        let mut world = recording(version);
        (0..3000).for_each(|_| world.random_step());
        let mut chats: BTreeMap<String, (Responses, i64, u64)> = BTreeMap::new();
        let mut left = 0;
        for fact in world.take_history() {
            let (responses, ends, firsts) = chats.entry(fact.id).or_default();
            match fact.happening {
                FactKind::Responded { seconds } => {
                    *responses = Responses(responses.0 + 1, responses.1 + seconds);
                }
                FactKind::FirstResponse { is_rewrite, .. } => *firsts += u64::from(!is_rewrite),
                FactKind::Closed(_) => *ends += 1,
                FactKind::Reopened => *ends -= 1,
                FactKind::Deleted => left += 1,
                _ => {}
            }
        }
        assert_eq!(chats.len(), world.rooms.len() + world.calls.len() + left, "{version}");
        for (id, room) in world.rooms.iter() {
            let (responses, ends, firsts) = &chats[id];
            assert_eq!(*ends, i64::from(!room.open), "{room:?}");
            assert_eq!(*firsts, u64::from(room.answered_at.is_some()), "{room:?}");
            let counted = room.metrics.response.map_or(0, |it| it.count);
            assert!(responses.0 <= counted && responses.1 >= 0.0, "{room:?}");
        }
    }
}
