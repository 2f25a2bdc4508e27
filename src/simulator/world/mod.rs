//! The simulated workspace: departments, agents, chats and calls, and its clock.
//!
//! [`World::live`] lets the workspace run by itself; the operations change single chats. All public fields may be
//! read. Chats must be changed by the operations, because the operations also plan the following events. The world
//! uses neither HTTP nor the wall clock, so the same seed with the same operations gives the same world.

mod administration;
mod agenda;
mod agent;
mod call;
mod calls;
mod chats;
mod conditions;
mod department;
mod dice;
mod fact;
mod history;
mod late;
mod life;
mod notice;
mod notices;
mod person;
mod promises;
mod room;
mod room_collection;
mod routing;
mod steering;
#[cfg(test)]
mod tests;
mod uncommitted_closes;
mod visitor;
mod workspace;
mod world_settings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use administration::{Administration, BusinessHour, Licence, Priority, SlaPolicy, WorkDay};
pub use agent::{Agent, Status, WORKSPACE_CHAT_LIMIT};
pub use call::{Call, Direction};
pub use department::Department;
pub use fact::{CallClose, Close, EndedBy, Fact, FactKind, Transfer, Wait};
pub use life::TAGS;
pub use notice::{Notice, NoticeType};
pub use person::Person;
pub use room::{
    Channel, ChatState, LastMessage, Metrics, Reaction, Response, ResponseBy, Room, RoomCloser,
    RoomSource, Serving,
};
pub use room_collection::RoomCollection;
pub use visitor::{VISITOR_MARKER, Visitor};
pub use world_settings::WorldSettings;

use super::version::ServerVersion;
use agenda::Life;
use conditions::WorldConditions;
use uncommitted_closes::UncommittedCloses;

const ID_LENGTH: usize = 17;
/// Time between two operations: the smallest unit of the timestamps.
const STEP: Duration = Duration::from_millis(1);

/// A workspace. The module header says which fields may be changed.
#[derive(Debug)]
pub struct World {
    /// Departments by id, without deleted departments.
    pub departments: BTreeMap<String, Department>,
    /// Agents by id, without deleted agents.
    pub agents: BTreeMap<String, Agent>,
    /// Chats by id, open and closed, and the present instant.
    pub rooms: RoomCollection,
    /// Calls by id, open and closed.
    pub calls: BTreeMap<String, Call>,
    /// Priorities, policies, hours and the licence.
    pub administration: Administration,
    /// Number of calls that `voip/room` without `rid` created.
    pub rooms_created_by_get: u64,
    /// True if the hook fails that clears `onHold` after a close, as it sometimes does on real servers.
    pub hold_outlives_close: bool,
    /// The server version, which decides the effect of some operations on a chat.
    pub version: ServerVersion,
    /// Events since [`World::record_history`]; `None` before.
    pub history: Option<Vec<Fact>>,
    /// Events for the webhook; `None` while no webhook is set.
    notices: Option<Vec<Notice>>,
    /// Sum of all clock changes.
    shift: SignedDuration,
    /// Time that passes before an operation.
    step: Duration,
    dice: fastrand::Rng,
    people_met: u64,
    /// Ids of the open chats: most chats of a long history are closed.
    open_rooms: BTreeSet<String>,
    uncommitted_closes: UncommittedCloses,
    life: Life,
    conditions: WorldConditions,
}

impl World {
    /// A workspace with departments and agents, without chats.
    pub fn new(settings: &WorldSettings) -> Self {
        let mut world = Self {
            departments: BTreeMap::new(),
            agents: BTreeMap::new(),
            rooms: RoomCollection::new(settings.start),
            calls: BTreeMap::new(),
            administration: Administration::new(settings.enterprise),
            rooms_created_by_get: 0,
            hold_outlives_close: false,
            version: settings.version,
            history: None,
            notices: None,
            shift: SignedDuration::ZERO,
            step: STEP,
            dice: fastrand::Rng::with_seed(settings.seed),
            people_met: 0,
            open_rooms: BTreeSet::new(),
            uncommitted_closes: UncommittedCloses::default(),
            life: Life::new(settings),
            conditions: WorldConditions::default(),
        };
        world.found_departments(settings.departments);
        world.hire_agents(settings.agents, &settings.first_agent_id);
        world.begin_life();
        world
    }

    /// The present instant of the simulated clock.
    pub const fn now(&self) -> Timestamp {
        self.rooms.now()
    }

    /// Moves the clock without any event.
    pub fn advance(&mut self, time: Duration) {
        self.rooms.set_now(self.now() + time);
    }

    /// Changes the server's clock forward or back: `Date` and all later timestamps jump. No simulated time passes.
    pub fn shift_clock(&mut self, by: SignedDuration) {
        self.rooms.set_now(self.now() + by);
        self.shift += by;
        self.uncommitted_closes.shift(by);
        self.life.shift(by);
    }

    /// The present instant without the clock changes.
    pub(super) fn lived_until(&self) -> Timestamp {
        self.now() - self.shift
    }

    /// All chats in this state, ordered by id.
    pub fn chats(&self, state: ChatState) -> impl Iterator<Item = &Room> {
        let rooms: Box<dyn Iterator<Item = &Room>> = match state {
            ChatState::Closed => Box::new(self.rooms.values()),
            _ => Box::new(self.open_rooms()),
        };
        rooms.filter(move |room| room.state() == state)
    }

    fn open_rooms(&self) -> impl Iterator<Item = &Room> {
        self.open_rooms.iter().filter_map(|id| self.rooms.get(id))
    }

    /// Moves the clock by one step; every public operation starts with it, so that its instant is a new one.
    fn tick(&mut self) {
        self.advance(self.step);
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
