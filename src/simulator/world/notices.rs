//! The events that a workspace tells its webhook, in the order in which they happen.

use jiff::Timestamp;

use super::{Room, World};

/// Number of kept notices; further ones are dropped.
const MOST_NOTICES: usize = 20_000;

/// The `type` of a webhook, which also decides the switch that must be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeType {
    /// `LivechatSessionStart`, switch `Chat start`.
    Start,
    /// `LivechatSessionQueued`, switch `Chat queued`.
    Queued,
    /// `LivechatSessionTaken`, switch `Chat taken`.
    Taken,
    /// `LivechatSessionForwarded`, switch `Forwarding`.
    Forwarded,
    /// `LivechatSession`, switch `Chat close`.
    Closed,
    /// `LivechatOfflineMessage`, switch `Offline messages`.
    OfflineMessage,
    /// `Message` of a visitor, switch `Visitor message`.
    VisitorMessage,
    /// `Message` of an agent, switch `Agent messages`.
    AgentMessage,
}

impl NoticeType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Queued,
        Self::Taken,
        Self::Forwarded,
        Self::Closed,
        Self::OfflineMessage,
        Self::VisitorMessage,
        Self::AgentMessage,
    ];

    /// The value of `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "LivechatSessionStart",
            Self::Queued => "LivechatSessionQueued",
            Self::Taken => "LivechatSessionTaken",
            Self::Forwarded => "LivechatSessionForwarded",
            Self::Closed => "LivechatSession",
            Self::OfflineMessage => "LivechatOfflineMessage",
            Self::VisitorMessage | Self::AgentMessage => "Message",
        }
    }
}

/// One event for the webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The type.
    pub notice_type: NoticeType,
    /// Instant of the event.
    pub at: Timestamp,
    /// The chat right after the event; `None` for an offline message.
    pub room: Option<Room>,
}

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
        let at = self.now;
        if let Some(notices) = self.notices.as_mut().filter(|it| it.len() < MOST_NOTICES) {
            notices.push(Notice { notice_type, at, room });
        }
    }
}
