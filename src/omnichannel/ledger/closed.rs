//! The closes that have been counted, for as long as anything may show them again.
//!
//! Kept by each ledger. Longer than any window of what was closed overlaps the one before: the audit looks
//! back on whole hours.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::coverage::earlier;
use crate::omnichannel::millisecond::Millisecond;
use crate::rocketchat::key::Key;

/// An hour of audit, behind the overlap, looked at within the next hour.
const MEMORY: SignedDuration = SignedDuration::from_mins(150);

/// Counted closes; of what was closed several times, the latest: the server knows no other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Closed(HashMap<Key, Millisecond>);

impl Closed {
    pub(super) fn knows(&self, key: Key) -> bool {
        self.0.contains_key(&key)
    }

    pub(super) fn holds(&self, key: Key, at: Millisecond) -> bool {
        self.0.get(&key) == Some(&at)
    }

    pub(super) fn note(&mut self, key: Key, at: Millisecond) {
        self.0.insert(key, at);
    }

    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> u64 {
        self.0.values().filter(|at| (from..until).contains(&at.timestamp())).count() as u64
    }

    pub(super) fn prune(&mut self, now: Timestamp) {
        let horizon = Millisecond::from(earlier(now, MEMORY));
        self.0.retain(|_, at| *at >= horizon);
    }
}
