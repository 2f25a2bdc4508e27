//! The version of a Rocket.Chat server, as far as the exporter needs it: `major.minor`.

use std::fmt;
use std::str::FromStr;

/// A server version, without its patch level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
}

impl ServerVersion {
    /// A version by its two numbers.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

/// The release since which `queued` is a filter and `open=true` leaves out the waiting chats (server PR 32800).
pub(super) const QUEUED_SINCE: ServerVersion = ServerVersion::new(6, 11);
/// The release since which the response figures of a room count only people's messages (server PR 32846).
pub(super) const RESPONSE_TIMES_SINCE: ServerVersion = ServerVersion::new(6, 12);
/// The release since which `livechat/queue` leaves out keys that it could not join (server PR 33159).
pub(super) const MISSING_KEYS_SINCE: ServerVersion = RESPONSE_TIMES_SINCE;
/// The first release with `voip/rooms`.
pub(super) const VOIP_SINCE: ServerVersion = ServerVersion::new(4, 5);
/// The first release without `voip/rooms` (server PR 37689).
pub(super) const VOIP_UNTIL: ServerVersion = ServerVersion::new(8, 0);

/// The text is not a version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version of the form 8.1 or 8.1.0")]
pub struct NotAVersion;

impl FromStr for ServerVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut parts = text.trim().trim_start_matches('v').split(['.', '-', '+']);
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(NotAVersion);
        Ok(Self { major: number()?, minor: number()? })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in ["", "8", "x.y", "8.x"] {
            assert_eq!(text.parse::<ServerVersion>(), Err(NotAVersion), "{text}");
        }
    }
}
