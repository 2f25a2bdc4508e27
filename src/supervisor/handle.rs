//! The orders to the supervisor: the workspaces to watch, and the confirmation that they are watched.

use tokio::sync::{mpsc, oneshot};

use super::snapshots::Snapshots;
use crate::http::WaitingForDisk;
use crate::targets::Targets;

/// Number of orders that may wait; each is confirmed before the next is given.
const WAITING: usize = 1;

/// The error of an order to a supervisor that has ended.
#[derive(Debug, thiserror::Error)]
#[error("the exporter is stopping")]
pub struct Stopping;

/// An order: the workspaces to watch from now on, and no others.
#[derive(Debug)]
pub(super) struct Apply {
    pub(super) targets: Targets,
    pub(super) confirmed: oneshot::Sender<WaitingForDisk>,
}

/// The sender of orders to the supervisor.
#[derive(Debug, Clone)]
pub struct SupervisorHandle {
    handle: mpsc::Sender<Apply>,
    snapshots: Snapshots,
}

impl SupervisorHandle {
    /// The sender of orders, and the receiver of them.
    pub(super) fn new(snapshots: Snapshots) -> (Self, mpsc::Receiver<Apply>) {
        let (handle, arriving) = mpsc::channel(WAITING);
        (Self { handle, snapshots }, arriving)
    }

    /// Orders these workspaces to be watched and no others. Waits until they are, but no longer than `SETTLING`.
    pub async fn watch(&self, targets: Targets) -> Result<WaitingForDisk, Stopping> {
        let (confirmed, outcome) = oneshot::channel();
        self.handle.send(Apply { targets, confirmed }).await.map_err(|_| Stopping)?;
        outcome.await.map_err(|_| Stopping)
    }

    /// Requests a new rendering of the page.
    pub fn announce(&self) {
        self.snapshots.announce();
    }
}
