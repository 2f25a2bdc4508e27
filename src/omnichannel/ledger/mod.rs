//! What has been counted: chat by chat, so that each thing that happens is told once.
//!
//! A function of what is known and the rows just read, in the order they were fetched; it gives the events
//! that the rows show and that were not told before. Called by the book, which keeps it beside the totals and
//! makes both durable as one. It reads no clock, sends nothing and counts nothing.
//!
//! A chat that was there before counting began is followed without telling its past.

mod answer;
mod calls;
mod closed;
mod coverage;
#[cfg(test)]
mod tests;
mod tracked;
mod visit;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use answer::SETTLE;
pub use calls::CallLedger;
pub use coverage::Coverage;

use super::event::Event;
use super::millisecond::Millisecond;
use super::names::{Names, PUBLIC};
use super::service_level::{ServiceLevel, ServiceLevels};
use super::sight::{Ending, Sight};
use crate::rocketchat::key::Key;
use closed::Closed;
use coverage::earlier;
use tracked::{Beginning, Tracked};

/// The longest a change may become visible late; windows of what was closed overlap by as much.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// After a downtime, what was closed is read back as far as this.
pub const RETAINED: SignedDuration = SignedDuration::from_hours(24);
/// A chat that no list has shown for this long was deleted.
const UNSEEN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The promises of a workspace, by department id.
#[derive(Debug, Clone, Copy)]
pub struct Promises<'a> {
    /// The promises, by department name.
    pub levels: &'a ServiceLevels,
    /// The names of departments.
    pub departments: &'a Names,
}

impl Promises<'_> {
    fn to(&self, department: Option<&str>) -> &ServiceLevel {
        let name = department.map_or(PUBLIC, |id| self.departments.name(id).map_or(id, |it| it));
        self.levels.of(name)
    }
}

/// What has been counted of a workspace's chats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// How far it was looked.
    pub coverage: Coverage,
    /// A tree: a table would be half empty at worst, and twice there while it grows. Its nodes are a third empty: the
    /// chats stand beside them.
    tracked: BTreeMap<Key, Box<Tracked>>,
    closed: Closed,
    #[serde(skip)]
    late: u64,
    #[serde(skip)]
    given_up: u64,
}

impl Ledger {
    /// Counting begins at this instant of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        Self {
            coverage: Coverage::begin(now),
            tracked: BTreeMap::new(),
            closed: Closed::default(),
            late: 0,
            given_up: 0,
        }
    }

    /// Takes rows in the order they were fetched; gives what they tell for the first time.
    pub fn advance(&mut self, sights: &[Sight], promises: Promises<'_>) -> Vec<Event> {
        let mut events = Vec::new();
        for sight in sights {
            match &sight.ending {
                Some(ending) => self.take_closed(sight, ending, promises, &mut events),
                None => self.take_open(sight, promises, &mut events),
            }
        }
        events
    }

    fn take_open(&mut self, sight: &Sight, promises: Promises<'_>, events: &mut Vec<Event>) {
        if let Some(chat) = self.tracked.get_mut(&sight.key) {
            if chat.was_closed_unseen(sight) {
                **chat = Tracked::new(sight, Beginning::Reopened);
            }
            return chat.see(sight, promises, events);
        }
        let was_closed = sight.lived_seconds.is_some();
        if !was_closed && self.closed.knows(sight.key) {
            // Closing leaves a duration behind: this row is older than the close that was counted.
            return;
        }
        let beginning =
            if was_closed { Beginning::Reopened } else { self.beginning(sight, sight.read_at) };
        let chat = follow(sight, beginning, promises, events);
        self.tracked.insert(sight.key, Box::new(chat));
    }

    fn take_closed(
        &mut self,
        sight: &Sight,
        ending: &Ending,
        promises: Promises<'_>,
        events: &mut Vec<Event>,
    ) {
        let is_counted = self.closed.holds(sight.key, ending.at);
        if is_counted || ending.at.timestamp() <= self.coverage.counts_after() {
            return;
        }
        self.late += u64::from(ending.at.timestamp() < self.coverage.watermark());
        if let Some(mut chat) = self.tracked.remove(&sight.key) {
            chat.see(sight, promises, events);
        } else {
            let was_closed = self.closed.knows(sight.key);
            let beginning = if was_closed {
                Beginning::Before(ending.at)
            } else {
                self.beginning(sight, ending.at)
            };
            follow(sight, beginning, promises, events);
        }
        self.closed.note(sight.key, ending.at);
    }

    fn beginning(&self, sight: &Sight, met: Millisecond) -> Beginning {
        let past = self.coverage.past_of(sight.began.timestamp(), met.timestamp());
        past.map_or(Beginning::New, |until| Beginning::Before(until.into()))
    }

    /// Forgets what nothing will show again.
    pub fn prune(&mut self, now: Timestamp) {
        self.closed.prune(now.min(self.coverage.watermark()));
        let horizon = Millisecond::from(earlier(now, UNSEEN));
        let before = self.tracked.len();
        self.tracked.retain(|_, chat| chat.last_seen() >= horizon);
        self.given_up += (before - self.tracked.len()) as u64;
    }

    /// How many chats were counted as closed from `from` on and before `until`, of those still remembered.
    pub fn counted_closes(&self, from: Timestamp, until: Timestamp) -> u64 {
        self.closed.within(from, until)
    }

    /// How many chats are followed.
    pub fn tracked(&self) -> usize {
        self.tracked.len()
    }

    /// Closed chats that became visible behind the watermark, since the start of the process.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Chats that no list showed for a week, since the start of the process.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }
}

fn follow(
    sight: &Sight,
    beginning: Beginning,
    promises: Promises<'_>,
    events: &mut Vec<Event>,
) -> Tracked {
    let mut chat = Tracked::new(sight, beginning);
    if beginning == Beginning::New {
        events.push(chat.started());
    }
    chat.see(sight, promises, events);
    chat
}
