//! The record of counted chats and calls. It ensures that each event is counted once.
//!
//! The ledger takes the rows in the order in which they were fetched. It returns the events that the rows show for the
//! first time. The result depends only on the ledger and the rows: the ledger reads no clock and sends nothing. Ledger
//! and totals must become durable together; otherwise a restart would count events twice or lose them.
//!
//! A chat that existed before counting began is followed, but its earlier events are not reported.

mod beginning;
mod bounds;
mod calls;
mod coverage;
mod format_2;
mod found_events;
mod queue_stay;
mod recently_closed;
mod response_timer;
#[cfg(test)]
mod tests;
mod tracked;
mod tracked_of_format_2;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use bounds::MOST_TRACKED;
pub use calls::CallLedger;
pub use coverage::{Coverage, OVERLAP, RETAINED};
pub use format_2::LedgerOfFormat2;
pub use found_events::ServiceLevelsById;
use response_timer::ResponseTimer;
pub use response_timer::{Missed, SETTLE};

use super::chat::Chat;
use super::event::{Event, EventKind};
use super::observation::{ChatObservation, Ending};
use super::service_level::ServiceLevel;
use crate::rocketchat::instant::earlier;
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;
use beginning::Beginning;
use bounds::UNSEEN;
use found_events::FoundEvents;
pub(crate) use recently_closed::MORE_THAN_MOST;
use recently_closed::RecentlyClosed;
use tracked::{CountedClose, Tracked};

/// Tolerance between two times of a close: `metrics.chatDuration` is in seconds, `closedAt` in milliseconds.
const ROUNDING: SignedDuration = SignedDuration::from_secs(1);
/// The counted chats of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The part of the past that has been read.
    pub coverage: Coverage,
    /// A BTreeMap: a HashMap doubles its memory while it grows, and may then be half empty. The values are boxed
    /// because a third of each tree node is empty.
    tracked: BTreeMap<Key, Box<Tracked>>,
    closed: RecentlyClosed<Option<CountedClose>>,
    /// Number of closed chats that became visible behind the watermark, since the start of the process.
    #[serde(skip)]
    pub late: u64,
    /// Number of chats that were given up because no list showed them for a week, since the start of the process.
    #[serde(skip)]
    pub given_up: u64,
}

impl Ledger {
    /// An empty ledger: counting begins at `now`, a time of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        Self {
            coverage: Coverage::begin(now),
            tracked: BTreeMap::new(),
            closed: RecentlyClosed::default(),
            late: 0,
            given_up: 0,
        }
    }

    /// Takes rows in the order in which they were fetched. Returns the events that the rows show for the first time.
    pub fn advance<'a>(
        &mut self,
        observations: impl IntoIterator<Item = &'a ChatObservation>,
        service_levels: ServiceLevelsById<'_>,
    ) -> Vec<Event> {
        let mut found = FoundEvents { service_levels, events: Vec::new() };
        for observation in observations.into_iter().filter(|it| it.is_countable()) {
            match &observation.ending {
                Some(ending) => self.take_closed(observation, ending, &mut found),
                None => self.take_open(observation, &mut found),
            }
        }
        found.events
    }

    fn take_open(&mut self, observation: &ChatObservation, found: &mut FoundEvents<'_>) {
        if let Some(chat) = self.tracked.get_mut(&observation.key)
            && !chat.was_closed_unseen(observation)
        {
            return chat.see(observation, found);
        }
        if self.is_outdated(observation) {
            return;
        }
        let counted = self.take_undone_close(observation, found);
        if self.tracked.len() >= MOST_TRACKED {
            // The chat is not tracked at this point: `take_undone_close` has removed a tracked chat.
            return;
        }
        let was_closed = observation.lived_seconds.is_some();
        let beginning = if was_closed {
            self.reopening(observation)
        } else {
            self.beginning(observation, observation.read_at)
        };
        let chat = follow(observation, beginning, counted, found);
        self.tracked.insert(observation.key, Box::new(chat));
    }

    /// True if the row is older than the known state of the chat. A close leaves `metrics.chatDuration` in every later
    /// row, so an old row lacks the value or has a smaller value.
    fn is_outdated(&self, observation: &ChatObservation) -> bool {
        let closed_at = observation.closed_before_at();
        let is_older =
            |(counted, _)| closed_at.is_none_or(|closed_at| closed_at.later(ROUNDING) < counted);
        self.closed.latest(observation.key).is_some_and(is_older)
            || (observation.lived_seconds.is_none() && self.tracked.contains_key(&observation.key))
    }

    /// Reports the close that lies before this open row, unless that close was reported or lies before counting began.
    /// Returns the memory of the close.
    fn take_undone_close(
        &mut self,
        observation: &ChatObservation,
        found: &mut FoundEvents<'_>,
    ) -> CountedClose {
        let Some(at) = observation.closed_before_at() else { return CountedClose::default() };
        let tracked = self.tracked.remove(&observation.key);
        if let Some((counted_at, counted)) = self.closed.latest(observation.key)
            && at <= counted_at.later(ROUNDING)
        {
            return counted.unwrap_or_else(|| CountedClose::up_to(observation));
        }
        if self.is_past(at, tracked.is_some()) {
            return CountedClose::up_to(observation);
        }
        let chat = if let Some(mut chat) = tracked {
            chat.see(&chat.closed_before(observation, at), found);
            *chat
        } else {
            let closed = observation.closed_before(at, observation.service_seconds.is_some());
            self.follow_to_the_close(&closed, at, found)
        };
        let counted = chat.counted_with(observation.messages);
        self.closed.note(observation.key, at, Some(counted));
        counted
    }

    /// True if a close at this time lies before counting began, or may have been counted and forgotten.
    fn is_past(&self, at: UnixMillis, is_tracked: bool) -> bool {
        let is_forgotten = at < self.closed.forgotten_before(self.coverage.watermark());
        at.timestamp() <= self.coverage.counts_after() || (is_forgotten && !is_tracked)
    }

    fn take_closed(
        &mut self,
        observation: &ChatObservation,
        ending: &Ending,
        found: &mut FoundEvents<'_>,
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
            // A forced close, or a second close in a race, has moved `closedAt`: the chat ended only once.
            return self.closed.note(observation.key, at.max(ending.at), counted);
        }
        self.late += u64::from(ending.at.timestamp() < self.coverage.watermark());
        let chat = if let Some(mut chat) = self.tracked.remove(&observation.key) {
            chat.see(observation, found);
            *chat
        } else {
            self.follow_to_the_close(observation, ending.at, found)
        };
        self.closed.note(observation.key, ending.at, Some(chat.counted_with(observation.messages)));
    }

    /// The chat at its close at `at`, from one row: the whole chat or, if an earlier close was counted, its part since
    /// that close.
    fn follow_to_the_close(
        &self,
        closed: &ChatObservation,
        at: UnixMillis,
        found: &mut FoundEvents<'_>,
    ) -> Tracked {
        let Some((_, counted)) = self.closed.latest(closed.key) else {
            return follow(closed, self.beginning(closed, at), CountedClose::default(), found);
        };
        let counted = counted.unwrap_or_else(|| CountedClose::up_to(closed));
        follow(closed, Beginning::Before(at), counted, found)
    }

    /// Adds to an open chat the values that only earlier rows showed: the start of its wait, and an earlier answer.
    pub fn amend(&self, chat: &mut Chat) {
        if let Some(tracked) = self.tracked.get(&chat.key) {
            tracked.amend(chat);
        }
    }

    fn beginning(&self, observation: &ChatObservation, met: UnixMillis) -> Beginning {
        let past = |began: UnixMillis| self.coverage.past_of(began.timestamp(), met.timestamp());
        observation
            .began
            .and_then(past)
            .map_or(Beginning::New, |until| Beginning::Before(until.into()))
    }

    /// The beginning of a chat that is open again. Its verdict counts from the reopening on, if the row tells the time of
    /// the reopening and the exporter could see the chat since then.
    fn reopening(&self, observation: &ChatObservation) -> Beginning {
        let met = observation.read_at;
        let opened = observation.opened_again_at.filter(|opened| *opened < met);
        let past = |at: UnixMillis| self.coverage.past_of(at.timestamp(), met.timestamp());
        let until = opened.map_or(met, |opened| past(opened).map_or(opened, UnixMillis::from));
        Beginning::Reopened(until)
    }

    /// Forgets old closes, and chats that no list has shown for a week.
    pub fn prune(&mut self, now: Timestamp) {
        self.closed.prune(now.min(self.coverage.watermark()));
        let horizon = UnixMillis::from(earlier(now, UNSEEN));
        let before = self.tracked.len();
        self.tracked.retain(|_, chat| chat.last_seen >= horizon);
        self.given_up += (before - self.tracked.len()) as u64;
    }

    /// Moves the coverage back to the newest known close up to `now`, or to `now` if there is none; needed if the
    /// ledger was counted by a clock that was ahead. Later closes stay remembered, so they are not counted again.
    pub fn take_back(&mut self, now: Timestamp, began: Timestamp) {
        self.coverage.take_back(self.closed.newest(now).unwrap_or(began));
    }

    /// Continues a ledger that was read from the state. An old close that the state does not contain may have been
    /// counted, so that close is not counted.
    pub fn resume(&mut self) {
        self.closed.doubt_older(self.coverage.watermark());
    }

    /// True if more chats were closed recently than are remembered. Older closes that become visible late are not
    /// counted.
    pub fn is_memory_full(&self) -> bool {
        self.closed.is_full
    }

    /// Number of counted closes from `from` on and before `until`; only remembered closes are included.
    pub fn counted_closes(&self, from: Timestamp, until: Timestamp) -> u64 {
        self.closed.within(from, until)
    }

    /// Number of open chats that are followed.
    pub fn tracked(&self) -> usize {
        self.tracked.len()
    }
}

/// The service level that a chat missed, by one row alone. The row of a closed chat shows the first opening of the chat.
pub fn missed(observation: &ChatObservation, level: &ServiceLevel) -> Option<Missed> {
    ResponseTimer::of_one_row(observation).missed(observation, level)
}

/// The chat after this row, its first one. `counted` is an earlier close of the chat, the default without one.
fn follow(
    observation: &ChatObservation,
    beginning: Beginning,
    counted: CountedClose,
    found: &mut FoundEvents<'_>,
) -> Tracked {
    let mut chat = Tracked::new(observation, beginning, counted);
    if beginning == Beginning::New {
        found.events.push(chat.event(EventKind::Started));
    }
    chat.see(observation, found);
    chat
}
