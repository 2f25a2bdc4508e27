//! The composition root: builds the parts, wires them, starts and stops them.
//!
//! Called by `main` with settings that hold. Every address is bound before anything else begins, so that a
//! port in use ends the start; a Rocket.Chat that does not answer never does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Settings, Workspace};
use crate::cycle::Cycle;
use crate::cycle::snapshot::Snapshot;
use crate::exposition::families;
use crate::exposition::publisher::{PublishError, Publisher};
use crate::http::{self, BindError, Gate, GateError, Health, Heartbeat, Limits, RouterError, Site};
use crate::rocketchat::reach::ReachError;
use crate::store::{DirectoryError, StateDirectory, Store};
use crate::watch::{self, Servers};

/// Ages grow between cycles: the page is rendered at least this often.
const RENDER_EVERY: Duration = Duration::from_secs(15);
/// What a cycle may take beyond its requests before its loop counts as stuck.
const GRACE: Duration = Duration::from_secs(30);

/// Why the exporter did not start, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A setting names something that cannot be used.
    #[error("workspace {workspace}: {source}")]
    Workspace {
        /// The workspace's name.
        workspace: String,
        /// What is wrong with it.
        source: ReachError,
    },
    /// The telemetry path cannot be served.
    #[error(transparent)]
    Path(#[from] RouterError),
    /// The web config file cannot be served by.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] DirectoryError),
    /// The first page could not be rendered.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A part that should run until it is stopped has ended.
    #[error("a task ended unexpectedly; this is a defect, please report it with the log")]
    TaskEnded,
}

impl AppError {
    /// Whether the configuration is at fault (exit code 78) and not the machine (exit code 1).
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Workspace { .. } | Self::Path(_) | Self::Gate(_))
    }
}

/// Whether a client can be built for every workspace and the web config file be served by; the files of certificates
/// are read, nothing is sent.
pub fn check(settings: &Settings, clock: &Clock) -> Result<(), AppError> {
    gate(settings)?;
    all_watched(settings, clock, None).map(drop)
}

/// Runs until `stop` is cancelled; then stops asking at once and answers what is under way.
///
/// `serving` is told the addresses that are really listened on, once nothing can fail any more.
pub async fn run(
    settings: Settings,
    clock: Clock,
    serving: impl FnOnce(&[SocketAddr]),
    stop: CancellationToken,
) -> Result<(), AppError> {
    let addresses: Vec<String> =
        settings.web.listen_addresses.iter().map(ToString::to_string).collect();
    let gate = gate(&settings)?;
    let listeners = http::bind(&addresses).await?;
    let bound = bound(&listeners);
    let directory = state_directory(&settings)?;
    let watched = all_watched(&settings, &clock, directory.as_ref())?;
    let snapshots = watched.iter().map(|(cycle, _)| cycle.published()).collect();
    let publisher = publisher(snapshots)?;
    let health = Health::default();
    let site = Site {
        telemetry_path: settings.web.telemetry_path.clone(),
        published: publisher.published(),
        health: health.clone(),
        config: masked(&settings),
    };
    let router = http::router(site)?;
    let (changed, mut tasks) = (Arc::new(Notify::new()), JoinSet::new());
    tasks.spawn(publisher.run(Arc::clone(&changed), RENDER_EVERY, stop.clone()));
    for (cycle, workspace) in watched {
        let heartbeat = heartbeat(&health, workspace);
        let beat = move || heartbeat.cycle_ended();
        tasks.spawn(cycle.run(Arc::clone(&changed), beat, stop.clone()));
    }
    let scheme = gate.scheme();
    tasks.spawn(http::serve(listeners, router, gate, Limits::default(), stop.clone()));
    let path = &settings.web.telemetry_path;
    for address in &bound {
        tracing::info!(%address, path, scheme, "Serving metrics.");
    }
    if settings.state.directory.is_none() {
        tracing::info!(
            "No state is kept: totals begin at zero with each start. Name a directory in --state.directory to keep them."
        );
    }
    serving(&bound);
    supervise(tasks, stop).await
}

fn gate(settings: &Settings) -> Result<Gate, GateError> {
    Gate::new(settings.web.config_file.as_deref())
}

/// The addresses with the ports that the system chose.
fn bound(listeners: &[TcpListener]) -> Vec<SocketAddr> {
    let addresses = listeners.iter().map(TcpListener::local_addr);
    addresses.filter_map(Result::ok).collect()
}

/// The directory stays locked for as long as a cycle has a disk in it.
fn state_directory(settings: &Settings) -> Result<Option<StateDirectory>, AppError> {
    let path = settings.state.directory.as_ref();
    Ok(path.map(StateDirectory::open).transpose()?)
}

fn all_watched<'a>(
    settings: &'a Settings,
    clock: &Clock,
    directory: Option<&StateDirectory>,
) -> Result<Vec<(Cycle, &'a Workspace)>, AppError> {
    let mut servers = Servers::default();
    let watched = settings.workspaces.iter().map(|workspace| {
        let store = directory.map(|it| Store::new(Box::new(it.disk(&workspace.name))));
        let cycle = watch::cycle(workspace, clock.clone(), &mut servers, store);
        let name = || workspace.name.clone();
        let cycle = cycle.map_err(|source| AppError::Workspace { workspace: name(), source })?;
        Ok((cycle, workspace))
    });
    watched.collect()
}

fn publisher(snapshots: Vec<Arc<ArcSwap<Snapshot>>>) -> Result<Publisher, PublishError> {
    Publisher::new(Box::new(move |sheet| {
        families::fill(sheet, &snapshots, Instant::now());
    }))
}

fn masked(settings: &Settings) -> Box<dyn Fn() -> String + Send + Sync> {
    let text = settings.to_masked_yaml();
    Box::new(move || text.clone())
}

fn heartbeat(health: &Health, workspace: &Workspace) -> Heartbeat {
    let deadline = (workspace.poll.interval + workspace.poll.timeout) * 3 + GRACE;
    health.watch(format!("workspace {}", workspace.name), deadline)
}

/// Waits for the stop. A part that ends before it takes the process down: half an exporter lies.
async fn supervise(mut tasks: JoinSet<()>, stop: CancellationToken) -> Result<(), AppError> {
    let ended = tokio::select! {
        () = stop.cancelled() => None,
        ended = tasks.join_next() => ended,
    };
    let was_asked = stop.is_cancelled();
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    match ended {
        Some(_) if !was_asked => Err(AppError::TaskEnded),
        _ => Ok(()),
    }
}
