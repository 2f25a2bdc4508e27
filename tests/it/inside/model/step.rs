//! The steps of a random sequence, and their effect on the world.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};

/// Service level threshold of all chats; below it, the exporter's waits for late commits and for analytics.
pub const THRESHOLD: SignedDuration = SignedDuration::from_secs(60);
const LATEST: SignedDuration = SignedDuration::from_secs(60);
const SETTLE: SignedDuration = SignedDuration::from_secs(4);

/// An event in the workspace; its numbers choose among the existing items.
#[derive(Debug, Clone)]
pub enum Deed {
    Arrive { somewhere: bool, channel: Channel },
    Assign(u8, u8),
    Reply(u8),
    Write(u8),
    Hold(u8),
    Resume(u8),
    ToAgent(u8, u8),
    Automatically(u8, u8),
    Requeue(u8),
    ToDepartment(u8, u8),
    Close(u8, bool),
    CloseLate(u8, bool, u8),
    CloseTogether(u8),
    CloseBySystem(u8),
    Reopen(u8),
    Delete(u8),
    Wait(u8),
    ServerClock(i8),
}

/// A fault in one request of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The exporter is killed while it waits for the answer.
    Killed,
    /// No answer.
    TargetError,
    /// An answer of a proxy.
    BadGateway,
    /// An answer that is cut off.
    CutOff,
}

/// A step of a sequence.
#[derive(Debug, Clone)]
pub enum Step {
    Do(Deed),
    /// A poll with deeds before each of its requests, and a fault in one of them.
    Poll {
        meanwhile: Vec<Deed>,
        trouble: Option<(u8, Trouble)>,
    },
    /// A poll that is killed at a step of its commit, or directly after the commit.
    PollAndDie(u8),
    /// A poll whose commit the disk refuses.
    PollOnFullDisk,
    Scrape,
    /// A jump of our own clock.
    OurClock(i8),
}

/// The unusual events that a sequence may contain.
#[expect(clippy::struct_excessive_bools, reason = "what may happen, each by itself")]
#[derive(Debug, Clone, Copy)]
pub struct Wildness {
    pub moves: bool,
    pub reopens: bool,
    pub deletes: bool,
    pub clocks: bool,
}

/// Mostly a channel from before counting began; a chat of another channel is counted under new labels.
fn channel() -> impl Strategy<Value = Channel> {
    prop_oneof![
        6 => Just(Channel::Widget),
        2 => Just(Channel::Email),
        1 => Just(Channel::Sms),
        1 => Just(Channel::Api),
    ]
}

fn deed(wild: Wildness) -> impl Strategy<Value = Deed> {
    let (room, agent) = (any::<u8>(), any::<u8>());
    let common = prop_oneof![
        4 => (any::<bool>(), channel())
            .prop_map(|(somewhere, channel)| Deed::Arrive { somewhere, channel }),
        4 => (room, agent).prop_map(|(room, agent)| Deed::Assign(room, agent)),
        4 => any::<u8>().prop_map(Deed::Reply),
        2 => any::<u8>().prop_map(Deed::Write),
        1 => any::<u8>().prop_map(Deed::Hold),
        1 => any::<u8>().prop_map(Deed::Resume),
        3 => (room, any::<bool>()).prop_map(|(room, visitor)| Deed::Close(room, visitor)),
        1 => (room, any::<bool>(), 1_u8..45)
            .prop_map(|(room, visitor, seconds)| Deed::CloseLate(room, visitor, seconds)),
        1 => (2_u8..6).prop_map(Deed::CloseTogether),
        1 => any::<u8>().prop_map(Deed::CloseBySystem),
        4 => (1_u8..40).prop_map(Deed::Wait),
    ];
    let moves = prop_oneof![
        (room, agent).prop_map(|(room, agent)| Deed::ToAgent(room, agent)),
        (room, agent).prop_map(|(room, agent)| Deed::Automatically(room, agent)),
        any::<u8>().prop_map(Deed::Requeue),
        (room, any::<u8>()).prop_map(|(room, other)| Deed::ToDepartment(room, other)),
    ];
    let weight = |on: bool, weight| if on { weight } else { 0 };
    prop_oneof![
        20 => common,
        weight(wild.moves, 4) => moves,
        weight(wild.reopens, 3) => any::<u8>().prop_map(Deed::Reopen),
        weight(wild.deletes, 1) => any::<u8>().prop_map(Deed::Delete),
        weight(wild.clocks, 1) => (-30_i8..30).prop_map(Deed::ServerClock),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        2 => Just(Trouble::Killed),
        1 => Just(Trouble::TargetError),
        1 => Just(Trouble::BadGateway),
        1 => Just(Trouble::CutOff),
    ]
}

fn step(wild: Wildness) -> impl Strategy<Value = Step> {
    let meanwhile = prop::collection::vec(deed(wild), 0..4);
    let trouble = prop::option::weighted(0.3, (0_u8..24, trouble()));
    prop_oneof![
        20 => deed(wild).prop_map(Step::Do),
        6 => (meanwhile, trouble).prop_map(|(meanwhile, trouble)| Step::Poll { meanwhile, trouble }),
        2 => (0_u8..5).prop_map(Step::PollAndDie),
        1 => Just(Step::PollOnFullDisk),
        5 => Just(Step::Scrape),
        u32::from(wild.clocks) => (-120_i8..120).prop_map(Step::OurClock),
    ]
}

/// A sequence of steps.
pub fn story(wild: Wildness) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(wild), 10..60)
}

fn pick(ids: &[String], number: u8) -> Option<&String> {
    ids.get(usize::from(number) % ids.len().max(1))
}

fn open_rooms(world: &World) -> Vec<String> {
    world.rooms.values().filter(|room| room.open).map(|room| room.id.clone()).collect()
}

fn closer(is_visitor: bool) -> RoomCloser {
    if is_visitor { RoomCloser::Visitor } else { RoomCloser::User }
}

/// The interval of durably counted events: they happened after `from` and were closed before `until`.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Applies the deed if the world allows it; returns true if the deed was applied.
pub fn happen(world: &mut World, deed: &Deed, counted: Counted) -> bool {
    let (rooms, departments) = (open_rooms(world), world.departments.keys().cloned());
    let departments: Vec<String> = departments.collect();
    let agents: Vec<String> = world.agents.keys().cloned().collect();
    let room = |number| pick(&rooms, number);
    let with = |room: u8, agent: u8| Some((pick(&rooms, room)?, pick(&agents, agent)?));
    let happened = match *deed {
        Deed::Arrive { somewhere, channel } => {
            let department = departments.first().filter(|_| somewhere);
            world.arrive(department.map(String::as_str), channel);
            None
        }
        Deed::Assign(r, a) => with(r, a).map(|(room, agent)| world.assign(room, agent)),
        Deed::Reply(r) => room(r).map(|room| world.reply(room)),
        Deed::Write(r) => room(r).map(|room| world.visitor_writes(room)),
        Deed::Hold(r) => room(r).map(|room| world.hold(room)),
        Deed::Resume(r) => room(r).map(|room| world.resume(room)),
        Deed::ToAgent(r, a) => with(r, a).map(|(room, agent)| world.forward_to_agent(room, agent)),
        Deed::Automatically(r, a) => {
            with(r, a).map(|(room, agent)| world.transfer_automatically(room, agent))
        }
        Deed::Requeue(r) => room(r).map(|room| world.return_to_queue(room)),
        Deed::ToDepartment(r, d) => {
            let to = room(r).zip(pick(&departments, d));
            to.map(|(room, department)| world.forward_to_department(room, department))
        }
        Deed::Close(r, visitor) => room(r).map(|room| world.close(room, closer(visitor))),
        Deed::CloseLate(r, visitor, seconds) => {
            let late = Duration::from_secs(seconds.into());
            let room = room(r).filter(|room| leaves_no_doubt(world, room, late));
            room.map(|room| world.delay_close(room, closer(visitor), late))
        }
        Deed::CloseTogether(count) => {
            let rooms: Vec<String> = rooms.into_iter().take(count.into()).collect();
            Some(world.close_together(&rooms, RoomCloser::User) > 0)
        }
        Deed::CloseBySystem(r) => room(r).map(|room| world.close_automatically(room)),
        Deed::Reopen(number) => {
            // A close that commits late is counted late.
            let is_counted = |at: Timestamp| at + LATEST < counted.until;
            let closed = world.rooms.values().filter(|room| room.closed_at.is_some_and(is_counted));
            let closed: Vec<String> = closed.map(|room| room.id.clone()).collect();
            pick(&closed, number).map(|room| world.reopen(room))
        }
        Deed::Delete(r) => room(r).map(|room| world.delete(room)),
        Deed::Wait(seconds) => {
            world.advance(Duration::from_secs(seconds.into()));
            None
        }
        Deed::ServerClock(seconds) => {
            let by = SignedDuration::from_secs(seconds.into());
            let stays_counted = world.now() + by > counted.from + LATEST;
            stays_counted.then(|| world.shift_clock(by));
            None
        }
    };
    happened.unwrap_or(false)
}

/// True if the service level result does not depend on a late commit of the close, which shows an open chat meanwhile.
fn leaves_no_doubt(world: &World, room: &str, late: Duration) -> bool {
    let room = &world.rooms[room];
    let due = room.ts + THRESHOLD;
    let is_answered = room.answered_at.is_some();
    is_answered || world.now() > due || world.now() + late <= due + SETTLE
}
