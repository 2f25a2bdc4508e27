//! The closes that have been counted, for as long as anything may show them again.
//!
//! Longer than any window of what was closed overlaps the one before: the audit looks back on whole hours. What was
//! closed before cannot be told from what was counted: it is not counted, in whatever list it is met.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::coverage::earlier;
use crate::omnichannel::millisecond::Millisecond;
use crate::rocketchat::key::Key;

/// An hour of audit, behind the overlap, looked at within the next hour.
const MEMORY: SignedDuration = SignedDuration::from_mins(150);

/// Counted closes, each with what else is remembered of it; of what was closed several times, the latest: the server
/// knows no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Closed<V = ()>(HashMap<Key, (Millisecond, V)>);

impl<V> Default for Closed<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// Closes before this instant are forgotten, where closes have been read up to `read_until`.
pub(super) fn forgotten_before(read_until: Timestamp) -> Millisecond {
    earlier(read_until, MEMORY).into()
}

impl<V: Copy> Closed<V> {
    pub(super) fn knows(&self, key: Key) -> bool {
        self.0.contains_key(&key)
    }

    /// The latest close of this key, and what is remembered of it.
    pub(super) fn latest(&self, key: Key) -> Option<(Millisecond, V)> {
        self.0.get(&key).copied()
    }

    pub(super) fn note(&mut self, key: Key, at: Millisecond, value: V) {
        self.0.insert(key, (at, value));
    }

    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> u64 {
        let instants = self.0.values().map(|(at, _)| at.timestamp());
        instants.filter(|at| (from..until).contains(at)).count() as u64
    }

    pub(super) fn prune(&mut self, read_until: Timestamp) {
        let horizon = forgotten_before(read_until);
        self.0.retain(|_, (at, _)| *at >= horizon);
    }
}
