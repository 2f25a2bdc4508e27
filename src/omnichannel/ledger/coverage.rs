//! What of a workspace's chats or calls has been looked at so far.
//!
//! Kept by each ledger; it decides whether a thing met for the first time is new. It holds no ids.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{OVERLAP, RETAINED};

/// How far has been read, and from when on things count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// What happened before is not counted.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    counts_after: Timestamp,
    /// What was closed has been read up to here.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    watermark: Timestamp,
    /// Whatever is open and began before has been seen.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    seen_before: Option<Timestamp>,
    unobserved_seconds: f64,
}

impl Coverage {
    /// Counting begins at this instant of the server's clock.
    pub fn begin(now: Timestamp) -> Self {
        Self { counts_after: now, watermark: now, seen_before: None, unobserved_seconds: 0.0 }
    }

    /// What happened up to this instant is not counted.
    pub fn counts_after(&self) -> Timestamp {
        self.counts_after
    }

    /// What was closed has been read completely up to this instant.
    pub fn watermark(&self) -> Timestamp {
        self.watermark
    }

    /// Time that lay too far back to be read, seconds.
    pub fn unobserved_seconds(&self) -> f64 {
        self.unobserved_seconds
    }

    /// What was closed has been read up to this instant, perhaps further before.
    pub fn read_until(&mut self, until: Timestamp) {
        self.watermark = self.watermark.max(until);
    }

    /// What was closed has been read up to this instant and no further: a server's clock may be put back.
    pub fn read_to_the_end(&mut self, end: Timestamp) {
        self.watermark = end.max(self.counts_after);
    }

    /// Everything that lies after this instant was written by a clock that was ahead.
    pub fn take_back(&mut self, to: Timestamp) {
        self.watermark = self.watermark.min(to);
        self.counts_after = self.counts_after.min(to);
        self.seen_before = self.seen_before.filter(|seen| *seen <= to);
    }

    /// Every list of what is open has been read completely since this instant.
    pub fn saw_all_since(&mut self, since: Timestamp) {
        self.seen_before = Some(since);
    }

    /// Gives up what lies further back than what was closed is read, and adds it to the unobserved time.
    pub fn bound_gap(&mut self, now: Timestamp) {
        let horizon = earlier(now, RETAINED);
        if self.watermark < horizon {
            self.unobserved_seconds += horizon.duration_since(self.watermark).as_secs_f64();
            self.watermark = horizon;
            self.counts_after = self.counts_after.max(horizon);
        }
    }

    /// Up to when the past of what began at `began` and is met for the first time at `met` is none of ours;
    /// `None` when it is new. What is much older than the last complete scans was seen by them, or was closed
    /// once and is open again, or has only now come into the filter.
    pub(super) fn past_of(&self, began: Timestamp, met: Timestamp) -> Option<Timestamp> {
        let overlooked = |before: Timestamp| began < earlier(before, OVERLAP);
        if began <= self.counts_after {
            Some(self.counts_after)
        } else {
            self.seen_before.is_some_and(overlooked).then_some(met)
        }
    }
}

pub(super) fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}
