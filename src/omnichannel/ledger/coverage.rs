//! The part of the past of a workspace's chats or calls that has been read.
//!
//! Each ledger has its own coverage. It decides if a chat or a call that is seen for the first time is new. It holds no
//! ids.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::rocketchat::instant::earlier;

/// Overlap of a long window of closed chats, and the age at which a chat that is seen for the first time may still be
/// new.
pub const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// Longest time that is read back after a downtime, in the list of closed chats and of ended calls.
pub const RETAINED: SignedDuration = SignedDuration::from_hours(24);

/// The time up to which lists have been read, and the time from which events are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Events up to this time are not counted.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    counts_after: Timestamp,
    /// Closed chats or calls have been read up to this time.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    watermark: Timestamp,
    /// Every open chat or call that began before this time has been seen.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    seen_before: Option<Timestamp>,
    unobserved_seconds: f64,
}

impl Coverage {
    /// Counting begins at `now`, a time of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        Self { counts_after: now, watermark: now, seen_before: None, unobserved_seconds: 0.0 }
    }

    /// Time up to which events are not counted.
    pub fn counts_after(&self) -> Timestamp {
        self.counts_after
    }

    /// Time up to which closed chats or calls have been read completely.
    pub fn watermark(&self) -> Timestamp {
        self.watermark
    }

    /// Sum of the times that lay too far back to be read, seconds.
    pub fn unobserved_seconds(&self) -> f64 {
        self.unobserved_seconds
    }

    /// Notes that closed chats or calls have been read at least up to this time. The watermark does not go back.
    pub fn read_until(&mut self, until: Timestamp) {
        self.watermark = self.watermark.max(until);
    }

    /// Notes that closed chats or calls have been read up to this time and not further. The watermark may go back,
    /// because a server's clock may be put back.
    pub fn read_to_the_end(&mut self, end: Timestamp) {
        self.watermark = end.max(self.counts_after);
    }

    /// Moves the watermark and the start of counting back to `to`, and forgets later scans: a clock that was ahead
    /// wrote the later times.
    pub fn take_back(&mut self, to: Timestamp) {
        self.watermark = self.watermark.min(to);
        self.counts_after = self.counts_after.min(to);
        self.seen_before = self.seen_before.filter(|seen| *seen <= to);
    }

    /// Notes that every list of open chats or calls has been read completely since this time.
    pub fn saw_all_since(&mut self, since: Timestamp) {
        self.seen_before = Some(since);
    }

    /// Gives up the time that lies further back than [`RETAINED`], and adds it to the unobserved time.
    pub fn bound_gap(&mut self, now: Timestamp) {
        let horizon = earlier(now, RETAINED);
        if self.watermark < horizon {
            self.unobserved_seconds += horizon.duration_since(self.watermark).as_secs_f64();
            self.watermark = horizon;
            self.counts_after = self.counts_after.max(horizon);
        }
    }

    /// If a chat or call first seen at `met` began before the exporter could see it: the time up to which its events
    /// are not counted. `None` if the chat or call is new.
    ///
    /// A chat that began more than [`OVERLAP`] before the last complete scans is not new. Either a scan has seen it, or
    /// it was closed and opened again, or it has only now come into the filter.
    pub(super) fn past_of(&self, began: Timestamp, met: Timestamp) -> Option<Timestamp> {
        let overlooked = |before: Timestamp| began < earlier(before, OVERLAP);
        if began <= self.counts_after {
            Some(self.counts_after)
        } else {
            self.seen_before.is_some_and(overlooked).then_some(met)
        }
    }
}
