//! The ledger of the state formats 1 and 2, converted to the present ledger.
//!
//! These formats kept neither the number of messages at a counted close nor the time at which the agent took the chat.
//! A chat that was open again in such a state counts no messages with its next close. A chat that is opened again later
//! counts the messages since the first row after the reopening. `servedBy.ts` is in the next row again.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::Ledger;
use super::coverage::Coverage;
use super::recently_closed::RecentlyClosed;
use super::tracked::Tracked;
use super::tracked_of_format_2::TrackedOfFormat2;
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;

/// A ledger of the formats 1 and 2.
#[derive(Debug, Deserialize)]
pub struct LedgerOfFormat2 {
    /// The part of the past that has been read.
    pub coverage: Coverage,
    tracked: BTreeMap<Key, TrackedOfFormat2>,
    closed: HashMap<Key, UnixMillis>,
}

impl From<LedgerOfFormat2> for Ledger {
    fn from(kept: LedgerOfFormat2) -> Self {
        let mut closed = RecentlyClosed::default();
        for (key, at) in kept.closed {
            closed.note(key, at, None);
        }
        let tracked = kept.tracked.into_iter();
        Self {
            coverage: kept.coverage,
            tracked: tracked.map(|(key, chat)| (key, Box::new(Tracked::from(chat)))).collect(),
            closed,
            late: 0,
            given_up: 0,
        }
    }
}
