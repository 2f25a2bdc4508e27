//! Random operations for property tests that need every sequence of operations.
//!
//! [`World::random_step`] picks among all possible operations. The probabilities are not realistic; the module `life`
//! has realistic ones.

use std::time::Duration;

use super::World;
use super::agent::Status;
use super::call::Direction;
use super::room::{Channel, ChatState, RoomCloser};

type WorldOperation = fn(&mut World);

/// All operations; frequent operations appear more than once.
const OPERATIONS: [WorldOperation; 26] = [
    arrive,
    arrive,
    arrive,
    arrive_silently,
    arrive_together,
    assign,
    assign,
    assign,
    reply,
    reply,
    visitor_writes,
    visitor_writes,
    hold,
    resume,
    return_to_queue,
    forward_to_agent,
    transfer_automatically,
    forward_to_department,
    close,
    close,
    close_automatically,
    reopen,
    delete,
    set_status,
    start_call,
    end_call,
];
/// Operations that change a label or a department. They replace [`RARE_PERCENT`] of 100 operations.
const RARE_OPERATIONS: [WorldOperation; 5] =
    [add_department, rename_department, delete_department, tag, prioritise];
const RARE_PERCENT: u8 = 6;

impl World {
    /// Lets 1 to 20 s pass and then runs one random operation. An operation without a suitable object (for example no
    /// chat to close) only lets the time pass.
    pub fn random_step(&mut self) {
        let pause = Duration::from_millis(self.dice.u64(1_000..=20_000));
        self.advance(pause);
        let rare = self.dice.u8(0..100) < RARE_PERCENT;
        let operation =
            if rare { self.dice.choice(RARE_OPERATIONS) } else { self.dice.choice(OPERATIONS) };
        if let Some(operation) = operation {
            operation(self);
        }
    }

    fn any_chat(&mut self, state: ChatState) -> Option<String> {
        let ids: Vec<String> = self.chats(state).map(|room| room.id.clone()).collect();
        self.dice.choice(ids)
    }

    fn any_agent(&mut self) -> Option<String> {
        let ids: Vec<String> = self.agents.keys().cloned().collect();
        self.dice.choice(ids)
    }

    /// A department; `None` in one of five cases.
    fn any_department(&mut self) -> Option<String> {
        let ids: Vec<String> = self.departments.keys().cloned().collect();
        let nowhere = self.dice.u8(0..5) == 0;
        self.dice.choice(ids).filter(|_| !nowhere)
    }

    pub(super) fn any_channel(&mut self) -> Channel {
        self.dice.choice(Channel::ALL).unwrap_or(Channel::Widget)
    }

    pub(super) fn any_closer(&mut self) -> RoomCloser {
        if self.dice.u8(0..5) == 0 { RoomCloser::Visitor } else { RoomCloser::User }
    }

    fn on_any(&mut self, state: ChatState, act: impl FnOnce(&mut Self, &str)) {
        if let Some(id) = self.any_chat(state) {
            act(self, &id);
        }
    }
}

fn arrive(world: &mut World) {
    let (department, channel) = (world.any_department(), world.any_channel());
    world.arrive(department.as_deref(), channel);
}

fn arrive_silently(world: &mut World) {
    let (department, channel) = (world.any_department(), world.any_channel());
    world.arrive_silently(department.as_deref(), channel);
}

fn arrive_together(world: &mut World) {
    let visitors = world.dice.usize(2..5);
    world.arrive_together(visitors);
}

fn assign(world: &mut World) {
    with_agent(world, ChatState::Queued, World::assign);
}

fn forward_to_agent(world: &mut World) {
    with_agent(world, ChatState::InProgress, World::forward_to_agent);
}

fn transfer_automatically(world: &mut World) {
    with_agent(world, ChatState::InProgress, World::transfer_automatically);
}

fn with_agent(world: &mut World, state: ChatState, act: fn(&mut World, &str, &str) -> bool) {
    if let (Some(room), Some(agent)) = (world.any_chat(state), world.any_agent()) {
        act(world, &room, &agent);
    }
}

fn reply(world: &mut World) {
    world.on_any(ChatState::InProgress, |world, room| {
        world.reply(room);
    });
}

fn visitor_writes(world: &mut World) {
    let state = world.dice.choice([ChatState::Queued, ChatState::InProgress, ChatState::OnHold]);
    world.on_any(state.unwrap_or(ChatState::Queued), |world, room| {
        world.visitor_writes(room);
    });
}

fn hold(world: &mut World) {
    world.on_any(ChatState::InProgress, |world, room| {
        world.hold(room);
    });
}

fn resume(world: &mut World) {
    world.on_any(ChatState::OnHold, |world, room| {
        world.resume(room);
    });
}

fn return_to_queue(world: &mut World) {
    world.on_any(ChatState::InProgress, |world, room| {
        world.return_to_queue(room);
    });
}

fn forward_to_department(world: &mut World) {
    if let Some(department) = world.any_department() {
        world.on_any(ChatState::InProgress, |world, room| {
            world.forward_to_department(room, &department);
        });
    }
}

fn close(world: &mut World) {
    let state = world.dice.choice([ChatState::Queued, ChatState::InProgress, ChatState::OnHold]);
    let closer = world.any_closer();
    world.on_any(state.unwrap_or(ChatState::InProgress), |world, room| {
        world.close(room, closer);
    });
}

fn close_automatically(world: &mut World) {
    world.on_any(ChatState::InProgress, |world, room| {
        world.close_automatically(room);
    });
}

fn reopen(world: &mut World) {
    world.on_any(ChatState::Closed, |world, room| {
        world.reopen(room);
    });
}

fn delete(world: &mut World) {
    let state = world.dice.choice([ChatState::Queued, ChatState::InProgress, ChatState::Closed]);
    world.on_any(state.unwrap_or(ChatState::Closed), |world, room| {
        world.delete(room);
    });
}

fn tag(world: &mut World) {
    world.on_any(ChatState::InProgress, |world, room| {
        world.tag(room, "complaint");
    });
}

fn prioritise(world: &mut World) {
    world.on_any(ChatState::Queued, |world, room| {
        world.prioritise(room, Some("priority-high"));
    });
}

fn set_status(world: &mut World) {
    let status = world.dice.choice(Status::ALL).unwrap_or(Status::Online);
    let accepting = world.dice.bool();
    if let Some(agent) = world.any_agent() {
        world.set_status(&agent, status, accepting);
    }
}

fn rename_department(world: &mut World) {
    let name = format!("Team {}", world.dice.u16(..));
    if let Some(department) = world.any_department() {
        world.rename_department(&department, &name);
    }
}

/// Balances [`delete_department`], so that the workspace keeps departments on average.
fn add_department(world: &mut World) {
    let name = format!("Team {}", world.dice.u16(..));
    world.add_department(&name);
}

fn delete_department(world: &mut World) {
    if let Some(department) = world.any_department() {
        world.delete_department(&department);
    }
}

fn start_call(world: &mut World) {
    let direction = world.dice.choice([Direction::Inbound, Direction::Outbound]);
    if let Some(agent) = world.any_agent() {
        world.start_call("support-line", direction.unwrap_or(Direction::Inbound), &agent);
    }
}

fn end_call(world: &mut World) {
    let open: Vec<String> =
        world.calls.values().filter(|call| call.open).map(|call| call.id.clone()).collect();
    let closer = world.any_closer();
    if let Some(call) = world.dice.choice(open) {
        world.end_call(&call, closer);
    }
}
