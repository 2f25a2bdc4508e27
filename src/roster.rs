//! The workspaces that are watched: started, replaced and stopped while the others go on.
//!
//! Owned by the reloader, which says what shall be watched and lets it look after what has ended. A cycle
//! that panics begins again from what was last durable; it takes no other with it. What a cycle does is not
//! known here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Workspace;
use crate::cycle::Cycle;
use crate::cycle::snapshot::Snapshot;
use crate::http::Health;
use crate::rocketchat::reach::ReachError;
use crate::rocketchat::transport::Transport;
use crate::store::{ClaimError, StateDirectory, Store};
use crate::watch::{self, Beginning, Servers};

/// What a cycle may take beyond its requests before its loop counts as stuck.
const GRACE: Duration = Duration::from_secs(30);
/// How soon a workspace whose state another replica writes is asked for again.
const CLAIM_EVERY: Duration = Duration::from_secs(1);
/// How long a change waits for commits that are under way; what takes longer is replaced when it ends.
const SETTLING: Duration = Duration::from_secs(10);

/// The snapshots of everything that is watched, for whoever renders them.
pub type Watched = Arc<ArcSwap<Vec<Arc<ArcSwap<Snapshot>>>>>;

/// A workspace that cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("workspace {workspace}: {source}")]
pub struct Unreachable {
    /// The workspace's name.
    pub workspace: String,
    /// What is wrong with it.
    pub source: ReachError,
}

/// Everything a cycle is started with that is not its workspace's own.
#[derive(Debug)]
pub struct Surroundings {
    /// The clock of this machine.
    pub clock: Clock,
    /// Where state is kept, if it is.
    pub directory: Option<StateDirectory>,
    /// Where loops report.
    pub health: Health,
    /// Told after each cycle.
    pub changed: Arc<Notify>,
    /// Ends everything.
    pub stop: CancellationToken,
}

/// What runs, by the name of the workspace.
#[derive(Debug)]
pub struct Roster {
    surroundings: Surroundings,
    servers: Servers,
    posts: BTreeMap<String, Post>,
    /// Each ends with its cycle, or with none where one has waited for the workspace's state.
    tasks: JoinSet<Option<Cycle>>,
    /// The workspaces whose states other replicas write.
    awaited: BTreeSet<String>,
    watched: Watched,
}

#[derive(Debug)]
struct Post {
    /// What runs, or takes its place once that has ended.
    reachable: Reachable,
    panics: Arc<AtomicU64>,
    /// None of a workspace that another replica shows.
    snapshots: Option<Arc<ArcSwap<Snapshot>>>,
    task: Id,
    stop: CancellationToken,
    /// Another is to take its place, or none.
    is_leaving: bool,
}

/// A workspace and the way to it.
#[derive(Debug)]
struct Reachable {
    workspace: Workspace,
    transport: Arc<dyn Transport>,
    /// Of the certificate files that the transport was made of.
    files: u64,
}

impl Reachable {
    fn new(workspace: &Workspace, files: u64) -> Result<Self, Unreachable> {
        let transport = transport(workspace)?;
        Ok(Self { workspace: workspace.clone(), transport, files })
    }
}

fn transport(workspace: &Workspace) -> Result<Arc<dyn Transport>, Unreachable> {
    let unreachable = |source| Unreachable { workspace: workspace.name.clone(), source };
    watch::transport(workspace).map_err(unreachable)
}

/// Whether every workspace can be reached for: the files of its certificates are read, nothing is sent.
pub fn check(workspaces: &[Workspace]) -> Result<(), Unreachable> {
    workspaces.iter().try_for_each(|workspace| transport(workspace).map(drop))
}

impl Roster {
    /// A roster of nobody.
    pub fn new(surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            servers: Servers::default(),
            posts: BTreeMap::new(),
            tasks: JoinSet::new(),
            awaited: BTreeSet::new(),
            watched: Watched::default(),
        }
    }

    /// The snapshots of what is watched at any time.
    pub fn watched(&self) -> Watched {
        Arc::clone(&self.watched)
    }

    /// Watches these workspaces and no others. Those that are watched as they should be are not disturbed;
    /// an error leaves everything as it was.
    pub async fn watch(&mut self, workspaces: &[Workspace]) -> Result<(), Unreachable> {
        let with_files = workspaces.iter().map(|it| (it, watch::fingerprint(it)));
        let new = with_files.filter(|(workspace, files)| !self.has(workspace, *files));
        let new = new.map(|(workspace, files)| Reachable::new(workspace, files));
        let new = new.collect::<Result<Vec<_>, _>>()?;
        let names: BTreeSet<&str> = workspaces.iter().map(|it| it.name.as_str()).collect();
        for (name, post) in &mut self.posts {
            if !names.contains(name.as_str()) {
                post.leave();
            }
        }
        for reachable in new {
            match self.posts.get_mut(&reachable.workspace.name) {
                Some(post) => post.replace(reachable),
                None => self.start(reachable, Beginning::default(), Duration::ZERO),
            }
        }
        self.show();
        // Longer than that takes a disk that hangs: what is to be replaced will be when it ends.
        let _late = tokio::time::timeout(SETTLING, self.settle()).await.is_err();
        Ok(())
    }

    /// Whether this workspace is watched, over the certificates in these files.
    fn has(&self, workspace: &Workspace, files: u64) -> bool {
        let post = self.posts.get(&workspace.name);
        post.is_some_and(|Post { reachable: it, .. }| {
            it.workspace == *workspace && it.files == files
        })
    }

    /// Waits until whatever is to leave has left.
    async fn settle(&mut self) {
        while self.posts.values().any(|post| post.stop.is_cancelled()) {
            self.look_after().await;
        }
    }

    /// Waits for a cycle to end and does what is to be done about it; for ever where none runs.
    pub async fn look_after(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((task, cycle))) => {
                let inherited = cycle.as_ref().and_then(Cycle::bequeath);
                // It has the state of the workspace to itself until here.
                drop(cycle);
                self.left(task, inherited, Duration::ZERO);
            }
            Some(Err(error)) => self.panicked(&error),
            None => std::future::pending().await,
        }
        self.show();
        self.announce();
    }

    /// Has the page rendered anew.
    pub fn announce(&self) {
        self.surroundings.changed.notify_one();
    }

    fn panicked(&mut self, error: &JoinError) {
        let (task, mut pause) = (error.id(), Duration::ZERO);
        if let Some(post) = self.posts.values().find(|post| post.task == task) {
            let workspace = &post.reachable.workspace.name;
            pause = post.reachable.workspace.poll.interval;
            tracing::error!(
                workspace,
                "A cycle panicked and begins again; this is a defect, please report it with the log."
            );
            post.panics.fetch_add(1, Ordering::Relaxed);
        }
        self.left(task, None, pause);
    }

    /// Puts another in the place of what has ended, if one shall be there.
    fn left(&mut self, task: Id, inherited: Option<Vec<u8>>, pause: Duration) {
        let Some(name) =
            self.posts.iter().find(|(_, post)| post.task == task).map(|(name, _)| name.clone())
        else {
            return;
        };
        let Some(post) = self.posts.remove(&name) else { return };
        if self.surroundings.stop.is_cancelled() {
            return;
        }
        if post.is_leaving {
            self.awaited.remove(&name);
            self.surroundings.health.retire(&name);
            return;
        }
        let beginning = Beginning { store: None, inherited, panics: post.panics };
        self.start(post.reachable, beginning, pause);
    }

    fn start(&mut self, reachable: Reachable, beginning: Beginning, pause: Duration) {
        let (workspace, over) = (&reachable.workspace, Arc::clone(&reachable.transport));
        let (panics, stop) = (Arc::clone(&beginning.panics), self.surroundings.stop.child_token());
        let (task, snapshots) = if let Ok(store) = self.claim(&workspace.name) {
            let clock = self.surroundings.clock.clone();
            let beginning = Beginning { store, ..beginning };
            let cycle = watch::cycle_over(workspace, clock, &mut self.servers, beginning, over);
            let snapshots = cycle.published();
            (self.spawn(cycle, workspace, stop.clone(), pause), Some(snapshots))
        } else {
            (self.wait(workspace, stop.clone()), None)
        };
        let name = workspace.name.clone();
        let post = Post { reachable, panics, snapshots, task, stop, is_leaving: false };
        self.posts.insert(name, post);
    }

    /// The place of the workspace's state, if there is one and no other replica writes it.
    fn claim(&mut self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let Some(directory) = &self.surroundings.directory else { return Ok(None) };
        let claimed = directory.claim(workspace);
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
        claimed.map(|disk| Some(Store::new(Box::new(disk))))
    }

    /// Ends when it is time to try again. Waiting is well and ready: the replica that has the state may be one that an
    /// update stops only after this one is.
    fn wait(&mut self, workspace: &Workspace, stop: CancellationToken) -> Id {
        self.surroundings.health.watch(&workspace.name, CLAIM_EVERY + GRACE).cycle_ended();
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
        let heartbeat = self.surroundings.health.watch(&workspace.name, deadline);
        let changed = Arc::clone(&self.surroundings.changed);
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
        let snapshots = self.posts.values().filter(|post| !post.is_leaving);
        let snapshots = snapshots.filter_map(|post| post.snapshots.clone()).collect();
        self.watched.store(Arc::new(snapshots));
    }

    /// Waits for the ends of all cycles, once everything was stopped.
    pub async fn end(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Post {
    fn leave(&mut self) {
        self.is_leaving = true;
        self.stop.cancel();
    }

    /// The next cycle begins once this one has ended: both would keep the same state.
    fn replace(&mut self, reachable: Reachable) {
        self.reachable = reachable;
        self.is_leaving = false;
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;
    use url::Url;

    use super::*;
    use crate::config::{self, Flags};
    use crate::rocketchat::endpoint::Endpoint;
    use crate::rocketchat::error::{Failure, Reason};
    use crate::rocketchat::transport::{Answer, OnItsWay};

    /// A way that leads nowhere, or to a defect of ours.
    #[derive(Debug)]
    struct Nowhere {
        panics: bool,
    }

    impl Transport for Nowhere {
        fn get(&self, endpoint: Endpoint, _: Url, _: HeaderMap) -> OnItsWay<'_, Answer> {
            assert!(!self.panics, "a defect");
            let failure = Failure::new(endpoint, Reason::Connect, "nobody is there");
            Box::pin(std::future::ready(Err(failure)))
        }
    }

    fn reachable(name: &str, panics: bool) -> Reachable {
        let environment = [
            ("ROCKETCHAT_URL", format!("http://{name}.invalid")),
            ("ROCKETCHAT_USER_ID", "u".to_owned()),
            ("ROCKETCHAT_AUTH_TOKEN", "t".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let settings = config::load(&Flags::default(), BTreeMap::from(environment)).unwrap();
        let workspace = settings.workspaces[0].clone();
        Reachable { files: 0, transport: Arc::new(Nowhere { panics }), workspace }
    }

    fn roster(stop: &CancellationToken) -> Roster {
        Roster::new(Surroundings {
            clock: Clock::system(),
            directory: None,
            health: Health::default(),
            changed: Arc::default(),
            stop: stop.clone(),
        })
    }

    fn snapshot(roster: &Roster, name: &str) -> Arc<Snapshot> {
        roster.posts[name].snapshots.as_ref().unwrap().load_full()
    }

    #[tokio::test(start_paused = true)]
    async fn a_cycle_that_panics_is_counted_and_begins_again_while_others_go_on() {
        let stop = CancellationToken::new();
        let mut roster = roster(&stop);
        for (name, panics) in [("broken", true), ("sound", false)] {
            roster.start(reachable(name, panics), Beginning::default(), Duration::ZERO);
        }
        for panics in 1..=3 {
            roster.look_after().await;
            let broken = snapshot(&roster, "broken.invalid");
            assert_eq!((broken.panics, broken.is_up()), (panics, Some(false)));
        }
        let sound = snapshot(&roster, "sound.invalid");
        assert!(sound.cycles > 1, "it went on for {} cycles", sound.cycles);
        assert_eq!(sound.panics, 0);
        assert_eq!(roster.watched().load().len(), 2);
        stop.cancel();
        roster.end().await;
    }
}
