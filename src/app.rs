//! The composition root: builds the parts, wires them, starts and stops them.
//!
//! Every address is bound before anything else starts, so that a port in use makes the start fail. A Rocket.Chat that
//! does not answer never makes the start fail.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::JoinMap;

use crate::clock::Clock;
use crate::config::Settings;
use crate::cycle::snapshot::Snapshot;
use crate::descriptors;
use crate::exposition::families;
use crate::exposition::page_builder::PageBuilder;
use crate::exposition::publisher::{self, Publisher};
use crate::file_permissions;
use crate::file_reader::{FileReader, ReadTimeout};
use crate::http::{self, AccessControl, AccessControlError, AppState, BindError, Health, Limits};
use crate::reload::{ConfigurationInEffect, ConfigurationSource, Reloader, WatchedWorkspaces};
use crate::shard::Shard;
use crate::status;
use crate::status::facts::StatusFacts;
use crate::status::page::{FactsSource, StatusPage};
use crate::store::{DirectoryError, LockMode, StateDirectory};
use crate::supervisor::{Dependencies, SnapshotsByName, Supervisor};
use crate::systemd;
use crate::targets::{TargetError, Targets};
use crate::telemetry;
use crate::webhook::receiver::WebhookReceiver;

/// Longest time between two renders: ages on the page grow between cycles.
const RENDER_EVERY: Duration = Duration::from_secs(15);
/// Longest wait for the end of all parts; a commit may wait for its disk.
const LONGEST_END: Duration = Duration::from_secs(15);

/// Reason why the exporter did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A setting names something that cannot be used.
    #[error(transparent)]
    Workspace(#[from] TargetError),
    /// The web config file cannot be used.
    #[error(transparent)]
    AccessControl(#[from] AccessControlError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] DirectoryError),
    /// The file system of the state directory does not answer.
    #[error("state directory {0}: {1}")]
    StateHangs(PathBuf, #[source] ReadTimeout),
    /// The system refuses a handler for SIGHUP.
    #[error("cannot listen to SIGHUP: {0}")]
    Signal(io::Error),
    /// A part that should run until the stop has ended earlier.
    #[error("a task ended unexpectedly; this is a defect, please report it with the log")]
    TaskEnded,
}

impl AppError {
    /// True if the configuration is wrong (exit code 78), false if the cause is the machine (exit code 1).
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Workspace(_) | Self::AccessControl(_))
    }
}

/// Checks that a transport can be built for every workspace and that the web config file is valid. Reads the
/// certificate files; sends nothing.
pub fn check(settings: &Settings) -> Result<(), AppError> {
    AccessControl::new(settings.web.config_file.as_deref())?;
    Targets::default().again(&settings.workspaces)?;
    Ok(())
}

/// Runs until `stop` is cancelled. Then no new poll starts, and requests in progress are answered.
///
/// `source` is the source for reloads of the configuration. `serving` receives the addresses that are really bound,
/// once nothing can fail any more.
pub async fn run(
    settings: Settings,
    source: Option<ConfigurationSource>,
    clock: Clock,
    serving: impl FnOnce(&[SocketAddr]),
    stop: CancellationToken,
) -> Result<(), AppError> {
    let access = AccessControl::new(settings.web.config_file.as_deref())?;
    let listeners = http::bind(&settings.web.listen_addresses).await?;
    // The ports are those that the system chose.
    let bound: Vec<_> = listeners.iter().filter_map(|it| it.local_addr().ok()).collect();
    let health = Health::default();
    let dependencies =
        Dependencies { clock: clock.clone(), health: health.clone(), stop: stop.clone() };
    let mut supervisor = Supervisor::new(dependencies, state_directory(&settings).await?);
    let targets = Targets::default().again(&settings.watched())?;
    // A workspace whose state is not read in time is watched once it is; the log says so.
    let _later = supervisor.watch(targets.clone()).await;
    let in_effect = ConfigurationInEffect::new(&settings, clock.now());
    let snapshots = supervisor.snapshots();
    let publisher = Publisher::new(Box::new(MetricsSource {
        latest: snapshots.subscribe(),
        in_effect: in_effect.clone(),
        shard: settings.shard,
        is_volatile: settings.state.is_volatile,
    }));
    let status_page =
        status_page(snapshots.subscribe(), in_effect.clone(), clock.clone(), &settings);
    let (lifecycle, requests) = http::lifecycle();
    let webhooks = WebhookReceiver::default();
    webhooks.replace(targets.recipients());
    let masked = Arc::clone(&in_effect.masked);
    let routes = http::router(AppState {
        telemetry_path: settings.web.telemetry_path.clone(),
        published: publisher.published(),
        external_address: settings.web.external_address.clone(),
        page: settings.web.page.then(|| Arc::new(status_page)),
        health: health.clone(),
        config: Box::new(move || masked.load().to_string()),
        lifecycle: settings.web.enable_lifecycle.then_some(lifecycle),
        webhooks: webhooks.clone(),
    });
    announce(&settings, access.scheme(), &bound);
    let limits = limits(&settings);
    let watched = WatchedWorkspaces { targets, supervisor: supervisor.handle(), webhooks };
    let reloader = Reloader::new(source, settings, watched, in_effect, clock);
    let reloader = reloader.map_err(AppError::Signal)?;
    let mut tasks = Tasks::new();
    tasks.spawn("publisher", publisher.run(snapshots.subscribe(), RENDER_EVERY, stop.clone()));
    tasks.spawn("supervisor", supervisor.run());
    tasks.spawn("reloader", reloader.run(requests, stop.clone()));
    let server = http::serve(listeners, routes, access, limits, stop.clone());
    tasks.spawn("server", server);
    tasks.spawn("watchdog", systemd::send_watchdog_signals(health, stop.clone()));
    systemd::ready().await;
    serving(&bound);
    supervise(tasks, stop).await
}

/// Replicas may share a directory: then each workspace in it is locked by one replica at a time.
async fn state_directory(settings: &Settings) -> Result<Option<StateDirectory>, AppError> {
    let lock_mode = LockMode::of(settings.shard);
    let Some(path) = settings.state.directory.clone() else { return Ok(None) };
    let opened = path.clone();
    let open = FileReader::default().read(move || StateDirectory::open(opened, lock_mode)).await;
    Ok(Some(open.map_err(|source| AppError::StateHangs(path, source))??))
}

/// The limits of the server: fewer connections if the system allows few open files. Workspaces that a reload adds later
/// are not considered.
fn limits(settings: &Settings) -> Limits {
    let (limits, files) = (Limits::default(), descriptors::raise());
    let workspaces = settings.watched().len();
    let connections = descriptors::connections(files, workspaces, limits.connections);
    if connections < limits.connections {
        tracing::warn!(
            connections,
            files,
            workspaces,
            "The limit of open files allows fewer connections than usual: raise the limit (ulimit -n, LimitNOFILE)."
        );
    }
    Limits { connections, ..limits }
}

fn announce(settings: &Settings, scheme: &str, bound: &[SocketAddr]) {
    let path = settings.web.telemetry_path.as_str();
    for address in bound {
        tracing::info!(%address, path, scheme, "Serving metrics.");
    }
    for exposed in file_permissions::lines(settings) {
        tracing::warn!("{exposed}");
    }
    if let Some(shard) = settings.shard {
        announce_shard(settings, shard);
    }
    if settings.state.directory.is_none() {
        tracing::info!(
            "No state directory is set: counters begin at zero at each start. Set --state.directory to keep their \
             values."
        );
    }
}

fn announce_shard(settings: &Settings, shard: Shard) {
    let (workspaces, all) = (settings.watched().len(), settings.workspaces.len());
    let (shard, shards) = (shard.index(), shard.count());
    if workspaces == 0 {
        tracing::info!(
            shard,
            shards,
            all,
            "This shard has no workspace: the exporter polls nothing."
        );
    } else {
        tracing::info!(shard, shards, workspaces, all, "Polling the workspaces of this shard.");
    }
}

/// The samples of the metrics page, from the published snapshots.
struct MetricsSource {
    latest: watch::Receiver<SnapshotsByName>,
    in_effect: ConfigurationInEffect,
    shard: Option<Shard>,
    is_volatile: bool,
}

impl MetricsSource {
    fn fill_one(&self, builder: &mut PageBuilder, snapshot: &Snapshot) {
        families::fill_workspace(builder, snapshot, Instant::now());
        let last = self.in_effect.last.load();
        let page = &mut builder.workspace(&snapshot.workspace);
        families::fill_reload(page, last.is_successful, last.succeeded_at);
        families::fill_volatile(page, self.is_volatile);
        families::fill_log(page, telemetry::dropped_lines());
        if let Some(shard) = self.shard {
            families::fill_shard(page, shard);
        }
    }
}

impl publisher::PageSource for MetricsSource {
    fn fill(&self, page: &mut PageBuilder) {
        let snapshots: Vec<_> = self.latest.borrow().values().cloned().collect();
        for snapshot in &snapshots {
            self.fill_one(page, snapshot);
        }
    }

    fn fill_workspace(&self, page: &mut PageBuilder, label: &str) -> bool {
        let has_label = |it: &&Arc<Snapshot>| families::label_of(it) == label;
        // Only the label of a very long name differs from the name.
        let found = {
            let snapshots = self.latest.borrow();
            let found = snapshots
                .get(label)
                .filter(has_label)
                .or_else(|| snapshots.values().find(has_label));
            found.map(Arc::clone)
        };
        if let Some(snapshot) = &found {
            self.fill_one(page, snapshot);
        }
        found.is_some()
    }

    fn workspaces(&self) -> Vec<String> {
        let snapshots = self.latest.borrow();
        snapshots.values().map(|snapshot| families::label_of(snapshot).into_owned()).collect()
    }

    fn workspace_count(&self) -> usize {
        self.latest.borrow().len()
    }
}

fn status_page(
    latest: watch::Receiver<SnapshotsByName>,
    in_effect: ConfigurationInEffect,
    clock: Clock,
    settings: &Settings,
) -> StatusPage {
    let source = StatusSource { latest, in_effect, clock };
    StatusPage::new(settings.web.telemetry_path.as_str(), Box::new(source))
}

/// The facts of the page for people, from the published snapshots.
struct StatusSource {
    latest: watch::Receiver<SnapshotsByName>,
    in_effect: ConfigurationInEffect,
    clock: Clock,
}

impl FactsSource for StatusSource {
    fn facts(&mut self) -> StatusFacts {
        let snapshots: Vec<_> = self.latest.borrow_and_update().values().cloned().collect();
        let reload = **self.in_effect.last.load();
        status::health::status(&snapshots, reload, Instant::now(), self.clock.now())
    }

    fn has_changed(&self) -> bool {
        self.latest.has_changed().unwrap_or(true)
    }
}

/// The running parts, by their names.
type Tasks = JoinMap<&'static str, ()>;

/// Waits for the stop. If a part ends before the stop, the process ends too: an exporter without one of its parts would
/// serve wrong numbers.
async fn supervise(mut tasks: Tasks, stop: CancellationToken) -> Result<(), AppError> {
    let ended = tokio::select! {
        () = stop.cancelled() => None,
        ended = tasks.join_next() => ended,
    };
    let was_asked = stop.is_cancelled();
    stop.cancel();
    let all = async {
        systemd::stopping().await;
        while tasks.join_next().await.is_some() {}
    };
    if tokio::time::timeout(LONGEST_END, all).await.is_err() {
        let parts = tasks.keys().copied().collect::<Vec<_>>().join(", ");
        tracing::error!(parts, "Some tasks did not stop in time. The process ends now.");
    }
    match ended {
        Some((part, _)) if !was_asked => {
            tracing::error!(part, "A task ended before the exporter received a signal to stop.");
            Err(AppError::TaskEnded)
        }
        _ => Ok(()),
    }
}
