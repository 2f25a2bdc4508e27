//! What has been counted: chat by chat, so that each thing that happens is told once.
//!
//! A function of what is known and the rows just read, in the order they were fetched; it gives the events
//! that the rows show and that were not told before. Called by the book, which keeps it beside the totals and
//! makes both durable as one. It reads no clock, sends nothing and counts nothing.
//!
//! A chat that was there before counting began is followed without telling its past.

mod calls;
mod coverage;
mod format_2;
mod queue_stay;
mod recently_closed;
mod response_timer;
#[cfg(test)]
mod tests;
mod tracked;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use calls::CallLedger;
pub use coverage::Coverage;
pub use format_2::LedgerOfFormat2;
pub use response_timer::SETTLE;

use super::chat::Chat;
use super::event::Event;
use super::millisecond::Millisecond;
use super::names::{Names, PUBLIC};
use super::observation::{ChatObservation, Ending};
use super::service_level::{ServiceLevel, ServiceLevels};
use crate::rocketchat::key::Key;
use coverage::earlier;
use recently_closed::RecentlyClosed;
use tracked::{Beginning, Counted, Tracked};

/// The longest a change may become visible late; windows of what was closed overlap by as much.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// After a downtime, what was closed is read back as far as this.
pub const RETAINED: SignedDuration = SignedDuration::from_hours(24);
/// The life of a chat is told in seconds, its close in milliseconds.
const ROUNDING: SignedDuration = SignedDuration::from_secs(1);
/// Open chats, or calls, that are followed at once. Of one beyond, the row of its end alone tells.
pub const MOST_TRACKED: usize = 50_000;
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
    closed: RecentlyClosed<Option<Counted>>,
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
            closed: RecentlyClosed::default(),
            late: 0,
            given_up: 0,
        }
    }

    /// Takes rows in the order they were fetched; gives what they tell for the first time.
    pub fn advance(
        &mut self,
        observations: &[ChatObservation],
        promises: Promises<'_>,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        for observation in observations {
            match &observation.ending {
                Some(ending) => self.take_closed(observation, ending, promises, &mut events),
                None => self.take_open(observation, promises, &mut events),
            }
        }
        events
    }

    fn take_open(
        &mut self,
        observation: &ChatObservation,
        promises: Promises<'_>,
        events: &mut Vec<Event>,
    ) {
        if let Some(chat) = self.tracked.get_mut(&observation.key)
            && !chat.was_closed_unseen(observation)
        {
            return chat.see(observation, promises, events);
        }
        if self.is_outdated(observation) {
            return;
        }
        let counted = self.take_undone_close(observation, promises, events);
        if self.tracked.len() >= MOST_TRACKED {
            // One that is followed already never comes here, but for a close that has just ended it.
            return;
        }
        let was_closed = observation.lived_seconds.is_some();
        let beginning = if was_closed {
            Beginning::Reopened
        } else {
            self.beginning(observation, observation.read_at)
        };
        let chat = follow(observation, beginning, promises, events);
        self.tracked.insert(observation.key, Box::new(chat.after(counted)));
    }

    /// The row is older than what is known of the chat: closing leaves behind how long it lived.
    fn is_outdated(&self, observation: &ChatObservation) -> bool {
        let closed_at = observation.closed_before_at();
        let is_older =
            |(counted, _)| closed_at.is_none_or(|closed_at| closed_at.later(ROUNDING) < counted);
        self.closed.latest(observation.key).is_some_and(is_older)
            || (observation.lived_seconds.is_none() && self.tracked.contains_key(&observation.key))
    }

    /// Tells of the close that this open row has behind it, unless it was told or lies before what is counted; gives what
    /// is to be remembered of it.
    fn take_undone_close(
        &mut self,
        observation: &ChatObservation,
        promises: Promises<'_>,
        events: &mut Vec<Event>,
    ) -> Counted {
        let Some(at) = observation.closed_before_at() else { return Counted::default() };
        let tracked = self.tracked.remove(&observation.key);
        if let Some((counted_at, counted)) = self.closed.latest(observation.key)
            && at <= counted_at.later(ROUNDING)
        {
            return counted.unwrap_or_else(|| Counted::up_to(observation));
        }
        if self.is_past(at, tracked.is_some()) {
            return Counted::up_to(observation);
        }
        let chat = if let Some(mut chat) = tracked {
            chat.see(&chat.closed_before(observation, at), promises, events);
            *chat
        } else {
            let closed = observation.closed_before(at, observation.service_seconds.is_some());
            follow(&closed, self.beginning(observation, at), promises, events)
        };
        let counted = chat.counted_with(observation.messages);
        self.closed.note(observation.key, at, Some(counted));
        counted
    }

    /// A close of this instant lies before counting began, or could not be told from one that was counted.
    fn is_past(&self, at: Millisecond, is_tracked: bool) -> bool {
        let is_forgotten = at < self.closed.forgotten_before(self.coverage.watermark());
        at.timestamp() <= self.coverage.counts_after() || (is_forgotten && !is_tracked)
    }

    fn take_closed(
        &mut self,
        observation: &ChatObservation,
        ending: &Ending,
        promises: Promises<'_>,
        events: &mut Vec<Event>,
    ) {
        let latest = self.closed.latest(observation.key);
        let is_tracked = self.tracked.contains_key(&observation.key);
        let is_counted = latest.is_some_and(|(at, _)| at == ending.at);
        if is_counted || self.is_past(ending.at, is_tracked) {
            return;
        }
        if let Some((at, counted)) = latest.filter(|_| !is_tracked)
            && !observation.was_opened_after(at)
        {
            // Forced, or by a second close in a race: the chat ended once.
            return self.closed.note(observation.key, at.max(ending.at), counted);
        }
        self.late += u64::from(ending.at.timestamp() < self.coverage.watermark());
        let chat = if let Some(mut chat) = self.tracked.remove(&observation.key) {
            chat.see(observation, promises, events);
            *chat
        } else {
            let counted =
                latest.map(|(_, counted)| counted.unwrap_or_else(|| Counted::up_to(observation)));
            self.take_whole(observation, ending, counted, promises, events)
        };
        self.closed.note(observation.key, ending.at, Some(chat.counted_with(observation.messages)));
    }

    /// Tells of a chat, or of its life since an earlier close, from the one row of its end.
    fn take_whole(
        &self,
        observation: &ChatObservation,
        ending: &Ending,
        counted: Option<Counted>,
        promises: Promises<'_>,
        events: &mut Vec<Event>,
    ) -> Tracked {
        let beginning = match counted {
            Some(_) => Beginning::Before(ending.at),
            None => self.beginning(observation, ending.at),
        };
        let chat = Tracked::new(observation, beginning).after(counted.unwrap_or_default());
        follow_from(chat, beginning, observation, promises, events)
    }

    /// Fills in what the row of an open chat does not tell and earlier ones did: since when it waits, whether it was
    /// answered.
    pub fn amend(&self, chat: &mut Chat) {
        if let Some(tracked) = self.tracked.get(&chat.key) {
            tracked.amend(chat);
        }
    }

    fn beginning(&self, observation: &ChatObservation, met: Millisecond) -> Beginning {
        let past = self.coverage.past_of(observation.began.timestamp(), met.timestamp());
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

    /// The clock that this was counted by was ahead: goes back to the newest close that is known by `now`. What was
    /// counted since is remembered.
    pub fn take_back(&mut self, now: Timestamp) {
        self.coverage.take_back(self.closed.newest(now).unwrap_or(now));
    }

    /// What was kept goes on: what it does not remember may have been counted.
    pub fn resume(&mut self) {
        self.closed.doubt_older(self.coverage.watermark());
    }

    /// More chats were closed lately than are remembered: older ones that become visible late are not counted.
    pub fn is_memory_full(&self) -> bool {
        self.closed.is_full()
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
    observation: &ChatObservation,
    beginning: Beginning,
    promises: Promises<'_>,
    events: &mut Vec<Event>,
) -> Tracked {
    follow_from(Tracked::new(observation, beginning), beginning, observation, promises, events)
}

fn follow_from(
    mut chat: Tracked,
    beginning: Beginning,
    observation: &ChatObservation,
    promises: Promises<'_>,
    events: &mut Vec<Event>,
) -> Tracked {
    if beginning == Beginning::New {
        events.push(chat.started());
    }
    chat.see(observation, promises, events);
    chat
}
