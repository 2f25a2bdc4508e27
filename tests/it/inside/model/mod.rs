//! Each event is counted exactly once: random sequences of steps in a workspace, an exporter that is killed at any
//! moment, and a Prometheus that adds up its scrapes.
//!
//! Only the edges are replaced: the transport leads to a simulator in the same process, and the disk can lose power.
//! All code between them, from the client to the page, is the code that users run.

mod life;
mod prometheus;
mod step;
mod truth;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{SimulatorSettings, World};
use tokio::time::Instant;

use life::Exporter;
use prometheus::Prometheus;
use step::{Deed, Step, Wildness, happen, story};
use truth::Truth;

/// Longest time without a scrape, shorter than the two minutes for which new series stay 0.
const LONGEST_UNSCRAPED: Duration = Duration::from_secs(60);
const PAGE_LIMITS: [usize; 4] = [1, 3, 7, 100];

/// One exporter, one Prometheus, one workspace.
struct ModelledWorkspace {
    exporter: Exporter,
    prometheus: Prometheus,
    scraped_at: Instant,
}

impl ModelledWorkspace {
    /// A workspace with chats, polled and scraped once.
    async fn set(version: &str, page_limit: usize, seed: u64) -> Self {
        let settings = SimulatorSettings {
            seed,
            version: version.parse().unwrap(),
            departments: 2,
            agents: 3,
            calls: false,
            arrivals_per_hour: 0.0,
            warm_up: Duration::ZERO,
            page_limit,
            ..SimulatorSettings::default()
        };
        let mut modelled = Self {
            exporter: Exporter::new(&settings, seed),
            prometheus: Prometheus::default(),
            scraped_at: Instant::now(),
        };
        for deed in [
            Deed::Arrive { somewhere: true, channel: Channel::Widget },
            Deed::Arrive { somewhere: false, channel: Channel::Widget },
            Deed::Assign(0, 1),
            Deed::Wait(30),
            Deed::Arrive { somewhere: true, channel: Channel::Email },
            Deed::Reply(0),
            Deed::Reply(1),
            Deed::Wait(80),
        ] {
            modelled.live(&deed).await;
        }
        modelled.exporter.poll(&[], None).await;
        modelled.scrape();
        modelled.exporter.counts_from_here();
        modelled.exporter.simulator.world(World::record_history);
        modelled
    }

    fn happen(&self, deed: &Deed) {
        let counted = self.exporter.counted();
        self.exporter.simulator.world(|world| happen(world, deed, counted));
    }

    fn scrape(&mut self) {
        if let Some(page) = self.exporter.scraped() {
            self.prometheus.scrape(&page);
            self.scraped_at = Instant::now();
        }
    }

    /// Applies a deed; the exporter's time passes with the world's.
    async fn live(&mut self, deed: &Deed) {
        self.happen(deed);
        if let Deed::Wait(seconds) = deed {
            tokio::time::advance(Duration::from_secs((*seconds).into())).await;
        }
        if self.scraped_at.elapsed() > LONGEST_UNSCRAPED {
            self.scrape();
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Do(deed) => self.live(deed).await,
            Step::Poll { meanwhile, trouble } => self.exporter.poll(meanwhile, *trouble).await,
            Step::PollAndDie(steps) => {
                self.exporter.disk.cut_after((*steps).into());
                self.exporter.poll(&[], None).await;
                self.exporter.die();
            }
            Step::PollOnFullDisk => {
                self.exporter.disk.refuse(Some(std::io::ErrorKind::StorageFull));
                self.exporter.poll(&[], None).await;
                self.exporter.disk.refuse(None);
            }
            Step::Scrape => self.scrape(),
            Step::OurClock(seconds) => {
                self.exporter.put_our_clock(jiff::SignedDuration::from_secs((*seconds).into()));
            }
        }
    }

    /// Lets every row settle and late rows be read, and scrapes new series first at 0 and then at their value.
    async fn settle(&mut self) {
        for seconds in [70, 240, 70] {
            self.live(&Deed::Wait(seconds)).await;
            for _ in 0..2 {
                self.exporter.poll(&[], None).await;
                self.scrape();
            }
        }
    }
}

async fn run_steps(
    steps: &[Step],
    (version, page_limit, seed): (&str, usize, u64),
    wild: Wildness,
) -> Result<(), TestCaseError> {
    let mut modelled = Box::pin(ModelledWorkspace::set(version, page_limit, seed)).await;
    for step in steps {
        modelled.take(step).await;
    }
    modelled.settle().await;
    let differences = modelled.exporter.simulator.world(|world| {
        let facts = world.take_history();
        Truth::new(world, &facts, wild).differences(&modelled.prometheus)
    });
    prop_assert!(differences.is_empty(), "seed {seed}:\n{}", differences.join("\n"));
    prop_assert_eq!(modelled.prometheus.resets, 0, "seed {}: a counter went down", seed);
    Ok(())
}

pub fn stories(cases: u32, versions: &'static [&'static str], wild: Wildness) {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let setting =
        (prop::sample::select(versions), prop::sample::select(&PAGE_LIMITS), any::<u64>());
    TestRunner::new(config)
        .run(&(story(wild), setting), |(steps, setting)| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().start_paused(true).build().unwrap();
            runtime.block_on(Box::pin(run_steps(&steps, setting, wild)))
        })
        .unwrap();
}

pub const ANY: &[&str] = &["2.4.0", "4.8.0", "6.10.0", "6.13.0", "7.10.0", "8.1.0", "9.0.0"];

pub const STAY: Wildness = Wildness { moves: false, reopens: false, deletes: false, clocks: false };
pub const MOVE: Wildness = Wildness { moves: true, ..STAY };
pub const RETURN: Wildness = Wildness { moves: true, reopens: true, deletes: true, ..STAY };
pub const PUT: Wildness = Wildness { clocks: true, ..STAY };

#[test]
fn the_first_stories_of_each_kind_are_counted_exactly() {
    for wild in [STAY, MOVE, RETURN, PUT] {
        stories(50, ANY, wild);
    }
}
