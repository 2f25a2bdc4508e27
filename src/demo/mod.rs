//! `demo`: a simulated workspace and the exporter, in one process.
//!
//! Only the workspace is simulated; the exporter is the real one. The demo opens no connection beyond loopback. It
//! shows every metric, including the performance of single agents, because these people do not exist.

mod greeting;
#[cfg(feature = "history")]
pub mod history;
pub mod in_process;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::app::{self, AppError};
use crate::cli::Demo;
use crate::clock::Clock;
use crate::config::{self, AgentDetail, Problems, Settings};
use crate::http::web_config::WebConfig;
use crate::simulator::{self, Permission, Simulator};

use self::greeting::{Access, Greeting};

/// Most chats that the simulated routing gives to one agent.
const CHAT_LIMIT: u32 = 4;

/// Reason why the demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server version is invalid.
    #[error("--server-version: not a version of the form 8.1.0")]
    Version,
    /// The simulated workspace could not listen on loopback.
    #[error("the simulated workspace cannot listen on loopback: {0}")]
    Simulator(#[from] io::Error),
    /// A flag is invalid.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// The exporter did not start.
    #[error(transparent)]
    App(#[from] AppError),
    /// The history would begin before the earliest representable time.
    #[error("--history: too long, choose a shorter time")]
    Length,
    /// No tokio runtime could be built.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// A page of the history could not be rendered; this is a defect.
    #[error("cannot render a page of the history: {0}")]
    Page(prometheus::Error),
    /// The history could not be written.
    #[error("--output: cannot write the history: {0}")]
    Output(io::Error),
}

/// Runs the demo until `stop` is cancelled. `print` receives the text with the addresses to open.
pub async fn run(
    demo: Demo,
    print: impl FnOnce(&str),
    stop: CancellationToken,
) -> Result<(), DemoError> {
    let clock = Clock::system();
    let start = clock.now();
    let workspace = simulator::SimulatorSettings {
        clock: simulator::ClockSettings::Living { start, speed: 1.0 },
        ..world(&demo, start)?
    };
    let simulator = Simulator::start(workspace.clone()).await?;
    let settings = settings(&demo, &simulator, &workspace)?;
    // A file that cannot be used is reported when the exporter starts.
    let web_config = settings.web.config_file.as_deref().map(WebConfig::read);
    let greeting = Greeting {
        exporter: (Ipv4Addr::LOCALHOST, 0).into(),
        metrics_path: settings.web.telemetry_path.as_str().to_owned(),
        access: Access::of(&web_config.and_then(Result::ok).unwrap_or_default()),
        simulator_url: simulator.url(),
        version: workspace.version,
        user_id: workspace.user_id.clone(),
        token: workspace.token.clone(),
    };
    let serving = move |bound: &[SocketAddr]| {
        if let Some(address) = bound.first() {
            print(&Greeting { exporter: reachable(*address), ..greeting }.text());
        }
    };
    Ok(app::run(settings, None, clock, serving, stop).await?)
}

fn world(demo: &Demo, start: Timestamp) -> Result<simulator::SimulatorSettings, DemoError> {
    Ok(simulator::SimulatorSettings {
        seed: demo.seed.unwrap_or_else(|| start.as_millisecond().unsigned_abs()),
        version: demo.server_version.parse().map_err(|_| DemoError::Version)?,
        // Without this refusal, servers before 6.4 would not show members: they show them only to users who may view
        // departments.
        refused: BTreeSet::from([Permission::ViewStatistics]),
        ..simulator::SimulatorSettings::default()
    })
}

fn settings(
    demo: &Demo,
    simulator: &Simulator,
    workspace: &simulator::SimulatorSettings,
) -> Result<Settings, Problems> {
    let environment = BTreeMap::from([
        ("ROCKETCHAT_URL".to_owned(), simulator.url()),
        ("ROCKETCHAT_USER_ID".to_owned(), workspace.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN".to_owned(), workspace.token.clone()),
    ]);
    let mut settings = config::load(&demo.flags, environment)?;
    for workspace in &mut settings.workspaces {
        "demo".clone_into(&mut workspace.name);
        workspace.poll.interval = demo.poll_interval();
        workspace.agents.detail = AgentDetail::Performance;
        workspace.agents.chat_limit = Some(CHAT_LIMIT);
        workspace.tags = simulator::world::TAGS.map(str::to_owned).into();
    }
    Ok(settings)
}

/// An address that can be opened on this machine: loopback in place of the unspecified address.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        (Ipv4Addr::LOCALHOST, address.port()).into()
    } else {
        address
    }
}
