//! A simulated call centre of a given size.
//!
//! Its state does not change during a measurement: no chats arrive and no calls are made. It sends no requests to the
//! exporter.

use rocketchat_omnichannel_exporter::simulator::world::{Channel, World};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

const PRIORITIES: [&str; 3] = ["priority-low", "priority-medium", "priority-highest"];

/// Size of a call centre.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Number of departments.
    pub(crate) departments: usize,
    /// Number of agents; each agent is in one or two departments.
    pub(crate) agents: usize,
    /// Number of open chats.
    pub(crate) rooms: usize,
}

/// The small workspace of the documentation.
#[allow(dead_code, reason = "not every program that has call centres has small ones")]
pub(crate) const SMALL_WORKSPACE: Size = Size { departments: 4, agents: 12, rooms: 5 };

/// Settings of a workspace of this size in which nothing happens by itself.
pub(crate) fn settings(size: Size) -> SimulatorSettings {
    SimulatorSettings {
        departments: size.departments,
        agents: size.agents,
        arrivals_per_hour: 0.0,
        warm_up: std::time::Duration::ZERO,
        calls: false,
        ..SimulatorSettings::default()
    }
}

/// Lets the chats of a workspace of this size begin. A fifth of the chats wait in the queue; the other chats have an
/// agent.
pub(crate) fn populate(simulator: &Simulator, size: Size) {
    simulator.world(|world| begin(world, size.rooms));
}

fn begin(world: &mut World, rooms: usize) {
    let teams: Vec<(String, Vec<String>)> = world
        .departments
        .values()
        .map(|department| {
            let members = department.members.iter().cloned().collect();
            (department.id.clone(), members)
        })
        .collect();
    let chats = teams.iter().cycle().zip(Channel::ALL.into_iter().cycle());
    for (number, ((department, members), channel)) in (0..rooms).zip(chats) {
        let room = world.arrive(Some(department), channel);
        if number.is_multiple_of(10) {
            let priority = PRIORITIES.iter().cycle().nth(number / 10);
            world.prioritise(&room, priority.copied());
        }
        let agent = members.iter().cycle().nth(number / teams.len().max(1));
        if let Some(agent) = agent.filter(|_| !number.is_multiple_of(5)) {
            converse(world, &room, agent, number);
        }
    }
}

/// Some chats wait for their first answer, some chats wait for another answer, a few chats are on hold.
fn converse(world: &mut World, room: &str, agent: &str, number: usize) {
    world.assign(room, agent);
    if !number.is_multiple_of(7) {
        world.reply(room);
    }
    if number.is_multiple_of(3) {
        world.visitor_writes(room);
    }
    if number.is_multiple_of(19) {
        world.hold(room);
    }
}
