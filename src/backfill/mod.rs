//! `backfill`: past months from the API as OpenMetrics files, one for each day.
//!
//! First the rows of the span are read into files by day, within the request budget. Then they are replayed in the order
//! of time through the ledger, the verdicts and the totals of live counting. Both parts continue after an interruption,
//! and of the same rows the files have the same bytes. The module decides no number.

mod cursor;
mod end;
mod error;
mod estimate;
mod fetch;
mod followed;
mod output;
mod past_calls;
mod progress;
mod replay;
mod requests;
mod retention;
mod saved_rows;
mod span;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::xxh3_64;

use crate::catalog;
use crate::cli::backfill::{Backfill, End};
use crate::clock::Clock;
use crate::config::{Settings, Workspace};
use crate::cycle::resolution;
use crate::cycle::session::{Session, SessionStatus};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::labels::names::called;
use crate::omnichannel::server_hours::ServerHours;
use crate::operator::client::{OperatorClient, QueryError};
use crate::operator::inspect::{self, InspectError};
use crate::rocketchat::business_hours;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::departments::{self, DepartmentRow};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::instant::later;
use crate::rocketchat::priorities::{self, PriorityRow};
use crate::rocketchat::transport::Transport;
use crate::wiring::{self, RateLimiters};

use cursor::{Cursor, NamesById, Stage};
use end::RunningExporter;
pub use error::BackfillError;
pub use estimate::Estimate;
use fetch::Fetch;
use output::Output;
use progress::{Numbers, Progress, WorkPart};
use replay::Replay;
use requests::Requests;
use span::BackfillSpan;
pub use summary::BackfillSummary;

/// Largest difference between the clocks of a server that is no error.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Writes the history of the chosen workspace, and returns the text to print at the end. `stop` ends the run; the next
/// run continues.
pub async fn run(
    settings: &Settings,
    clock: &Clock,
    wanted: &Backfill,
    stop: CancellationToken,
) -> Result<String, BackfillError> {
    check_labels(&wanted.labels)?;
    let workspace = inspect::choose(&settings.workspaces, wanted.workspace.as_deref())?;
    let transport = wiring::transport(workspace)
        .map_err(|source| InspectError::HttpSettings(workspace.name.clone(), source))?;
    let state_directory = settings.state.directory.as_deref();
    let running = RunningExporter { workspace, clock, state_directory };
    let (end, warning) = end::of(running, wanted)?;
    let run = Run { workspace, clock, wanted, end, transport };
    if wanted.dry_run {
        let estimate = run.estimate(&stop).await?;
        let warning = warning.map(|warning| format!("\nWarning: {warning}"));
        return Ok(format!("{estimate}{}", warning.unwrap_or_default()));
    }
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
    Ok(run.write(&stop).await?.to_string())
}

/// Fails if a label is wanted twice, or is a label of the exporter's series.
fn check_labels(wanted: &[(String, String)]) -> Result<(), BackfillError> {
    let own = catalog::ALL.iter().flat_map(|family| family.labels);
    let mut taken: BTreeSet<&str> = own.copied().chain(["quantile"]).collect();
    match wanted.iter().find(|(name, _)| !taken.insert(name)) {
        Some((name, _)) => Err(BackfillError::Label(name.clone())),
        None => Ok(()),
    }
}

async fn stop_at<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, BackfillError>>,
) -> Result<T, BackfillError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(BackfillError::Stopped),
        outcome = work => outcome,
    }
}

/// A run over one workspace, up to `end`.
pub struct Run<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The clock of this machine.
    pub clock: &'a Clock,
    /// The settings of the command line.
    pub wanted: &'a Backfill,
    /// The end of the span.
    pub end: End,
    /// The transport to the server.
    pub transport: Arc<dyn Transport>,
}

impl Run<'_> {
    /// The size of the backfill. One row of each list is read and no file is written.
    pub async fn estimate(&self, stop: &CancellationToken) -> Result<Estimate, BackfillError> {
        let estimate = async {
            let mut requests = self.requests();
            let cursor = self.begin(&mut requests, |_| 0).await?;
            let span = self.span(cursor.to)?;
            let departments = departments(&cursor, &requests.client.plan.departments)?;
            Estimate::of(&mut requests, &cursor, &span, &departments).await
        };
        stop_at(stop, Box::pin(estimate)).await
    }

    /// Writes the history.
    pub async fn write(&self, stop: &CancellationToken) -> Result<BackfillSummary, BackfillError> {
        stop_at(stop, Box::pin(self.work())).await
    }

    async fn work(&self) -> Result<BackfillSummary, BackfillError> {
        let mut requests = self.requests();
        let hours = if requests.client.plan.server_hours {
            read_hours(&mut requests).await?
        } else {
            ServerHours::default()
        };
        let settings = |to| self.settings_hash(&hours, to);
        let (output, mut cursor) = self.open(&mut requests, settings).await?;
        let span = self.span(cursor.to)?;
        let now = requests.client.workspace_client.clock.now();
        if let Some(warning) = retention::warning(span.from, now) {
            tracing::warn!("{warning}");
        }
        if cursor.stage != Stage::Done {
            let departments = departments(&cursor, &requests.client.plan.departments)?;
            let progress = Progress::begin(&span);
            let (requests, cursor) = (&mut requests, &mut cursor);
            Fetch { span, output: &output, requests, departments, cursor, progress }.run().await?;
        }
        self.replay(&output, &cursor, span, hours).await
    }

    /// The output directory, with the cursor of an earlier run or a new one. A refused run creates no directory.
    async fn open(
        &self,
        requests: &mut Requests,
        settings: impl Fn(Timestamp) -> u64,
    ) -> Result<(Output, Cursor), BackfillError> {
        let directory = &self.wanted.output;
        let is_new = !Output::holds_cursor(directory);
        let begun = if is_new { Some(self.begin(requests, &settings).await?) } else { None };
        let output = Output::open(directory)?;
        let cursor = match Cursor::load(&output, &settings)?.or(begun) {
            Some(cursor) => cursor,
            None => self.begin(requests, &settings).await?,
        };
        Ok((output, cursor))
    }

    /// The requests within the wanted rate.
    fn requests(&self) -> Requests {
        let (mut workspace, per_minute) = (self.workspace.clone(), self.wanted.requests_per_minute);
        let poll = &mut workspace.poll;
        poll.max_requests_per_minute = per_minute.unwrap_or(poll.max_requests_per_minute);
        let (clock, transport) = (self.clock.clone(), Arc::clone(&self.transport));
        let limiters = &mut RateLimiters::default();
        let workspace_client = wiring::client_over(&workspace, clock, limiters, transport);
        Requests::new(OperatorClient::of(workspace_client, &workspace), per_minute)
    }

    fn span(&self, to: Timestamp) -> Result<BackfillSpan, BackfillError> {
        let from = self.wanted.from;
        if from >= to {
            return Err(BackfillError::EmptySpan(from, to));
        }
        let step = self.wanted.step;
        let step = SignedDuration::try_from(step).unwrap_or(SignedDuration::from_mins(1));
        Ok(BackfillSpan { from, to, step })
    }

    /// A hash of everything that decides the bytes of the files, besides the rows.
    fn settings_hash(&self, hours: &ServerHours, to: Timestamp) -> u64 {
        let Self { workspace, wanted, .. } = self;
        let identity = wiring::state_identity(workspace);
        let plan = wiring::plan(workspace);
        let (rules, observation_rules) = (wiring::rules(workspace), &plan.observation_rules);
        let (from, step, labels) = (wanted.from, wanted.step, &wanted.labels);
        let to = if let Some(End::At(wanted)) = wanted.to { wanted } else { to };
        let name = &workspace.name;
        let settings = format!(
            "{identity:?} {name:?} {rules:?} {observation_rules:?} {hours:?} {from} {to} {step:?} {labels:?}"
        );
        xxh3_64(settings.as_bytes())
    }

    /// The cursor of a new backfill: the session with the server is established and the departments are read. Fails if
    /// the span, or a department of the filter, does not exist.
    async fn begin(
        &self,
        requests: &mut Requests,
        settings: impl Fn(Timestamp) -> u64,
    ) -> Result<Cursor, BackfillError> {
        let capabilities = establish(requests).await?;
        let now = requests.client.workspace_client.clock.now();
        let to = match self.end {
            End::At(to) if to > later(now, CLOCK_TOLERANCE) => {
                return Err(BackfillError::FutureEnd(to, now));
            }
            End::At(to) => to,
            End::Now => now,
        };
        let to = Timestamp::from_millisecond(to.as_millisecond()).unwrap_or(to);
        let span = self.span(to)?;
        let listed = read_departments(requests, capabilities.archived_departments()).await;
        let listed = match listed {
            // Without this permission, the names come from the rows.
            Err(QueryError::Failed(failure)) if failure.reason == Reason::Forbidden => Vec::new(),
            listed => listed?,
        };
        let priorities = read_priorities(requests).await?;
        let cursor = Cursor::begin(settings(to), span, capabilities, listed, priorities);
        departments(&cursor, &requests.client.plan.departments)?;
        Ok(cursor)
    }

    async fn replay(
        &self,
        output: &Output,
        cursor: &Cursor,
        span: BackfillSpan,
        hours: ServerHours,
    ) -> Result<BackfillSummary, BackfillError> {
        let settings = replay::ReplaySettings {
            span,
            workspace: Arc::from(self.workspace.name.as_str()),
            labels: self.wanted.labels.clone(),
            rules: Arc::new(wiring::rules(self.workspace)),
            hours,
            observation_rules: wiring::plan(self.workspace).observation_rules,
            answers_from: AnswersFrom::by(cursor.capabilities()),
            has_calls: cursor.has_calls,
        };
        let mut replay = Replay::begin(settings, cursor);
        let mut progress = Progress::begin(&span);
        let days = span.days().count() as f64;
        for day in span.days() {
            replay.day(day, output).await?;
            let share = Some(replay.summary.days as f64 / days);
            progress.show(WorkPart::Files, Numbers { share, ..Numbers::default() });
        }
        let undecodable = cursor.undecodable + replay.summary.undecodable;
        Ok(BackfillSummary { undecodable, ..replay.summary })
    }
}

async fn establish(requests: &Requests) -> Result<Capabilities, BackfillError> {
    let OperatorClient { workspace_client, patience, plan } = &requests.client;
    let mut session = Session::new(Arc::clone(&plan.workspace), plan.interval);
    match session.establish(&workspace_client.client, *patience).await? {
        SessionStatus::Established => Ok(session.capabilities()),
        SessionStatus::Later => Err(QueryError::Budget(Endpoint::Me).into()),
    }
}

/// The server's business hours; the default hours alone where the server does not show the others, and none where it
/// shows none. A passing error must not change the verdicts of a whole history.
async fn read_hours(requests: &mut Requests) -> Result<ServerHours, BackfillError> {
    let read = async |endpoint, query| requests.leaf_through(endpoint, query).await;
    let rows = business_hours::all_or_default(read, is_unshown).await;
    Ok(ServerHours::of(&unless_unshown(rows)?.unwrap_or_default()))
}

/// The departments with their names, in the order of their ids.
async fn read_departments(
    requests: &mut Requests,
    with_archived: bool,
) -> Result<NamesById, QueryError> {
    let query = |page| departments::query(page, with_archived);
    let rows: Vec<DepartmentRow> = requests.leaf_through(Endpoint::Departments, query).await?;
    let names: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row.name)).collect();
    Ok(names.into_iter().map(|(id, name)| (Arc::from(id), name.map(Arc::from))).collect())
}

/// The names of the priorities; none if the server does not show them, as a community build.
async fn read_priorities(requests: &mut Requests) -> Result<NamesById, BackfillError> {
    let rows = requests.leaf_through(Endpoint::Priorities, priorities::query).await;
    let rows: Vec<PriorityRow> = unless_unshown(rows)?.unwrap_or_default();
    Ok(rows.iter().map(|row| (Arc::from(&*row.id), row.name().map(Arc::from))).collect())
}

/// The rows of a list; `None` if the server does not show the list to this user.
fn unless_unshown<R>(rows: Result<Vec<R>, QueryError>) -> Result<Option<Vec<R>>, QueryError> {
    match rows {
        Err(error) if is_unshown(&error) => Ok(None),
        rows => rows.map(Some),
    }
}

fn is_unshown(error: &QueryError) -> bool {
    matches!(error, QueryError::Failed(failure) if failure.reason.may_mean_unshown())
}

/// Ids of the departments in the configured filter.
fn departments(cursor: &Cursor, named: &[String]) -> Result<Vec<String>, Failure> {
    let known = || cursor.departments.iter().map(|(id, name)| (&**id, name.as_deref()));
    resolution::resolve(named, |word| called(known(), word))
        .map_err(|unknown| resolution::not_listed(&unknown, cursor.departments.len()))
}
