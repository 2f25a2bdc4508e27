//! The cycle of one workspace: gather the lists that are due, advance the state, commit the totals, publish a snapshot.
//!
//! Each workspace has a task of its own, so that a slow server does not delay the others. The cycle decides the time of
//! a request, a route decides its content, and the domain decides the meaning of the answer.

mod audit;
mod background_list;
mod calls;
mod commit;
mod counting_warnings;
mod directory;
mod gather;
mod known_rooms;
mod list_scans;
mod loads;
mod members;
mod nudged;
mod optional;
mod plan;
mod poll_context;
pub(crate) mod probe;
mod publish;
mod report;
pub(crate) mod resolution;
mod room_changes;
mod room_list;
pub(crate) mod room_rows;
mod room_scan;
mod rooms;
mod scan;
pub mod schedule;
pub mod scrape_mark;
pub(crate) mod session;
mod single;
pub mod snapshot;
pub mod status;
mod ticks;
mod widget;
mod window;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use commit::Committer;
pub use commit::Persistence;
use counting_warnings::CountingWarnings;
use gather::Gatherer;
pub use plan::Plan;
use poll_context::{PollContext, PollOutcome};
use scrape_mark::ScrapeMark;
use session::{Session, SessionStatus};
use snapshot::{Capacity, Snapshot};
use ticks::Ticks;

use crate::clock::until;
use crate::omnichannel::accounting::{Accounting, NewObservations, ObservedChats};
use crate::omnichannel::labels::registry::{LabelLimits, LabelRegistry};
use crate::omnichannel::list::Lists;
use crate::omnichannel::live_state::LiveState;
use crate::omnichannel::rules::Rules;
use crate::omnichannel::server_hours::ServerHours;
use crate::omnichannel::totals::beginnings::Beginnings;
use crate::omnichannel::totals::{CountingTime, HistogramBuckets};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::client::Client;
use crate::rocketchat::instant::later;
use crate::rocketchat::request_stats::RequestStats;
use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::server_time::FARTHEST_SPREAD;
use crate::webhook::nudges::Nudges;

/// Parts and settings of a cycle.
#[derive(Debug)]
pub struct CycleConfig {
    /// The workspace's URL as it is shown.
    pub url: Arc<str>,
    /// The client of the workspace.
    pub client: Arc<Client>,
    /// The server's clock, shared with the client.
    pub clock: Arc<ServerClock>,
    /// Statistics of the client's requests.
    pub request_stats: Arc<RequestStats>,
    /// Plan of polling.
    pub plan: Plan,
    /// Rules that the gauges and the verdicts of the workspace depend on.
    pub rules: Arc<Rules>,
    /// Configured capacity of an agent.
    pub capacity: Capacity,
    /// Cycles of this workspace that ended in a panic, since the start of the process.
    pub panics: Arc<AtomicU64>,
    /// The webhooks of the workspace; `None` if it has no token for them.
    pub nudges: Option<Arc<Nudges>>,
}

/// The cycle of one workspace.
#[derive(Debug)]
pub struct Cycle {
    state: CycleState,
    snapshot: Arc<Snapshot>,
}

/// State that continues from one cycle to the next.
#[derive(Debug)]
struct CycleState {
    config: CycleConfig,
    live_state: LiveState,
    labels: LabelRegistry,
    /// `None` if no state was restored and no session was established yet: counting begins at a time of the server's
    /// clock.
    accounting: Option<Accounting>,
    /// True if `accounting` was restored and not yet compared with the server's clock.
    is_accounting_doubtful: bool,
    gatherer: Gatherer,
    session: Session,
    committer: Committer,
    count: u64,
    started: Instant,
    /// Start of the present cycle, or of the last one.
    began: Instant,
    /// Start of the last round that webhooks asked for.
    nudged_at: Option<Instant>,
    scrape_mark: ScrapeMark,
    counting_warnings: CountingWarnings,
    hours: ServerHours,
    /// The rules of the configuration with the server's hours.
    rules: Arc<Rules>,
}

impl Cycle {
    /// Creates a cycle that has not begun. Reads the saved state, which blocks.
    pub fn new(config: CycleConfig, persistence: Persistence) -> Self {
        let state = CycleState::new(config, persistence);
        let snapshot = Arc::new(state.snapshot());
        Self { state, snapshot }
    }

    /// The latest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// Repeats the cycle until it is cancelled. It calls `ended` with the snapshot of each cycle.
    ///
    /// A cancellation drops the requests under way; a commit is always completed.
    pub async fn run(&mut self, ended: impl Fn(Arc<Snapshot>), cancel: CancellationToken) {
        let interval = self.state.config.plan.interval;
        // The lists that are complete after half an interval are shown. The others resume in the next cycle.
        let round = interval / 2;
        let (mut ticks, mut nudged) = (Ticks::new(interval), None);
        loop {
            // A round that webhooks ask for leaves the time of the next regular round free.
            let end = Instant::now() + round;
            let end = if nudged.is_some() { end.min(ticks.next()) } else { end };
            if cancel.run_until_cancelled(self.state.gather(nudged, end)).await.is_none() {
                return;
            }
            self.conclude().await;
            ended(self.snapshot());
            nudged = tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                () = ticks.tick() => None,
                () = until(self.state.resumes_at()) => None,
                lists = self.state.nudged() => Some(lists),
            };
        }
    }

    /// One cycle: gather, advance, commit, publish. `round` is the time for gathering; a slow directory or a change of
    /// the server's version extends it by up to one half each.
    pub async fn once(&mut self, round: Duration) {
        self.state.gather(None, Instant::now() + round).await;
        self.conclude().await;
    }

    /// Commits the gathered data and publishes a snapshot.
    async fn conclude(&mut self) {
        self.state.gatherer.note_overdue(self.state.began);
        self.state.commit().await;
        let after = Arc::new(self.state.snapshot());
        let before = mem::replace(&mut self.snapshot, Arc::clone(&after));
        report::changes(&after.workspace, &before.lists, &after.lists);
        let tracked = (before.counting.tracked_chats, after.counting.tracked_chats);
        report::tracking(&after.workspace, tracked.0, tracked.1);
    }

    /// State for the next cycle of this workspace. `None` if a store keeps it or if counting has not begun.
    pub fn export_state(&self) -> Option<Vec<u8>> {
        let CycleState { committer, accounting, labels, config, .. } = &self.state;
        committer.export_state(accounting.as_ref()?, &labels.departments, config.clock.local())
    }
}

impl CycleState {
    fn new(config: CycleConfig, persistence: Persistence) -> Self {
        let (interval, workspace) = (config.plan.interval, Arc::clone(&config.plan.workspace));
        let histogram_buckets = || HistogramBuckets::of(&config.rules.service_levels);
        let mut labels = LabelRegistry::new(LabelLimits::default());
        let mut committer =
            Committer::new(Arc::clone(&workspace), persistence, histogram_buckets());
        let (now, known) = (config.clock.local(), &mut labels.departments);
        let accounting = committer.restore(histogram_buckets(), now, known);
        let named = |name: &str| labels.departments.called(name);
        let departments = resolution::resolve(&config.plan.departments, named).ok();
        Self {
            live_state: LiveState::default(),
            labels,
            is_accounting_doubtful: accounting.is_some(),
            accounting,
            gatherer: Gatherer::new(&config.plan, departments),
            session: Session::new(workspace, interval),
            committer,
            count: 0,
            started: Instant::now(),
            began: Instant::now(),
            nudged_at: None,
            scrape_mark: ScrapeMark::default(),
            counting_warnings: CountingWarnings::default(),
            hours: ServerHours::default(),
            rules: Arc::clone(&config.rules),
            config,
        }
    }

    fn resumes_at(&self) -> Option<Instant> {
        let session = self.session.pause.until.filter(|at| *at > Instant::now());
        session.or(self.gatherer.resumes_at())
    }

    /// One round of requests, for the lists that are due or for the `nudged` ones. The departments come first, because
    /// the other lists are shown by their names.
    async fn gather(&mut self, nudged: Option<Lists>, deadline: Instant) {
        self.begin_round(nudged);
        if !self.session.pause.is_over(Instant::now()) {
            return;
        }
        let patience = deadline.saturating_duration_since(Instant::now());
        match self.session.establish(&self.config.client, patience).await {
            Ok(SessionStatus::Established) => self.begin_accounting(),
            Ok(SessionStatus::Later) => return,
            Err(failure) => return self.gatherer.fail_all(&failure),
        }
        let Some(accounting) = &self.accounting else { return };
        let capabilities = self.session.capabilities();
        let context =
            context_of(&self.config, capabilities, accounting, self.count, self.began, deadline);
        if nudged.is_none() {
            let directory = self.gatherer.departments.gather(&context).await;
            self.advance(directory);
        }
        let departments = match self.gatherer.departments.wanted(&self.config.plan.departments) {
            Ok(departments) => departments,
            Err(Some(failure)) => return self.gatherer.fail_all(&failure),
            Err(None) => return,
        };
        let Some(accounting) = &self.accounting else { return };
        let capabilities = self.session.capabilities();
        // A slow directory must not take the time of the lists behind the alerts that call people.
        let deadline = deadline.max(Instant::now() + patience / 2);
        let mut context =
            context_of(&self.config, capabilities, accounting, self.count, self.began, deadline);
        (context.departments, context.nudged) = (departments, nudged);
        let mut outcome = Box::pin(self.gatherer.gather(&context)).await;
        if self.session.review(context.client, &outcome).await {
            context.nudged = None;
            context.capabilities = self.session.capabilities();
            context.deadline = deadline.max(Instant::now() + patience / 2);
            outcome = outcome.outdated().join(Box::pin(self.gatherer.gather(&context)).await);
        }
        self.advance(outcome);
        self.counting_warnings.log_offset(&self.config.plan.workspace, &self.config.clock);
        if let Some(lists) = nudged {
            self.count_nudged(lists);
        } else if self.config.clock.spread() > FARTHEST_SPREAD {
            self.gatherer.rooms.doubt_clocks();
        }
    }

    /// Begins counting if no state was restored. Compares a restored `Accounting` with the server's clock once that is
    /// known.
    fn begin_accounting(&mut self) {
        let now = self.config.clock.now();
        if self.is_accounting_doubtful
            && self.config.clock.is_settled()
            && let Some(accounting) = &mut self.accounting
        {
            self.is_accounting_doubtful = false;
            let age = SignedDuration::try_from(self.started.elapsed()).unwrap_or_default();
            let began = now.checked_sub(age).unwrap_or(now);
            self.committer.reconcile(accounting, now, began);
        }
        let histogram_buckets = || HistogramBuckets::of(&self.config.rules.service_levels);
        // After the last event that a backfill up to `now` counts: a zero at the same time would replace its last value.
        let zero_at = later(self.config.clock.local().max(now), SignedDuration::from_millis(1));
        self.accounting.get_or_insert_with(|| {
            let mut accounting = Accounting::begin(now, histogram_buckets());
            accounting.totals.beginnings = Beginnings::at(zero_at);
            accounting
        });
    }

    fn advance(&mut self, mut outcome: PollOutcome) {
        if outcome.version_is_doubtful {
            self.session.doubt_version();
        }
        if outcome.token_is_doubtful {
            self.session.doubt_token();
        }
        let Some(accounting) = &mut self.accounting else { return };
        let now = self.config.clock.now();
        if self.is_accounting_doubtful && commit::is_ahead(accounting, now) {
            // Nothing is counted until the server's clock is known; what is read now is read again then.
            self.gatherer.rooms.forget_known();
            self.labels.name(&outcome.seen_names, now);
            return self.live_state.advance(outcome.updates, &mut self.labels, self.count, now);
        }
        let when = CountingTime { now, uptime: self.started.elapsed() };
        if outcome.api_answers && self.config.clock.is_settled() {
            // Until the server's clock is known, our own clock may be wrong, and the gap would be given up wrongly.
            accounting.chats.coverage.bound_gap(now);
            accounting.calls.coverage.bound_gap(now);
        }
        let chats = mem::take(&mut outcome.chats.pages);
        let rows = chats.iter().flat_map(ObservedChats::of_page);
        self.live_state.note_work(rows.map(Arc::as_ref));
        let observations = NewObservations { chats, calls: mem::take(&mut outcome.calls.pages) };
        self.labels.name(&outcome.seen_names, now);
        if let Some(hours) = outcome.hours.take() {
            self.hours = hours;
        }
        self.rules = self.hours.rules(&self.config.rules, &self.labels.departments);
        let events = accounting.advance(observations, &self.labels.departments, &self.rules);
        outcome
            .updates
            .iter_mut()
            .for_each(|update| update.amend(|chat| accounting.chats.amend(chat)));
        self.live_state.advance(outcome.updates, &mut self.labels, self.count, now);
        let tags = &self.config.plan.observation_rules.tags;
        accounting.record(&events, &mut self.labels, &self.rules, tags, when);
        outcome.chats.cover(&mut accounting.chats.coverage);
        outcome.calls.cover(&mut accounting.calls.coverage);
    }

    async fn commit(&mut self) {
        let Some(accounting) = &mut self.accounting else { return };
        let elapsed = self.started.elapsed();
        accounting.totals.first_zero.release(self.scrape_mark.latest(), elapsed);
        self.counting_warnings
            .log_full_memory(&self.config.plan.workspace, accounting.chats.is_memory_full());
        let now = self.config.clock.local();
        let departments = &self.labels.departments;
        self.committer.commit(accounting, departments, now, self.count).await;
    }
}

/// The context of a regular round. Without departments it asks for all.
fn context_of<'a>(
    config: &'a CycleConfig,
    capabilities: Capabilities,
    accounting: &'a Accounting,
    cycle: u64,
    began: Instant,
    deadline: Instant,
) -> PollContext<'a> {
    PollContext {
        client: &config.client,
        plan: &config.plan,
        capabilities,
        departments: Vec::new(),
        cycle,
        began,
        accounting,
        deadline,
        nudged: None,
    }
}
