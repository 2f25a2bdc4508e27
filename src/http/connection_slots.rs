//! The open connections, and the eviction of one when there are too many.

use std::collections::HashMap;

use tokio::task::{AbortHandle, Id};
use tokio::time::Instant;

use super::activity::ConnectionActivity;

/// Every open connection with its progress.
#[derive(Debug, Default)]
pub(super) struct ConnectionSlots(HashMap<Id, (AbortHandle, ConnectionActivity)>);

impl ConnectionSlots {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn enter(&mut self, connection: AbortHandle, activity: ConnectionActivity) {
        self.0.insert(connection.id(), (connection, activity));
    }

    pub(super) fn leave(&mut self, connection: Id) {
        self.0.remove(&connection);
    }

    /// Closes the connection with the lowest eviction priority; `false` if no connection may be closed.
    pub(super) fn make(&mut self) -> bool {
        let now = Instant::now();
        let ranked = self.0.iter().filter_map(|(id, (_, activity))| {
            Some((activity.stage().eviction_priority(now)?, *id))
        });
        let Some((_, id)) = ranked.min_by_key(|(rank, _)| *rank) else {
            return false;
        };
        if let Some((connection, _)) = self.0.remove(&id) {
            connection.abort();
        }
        true
    }
}
