//! The beginning of a chat in the ledger.

use crate::rocketchat::unix_millis::UnixMillis;

/// The beginning of a chat that is seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// The chat began while the exporter was reading.
    New,
    /// The chat existed before: its events up to this time are not counted.
    Before(UnixMillis),
    /// The chat was closed and is open again: its events up to this time are not counted.
    Reopened(UnixMillis),
}
