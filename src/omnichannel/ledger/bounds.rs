//! The bounds of the chats and calls that a ledger follows.

use jiff::SignedDuration;

/// Most open chats, and most open calls, that are followed at once. A further chat or call is counted only from the
/// row of its end.
pub const MOST_TRACKED: usize = 50_000;
/// Time without a row after which a chat or a call counts as deleted.
pub(super) const UNSEEN: SignedDuration = SignedDuration::from_hours(7 * 24);
