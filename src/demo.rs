//! `demo`: a simulated workspace and the exporter that watches it, in one process.
//!
//! Called by `main`; everything but the workspace is the real thing. It opens no connection beyond loopback.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio_util::sync::CancellationToken;

use crate::app::{self, AppError};
use crate::cli::Demo;
use crate::clock::Clock;
use crate::config::{self, AgentDetail, Problems, Settings};
use crate::simulator::{self, ServerVersion, Simulator};

/// Why the demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The version is not one.
    #[error("--server-version: not a version of the form 8.1.0")]
    Version,
    /// The simulated workspace could not listen on loopback.
    #[error("the simulated workspace cannot listen on loopback: {0}")]
    Simulator(#[from] io::Error),
    /// A flag is not right.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The exporter did not start.
    #[error(transparent)]
    App(#[from] AppError),
}

/// Runs the demo until `stop` is cancelled; `tell` prints where to look.
pub async fn run(
    demo: Demo,
    tell: impl FnOnce(&str),
    stop: CancellationToken,
) -> Result<(), DemoError> {
    let version: ServerVersion = demo.server_version.parse().map_err(|_| DemoError::Version)?;
    let clock = Clock::system();
    let start = clock.now();
    let workspace = simulator::Settings {
        seed: demo.seed.unwrap_or_else(|| start.as_millisecond().unsigned_abs()),
        version,
        clock: simulator::Clock::Living { start, speed: 1.0 },
        ..simulator::Settings::default()
    };
    let simulator = Simulator::start(workspace.clone()).await?;
    let settings = settings(&demo, &simulator, &workspace)?;
    let (path, url) = (settings.web.telemetry_path.clone(), simulator.url());
    let serving = move |bound: &[SocketAddr]| {
        if let Some(address) = bound.first() {
            tell(&greeting(reachable(*address), &path, &url, version));
        }
    };
    Ok(app::run(settings, None, clock, serving, stop).await?)
}

fn settings(
    demo: &Demo,
    simulator: &Simulator,
    workspace: &simulator::Settings,
) -> Result<Settings, Problems> {
    let environment = BTreeMap::from([
        ("ROCKETCHAT_URL".to_owned(), simulator.url()),
        ("ROCKETCHAT_USER_ID".to_owned(), workspace.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN".to_owned(), workspace.token.clone()),
    ]);
    let mut settings = config::load(&demo.flags, environment)?;
    for workspace in &mut settings.workspaces {
        "demo".clone_into(&mut workspace.name);
        workspace.poll.interval = demo.poll_interval;
        workspace.agents.detail = AgentDetail::Presence;
    }
    Ok(settings)
}

fn greeting(address: SocketAddr, path: &str, url: &str, version: ServerVersion) -> String {
    format!(
        "A simulated Rocket.Chat {version} call centre lives at {url}.\n\
         Its metrics: http://{address}{path}\n\
         Who waits:   curl -s http://{address}{path} | grep queue_oldest_wait\n\
         Stop with Ctrl-C."
    )
}

/// An address to open on this machine: all of them are listened on where none is named.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        (Ipv4Addr::LOCALHOST, address.port()).into()
    } else {
        address
    }
}
