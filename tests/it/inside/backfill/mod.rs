//! `backfill` writes the history that live counting would have counted.

mod calls;
mod content;
mod dry_run;
mod equality;
mod four_minutes;
mod gauges;
mod hours;
mod interruption;
mod rare_events;
mod rate;
mod rows;
mod seam;
mod server_hours;
mod steps;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::backfill::{self, BackfillError, BackfillSummary, Estimate};
use rocketchat_omnichannel_exporter::cli::backfill::{Backfill, End};
use rocketchat_omnichannel_exporter::cli::{self, Command};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{AgentDetail, Workspace};
use rocketchat_omnichannel_exporter::rocketchat::transport::Transport;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio_util::sync::CancellationToken;

use super::in_process::InProcess;
use crate::watching;

/// A workspace without chats at its beginning, which keeps every chat.
pub fn settings(seed: u64) -> SimulatorSettings {
    SimulatorSettings {
        seed,
        departments: 3,
        agents: 12,
        calls: false,
        arrivals_per_hour: 60.0,
        reopened_percent: 0,
        warm_up: Duration::ZERO,
        retention: Duration::from_secs(100 * 86_400),
        ..SimulatorSettings::default()
    }
}

/// Like [`settings`], on a server that has calls.
pub fn settings_with_calls(seed: u64) -> SimulatorSettings {
    SimulatorSettings { calls: true, version: "7.10.0".parse().unwrap(), ..settings(seed) }
}

/// A simulated workspace after some hours, and the start and the end of these hours.
pub fn lived(settings: &SimulatorSettings, hours: u64) -> (Arc<Simulator>, Timestamp, Timestamp) {
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(Duration::from_secs(hours * 3600)));
    let end = simulator.world(|world| world.now());
    (simulator, from, end)
}

pub fn adjust(workspace: &mut Workspace) {
    workspace.agents.detail = AgentDetail::Performance;
    workspace.tags = vec!["order".to_owned(), "refund".to_owned()];
}

/// A backfill as a user would write it; `more` are further arguments.
pub fn wanted(from: Timestamp, output: &Path, more: &str) -> Backfill {
    let output = output.display();
    let command = format!("exporter backfill --from {from} --output {output} {more}");
    match cli::parse(command.split_whitespace()).unwrap().command {
        Command::Backfill(backfill) => *backfill,
        other => panic!("{other:?}"),
    }
}

/// The parts of a backfill of a simulated workspace.
pub struct Run {
    pub simulator: Arc<Simulator>,
    pub workspace: Workspace,
}

impl Run {
    pub fn of(simulator: &Arc<Simulator>, settings: &SimulatorSettings) -> Self {
        let mut workspace = watching::workspace(simulator, settings);
        adjust(&mut workspace);
        Self { simulator: Arc::clone(simulator), workspace }
    }

    pub async fn write(&self, wanted: &Backfill, end: Timestamp) -> BackfillSummary {
        self.over(wanted, end, self.transport(), CancellationToken::new()).await.unwrap()
    }

    /// The estimate of a dry run of this backfill.
    pub async fn estimate(&self, wanted: &Backfill, end: Timestamp) -> Estimate {
        let (clock, _hands) = Clock::manual(self.simulator.world(|world| world.now()));
        let (workspace, clock, end) = (&self.workspace, &clock, End::At(end));
        let dry = backfill::Run { workspace, clock, wanted, end, transport: self.transport() };
        dry.estimate(&CancellationToken::new()).await.unwrap()
    }

    fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(InProcess::new(Arc::clone(&self.simulator), self.workspace.poll.timeout))
    }

    pub async fn over(
        &self,
        wanted: &Backfill,
        end: Timestamp,
        transport: Arc<dyn Transport>,
        stop: CancellationToken,
    ) -> Result<BackfillSummary, BackfillError> {
        let (clock, _hands) = Clock::manual(self.simulator.world(|world| world.now()));
        let (workspace, clock, end) = (&self.workspace, &clock, End::At(end));
        backfill::Run { workspace, clock, wanted, end, transport }.write(&stop).await
    }
}

/// The files of a backfill with their content, in the order of their days.
pub fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|it| it == "om"));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}
