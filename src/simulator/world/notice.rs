//! One event for the webhook.

use jiff::Timestamp;

use super::room::Room;

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
