//! `demo --history`: the OpenMetrics text that a Prometheus would have scraped from the exporter during simulated
//! days.
//!
//! The cycle, the counting and the page are those of the exporter. Only the transport, the clocks and the scrapes are
//! simulated, so that a week takes about a minute. No connection is opened.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::in_process::InProcess;
use super::{DemoError, settings};
use crate::cli::Demo;
use crate::clock::{Clock, ManualClock};
use crate::config::Workspace;
use crate::cycle::Cycle;
use crate::exposition::families;
use crate::exposition::openmetrics::Recording;
use crate::exposition::page_builder::PageBuilder;
use crate::simulator::{self, Simulator};
use crate::wiring::{self, RateLimiters};

/// Time for which closed chats are kept; longer than the period of the audit.
const RETENTION: Duration = Duration::from_secs(3 * 3600);
/// Latency of an answer, milliseconds.
const LATENCY: std::ops::Range<u64> = 15..90;
/// Longest poll interval. A list is polled at every scrape or more often.
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// Changes of a simulated past. The default changes nothing and records everything.
pub trait Script {
    /// Changes the settings of the simulated workspace before it begins.
    fn adjust_world(&self, _: &mut simulator::SimulatorSettings) {}

    /// Changes the settings of the exporter before it begins.
    fn adjust_workspace(&self, _: &mut Workspace) {}

    /// Lets the workspace run until the next scrape.
    fn live(&mut self, simulator: &Simulator, step: Duration) {
        simulator.world(|world| world.live(step));
    }

    /// True if this series is recorded; it is written as on the page.
    fn records(&self, _series: &str) -> bool {
        true
    }
}

impl Script for () {}

/// Simulates the time before `end` and writes it as OpenMetrics, to standard output if no file is given. Blocks, about
/// a minute for a week of history.
pub fn record(demo: &Demo, length: Duration, end: Timestamp) -> Result<(), DemoError> {
    record_script(demo, length, end, &mut ())
}

/// The same with changes.
pub fn record_script(
    demo: &Demo,
    length: Duration,
    end: Timestamp,
    script: &mut dyn Script,
) -> Result<(), DemoError> {
    let mut out: Box<dyn Write> = match &demo.output {
        Some(path) => Box::new(File::create(path).map_err(DemoError::Output)?),
        None => Box::new(io::stdout().lock()),
    };
    let recording = simulate(demo, length, end, script)?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut out);
    recording.write(&mut out).map_err(DemoError::Output)
}

fn simulate(
    demo: &Demo,
    length: Duration,
    end: Timestamp,
    script: &mut dyn Script,
) -> Result<Recording, DemoError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(DemoError::Runtime)?;
    runtime.block_on(async {
        let mut past = Past::begin(demo, length, end, script)?;
        past.live(length, demo.poll_interval(), script).await
    })
}

/// A simulated workspace and the cycle that polls it.
struct Past {
    simulator: Arc<Simulator>,
    cycle: Cycle,
    hands: ManualClock,
    began: Timestamp,
}

impl Past {
    fn begin(
        demo: &Demo,
        length: Duration,
        end: Timestamp,
        script: &dyn Script,
    ) -> Result<Self, DemoError> {
        let began = whole_second(end).checked_sub(length).map_err(|_| DemoError::Length)?;
        let mut world = simulator::SimulatorSettings {
            clock: simulator::ClockSettings::Manual(began),
            retention: RETENTION,
            ..super::world(demo, began)?
        };
        script.adjust_world(&mut world);
        let simulator = Arc::new(Simulator::detached(world.clone()));
        let mut settings = settings(demo, &simulator, &world)?;
        let mut workspace = settings.workspaces.pop().ok_or(DemoError::Length)?;
        workspace.poll.interval = demo.poll_interval().min(LONGEST_INTERVAL);
        script.adjust_workspace(&mut workspace);
        let (clock, hands) = Clock::manual(began);
        let cycle = cycle(&workspace, clock, &simulator);
        Ok(Self { simulator, cycle, hands, began })
    }

    async fn live(
        &mut self,
        length: Duration,
        step: Duration,
        script: &mut dyn Script,
    ) -> Result<Recording, DemoError> {
        let (mut recording, started) = (Recording::default(), Instant::now());
        let mut lived = Duration::ZERO;
        while lived < length {
            lived += step;
            script.live(&self.simulator, step);
            tokio::time::sleep_until(started + lived).await;
            let now = self.began + lived;
            self.hands.set(now);
            self.cycle.once(step / 2).await;
            recording.add(now, &self.scrape()?, |series| script.records(series));
        }
        Ok(recording)
    }

    /// The page as Prometheus would have scraped it.
    fn scrape(&self) -> Result<String, DemoError> {
        let mut builder = PageBuilder::new();
        let snapshots = [self.cycle.snapshot()];
        families::fill(&mut builder, &snapshots, Instant::now());
        for snapshot in &snapshots {
            let page = &mut builder.workspace(&snapshot.workspace);
            families::fill_volatile(page, false);
            families::fill_reload(page, true, self.began);
        }
        let mut page = String::new();
        builder.finish().encode(&mut page).map_err(DemoError::Page)?;
        for snapshot in snapshots {
            snapshot.scrape_mark.set();
        }
        Ok(page)
    }
}

fn cycle(workspace: &Workspace, clock: Clock, simulator: &Arc<Simulator>) -> Cycle {
    let wire = InProcess::new(Arc::clone(simulator), workspace.poll.timeout).with_latency(LATENCY);
    wiring::cycle_over(workspace, clock, &mut RateLimiters::default(), None, Arc::new(wire))
}

/// Prometheus aligns scrapes to whole seconds here.
fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
