//! The supervisor: starts, replaces and stops the cycles of watched workspaces while the other cycles go on.
//!
//! The supervisor is a task of its own. It receives the workspaces to watch and confirms that it watches them. A
//! workspace has one `Worker`, and a `Worker` has one cycle: the next cycle begins after the previous one has ended and
//! has handed on the state. A cycle that panics begins again from the last durable state and ends no other cycle. The
//! supervisor does not depend on the work of a cycle.

mod handle;
mod opening;
mod snapshots;
mod stores;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;
use tokio_util::task::JoinMap;

use self::handle::Apply;
pub use self::handle::{Stopping, SupervisorHandle};
pub use self::snapshots::{Snapshots, SnapshotsByName};
use self::stores::StoreProvider;
use self::worker::{Previous, TaskEnd, Worker, WorkerPhase};
use crate::clock::Clock;
use crate::cycle::Cycle;
use crate::http::{Health, WaitingForDisk};
use crate::store::{ClaimError, StateDirectory};
use crate::targets::{Targets, WorkspaceTarget};
use crate::wiring::{CycleParts, RateLimiters};

/// Time that a cycle may take beyond its requests before its loop counts as stuck.
const GRACE: Duration = Duration::from_secs(30);
/// Interval of the attempts to claim a workspace whose state another replica writes.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// Longest wait of a change for commits that are under way; a cycle that takes longer is replaced when it ends.
const SETTLING: Duration = Duration::from_secs(10);
/// Longest wait for commits when everything is to end.
const LAST_COMMITS: Duration = Duration::from_secs(14);

/// The parts that the cycles of all workspaces share.
#[derive(Debug)]
pub struct Dependencies {
    /// The clock of this machine.
    pub clock: Clock,
    /// The heartbeats of the loops.
    pub health: Health,
    /// Ends the supervisor and all cycles.
    pub stop: CancellationToken,
}

/// The workers, by the name of their workspace.
#[derive(Debug)]
pub struct Supervisor {
    dependencies: Dependencies,
    stores: Arc<dyn StoreProvider>,
    /// The permits to read a state, shared by all workspaces.
    permits: Arc<Semaphore>,
    handle: SupervisorHandle,
    arriving: mpsc::Receiver<Apply>,
    rate_limiters: RateLimiters,
    workers: BTreeMap<String, Worker>,
    /// The running task of each worker.
    tasks: JoinMap<String, TaskEnd>,
    /// The workspaces whose states other replicas write.
    awaited: BTreeSet<String>,
    snapshots: Snapshots,
}

impl Supervisor {
    /// A supervisor without workspaces; states are kept in `directory`, if there is one.
    pub fn new(dependencies: Dependencies, directory: Option<StateDirectory>) -> Self {
        let snapshots = Snapshots::default();
        let (handle, arriving) = SupervisorHandle::new(snapshots.clone());
        Self {
            dependencies,
            stores: Arc::new(directory),
            permits: Arc::new(Semaphore::new(opening::AT_ONCE)),
            handle,
            arriving,
            rate_limiters: RateLimiters::default(),
            workers: BTreeMap::new(),
            tasks: JoinMap::new(),
            awaited: BTreeSet::new(),
            snapshots,
        }
    }

    /// The snapshots of the workspaces that are watched at any time.
    pub fn snapshots(&self) -> Snapshots {
        self.snapshots.clone()
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
                Some((name, ended)) = self.tasks.join_next() => self.ended(&name, ended),
                Some(Apply { targets, confirmed }) = self.arriving.recv() => {
                    // The sender of the order may have ended.
                    let _gone = confirmed.send(self.watch(targets).await).is_err();
                }
            }
        }
        self.end().await;
    }

    /// Watches these workspaces and no others. A new cycle begins as soon as the cycle in its place has ended. A
    /// workspace with unchanged settings is not disturbed.
    ///
    /// Waits until every workspace has its cycle, for `SETTLING` at most: only a disk that hangs takes longer.
    pub async fn watch(&mut self, Targets(workspaces): Targets) -> WaitingForDisk {
        self.rate_limiters.keep(workspaces.values().map(|target| &target.workspace.url));
        for (name, worker) in &mut self.workers {
            if !workspaces.contains_key(name) {
                worker.leave(&self.snapshots);
            }
        }
        for (name, target) in workspaces {
            match self.workers.get_mut(&name) {
                Some(worker) if worker.keeps(&target) => {}
                Some(worker) => worker.replace(target, &self.snapshots),
                None => self.open(Previous::default(), target),
            }
        }
        self.settle().await;
        let unsettled = self.workers.iter().filter(|(_, it)| it.is_unsettled() && !it.is_leaving);
        WaitingForDisk(unsettled.map(|(name, _)| name.clone()).collect())
    }

    async fn settle(&mut self) {
        let stop = self.dependencies.stop.clone();
        let settle = async {
            while self.workers.values().any(Worker::is_unsettled)
                && let Some((name, ended)) = self.tasks.join_next().await
            {
                self.ended(&name, ended);
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = settle => {}
            () = tokio::time::sleep(SETTLING) => {}
        }
    }

    /// Handles the end of a task: the next task of the worker begins, or the worker leaves.
    fn ended(&mut self, name: &str, ended: Result<TaskEnd, JoinError>) {
        let Some(worker) = self.workers.remove(name) else { return };
        if self.dependencies.stop.is_cancelled() {
            return;
        }
        match ended {
            Ok(TaskEnd::Opened(cycle)) if !worker.stop.is_cancelled() => {
                self.run_cycle(worker, cycle);
            }
            Ok(TaskEnd::Taken(reason)) if !worker.stop.is_cancelled() => {
                self.wait(worker, &reason);
            }
            Ok(TaskEnd::Opened(cycle) | TaskEnd::Ran(cycle)) => {
                let carried_state = cycle.export_state();
                // Until it is dropped, the cycle holds the only claim to the state of the workspace.
                drop(cycle);
                self.next(worker, carried_state, Duration::ZERO);
            }
            Ok(TaskEnd::Taken(_) | TaskEnd::Nothing) => {
                self.next(worker, None, Duration::ZERO);
            }
            Err(_) => self.panicked(worker),
        }
    }

    fn panicked(&mut self, worker: Worker) {
        let workspace = &worker.target.workspace.name;
        tracing::error!(
            workspace,
            "A cycle panicked. The exporter starts the cycle again. This is a defect: please report it with the log."
        );
        worker.panics.fetch_add(1, Ordering::Relaxed);
        if worker.phase == WorkerPhase::Opening {
            return self.try_later(worker);
        }
        let pause = worker.target.workspace.poll.interval;
        self.next(worker, None, pause);
    }

    /// Opens the workspace of a worker whose task has ended again, unless the worker leaves.
    fn next(&mut self, worker: Worker, carried_state: Option<Vec<u8>>, pause: Duration) {
        let Worker { target, panics, is_leaving, .. } = worker;
        if is_leaving {
            let name = &target.workspace.name;
            self.awaited.remove(name);
            self.dependencies.health.retire(name);
            return;
        }
        self.open(Previous { carried_state, panics, pause }, target);
    }

    /// Starts to read the saved state of a workspace.
    fn open(&mut self, previous: Previous, target: WorkspaceTarget) {
        let workspace = &target.workspace;
        let Previous { carried_state, panics, pause } = previous;
        // The loop of the workspace counts as stuck if its disk hangs.
        self.dependencies.health.register(&workspace.name, GRACE);
        let parts = CycleParts::over(
            workspace,
            self.dependencies.clock.clone(),
            &mut self.rate_limiters,
            Arc::clone(&target.transport),
            Arc::clone(&panics),
            carried_state,
        );
        let parts = parts.with_nudges(Arc::clone(&target.nudges));
        let (name, stores) = (workspace.name.clone(), Arc::clone(&self.stores));
        let opening = opening::open(name.clone(), stores, parts, Arc::clone(&self.permits));
        let (stop, ends) = (self.dependencies.stop.child_token(), self.dependencies.stop.clone());
        let opening = ends.run_until_cancelled_owned(opening);
        self.tasks.spawn(name.clone(), async { opening.await.unwrap_or(TaskEnd::Nothing) });
        let phase = WorkerPhase::Opening;
        let worker = Worker { target, panics, phase, pause, stop, is_leaving: false, hidden: None };
        self.workers.insert(name, worker);
    }

    /// Waits for the lock of the state. Waiting counts as healthy and ready: an update may stop the replica that has the
    /// state only after this replica is ready.
    fn wait(&mut self, worker: Worker, reason: &ClaimError) {
        let workspace = &worker.target.workspace.name;
        if self.awaited.insert(workspace.clone()) {
            tracing::warn!(
                workspace,
                %reason,
                "This replica does not poll the workspace, because it cannot lock the workspace's state. It tries \
                 again. If this lasts, check that each replica has its own --shard and that all have the same \
                 --shards."
            );
        }
        self.dependencies.health.register_ready(workspace, CLAIM_EVERY + GRACE);
        // The other replica shows the workspace.
        self.snapshots.remove(workspace);
        self.try_later(worker);
    }

    /// Starts a task that ends when it is time to open the workspace again.
    fn try_later(&mut self, mut worker: Worker) {
        let stop = worker.stop.clone();
        let wait = async move {
            stop.run_until_cancelled(tokio::time::sleep(CLAIM_EVERY)).await;
            TaskEnd::Nothing
        };
        worker.phase = WorkerPhase::Waiting;
        let name = worker.target.workspace.name.clone();
        self.tasks.spawn(name.clone(), wait);
        self.workers.insert(name, worker);
    }

    fn run_cycle(&mut self, mut worker: Worker, mut cycle: Box<Cycle>) {
        let workspace = &worker.target.workspace;
        if self.awaited.remove(&workspace.name) {
            let workspace = &workspace.name;
            tracing::info!(
                workspace,
                "The lock of the workspace's state is free: this replica polls the workspace from now on."
            );
        }
        let deadline = (workspace.poll.interval + workspace.poll.timeout) * 3 + GRACE;
        let heartbeat = self.dependencies.health.watch(&workspace.name, deadline);
        let (snapshots, stop, pause) = (self.snapshots(), worker.stop.clone(), worker.pause);
        snapshots.show(cycle.snapshot());
        let ended = move |snapshot| {
            heartbeat.cycle_ended();
            snapshots.replace(snapshot);
        };
        let run = async move {
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
                cycle.run(ended, stop).await;
            }
            TaskEnd::Ran(cycle)
        };
        worker.phase = WorkerPhase::Running;
        let name = workspace.name.clone();
        self.tasks.spawn(name.clone(), run);
        self.workers.insert(name, worker);
    }

    /// Waits for the ends of all cycles after a stop, so that a commit that can end in time does.
    async fn end(mut self) {
        // The sender of an order gets the error that the supervisor has ended.
        drop(self.arriving);
        let ends = async {
            while let Some((name, _)) = self.tasks.join_next().await {
                self.workers.remove(&name);
            }
        };
        if tokio::time::timeout(LAST_COMMITS, ends).await.is_err() {
            let workspaces = self.workers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            tracing::error!(
                workspaces,
                "The states of these workspaces were not written in time. The next start continues from the states \
                 that were written before. Check the volume of the state directory."
            );
        }
    }
}

#[cfg(test)]
#[cfg(feature = "simulator")]
mod scenario;
#[cfg(test)]
mod tests;
