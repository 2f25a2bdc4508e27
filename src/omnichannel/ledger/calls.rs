//! The calls that have been counted. Each call gives two events: its answer and its end.
//!
//! The server creates a call when the call is answered, so there is no queue, no service level and no transfer. The
//! server's list holds ended calls for ever, but the ledger remembers counted closes only for 48 hours. Therefore a
//! close is counted only while it can be new.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bounds::{MOST_TRACKED, UNSEEN};
use super::coverage::Coverage;
use super::recently_closed::RecentlyClosed;
use crate::omnichannel::call::CallObservation;
use crate::omnichannel::event::{CallEvent, CallEventKind};
use crate::rocketchat::instant::earlier;
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;

/// The counted calls of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallLedger {
    /// The part of the past that has been read.
    pub coverage: Coverage,
    /// Open calls, with the time at which they were last seen.
    active: HashMap<Key, UnixMillis>,
    closed: RecentlyClosed,
}

impl CallLedger {
    /// An empty ledger: counting begins at `now`, a time of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        let coverage = Coverage::begin(now);
        Self { coverage, active: HashMap::new(), closed: RecentlyClosed::default() }
    }

    /// Takes rows in the order in which they were fetched. Returns the events that the rows show for the first time.
    pub fn advance(&mut self, observations: &[CallObservation]) -> Vec<CallEvent> {
        let mut events = Vec::new();
        for observation in observations {
            match &observation.ending {
                None => self.take_active(observation, &mut events),
                Some((at, ended)) => self.take_closed(observation, *at, ended, &mut events),
            }
        }
        events
    }

    fn take_active(&mut self, observation: &CallObservation, events: &mut Vec<CallEvent>) {
        let is_full =
            self.active.len() >= MOST_TRACKED && !self.active.contains_key(&observation.key);
        if is_full || self.closed.knows(observation.key) {
            return;
        }
        if self.active.insert(observation.key, observation.read_at.into()).is_none() {
            events.extend(self.started(observation, observation.read_at));
        }
    }

    fn take_closed(
        &mut self,
        observation: &CallObservation,
        at: Timestamp,
        ended: &CallEventKind,
        events: &mut Vec<CallEvent>,
    ) {
        let is_over = self.is_forgotten(at, observation.read_at)
            && !self.active.contains_key(&observation.key);
        if self.closed.knows(observation.key) || at <= self.coverage.counts_after() || is_over {
            return;
        }
        if self.active.remove(&observation.key).is_none() {
            events.extend(self.started(observation, at));
        }
        events.push(observation.event(ended.clone()));
        self.closed.note(observation.key, at.into(), ());
    }

    /// True if a close at this time may have been counted and forgotten.
    fn is_forgotten(&self, at: Timestamp, read_at: Timestamp) -> bool {
        UnixMillis::from(at) < self.closed.forgotten_before(read_at.min(self.coverage.watermark()))
    }

    fn started(&self, observation: &CallObservation, met: Timestamp) -> Option<CallEvent> {
        let is_new = self.coverage.past_of(observation.began, met).is_none();
        is_new.then(|| observation.event(CallEventKind::Started))
    }

    /// Moves the coverage back to the newest known close up to `now`, or to `now` if there is none; needed if the
    /// ledger was counted by a clock that was ahead.
    pub fn take_back(&mut self, now: Timestamp, began: Timestamp) {
        self.coverage.take_back(self.closed.newest(now).unwrap_or(began));
    }

    /// Continues a ledger that was read from the state. An old close that the state does not contain may have been
    /// counted, so that close is not counted.
    pub fn resume(&mut self) {
        self.closed.doubt_older(self.coverage.watermark());
    }

    /// Forgets old closes, and calls that no list has shown for a week.
    pub fn prune(&mut self, now: Timestamp) {
        self.closed.prune(now.min(self.coverage.watermark()));
        let horizon = UnixMillis::from(earlier(now, UNSEEN));
        self.active.retain(|_, seen| *seen >= horizon);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::rocketchat::voip_rooms::CallRow;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_mins(minute)
    }

    /// A call that was answered at minute `began`, ended at minute `ended` or still goes on, and was read at minute
    /// `read`.
    fn observation(id: &str, began: i64, ended: Option<i64>, read: i64) -> CallObservation {
        let mut row = serde_json::json!({ "_id": id, "ts": at(began).to_string() });
        match ended {
            Some(minute) => row["closedAt"] = at(minute).to_string().into(),
            None => row["open"] = true.into(),
        }
        let row: CallRow = serde_json::from_value(row).unwrap();
        CallObservation::of(&row, at(read)).unwrap()
    }

    /// Reads rows at this minute. Returns the number of events. Ended calls have then been read up to this minute.
    fn read(ledger: &mut CallLedger, observations: &[CallObservation], minute: i64) -> usize {
        let events = ledger.advance(observations).len();
        ledger.prune(at(minute));
        ledger.coverage.read_to_the_end(at(minute));
        events
    }

    #[test]
    fn a_close_that_was_counted_is_not_counted_again_when_it_has_been_forgotten() {
        let mut ledger = CallLedger::begin(at(0));
        let closed = |minute| observation("a", 1, Some(2), minute);
        assert_eq!(read(&mut ledger, &[closed(3)], 3), 2, "its start and its end");
        for minute in (10..600).step_by(10) {
            assert_eq!(read(&mut ledger, &[closed(minute)], minute), 0, "minute {minute}");
        }
    }

    #[test]
    fn the_close_of_a_call_that_is_followed_is_counted_however_late_it_shows_and_once() {
        let mut ledger = CallLedger::begin(at(0));
        assert_eq!(read(&mut ledger, &[observation("a", 1, None, 2)], 2), 1);
        for (minute, events) in [(400, 1), (410, 0), (700, 0)] {
            assert_eq!(read(&mut ledger, &[observation("a", 1, Some(3), minute)], minute), events);
        }
    }

    #[test]
    fn what_was_closed_in_a_long_downtime_is_counted() {
        let mut ledger = CallLedger::begin(at(0));
        read(&mut ledger, &[], 1);
        let closed = [observation("b", 900, Some(901), 1_000), observation("a", 1, Some(2), 1_000)];
        assert_eq!(read(&mut ledger, &closed, 1_000), 4);
        assert_eq!(read(&mut ledger, &closed, 1_001), 0);
    }
}
