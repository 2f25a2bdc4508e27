//! What the roster is told to watch, and its word that it does.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};

use crate::targets::Targets;

/// Orders that may wait; each is confirmed before the next is given.
const WAITING: usize = 1;

/// A roster that takes no more orders: it has ended.
#[derive(Debug, thiserror::Error)]
#[error("the exporter is stopping")]
pub struct Stopping;

/// The workspaces that are to be watched from now on, and no others.
#[derive(Debug)]
pub(super) struct Apply {
    pub(super) targets: Targets,
    pub(super) confirmed: oneshot::Sender<Vec<String>>,
}

/// Where orders are given.
#[derive(Debug, Clone)]
pub struct SupervisorHandle {
    handle: mpsc::Sender<Apply>,
    changed: Arc<Notify>,
}

impl SupervisorHandle {
    /// A place for orders, and where they arrive.
    pub(super) fn new(changed: Arc<Notify>) -> (Self, mpsc::Receiver<Apply>) {
        let (handle, arriving) = mpsc::channel(WAITING);
        (Self { handle, changed }, arriving)
    }

    /// Has these workspaces watched and no others, and waits until they are, but no longer than the roster's
    /// patience.
    ///
    /// Named are those whose cycles begin only when those before them end, which hang in a write to a disk: that they
    /// begin then is certain, whatever is ordered of other workspaces.
    pub async fn watch(&self, targets: Targets) -> Result<Vec<String>, Stopping> {
        let (confirmed, outcome) = oneshot::channel();
        self.handle.send(Apply { targets, confirmed }).await.map_err(|_| Stopping)?;
        outcome.await.map_err(|_| Stopping)
    }

    /// Has the page rendered anew.
    pub fn announce(&self) {
        self.changed.notify_one();
    }
}
