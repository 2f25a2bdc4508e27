//! Tests that every write, and nothing but a write, moves `_updatedAt`.

use std::time::Duration;

use super::super::tests::{NEW, served, world};
use super::super::{Channel, RoomCloser, World};

type Act = fn(&mut World, &str) -> bool;

/// The operations on a chat, in an order in which each applies after the one before.
const OPERATIONS: [(&str, Act); 18] = [
    ("prioritise", |world, room| world.prioritise(room, Some("priority-high"))),
    ("promise", |world, room| world.promise(room, Some("sla-gold"))),
    ("assign", |world, room| world.assign(room, "first")),
    ("reply", World::reply),
    ("visitor_writes", World::visitor_writes),
    ("hold", World::hold),
    ("resume", World::resume),
    ("forward_to_agent", |world, room| to_another(world, room, World::forward_to_agent)),
    ("transfer_automatically", |world, room| {
        to_another(world, room, World::transfer_automatically)
    }),
    ("return_to_queue", World::return_to_queue),
    ("assign again", |world, room| world.assign(room, "first")),
    ("forward_to_department", |world, room| {
        let department = a_department(world);
        world.forward_to_department(room, &department)
    }),
    ("delete_department", |world, _| {
        let department = a_department(world);
        world.delete_department(&department)
    }),
    ("tag", |world, room| world.tag(room, "refund")),
    ("close", |world, room| world.close(room, RoomCloser::Visitor)),
    ("force_close", World::force_close),
    ("reopen", World::reopen),
    ("close_automatically", World::close_automatically),
];

fn a_department(world: &World) -> String {
    world.departments.keys().next().unwrap().clone()
}

fn to_another(world: &mut World, room: &str, act: fn(&mut World, &str, &str) -> bool) -> bool {
    let had = world.rooms[room].served_by.as_ref().unwrap().agent.id.clone();
    let other = world.agents.keys().find(|id| **id != had).unwrap().clone();
    act(world, room, &other)
}

#[test]
fn every_operation_on_a_chat_moves_its_last_update_to_the_present_and_no_other_one() {
    let mut world = world("8.6.1".parse().unwrap());
    let other = world.arrive(None, Channel::Widget);
    let untouched = world.rooms[&other].updated_at;
    let room = world.arrive(None, Channel::Widget);
    assert_eq!(world.rooms[&room].updated_at, world.now(), "arrive");
    for (name, act) in OPERATIONS {
        world.advance(Duration::from_secs(5));
        assert!(world.rooms[&room].updated_at < world.now(), "{name}: time alone writes nothing");
        assert!(act(&mut world, &room), "{name}");
        assert_eq!(world.rooms[&room].updated_at, world.now(), "{name}");
    }
    assert_eq!(world.rooms[&other].updated_at, untouched);
    let silent = world.arrive_silently(None, Channel::Api);
    assert_eq!(world.rooms[&silent].updated_at, world.now(), "arrive_silently");
}

#[test]
fn an_operation_that_does_not_apply_leaves_the_last_update() {
    let mut world = world(NEW);
    let (waiting, served) = (world.arrive(None, Channel::Widget), served(&mut world));
    let before = [&waiting, &served].map(|room| world.rooms[room].updated_at);
    world.advance(Duration::from_secs(5));
    for act in [World::reply, World::hold, World::resume, World::return_to_queue, World::reopen] {
        assert!(!act(&mut world, &waiting));
    }
    assert!(!world.assign(&served, "first") && !world.forward_to_agent(&served, "first"));
    assert!(!world.force_close(&served) && !world.forward_to_department(&served, "nowhere"));
    assert_eq!([&waiting, &served].map(|room| world.rooms[room].updated_at), before);
}

#[test]
fn a_chat_that_is_written_by_hand_is_updated_too() {
    let mut world = world(NEW);
    let room = world.arrive(None, Channel::Widget);
    world.advance(Duration::from_secs(5));
    world.rooms.get_mut(&room).unwrap().on_hold = true;
    assert_eq!(world.rooms[&room].updated_at, world.now());
    let taken = world.rooms.remove(&room).unwrap();
    world.advance(Duration::from_secs(5));
    world.rooms.insert(room.clone(), taken);
    assert_eq!(world.rooms[&room].updated_at, world.now());
}
