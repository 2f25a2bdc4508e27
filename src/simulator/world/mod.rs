//! The workspace itself: departments, agents, chats and calls, and the time that passes there.
//!
//! The API reads it, tests drive it by single operations and compute the truth from its fields, and
//! [`World::live`] lets it run by itself. All fields are public to read; chats change only through
//! the operations, which also plan what follows. It knows no HTTP and no wall clock, and the same
//! seed with the same operations gives the same world.

mod calls;
mod chats;
mod dice;
mod history;
mod late;
mod life;
mod room;
mod routing;
#[cfg(test)]
mod tests;
mod visitor;
mod workspace;

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

pub use calls::{Call, Direction};
use history::Answered;
pub use history::{CallClose, Close, EndedBy, Fact, Happening, Transfer, Wait};
pub use room::{
    Channel, ChatState, Closer, LastMessage, Metrics, Person, Reaction, Response, ResponseBy, Room,
    Serving, Source,
};
pub use visitor::{VISITOR_MARKER, Visitor};
pub use workspace::{Agent, Department, Status, WORKSPACE_CHAT_LIMIT};

use super::version::ServerVersion;
use late::Veil;
use life::Life;

const ID_LENGTH: usize = 17;
const MILLISECOND: SignedDuration = SignedDuration::from_millis(1);

/// How a world begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// Seed of every die.
    pub seed: u64,
    /// The server generation, where it decides what an operation does to a chat.
    pub version: ServerVersion,
    /// First instant.
    pub start: Timestamp,
    /// Number of departments.
    pub departments: usize,
    /// Number of agents.
    pub agents: usize,
    /// `_id` of the first agent.
    pub first_agent_id: String,
    /// Whether life brings calls too.
    pub calls: bool,
    /// Chats that life brings in an average hour.
    pub arrivals_per_hour: f64,
    /// Of a hundred closed threads of e-mails or text messages, so many are opened again.
    pub reopened_percent: u32,
    /// How long life keeps closed chats and calls.
    pub retention: Duration,
}

/// A workspace. See the module for what may be changed how.
#[derive(Debug)]
pub struct World {
    /// Departments by id; a deleted one is gone.
    pub departments: BTreeMap<String, Department>,
    /// Agents by id; a deleted one is gone.
    pub agents: BTreeMap<String, Agent>,
    /// Chats by id, open and closed.
    pub rooms: BTreeMap<String, Room>,
    /// Calls by id, open and closed.
    pub calls: BTreeMap<String, Call>,
    /// Calls created because somebody asked `voip/room` without `rid`.
    pub rooms_created_by_get: u64,
    /// Whether the hook that clears `onHold` after a close fails, as it sometimes does.
    pub hold_outlives_close: bool,
    /// The server generation, where it decides what an operation does to a chat.
    pub version: ServerVersion,
    /// What happened, since [`World::record_history`]; nothing is kept before.
    pub history: Option<Vec<Fact>>,
    now: Timestamp,
    /// How far the clock was put, in all.
    shift: SignedDuration,
    step: SignedDuration,
    dice: fastrand::Rng,
    people_met: u64,
    veil: Veil,
    life: Life,
}

impl World {
    /// A workspace with its departments and agents, before the first chat.
    pub fn new(beginning: &Beginning) -> Self {
        let mut world = Self {
            departments: BTreeMap::new(),
            agents: BTreeMap::new(),
            rooms: BTreeMap::new(),
            calls: BTreeMap::new(),
            rooms_created_by_get: 0,
            hold_outlives_close: false,
            version: beginning.version,
            history: None,
            now: beginning.start,
            shift: SignedDuration::ZERO,
            step: MILLISECOND,
            dice: fastrand::Rng::with_seed(beginning.seed),
            people_met: 0,
            veil: Veil::default(),
            life: Life::new(beginning),
        };
        world.found_departments(beginning.departments);
        world.hire_agents(beginning.agents, &beginning.first_agent_id);
        world.begin_life();
        world
    }

    /// The instant this world has come to.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass without anything happening.
    pub fn advance(&mut self, time: Duration) {
        self.now += time;
    }

    /// Somebody puts the server's clock on, or back: `Date` and every later timestamp jump. No time passes.
    pub fn shift_clock(&mut self, by: SignedDuration) {
        self.now += by;
        self.shift += by;
        self.veil.shift(by);
        self.life.shift(by);
    }

    /// The instant it would be had nobody put the clock.
    pub(super) fn lived_until(&self) -> Timestamp {
        self.now - self.shift
    }

    /// Chats in one state, by id.
    pub fn chats(&self, state: ChatState) -> impl Iterator<Item = &Room> {
        self.rooms.values().filter(move |room| room.state() == state)
    }

    /// Every public operation begins with this: its instant is a new one.
    fn tick(&mut self) {
        self.now += self.step;
    }

    fn fresh_id(&mut self) -> String {
        std::iter::repeat_with(|| self.dice.alphanumeric()).take(ID_LENGTH).collect()
    }

    fn fresh_visitor(&mut self) -> Visitor {
        self.people_met += 1;
        Visitor::number(self.people_met, self.fresh_id())
    }

    fn person(&self, agent: &str) -> Option<Person> {
        self.agents
            .get(agent)
            .map(|agent| Person { id: agent.id.clone(), username: agent.username.clone() })
    }

    fn any_of<'a>(&mut self, ids: impl IntoIterator<Item = &'a String>) -> Option<String> {
        let ids: Vec<&String> = ids.into_iter().collect();
        self.dice.choice(ids).cloned()
    }
}
