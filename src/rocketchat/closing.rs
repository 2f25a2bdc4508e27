//! The kind of user that closed a chat or a call, as both kinds of rooms report it.
//!
//! The field does not show if a user was a person or a bot: closes by the server itself are reported as closes by the
//! user `rocket.cat`. The domain decides that.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr};

use super::wire::FromScalar;

/// The field `closer`; any other text counts as absent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, Serialize,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum RoomCloser {
    /// `user`: an agent, a manager or a bot.
    User,
    /// `visitor`.
    Visitor,
}

impl FromScalar for RoomCloser {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
