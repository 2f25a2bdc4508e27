//! The events that a workspace tells its webhook, in the order in which they happen.

use super::World;
use super::notice::{Notice, NoticeType};
use super::room::Room;

/// Number of kept notices; further ones are dropped.
const MOST_NOTICES: usize = 20_000;

impl World {
    /// Starts to keep notices.
    pub(in crate::simulator) fn keep_notices(&mut self) {
        self.notices.get_or_insert_default();
    }

    /// Removes and returns the notices since the last call, oldest first.
    pub(in crate::simulator) fn take_notices(&mut self) -> Vec<Notice> {
        self.notices.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A visitor leaves a message while no agent is available. Nothing else tells of it.
    pub fn leave_offline_message(&mut self) {
        self.tick();
        self.keep(NoticeType::OfflineMessage, None);
    }

    pub(super) fn notify(&mut self, room: &str, notice_type: NoticeType) {
        if self.notices.is_some() {
            let room = self.rooms.get(room).cloned();
            self.keep(notice_type, room);
        }
    }

    fn keep(&mut self, notice_type: NoticeType, room: Option<Room>) {
        let at = self.now();
        if let Some(notices) = self.notices.as_mut().filter(|it| it.len() < MOST_NOTICES) {
            notices.push(Notice { notice_type, at, room });
        }
    }
}
