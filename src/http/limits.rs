//! The limits of the server.

use std::time::Duration;

/// Limits of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time within which a request must arrive, counted from its first byte. For the first request it is counted from
    /// the connect, handshake included.
    pub header: Duration,
    /// Time within which an answer must be made and taken, and time that a connection may rest after it.
    pub idle: Duration,
    /// Number of connections served at once, at least one.
    pub connections: usize,
    /// Time that open requests have to end once the server is stopped.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            connections: 512,
            drain: Duration::from_secs(5),
        }
    }
}
