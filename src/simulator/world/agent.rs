//! An agent as the server stores it, and the presence of the agent.

/// Maximum number of chats of an agent without a limit of its own.
pub const WORKSPACE_CHAT_LIMIT: usize = 4;

/// Presence of an agent: `users.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Present.
    Online,
    /// Idle.
    Away,
    /// Must not be disturbed.
    Busy,
    /// Not connected.
    Offline,
}

impl Status {
    /// All values of presence.
    pub const ALL: [Self; 4] = [Self::Online, Self::Away, Self::Busy, Self::Offline];

    /// The value in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Offline => "offline",
        }
    }
}

/// An agent of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// `_id`.
    pub id: String,
    /// `username`.
    pub username: String,
    /// `name`.
    pub name: String,
    /// `status`.
    pub status: Status,
    /// True if `statusLivechat` is `available`.
    pub accepting: bool,
    /// The agent's own maximum number of chats at once, or [`WORKSPACE_CHAT_LIMIT`] if the agent has none.
    pub chat_limit: usize,
}

impl Agent {
    /// True if the routing may assign chats to the agent; the chat limit is checked separately.
    pub fn takes_chats(&self) -> bool {
        self.accepting && self.status != Status::Offline
    }
}
