//! The latest snapshot of each watched workspace.
//!
//! A `watch` channel: a reader always gets the latest snapshots of all workspaces, and can wait for a change. A cycle
//! replaces only a snapshot that is there, so a workspace that was removed does not come back with its last cycle.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::cycle::snapshot::Snapshot;

/// Snapshots by the name of their workspace.
pub type SnapshotsByName = BTreeMap<Arc<str>, Arc<Snapshot>>;

/// The sender of the latest snapshots; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Snapshots(watch::Sender<SnapshotsByName>);

impl Snapshots {
    /// A receiver of the latest snapshots.
    pub fn subscribe(&self) -> watch::Receiver<SnapshotsByName> {
        self.0.subscribe()
    }

    /// Marks the snapshots as changed, although they are the same.
    pub(super) fn announce(&self) {
        self.0.send_modify(|_| ());
    }

    /// Sets the snapshot of a workspace.
    pub(super) fn show(&self, snapshot: Arc<Snapshot>) {
        self.0.send_modify(|shown| {
            shown.insert(Arc::clone(&snapshot.workspace), snapshot);
        });
    }

    /// Replaces the snapshot of a workspace, if there is one.
    pub(super) fn replace(&self, snapshot: Arc<Snapshot>) {
        self.0.send_if_modified(|shown| {
            let before = shown.get_mut(&snapshot.workspace);
            before.map(|before| *before = snapshot).is_some()
        });
    }

    /// Removes and returns the snapshot of a workspace.
    pub(super) fn remove(&self, workspace: &str) -> Option<Arc<Snapshot>> {
        let mut removed = None;
        self.0.send_if_modified(|shown| {
            removed = shown.remove(workspace);
            removed.is_some()
        });
        removed
    }
}
