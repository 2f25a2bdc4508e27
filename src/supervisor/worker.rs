//! The worker of one workspace: its running task and its target.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::snapshots::Snapshots;
use crate::cycle::Cycle;
use crate::cycle::snapshot::Snapshot;
use crate::store::ClaimError;
use crate::targets::WorkspaceTarget;

/// The work of the running task of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerPhase {
    /// The saved state is read.
    Opening,
    /// The cycle runs.
    Running,
    /// Another replica has the state, or the reading panicked: the next attempt is waited for.
    Waiting,
}

/// The end of a task of a worker.
#[derive(Debug)]
pub(super) enum TaskEnd {
    /// The state was read: the cycle can run.
    Opened(Box<Cycle>),
    /// The state belongs to another replica.
    Taken(ClaimError),
    /// The cycle was stopped.
    Ran(Box<Cycle>),
    /// A wait is over, or the exporter stops.
    Nothing,
}

/// The parts of a worker that its next cycle takes over.
#[derive(Debug, Default)]
pub(super) struct Previous {
    /// The exported state of the last cycle, if there is no store.
    pub(super) carried_state: Option<Vec<u8>>,
    /// Number of panics of the cycles of this workspace.
    pub(super) panics: Arc<AtomicU64>,
    pub(super) pause: Duration,
}

/// One worker runs one cycle at most, or the opening of it, or a wait for the state of the workspace.
#[derive(Debug)]
pub(super) struct Worker {
    /// The target of the running task, or of the next task once the running one was stopped.
    pub(super) target: WorkspaceTarget,
    pub(super) panics: Arc<AtomicU64>,
    pub(super) phase: WorkerPhase,
    /// Pause before the first poll of the cycle.
    pub(super) pause: Duration,
    pub(super) stop: CancellationToken,
    /// True if no task follows the running one.
    pub(super) is_leaving: bool,
    /// The last snapshot of a workspace that is leaving.
    pub(super) hidden: Option<Arc<Snapshot>>,
}

impl Worker {
    /// True if this workspace, over the same certificates, is the target of the running or the next task.
    pub(super) fn keeps(&self, target: &WorkspaceTarget) -> bool {
        !self.is_leaving && self.target.is_of(&target.workspace, target.files)
    }

    /// True if the target does not have its cycle yet: the state is read, or the task before was stopped and has not
    /// ended.
    pub(super) fn is_unsettled(&self) -> bool {
        self.stop.is_cancelled() || self.phase == WorkerPhase::Opening
    }

    /// Stops the running task, which no other follows, and removes the workspace from the page.
    pub(super) fn leave(&mut self, snapshots: &Snapshots) {
        self.hidden = snapshots.remove(&self.target.workspace.name).or(self.hidden.take());
        self.is_leaving = true;
        self.stop.cancel();
    }

    /// Sets the target of the next cycle, which begins once this one has ended: both would keep the same state.
    pub(super) fn replace(&mut self, target: WorkspaceTarget, snapshots: &Snapshots) {
        if let Some(snapshot) = self.hidden.take() {
            snapshots.show(snapshot);
        }
        self.target = target;
        self.is_leaving = false;
        self.stop.cancel();
    }
}
