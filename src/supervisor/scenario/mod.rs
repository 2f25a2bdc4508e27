//! Reloads in any order, while disks hang, servers are slow and cycles panic: a test of the workspaces that are
//! watched in the end.

mod fairness;
mod simulated;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::*;
use tokio::sync::watch;
use tokio::time::Instant;

use self::simulated::{
    SimulatedStores, SimulatedWorkspace, SimulatedWorkspaces, TIMEOUT, transport,
};
use super::*;
use crate::clock::ManualClock;
use crate::config::{self, Flags, Workspace};
use crate::cycle::snapshot::Snapshot;
use crate::demo::in_process::InProcess;
use crate::exposition::families;
use crate::exposition::page_builder::PageBuilder;
use crate::simulator;
use crate::wiring;

const NAMES: [&str; 3] = ["acme", "globex", "initech"];
/// The name of a workspace without a transport.
const UNREACHABLE: &str = "nowhere";

/// Something that happens to a workspace, or to all.
#[derive(Debug, Clone)]
enum Event {
    /// The variant of the settings of each workspace; `None` if it is not in the configuration.
    Reload {
        wanted: [Option<u8>; 3],
        is_bad: bool,
    },
    /// The configuration loses a workspace and gets it back at once.
    Away(usize),
    DiskHangs(usize, bool),
    ServerHangs(usize, bool),
    Panics(usize),
    Chats(u8),
    Pass(u8),
}

fn event() -> impl Strategy<Value = Event> {
    let variant = || prop::option::weighted(0.6, 0_u8..2);
    let variants = (variant(), variant(), variant()).prop_map(|(a, b, c)| [a, b, c]);
    prop_oneof![
        6 => (variants, prop::bool::weighted(0.15))
            .prop_map(|(wanted, is_bad)| Event::Reload { wanted, is_bad }),
        4 => (0..3_usize).prop_map(Event::Away),
        4 => (0..3_usize, prop::bool::weighted(0.7))
            .prop_map(|(whose, on)| Event::DiskHangs(whose, on)),
        2 => (0..3_usize, any::<bool>()).prop_map(|(whose, on)| Event::ServerHangs(whose, on)),
        1 => (0..3_usize).prop_map(Event::Panics),
        2 => (1_u8..4).prop_map(Event::Chats),
        3 => (1_u8..40).prop_map(Event::Pass),
    ]
}

/// A running supervisor, and for each workspace an undisturbed cycle to compare with.
struct Scenario {
    settings: simulator::SimulatorSettings,
    workspaces: SimulatedWorkspaces,
    handle: SupervisorHandle,
    watched: watch::Receiver<SnapshotsByName>,
    undisturbed: BTreeMap<String, Cycle>,
    clock: ManualClock,
    stop: CancellationToken,
    targets: Targets,
    /// The configuration that was accepted last.
    wanted: BTreeMap<String, u8>,
}

impl Drop for Scenario {
    /// A disk that hangs would keep the runtime from ending.
    fn drop(&mut self) {
        self.workspaces.values().for_each(|simulated| simulated.let_disk_hang(false));
    }
}

impl Scenario {
    fn begin() -> (Self, tokio::task::JoinHandle<()>) {
        let settings = simulator::SimulatorSettings {
            arrivals_per_hour: 600.0,
            ..simulator::SimulatorSettings::default()
        };
        let workspaces = NAMES.map(|name| (name.to_owned(), SimulatedWorkspace::new(&settings)));
        let workspaces = SimulatedWorkspaces::from(workspaces);
        let now = workspaces["acme"].simulator.world(|world| world.now());
        let (clock, hands) = Clock::manual(now);
        let stop = CancellationToken::new();
        let dependencies =
            Dependencies { clock: clock.clone(), health: Health::default(), stop: stop.clone() };
        let supervisor = Supervisor {
            stores: Arc::new(SimulatedStores(workspaces.clone())),
            ..Supervisor::new(dependencies, None)
        };
        let (handle, watched) = (supervisor.handle(), supervisor.snapshots().subscribe());
        let mut rate_limiters = RateLimiters::default();
        let undisturbed = workspaces.iter().map(|(name, simulated)| {
            let over = Arc::new(InProcess::new(Arc::clone(&simulated.simulator), TIMEOUT));
            let workspace = workspace(name, simulated, &settings, 0);
            let cycle =
                wiring::cycle_over(&workspace, clock.clone(), &mut rate_limiters, None, over);
            (name.clone(), cycle)
        });
        let undisturbed = undisturbed.collect();
        let task = tokio::spawn(supervisor.run());
        let scenario = Self {
            settings,
            workspaces,
            handle,
            watched,
            undisturbed,
            clock: hands,
            stop,
            targets: Targets::default(),
            wanted: BTreeMap::new(),
        };
        (scenario, task)
    }

    fn simulated(&self, whose: usize) -> &SimulatedWorkspace {
        &self.workspaces[NAMES[whose]]
    }

    async fn happen(&mut self, event: &Event) {
        match event {
            Event::Reload { wanted, is_bad } => self.reload(*wanted, *is_bad).await,
            Event::Away(whose) => {
                let before = NAMES.map(|name| self.wanted.get(name).copied());
                let mut without = before;
                without[*whose] = None;
                self.reload(without, false).await;
                self.reload(before, false).await;
            }
            Event::DiskHangs(whose, on) => self.simulated(*whose).let_disk_hang(*on),
            Event::ServerHangs(whose, on) => {
                self.simulated(*whose).server_hangs.store(*on, Ordering::Relaxed);
            }
            Event::Panics(whose) => {
                self.simulated(*whose).panics_next.store(true, Ordering::Relaxed);
            }
            Event::Chats(minutes) => self.chats(*minutes).await,
            Event::Pass(seconds) => {
                for _ in 0..*seconds {
                    self.second().await;
                }
            }
        }
    }

    /// One second passes, even if a disk hangs: the paused time does not pass by itself while a thread waits for a disk.
    async fn second(&self) {
        let hangs = self.workspaces.values().any(|simulated| *simulated.disk_hangs.lock().unwrap());
        if !hangs {
            return tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        loop {
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
            // What was handed to the threads that may block before this has begun after it.
            tokio::task::spawn_blocking(|| ()).await.unwrap();
            if self.workspaces.values().all(|simulated| simulated.is_still()) {
                break;
            }
        }
    }

    async fn reload(&mut self, wanted: [Option<u8>; 3], is_bad: bool) {
        let wanted = NAMES.iter().zip(wanted);
        let wanted = wanted.filter_map(|(name, variant)| Some(((*name).to_owned(), variant?)));
        let wanted: BTreeMap<String, u8> = wanted.collect();
        let known = |(name, variant): (&String, &u8)| {
            workspace(name, &self.workspaces[name], &self.settings, *variant)
        };
        let mut workspaces: Vec<Workspace> = wanted.iter().map(known).collect();
        if is_bad {
            let simulated = &self.workspaces["acme"];
            workspaces.push(workspace(UNREACHABLE, simulated, &self.settings, 0));
        }
        let targets = self.targets.again_over(&workspaces, |it| transport(&self.workspaces, it));
        assert_eq!(targets.is_ok(), !is_bad, "{targets:?}");
        let Ok(targets) = targets else { return };
        let later = self.settled(&targets).await;
        assert!(later.iter().all(|it| wanted.contains_key(it) && self.hangs(it)), "{later:?}");
        (self.targets, self.wanted) = (targets, wanted);
    }

    fn hangs(&self, name: &str) -> bool {
        *self.workspaces[name].disk_hangs.lock().unwrap()
    }

    /// Orders these targets, and again while a cycle waits although its disk does not hang: where another disk hangs,
    /// the time is advanced by hand and may overtake the thread that reads a state.
    async fn settled(&self, targets: &Targets) -> Vec<String> {
        let mut later = self.order(targets.clone()).await;
        for _ in 0..20 {
            if later.iter().all(|name| self.hangs(name)) {
                break;
            }
            later = self.order(targets.clone()).await;
        }
        later
    }

    async fn order(&self, targets: Targets) -> Vec<String> {
        let begun = Instant::now();
        let mut order = std::pin::pin!(self.handle.watch(targets));
        let later = loop {
            tokio::select! {
                outcome = &mut order => break outcome.unwrap().0,
                () = self.second() => {}
            }
        };
        assert!(begun.elapsed() <= SETTLING + Duration::from_secs(2), "{:?}", begun.elapsed());
        later
    }

    /// The simulated worlds go on, and the undisturbed cycles poll them.
    async fn chats(&mut self, minutes: u8) {
        self.pass(|world| world.live(Duration::from_secs(60 * u64::from(minutes))));
        self.look_undisturbed().await;
    }

    /// Time passes in every world.
    fn pass(&self, pass: impl Fn(&mut simulator::World)) {
        for simulated in self.workspaces.values() {
            simulated.simulator.world(&pass);
            self.clock.set(simulated.simulator.world(|world| world.now()));
        }
    }

    async fn look_undisturbed(&mut self) {
        for cycle in self.undisturbed.values_mut() {
            // Longer than the pause of any list between two polls.
            cycle.once(Duration::from_secs(60)).await;
            cycle.snapshot().scrape_mark.set();
        }
    }

    /// Everything that hangs goes on, and time passes until the watched workspaces have caught up.
    async fn calm_down(&mut self) {
        for simulated in self.workspaces.values() {
            simulated.let_disk_hang(false);
            simulated.server_hangs.store(false, Ordering::Relaxed);
            simulated.panics_next.store(false, Ordering::Relaxed);
        }
        self.chats(2).await;
        // What closed last is read once it has settled.
        self.pass(|world| world.advance(Duration::from_secs(10)));
        for _ in 0..120 {
            for _ in 0..30 {
                self.second().await;
            }
            self.look_undisturbed().await;
            self.watched.borrow().values().for_each(|it| it.scrape_mark.set());
            if self.counts().iter().all(|(_, counted, truth)| counted == truth) {
                break;
            }
        }
    }

    /// The counted chats and the true number of chats, for each watched workspace.
    fn counts(&self) -> Vec<(String, u64, u64)> {
        let watched = self.watched.borrow();
        let counted = watched.iter().map(|(name, snapshot)| {
            let name = name.to_string();
            let truth = begun_chats(&self.undisturbed[&name].snapshot());
            (name, begun_chats(snapshot), truth)
        });
        counted.collect()
    }

    async fn assert_watched_as_wanted(&mut self) {
        let counts = self.counts();
        let names: Vec<&String> = counts.iter().map(|(name, ..)| name).collect();
        assert_eq!(names, self.wanted.keys().collect::<Vec<_>>());
        for (name, counted, truth) in &counts {
            assert_eq!(counted, truth, "chats of {name}");
        }
        let asked = |simulated: &SimulatedWorkspace| simulated.requests.load(Ordering::Relaxed);
        let before: BTreeMap<_, _> = self
            .workspaces
            .iter()
            .map(|(name, simulated)| (name.clone(), asked(simulated)))
            .collect();
        for _ in 0..60 {
            self.second().await;
        }
        for (name, simulated) in &self.workspaces {
            let is_wanted = self.wanted.contains_key(name);
            assert_eq!(asked(simulated) > before[name], is_wanted, "{name} is asked");
            let claims = simulated.claims.load(Ordering::Relaxed);
            assert_eq!(claims, usize::from(is_wanted), "cycles of {name}");
            assert!(simulated.most_claims.load(Ordering::Relaxed) <= 1, "cycles of {name} at once");
        }
    }
}

/// A workspace; its variants differ in a setting that does not affect what is counted.
fn workspace(
    name: &str,
    simulated: &SimulatedWorkspace,
    settings: &simulator::SimulatorSettings,
    variant: u8,
) -> Workspace {
    let environment = [
        ("ROCKETCHAT_URL", simulated.simulator.url()),
        ("ROCKETCHAT_USER_ID", settings.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN", settings.token.clone()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value));
    let loaded = config::load(&Flags::default(), BTreeMap::from(environment)).unwrap();
    let mut workspace = loaded.workspaces[0].clone();
    name.clone_into(&mut workspace.name);
    workspace.poll.interval = Duration::from_secs(5 + u64::from(variant));
    workspace.poll.max_requests_per_minute = 100_000_000;
    workspace
}

fn begun_chats(snapshot: &Arc<Snapshot>) -> u64 {
    let (mut builder, mut page) = (PageBuilder::new(), String::new());
    families::fill(&mut builder, &[Arc::clone(snapshot)], Instant::now());
    builder.finish().encode(&mut page).unwrap();
    let lines =
        page.lines().filter(|it| it.starts_with("rocketchat_omnichannel_chats_started_total{"));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// All workspaces are watched at first, then these events happen.
fn run_events(events: &[Event]) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(async {
        let (mut scenario, task) = Scenario::begin();
        scenario.reload([Some(0); 3], false).await;
        scenario.look_undisturbed().await;
        for _ in 0..30 {
            scenario.second().await;
        }
        for event in events {
            scenario.happen(event).await;
        }
        scenario.calm_down().await;
        scenario.assert_watched_as_wanted().await;
        scenario.stop.cancel();
        task.await.unwrap();
        let left: BTreeSet<usize> = scenario
            .workspaces
            .values()
            .map(|simulated| simulated.claims.load(Ordering::Relaxed))
            .collect();
        assert_eq!(left, BTreeSet::from([0]), "no cycle is left");
    });
}

#[test]
fn a_workspace_that_comes_back_while_its_last_commit_hangs_is_watched_once_that_ends() {
    let all_but_acme = Event::Reload { wanted: [None, Some(0), Some(0)], is_bad: false };
    let all = Event::Reload { wanted: [Some(0); 3], is_bad: false };
    run_events(&[Event::DiskHangs(0, true), Event::Pass(20), all_but_acme, all]);
}

#[test]
fn a_workspace_whose_saved_state_hangs_is_watched_once_it_is_read_and_holds_up_no_other() {
    let all_but_acme = || Event::Reload { wanted: [None, Some(0), Some(0)], is_bad: false };
    let all = |variant| Event::Reload { wanted: [variant, Some(0), Some(0)], is_bad: false };
    let hang = Event::DiskHangs(0, true);
    run_events(&[
        all_but_acme(),
        hang,
        all(Some(0)),
        Event::Pass(20),
        all(Some(1)),
        Event::Chats(1),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_last_configured_is_watched_each_by_one_cycle_whatever_hangs_meanwhile(
        events in prop::collection::vec(event(), 1..14)
    ) {
        run_events(&events);
    }
}
