//! Who ended a chat or a call, as both kinds of rooms tell it.
//!
//! Read by `livechat_rooms` and `voip_rooms`. Whether a user was a person or a bot is the domain's business:
//! the server's own closes come as those of the user `rocket.cat`.

use super::wire::Scalar;

/// `closer`; a word that is neither is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closer {
    /// `user`: an agent, a manager or a bot.
    User,
    /// `visitor`.
    Visitor,
}

impl Scalar for Closer {
    fn from_text(text: &str) -> Option<Self> {
        match text {
            "user" => Some(Self::User),
            "visitor" => Some(Self::Visitor),
            _ => None,
        }
    }
}
