//! The worker of one workspace: its running task and its target.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;
use tokio::task::Id;
use tokio_util::sync::CancellationToken;

use crate::cycle::snapshot::Snapshot;
use crate::targets::WorkspaceTarget;

/// One worker runs one cycle at most, or a wait for the state of the workspace.
#[derive(Debug)]
pub(super) struct Worker {
    /// The target of the running task, or of the next task once the running one was stopped.
    pub(super) target: WorkspaceTarget,
    pub(super) panics: Arc<AtomicU64>,
    /// `None` for a workspace that another replica shows.
    pub(super) snapshots: Option<Arc<ArcSwap<Snapshot>>>,
    pub(super) task: Id,
    pub(super) stop: CancellationToken,
    /// True if no task follows the running one.
    pub(super) is_leaving: bool,
}

impl Worker {
    /// True if this workspace, over the same certificates, is the target of the running or the next task.
    pub(super) fn keeps(&self, target: &WorkspaceTarget) -> bool {
        !self.is_leaving && self.target.is_of(&target.workspace, target.files)
    }

    /// True if the running task was stopped and has not ended yet.
    pub(super) fn is_ending(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.stop.cancel();
    }

    /// Sets the target of the next cycle, which begins once this one has ended: both would keep the same state.
    pub(super) fn replace(&mut self, target: WorkspaceTarget) {
        self.target = target;
        self.is_leaving = false;
        self.stop.cancel();
    }
}
