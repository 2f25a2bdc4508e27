//! A cycle driven step by step against a simulator, and its page as numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::{Clock, ManualClock};
use rocketchat_omnichannel_exporter::config::{self, Flags, Workspace};
use rocketchat_omnichannel_exporter::cycle::Cycle;
use rocketchat_omnichannel_exporter::cycle::snapshot::Snapshot;
use rocketchat_omnichannel_exporter::exposition::{families, page_builder::PageBuilder};
use rocketchat_omnichannel_exporter::rocketchat::transport::Transport;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::Store;
use rocketchat_omnichannel_exporter::wiring;
use tokio::time::Instant;

use crate::inside::in_process::InProcess;
use crate::page_reader;

/// Values by series; [`series`] makes the keys.
pub type Numbers = BTreeMap<String, f64>;

/// Settings for polling this simulator, as a user would configure them.
pub fn workspace(simulator: &Simulator, settings: &SimulatorSettings) -> Workspace {
    let environment = BTreeMap::from([
        ("ROCKETCHAT_URL".to_owned(), simulator.url()),
        ("ROCKETCHAT_USER_ID".to_owned(), settings.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN".to_owned(), settings.token.clone()),
    ]);
    let mut workspace = config::load(&Flags::default(), environment).unwrap().workspaces.remove(0);
    "acme".clone_into(&mut workspace.name);
    workspace
}

/// Settings of a workspace in which nothing happens by itself.
pub fn quiet() -> SimulatorSettings {
    SimulatorSettings {
        departments: 1,
        agents: 2,
        calls: false,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        ..SimulatorSettings::default()
    }
}

/// A simulated workspace of this version, with chats and calls from its beginning on.
pub fn small(version: &str) -> SimulatorSettings {
    SimulatorSettings {
        version: version.parse().unwrap(),
        warm_up: Duration::ZERO,
        agents: 4,
        departments: 2,
        ..SimulatorSettings::default()
    }
}

/// A simulator and a cycle in which every list is due at every cycle.
pub struct Watched {
    pub simulator: Arc<Simulator>,
    pub cycle: Cycle,
    pub clock: ManualClock,
}

impl Watched {
    pub async fn start(settings: SimulatorSettings, adjust: impl FnOnce(&mut Workspace)) -> Self {
        let simulator = Arc::new(Simulator::start(settings.clone()).await.unwrap());
        Self::watch(simulator, &settings, adjust, |workspace, clock, rate_limiters, _| {
            wiring::cycle_over(
                workspace,
                clock,
                rate_limiters,
                None,
                wiring::transport(workspace).unwrap(),
            )
        })
    }

    /// Like [`Watched::start`], without a socket.
    pub fn in_process(settings: &SimulatorSettings, adjust: impl FnOnce(&mut Workspace)) -> Self {
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        Self::beside(simulator, settings, adjust, None)
    }

    /// Like [`Watched::in_process`], with an existing simulator and with an optional store.
    pub fn beside(
        simulator: Arc<Simulator>,
        settings: &SimulatorSettings,
        adjust: impl FnOnce(&mut Workspace),
        store: Option<Store>,
    ) -> Self {
        Self::watch(simulator, settings, adjust, |workspace, clock, rate_limiters, simulator| {
            let transport = InProcess::new(Arc::clone(simulator), workspace.poll.timeout);
            wiring::cycle_over(workspace, clock, rate_limiters, store, Arc::new(transport))
        })
    }

    /// Like [`Watched::in_process`], with a transport that may change answers.
    pub fn over<T: Transport + 'static>(
        settings: &SimulatorSettings,
        adjust: impl FnOnce(&mut Workspace),
        wire: impl FnOnce(InProcess) -> T,
    ) -> Self {
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        Self::beside_over(simulator, settings, adjust, None, wire)
    }

    /// Like [`Watched::over`], with an existing simulator and with an optional store.
    pub fn beside_over<T: Transport + 'static>(
        simulator: Arc<Simulator>,
        settings: &SimulatorSettings,
        adjust: impl FnOnce(&mut Workspace),
        store: Option<Store>,
        wire: impl FnOnce(InProcess) -> T,
    ) -> Self {
        Self::watch(simulator, settings, adjust, |workspace, clock, rate_limiters, simulator| {
            let wire = wire(InProcess::new(Arc::clone(simulator), workspace.poll.timeout));
            wiring::cycle_over(workspace, clock, rate_limiters, store, Arc::new(wire))
        })
    }

    fn watch(
        simulator: Arc<Simulator>,
        settings: &SimulatorSettings,
        adjust: impl FnOnce(&mut Workspace),
        cycle: impl FnOnce(&Workspace, Clock, &mut wiring::RateLimiters, &Arc<Simulator>) -> Cycle,
    ) -> Self {
        let mut workspace = workspace(&simulator, settings);
        // Shorter than any cycle, even a cycle without a socket.
        workspace.poll.interval = Duration::from_nanos(1);
        workspace.poll.max_pages = 10_000;
        workspace.poll.max_requests_per_minute = 100_000_000;
        adjust(&mut workspace);
        let (clock, hands) = Clock::manual(simulator.world(|world| world.now()));
        let cycle = cycle(&workspace, clock, &mut wiring::RateLimiters::default(), &simulator);
        Self { simulator, cycle, clock: hands }
    }

    /// Polls all lists once, with the exporter's clock set to the server's clock, and reads the page.
    pub async fn poll(&mut self) -> Numbers {
        numbers(&self.polled().await)
    }

    /// Like [`Watched::poll`], but returns the page as text.
    pub async fn polled(&mut self) -> String {
        self.clock.set(self.simulator.world(|world| world.now()));
        // The page is rendered for the moment at which the cycle began, so that refreshed data is fresh.
        let began = Instant::now();
        self.cycle.once(Duration::from_secs(60)).await;
        self.clock.set(self.simulator.world(|world| world.now()));
        self.page(began)
    }

    /// Like [`Watched::polled`], and marks the page as scraped. The next poll then releases increments that were held
    /// back.
    pub async fn scraped(&mut self) -> String {
        let page = self.polled().await;
        self.mark_scraped();
        page
    }

    /// Marks the latest page as scraped.
    pub fn mark_scraped(&self) {
        self.cycle.snapshot().scrape_mark.set();
    }

    pub fn page(&self, now: Instant) -> String {
        page_of(&[self.cycle.snapshot()], now)
    }
}

/// The page of these snapshots at this moment.
pub fn page_of(snapshots: &[Arc<Snapshot>], now: Instant) -> String {
    let mut builder = PageBuilder::new();
    families::fill(&mut builder, snapshots, now);
    let rendered = builder.finish();
    assert_eq!(rendered.refused.total(), 0, "nothing is left out, and no series comes twice");
    let mut text = String::new();
    rendered.encode(&mut text).unwrap();
    text
}

/// The gauges and counters of a page by name and labels, without the label `workspace`.
pub fn numbers(page: &str) -> Numbers {
    let mut numbers = Numbers::new();
    for (name, labels, value) in page_reader::numbers(page) {
        let labels: Vec<_> = labels.iter().map(|(label, value)| (*label, &**value)).collect();
        numbers.insert(series(name, &labels), value);
    }
    numbers
}

/// The key of a series, without the prefix and the label `workspace`.
pub fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let mut labels: Vec<_> = labels.iter().filter(|(label, _)| *label != "workspace").collect();
    labels.sort_unstable();
    let name = name.strip_prefix("rocketchat_omnichannel_").unwrap_or(name);
    format!("{name}{labels:?}")
}

/// The series of a family.
pub fn of_family<'a>(page: &'a Numbers, family: &str) -> Vec<(&'a String, f64)> {
    let start = format!("{family}[");
    let of = page.iter().filter(|(series, _)| series.starts_with(&start));
    of.map(|(series, value)| (series, *value)).collect()
}

/// The sum of the series of a family whose keys contain `labels`.
pub fn sum(page: &Numbers, family: &str, labels: &str) -> f64 {
    let with_labels =
        of_family(page, family).into_iter().filter(|(series, _)| series.contains(labels));
    with_labels.map(|(_, value)| value).sum()
}
