//! The ledger of the state formats 1 and 2, converted to the present ledger.
//!
//! These formats kept neither the number of messages at a counted close nor the time at which the agent took the chat.
//! A chat that was open again in such a state counts no messages with its next close. A chat that is opened again later
//! counts the messages since the first row after the reopening. `servedBy.ts` is in the next row again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::queue_stay::QueueStay;
use super::recently_closed::RecentlyClosed;
use super::response_timer::ResponseTimer;
use super::tracked::Tracked;
use super::{Coverage, Ledger};
use crate::omnichannel::chat::Source;
use crate::omnichannel::millisecond::Millisecond;
use crate::rocketchat::key::Key;

/// A ledger of the formats 1 and 2.
#[derive(Debug, Deserialize)]
pub struct LedgerOfFormat2 {
    /// The part of the past that has been read.
    pub coverage: Coverage,
    tracked: BTreeMap<Key, TrackedOfFormat2>,
    closed: HashMap<Key, Millisecond>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TrackedOfFormat2 {
    pub(super) department: Option<Arc<str>>,
    pub(super) agent: Option<Arc<str>>,
    pub(super) source: Source,
    pub(super) tells_after: Millisecond,
    pub(super) last_seen: Millisecond,
    pub(super) auto_transferred_at: Option<Millisecond>,
    pub(super) is_on_hold: bool,
    pub(super) response_seconds: f64,
    pub(super) responses: f64,
    pub(super) lived_seconds: Option<f64>,
    pub(super) queue_stay: QueueStay,
    pub(super) response_timer: ResponseTimer,
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
