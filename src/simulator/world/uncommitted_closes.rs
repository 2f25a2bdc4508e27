//! The chats whose close has not yet committed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::room::Room;

/// The previous state of chats whose close has not yet committed, with the instant of the commit.
#[derive(Debug, Default)]
pub(super) struct UncommittedCloses(pub(super) BTreeMap<String, (Timestamp, Room)>);

impl UncommittedCloses {
    pub(super) fn state_before(&self, room: &str, now: Timestamp) -> Option<&Room> {
        self.0.get(room).filter(|(until, _)| now < *until).map(|(_, before)| before)
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        self.0.retain(|_, (until, _)| now < *until);
    }

    pub(super) fn forget(&mut self, room: &str) {
        self.0.remove(room);
    }

    /// Moves all commit instants after a change of the clock, so that the remaining time stays the same.
    pub(super) fn shift(&mut self, by: SignedDuration) {
        for (until, _) in self.0.values_mut() {
            *until += by;
        }
    }
}
