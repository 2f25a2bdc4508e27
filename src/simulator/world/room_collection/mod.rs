//! The chats as the database holds them: every write moves `_updatedAt`.
//!
//! The clock of the world is here, and nowhere else, so that no write can have another time.

use std::collections::BTreeMap;
use std::ops::Deref;

use jiff::Timestamp;

use super::room::Room;

/// Chats by id. They can be read like a map; each way to change a chat sets [`Room::updated_at`] to the present
/// instant.
#[derive(Debug)]
pub struct RoomCollection {
    by_id: BTreeMap<String, Room>,
    now: Timestamp,
}

impl RoomCollection {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { by_id: BTreeMap::new(), now }
    }

    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// The chat with this id, as written now.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Room> {
        let room = self.by_id.get_mut(id)?;
        room.updated_at = self.now;
        Some(room)
    }

    /// Changes the chats that match. The other chats stay as they are.
    pub fn change_matching(
        &mut self,
        is_match: impl Fn(&Room) -> bool,
        change: impl Fn(&mut Room),
    ) {
        for room in self.by_id.values_mut().filter(|room| is_match(room)) {
            room.updated_at = self.now;
            change(room);
        }
    }

    /// Writes a whole chat. Returns the previous chat with this id.
    pub fn insert(&mut self, id: String, room: Room) -> Option<Room> {
        self.by_id.insert(id, Room { updated_at: self.now, ..room })
    }

    /// Deletes a chat and returns it as it last was.
    pub fn remove(&mut self, id: &str) -> Option<Room> {
        self.by_id.remove(id)
    }
}

impl Deref for RoomCollection {
    type Target = BTreeMap<String, Room>;

    fn deref(&self) -> &Self::Target {
        &self.by_id
    }
}

#[cfg(test)]
mod tests;
