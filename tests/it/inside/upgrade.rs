//! A state of an earlier release or with other settings is continued as far as it fits.
//!
//! The state in `fixtures/state` was written by the release of its format, after 20 minutes of two departments and
//! four agents, with `agents.detail` at `performance`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{AgentDetail, LabelContent};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use rocketchat_omnichannel_exporter::wiring;
use tokio::time::Instant;

use crate::inside::in_process::InProcess;
use crate::watching::{Numbers, Watched, numbers, series, workspace};

const FIRST_FORMAT: &[u8] = include_bytes!("../../fixtures/state/version-1.state");
const SECOND_FORMAT: &[u8] = include_bytes!("../../fixtures/state/version-2.state");
const FILE: &str = "acme-44ad98655d8858e1.state";

/// Starts on this directory, 20 minutes after the simulated workspace began, without any chat.
fn start(directory: &Path, label: LabelContent) -> Watched {
    let settings = SimulatorSettings {
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        calls: false,
        ..SimulatorSettings::default()
    };
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    simulator.world(|world| world.advance(Duration::from_secs(1_200)));
    let mut workspace = workspace(&simulator, &settings);
    workspace.poll.interval = Duration::from_nanos(1);
    workspace.agents.detail = AgentDetail::Performance;
    workspace.agents.label = label;
    let (clock, hands) = Clock::manual(simulator.world(|world| world.now()));
    let store = Store::new(Box::new(
        StateDirectory::open(directory, LockMode::Alone).unwrap().claim("acme").unwrap(),
    ));
    let wire = Arc::new(InProcess::new(Arc::clone(&simulator), workspace.poll.timeout));
    let mut rate_limiters = wiring::RateLimiters::default();
    let cycle = wiring::cycle_over(&workspace, clock, &mut rate_limiters, Some(store), wire);
    Watched { simulator, cycle, clock: hands }
}

fn shown(watched: &Watched) -> Numbers {
    numbers(&watched.page(Instant::now()))
}

fn started(numbers: &Numbers) -> f64 {
    let labels = [("department", "Sales"), ("source", "widget")];
    numbers[&series("chats_started_total", &labels)]
}

/// The agents that have counters.
fn counted_agents(watched: &Watched) -> Vec<String> {
    let page = watched.page(Instant::now());
    let lines = page.lines().filter_map(|line| {
        line.strip_prefix("rocketchat_omnichannel_agent_response_seconds_count{")
    });
    let agents = lines.filter_map(|line| line.split_once("agent=\"")?.1.split_once('"'));
    agents.map(|(agent, _)| agent.to_owned()).collect()
}

#[tokio::test]
async fn a_state_of_an_earlier_format_is_continued_and_written_in_the_present_one() {
    for (format, kept, sessions) in [(1, FIRST_FORMAT, 30.0), (2, SECOND_FORMAT, 45.0)] {
        is_continued(format, kept, sessions).await;
    }
}

async fn is_continued(format: u8, kept: &[u8], sessions: f64) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(FILE);
    std::fs::write(&file, kept).unwrap();
    let mut watched = start(directory.path(), LabelContent::Name);
    assert_eq!(started(&shown(&watched)), sessions, "format {format}, before the first poll");
    assert!(!counted_agents(&watched).is_empty(), "format {format}");
    let polled = watched.poll().await;
    assert_eq!(started(&polled), sessions, "format {format}");
    drop(watched);
    let written = std::fs::read(&file).unwrap();
    assert_eq!((&kept[16..18], &written[16..18]), (&[format, 0][..], &[3, 0][..]));
    assert_eq!(started(&shown(&start(directory.path(), LabelContent::Name))), sessions);
}

#[tokio::test]
async fn totals_of_agents_begin_anew_when_agents_are_called_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE), FIRST_FORMAT).unwrap();
    let mut watched = start(directory.path(), LabelContent::Name);
    watched.poll().await;
    assert!(!counted_agents(&watched).is_empty());
    drop(watched);
    let watched = start(directory.path(), LabelContent::Id);
    assert_eq!(counted_agents(&watched), Vec::<String>::new());
    assert_eq!(started(&shown(&watched)), 30.0, "everything else goes on");
}
