//! The cycle of a workspace: gather what is due, advance what is known, publish.
//!
//! One task a workspace, started by `app`; workspaces never wait for each other. It decides when; what is
//! asked is the routes' business, what it means the domain's.

mod calls;
mod directory;
mod errand;
mod gather;
mod loads;
mod report;
mod room_list;
mod rooms;
mod scan;
pub mod schedule;
mod session;
mod single;
pub mod snapshot;
pub mod status;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

pub use errand::Plan;
use errand::{Errand, Harvest};
use gather::Gatherer;
use session::{Session, Standing};
use snapshot::{Capacity, Counting, Snapshot};

use crate::omnichannel::floor::{Caps, Floor, Update};
use crate::omnichannel::list::List;
use crate::omnichannel::present::Rules;
use crate::omnichannel::totals::{Layouts, Totals};
use crate::rocketchat::client::Client;
use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::traffic::Account;

/// What a cycle is made of.
#[derive(Debug)]
pub struct Parts {
    /// The workspace's URL as it is shown.
    pub url: Arc<str>,
    /// The client of the workspace.
    pub client: Client,
    /// The server's clock, shared with the client.
    pub clock: Arc<ServerClock>,
    /// The account the client writes to.
    pub account: Arc<Account>,
    /// How the workspace is polled.
    pub plan: Plan,
    /// The rules its gauges depend on.
    pub rules: Rules,
    /// Limits of label values.
    pub caps: Caps,
    /// Configured capacity of an agent.
    pub capacity: Capacity,
}

/// The cycle of one workspace.
#[derive(Debug)]
pub struct Cycle {
    parts: Parts,
    rules: Arc<Rules>,
    floor: Floor,
    gatherer: Gatherer,
    session: Session,
    count: u64,
    published: Arc<ArcSwap<Snapshot>>,
}

impl Cycle {
    /// A cycle that has not begun.
    pub fn new(parts: Parts) -> Self {
        let interval = parts.plan.interval;
        let (gatherer, session) = (Gatherer::new(interval), Session::new(interval));
        let rules = Arc::new(parts.rules.clone());
        let floor = Floor::new(parts.caps);
        let first = snapshot(&parts, &rules, &floor, &gatherer, &session, 0);
        let published = Arc::new(ArcSwap::from_pointee(first));
        Self { parts, rules, floor, gatherer, session, count: 0, published }
    }

    /// Where the latest snapshot is found.
    pub fn published(&self) -> Arc<ArcSwap<Snapshot>> {
        Arc::clone(&self.published)
    }

    /// Cycles until cancelled; `ended` is told after each cycle.
    pub async fn run(mut self, ended: Arc<Notify>, beat: impl Fn(), cancel: CancellationToken) {
        let interval = self.parts.plan.interval;
        // What is complete halfway to the next cycle is shown; what is not resumes then.
        let round = interval / 2;
        let mut ticks = ticks(interval);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = self.once(round) => {}
            }
            beat();
            ended.notify_one();
            tokio::select! {
                () = cancel.cancelled() => return,
                _ = ticks.tick() => {}
                () = until(self.resumes_at()) => {}
            }
        }
    }

    fn resumes_at(&self) -> Option<Instant> {
        let session = self.session.resumes_at().filter(|at| *at > Instant::now());
        session.or(self.gatherer.resumes_at())
    }

    /// One cycle: gather for at most `round` (and the request under way), advance, publish.
    pub async fn once(&mut self, round: Duration) {
        self.count += 1;
        let deadline = Instant::now() + round;
        self.gather(deadline).await;
        let snapshot = snapshot(
            &self.parts,
            &self.rules,
            &self.floor,
            &self.gatherer,
            &self.session,
            self.count,
        );
        let before = self.published.swap(Arc::new(snapshot));
        let after = self.published.load();
        report::changes(&self.parts.plan.workspace, &before.lists, &after.lists);
    }

    /// The directory comes first: what is shown by name waits for the names.
    async fn gather(&mut self, deadline: Instant) {
        if self.session.is_paused(Instant::now()) {
            return;
        }
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.session.establish(&self.parts.client, patience).await {
            Ok(Standing::Established) => {}
            Ok(Standing::Later) => return,
            Err(failure) => return self.gatherer.fail_all(&failure),
        }
        let errand = errand_of(&self.parts, &self.session, &self.floor, self.count, deadline);
        let directory = self.gatherer.gather_departments(&errand).await;
        self.advance(directory);
        if let (false, Err(failure)) =
            (self.parts.plan.departments.is_empty(), self.gatherer.names_are_known())
        {
            if let Some(failure) = failure {
                self.gatherer.fail_all(&failure);
            }
            return;
        }
        let errand = errand_of(&self.parts, &self.session, &self.floor, self.count, deadline);
        let harvest = self.gatherer.gather(&errand).await;
        self.advance(harvest);
    }

    fn advance(&mut self, mut harvest: Harvest) {
        if harvest.lacks_queued_filter {
            self.session.learn_no_queued_filter();
            // What the probe brought stands in the open list as well, and nothing would refresh it here.
            harvest.updates.push(Update::Chats(List::Queued, Vec::new()));
        }
        if harvest.version_is_doubtful {
            self.session.doubt_version();
        }
        if harvest.token_is_doubtful {
            self.session.doubt_token();
        }
        let now = self.parts.clock.now();
        self.floor.advance(harvest.updates, &harvest.sightings, self.count, now);
    }
}

fn errand_of<'a>(
    parts: &'a Parts,
    session: &Session,
    floor: &Floor,
    cycle: u64,
    deadline: Instant,
) -> Errand<'a> {
    Errand {
        client: &parts.client,
        plan: &parts.plan,
        capabilities: session.capabilities(),
        departments: wanted_departments(&parts.plan, floor),
        cycle,
        deadline,
    }
}

/// Ids of the configured departments: what is no known name is taken for an id.
fn wanted_departments(plan: &Plan, floor: &Floor) -> Vec<String> {
    let ids_of = |wanted: &String| {
        let named = floor.departments_named(wanted);
        if named.is_empty() { vec![wanted.clone()] } else { named }
    };
    plan.departments.iter().flat_map(ids_of).collect()
}

fn snapshot(
    parts: &Parts,
    rules: &Arc<Rules>,
    floor: &Floor,
    gatherer: &Gatherer,
    session: &Session,
    cycles: u64,
) -> Snapshot {
    Snapshot {
        workspace: Arc::clone(&parts.plan.workspace),
        url: Arc::clone(&parts.url),
        cycles,
        floor: floor.clone(),
        rules: Arc::clone(rules),
        lists: gatherer.statuses(),
        capabilities: session.capabilities(),
        names_departments: gatherer.names_departments(),
        clock: Arc::clone(&parts.clock),
        account: Arc::clone(&parts.account),
        is_filtered_by_agents: !parts.plan.rooms.agents.is_empty(),
        capacity: parts.capacity,
        totals: Totals::new(Layouts::new(rules.service_levels.thresholds())),
        counting: Counting::default(),
    }
}

/// Ticks at once, then on a grid whose phase is random, so that many exporters do not ask in step. A tick
/// that was missed is skipped: a slow cycle is never followed by a burst.
fn ticks(interval: Duration) -> Interval {
    let phase = interval.mul_f64(fastrand::f64() * 0.1);
    let mut ticks = tokio::time::interval_at(Instant::now() + interval - phase, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
