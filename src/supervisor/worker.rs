//! The place of one workspace in the roster: what runs there, and what shall.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;
use tokio::task::Id;
use tokio_util::sync::CancellationToken;

use crate::cycle::snapshot::Snapshot;
use crate::targets::WorkspaceTarget;

/// One cycle at most runs here, or a wait for the workspace's state.
#[derive(Debug)]
pub(super) struct Worker {
    /// What runs, or takes its place once that has ended.
    pub(super) target: WorkspaceTarget,
    pub(super) panics: Arc<AtomicU64>,
    /// None of a workspace that another replica shows.
    pub(super) snapshots: Option<Arc<ArcSwap<Snapshot>>>,
    pub(super) task: Id,
    pub(super) stop: CancellationToken,
    /// Nothing is to take its place.
    pub(super) is_leaving: bool,
}

impl Worker {
    /// Whether this workspace, over the same certificates, is what runs here or will once that has ended.
    pub(super) fn keeps(&self, target: &WorkspaceTarget) -> bool {
        !self.is_leaving && self.target.is_of(&target.workspace, target.files)
    }

    /// Whether what runs here was told to end and has not yet.
    pub(super) fn is_ending(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub(super) fn leave(&mut self) {
        self.is_leaving = true;
        self.stop.cancel();
    }

    /// The next cycle begins once this one has ended: both would keep the same state.
    pub(super) fn replace(&mut self, target: WorkspaceTarget) {
        self.target = target;
        self.is_leaving = false;
        self.stop.cancel();
    }
}
