//! The open connections, and the eviction of one when there are too many.

use std::collections::HashMap;

use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::activity::ConnectionActivity;

/// Every open connection with its progress.
pub(super) type ConnectionSlots = HashMap<Id, (AbortHandle, ConnectionActivity)>;

/// Closes the connection with the lowest eviction priority, if a connection may be closed.
pub(super) fn evict_one(slots: &mut ConnectionSlots) {
    let now = Instant::now();
    let ranked = slots.iter().filter_map(|(id, (_, activity))| {
        Some((activity.timed_phase().eviction_priority(now)?, *id))
    });
    let first = ranked.min_by_key(|(rank, _)| *rank);
    if let Some((connection, _)) = first.and_then(|(_, id)| slots.remove(&id)) {
        connection.abort();
    }
}
