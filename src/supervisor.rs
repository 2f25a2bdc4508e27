//! The supervisor: starts, replaces and stops the cycles of watched workspaces while the other cycles go on.
//!
//! The supervisor is a task of its own. It receives the workspaces to watch and confirms that it watches them. A
//! workspace has one `Worker`, and a `Worker` has one cycle: the next cycle begins after the previous one has ended and
//! has handed on the state. A cycle that panics begins again from the last durable state and ends no other cycle. The
//! supervisor does not depend on the work of a cycle.

mod handle;
mod stores;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use self::handle::Apply;
pub use self::handle::{Stopping, SupervisorHandle};
use self::stores::{DirectoryStores, StoreProvider};
use self::worker::Worker;
use crate::clock::Clock;
use crate::config::Workspace;
use crate::cycle::Cycle;
use crate::cycle::snapshot::Snapshot;
use crate::http::Health;
use crate::store::{ClaimError, StateDirectory, Store};
use crate::targets::{Targets, WorkspaceTarget};
use crate::wiring::{self, InitialState, RateLimiters};

/// Time that a cycle may take beyond its requests before its loop counts as stuck.
const GRACE: Duration = Duration::from_secs(30);
/// Interval of the attempts to claim a workspace whose state another replica writes.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// Longest wait of a change for commits that are under way; a cycle that takes longer is replaced when it ends.
const SETTLING: Duration = Duration::from_secs(10);
/// Longest wait for commits when everything is to end.
const LAST_COMMITS: Duration = Duration::from_secs(14);

/// The snapshots of all watched workspaces.
pub type Watched = Arc<ArcSwap<Vec<Arc<ArcSwap<Snapshot>>>>>;

/// The parts that the cycles of all workspaces share.
#[derive(Debug)]
pub struct Dependencies {
    /// The clock of this machine.
    pub clock: Clock,
    /// The heartbeats of the loops.
    pub health: Health,
    /// Notified after each cycle.
    pub changed: Arc<Notify>,
    /// Ends the supervisor and all cycles.
    pub stop: CancellationToken,
}

/// The workers, by the name of their workspace.
#[derive(Debug)]
pub struct Supervisor {
    dependencies: Dependencies,
    stores: Box<dyn StoreProvider>,
    handle: SupervisorHandle,
    arriving: mpsc::Receiver<Apply>,
    rate_limiters: RateLimiters,
    workers: BTreeMap<String, Worker>,
    /// Each task returns its cycle, or `None` if it has only waited for the state of its workspace.
    tasks: JoinSet<Option<Cycle>>,
    /// The workspaces whose states other replicas write.
    awaited: BTreeSet<String>,
    watched: Watched,
}

impl Supervisor {
    /// A supervisor without workspaces; states are kept in `directory`, if there is one.
    pub fn new(dependencies: Dependencies, directory: Option<StateDirectory>) -> Self {
        let (handle, arriving) = SupervisorHandle::new(Arc::clone(&dependencies.changed));
        Self {
            dependencies,
            stores: Box::new(DirectoryStores(directory)),
            handle,
            arriving,
            rate_limiters: RateLimiters::default(),
            workers: BTreeMap::new(),
            tasks: JoinSet::new(),
            awaited: BTreeSet::new(),
            watched: Watched::default(),
        }
    }

    /// The snapshots of the workspaces that are watched at any time.
    pub fn watched(&self) -> Watched {
        Arc::clone(&self.watched)
    }

    /// The handle for orders of the workspaces to watch.
    pub fn handle(&self) -> SupervisorHandle {
        self.handle.clone()
    }

    /// Watches the ordered workspaces until everything is stopped, then lets every cycle end.
    pub async fn run(mut self) {
        let stop = self.dependencies.stop.clone();
        loop {
            tokio::select! {
                // After a stop no ended cycle is removed from the page, so that the last scrapes still show it.
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                Some(Apply { targets, confirmed }) = self.arriving.recv() => {
                    self.watch(targets);
                    // The sender of the order may have ended.
                    let _gone = confirmed.send(self.settled().await).is_err();
                }
            }
        }
        self.end().await;
    }

    /// Watches these workspaces and no others. A new cycle begins as soon as the cycle in its place has ended. A
    /// workspace with unchanged settings is not disturbed.
    pub fn watch(&mut self, Targets(workspaces): Targets) {
        for (name, worker) in &mut self.workers {
            if !workspaces.contains_key(name) {
                worker.leave();
            }
        }
        for (name, target) in workspaces {
            match self.workers.get_mut(&name) {
                Some(worker) if worker.keeps(&target) => {}
                Some(worker) => worker.replace(target),
                None => self.start(target, InitialState::default(), Duration::ZERO),
            }
        }
        self.show();
    }

    /// Waits until every stopped cycle has ended, for [`SETTLING`] at most. Only a disk that hangs takes longer.
    /// Returns the workspaces whose next cycle still waits then.
    async fn settled(&mut self) -> Vec<String> {
        let stop = self.dependencies.stop.clone();
        let settle = async {
            while self.workers.values().any(Worker::is_ending)
                && let Some(ended) = self.tasks.join_next_with_id().await
            {
                self.ended(ended);
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = settle => {}
            () = tokio::time::sleep(SETTLING) => {}
        }
        let waiting =
            self.workers.iter().filter(|(_, worker)| worker.is_ending() && !worker.is_leaving);
        waiting.map(|(name, _)| name.clone()).collect()
    }

    /// Handles the end of a task.
    fn ended(&mut self, ended: Result<(Id, Option<Cycle>), JoinError>) {
        match ended {
            Ok((task, cycle)) => {
                let carried_state = cycle.as_ref().and_then(Cycle::export_state);
                // Until it is dropped, the cycle holds the only claim to the state of the workspace.
                drop(cycle);
                self.left(task, carried_state, Duration::ZERO);
            }
            Err(error) => self.panicked(&error),
        }
        self.show();
        self.handle.announce();
    }

    fn panicked(&mut self, error: &JoinError) {
        let (task, mut pause) = (error.id(), Duration::ZERO);
        if let Some(worker) = self.workers.values().find(|worker| worker.task == task) {
            let workspace = &worker.target.workspace.name;
            pause = worker.target.workspace.poll.interval;
            tracing::error!(
                workspace,
                "A cycle panicked and begins again; this is a defect, please report it with the log."
            );
            worker.panics.fetch_add(1, Ordering::Relaxed);
        }
        self.left(task, None, pause);
    }

    /// Starts the next task in the place of a task that has ended, if the workspace is still to be watched.
    fn left(&mut self, task: Id, carried_state: Option<Vec<u8>>, pause: Duration) {
        let Some(name) = self
            .workers
            .iter()
            .find(|(_, worker)| worker.task == task)
            .map(|(name, _)| name.clone())
        else {
            return;
        };
        let Some(worker) = self.workers.remove(&name) else { return };
        if self.dependencies.stop.is_cancelled() {
            return;
        }
        if worker.is_leaving {
            self.awaited.remove(&name);
            self.dependencies.health.retire(&name);
            return;
        }
        let beginning = InitialState { store: None, carried_state, panics: worker.panics };
        self.start(worker.target, beginning, pause);
    }

    fn start(&mut self, target: WorkspaceTarget, beginning: InitialState, pause: Duration) {
        let (workspace, over) = (&target.workspace, Arc::clone(&target.transport));
        let (panics, stop) = (Arc::clone(&beginning.panics), self.dependencies.stop.child_token());
        let (task, snapshots) = if let Ok(store) = self.claim(&workspace.name) {
            let clock = self.dependencies.clock.clone();
            let beginning = InitialState { store, ..beginning };
            let cycle =
                wiring::cycle_over(workspace, clock, &mut self.rate_limiters, beginning, over);
            let snapshots = cycle.published();
            (self.spawn(cycle, workspace, stop.clone(), pause), Some(snapshots))
        } else {
            (self.wait(workspace, stop.clone()), None)
        };
        let name = workspace.name.clone();
        let worker = Worker { target, panics, snapshots, task, stop, is_leaving: false };
        self.workers.insert(name, worker);
    }

    /// The store for the state of the workspace, if states are kept. Fails if another replica writes the state.
    fn claim(&mut self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let claimed = self.stores.claim(workspace);
        match &claimed {
            Ok(_) if self.awaited.remove(workspace) => {
                tracing::info!(workspace, "Its state is free: the workspace is watched here.");
            }
            Err(reason) if self.awaited.insert(workspace.to_owned()) => tracing::warn!(
                workspace,
                %reason,
                "The workspace is not watched here yet. If this lasts, another replica runs with other shards or as the \
                 same one."
            ),
            _ => {}
        }
        claimed
    }

    /// Starts a task that ends when it is time to try again. Waiting counts as healthy and ready: an update may stop
    /// the replica that has the state only after this replica is ready.
    fn wait(&mut self, workspace: &Workspace, stop: CancellationToken) -> Id {
        self.dependencies.health.watch(&workspace.name, CLAIM_EVERY + GRACE).cycle_ended();
        let wait = async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(CLAIM_EVERY) => {}
            }
            None
        };
        self.tasks.spawn(wait).id()
    }

    fn spawn(
        &mut self,
        cycle: Cycle,
        workspace: &Workspace,
        stop: CancellationToken,
        pause: Duration,
    ) -> Id {
        let deadline = (workspace.poll.interval + workspace.poll.timeout) * 3 + GRACE;
        let heartbeat = self.dependencies.health.watch(&workspace.name, deadline);
        let changed = Arc::clone(&self.dependencies.changed);
        let run = async move {
            tokio::select! {
                () = stop.cancelled() => return Some(cycle),
                () = tokio::time::sleep(pause) => {}
            }
            Some(Box::pin(cycle.run(changed, move || heartbeat.cycle_ended(), stop)).await)
        };
        self.tasks.spawn(run).id()
    }

    fn show(&self) {
        let snapshots = self.workers.values().filter(|worker| !worker.is_leaving);
        let snapshots = snapshots.filter_map(|worker| worker.snapshots.clone()).collect();
        self.watched.store(Arc::new(snapshots));
    }

    /// Waits for the ends of all cycles after a stop, so that a commit that can end in time does.
    async fn end(mut self) {
        // The sender of an order gets the error that the supervisor has ended.
        drop(self.arriving);
        let ends = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                let task = ended.as_ref().map_or_else(JoinError::id, |(task, _)| *task);
                self.workers.retain(|_, worker| worker.task != task);
            }
        };
        if tokio::time::timeout(LAST_COMMITS, ends).await.is_err() {
            let workspaces = self.workers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            tracing::error!(
                workspaces,
                "Writing their states takes too long and is not waited for; the next start goes on from what was \
                 written last. Check the volume."
            );
        }
    }
}

#[cfg(test)]
#[cfg(feature = "simulator")]
mod scenario;
#[cfg(test)]
mod tests;
