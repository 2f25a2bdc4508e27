//! Minutes of heavy traffic and random faults: no event is lost, and no resource grows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, RngSeed};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, World};

use super::expected::{FAULTS, ROUTES};
use super::harm::{Advice, Harm, Scene};
use super::process::Process;
use super::proxy::Proxy;
use super::setup::{TOKEN, run_clock};
use super::traffic::{Traffic, shown};
use super::twist::Twist;
use crate::process::binary::{Exporter, PATIENCE, until};
use crate::watching::numbers;

/// Duration of the soak if the environment gives none, seconds.
const USUAL_SECONDS: u64 = 300;
const MOST_GROWTH_KIB: f64 = 4.0 * 1024.0;

/// Resources of a process at a moment.
#[derive(Debug, Clone, Copy)]
struct Held {
    at: Duration,
    resident_kib: u64,
    open_files: u64,
    threads: u64,
}

fn length() -> Duration {
    let told = std::env::var_os("SOAK_SECONDS").and_then(|text| text.to_str()?.parse().ok());
    Duration::from_secs(told.unwrap_or(USUAL_SECONDS))
}

/// The faults of `PROPTEST_RNG_SEED`, which `.cargo/config.toml` sets.
fn seed() -> u64 {
    match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => fastrand::u64(..),
    }
}

/// Faults without lasting effects. These have lasting effects: a route that rests, a renamed department, and the memory
/// of a body of the largest allowed size, which the allocator keeps after the first such body.
fn passing() -> Vec<Harm> {
    let lasts = |harm: &Harm| {
        matches!(
            harm,
            Harm::TooManyRequests(Advice::Silence)
                | Harm::Status(403 | 404)
                | Harm::Refused(403, _)
                | Harm::Endless
                | Harm::GzipBomb
                | Harm::Twisted(
                    Twist::NumberIds
                        | Twist::RawBytes
                        | Twist::TenThousandDepartments
                        | Twist::LongLabels
                )
        )
    };
    FAULTS.iter().map(|fault| fault.harm).filter(|harm| !lasts(harm)).collect()
}

/// Growth of the memory in use from the first to the last sample, by linear regression, KiB.
fn growth_kib(held: &[Held]) -> f64 {
    let points: Vec<(f64, f64)> =
        held.iter().map(|it| (it.at.as_secs_f64(), it.resident_kib as f64)).collect();
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    let (x, y) = (x / count, y / count);
    let above: f64 = points.iter().map(|it| (it.0 - x) * (it.1 - y)).sum();
    let below: f64 = points.iter().map(|it| (it.0 - x).powi(2)).sum();
    above / below * (points[points.len() - 1].0 - points[0].0)
}

fn most(held: &[Held], what: impl Fn(&Held) -> u64) -> u64 {
    held.iter().map(what).max().unwrap()
}

struct Soak {
    simulator: Arc<Simulator>,
    proxy: Proxy,
    exporter: Exporter,
    traffic: Traffic,
    dice: fastrand::Rng,
    /// Time at which the fault of each route ends.
    harmed: Vec<Option<Instant>>,
    // Dropped after the exporter, which uses it.
    _folder: tempfile::TempDir,
}

impl Soak {
    async fn start(seed: u64) -> Self {
        let settings = SimulatorSettings {
            version: "7.13.0".parse().unwrap(),
            warm_up: Duration::ZERO,
            departments: 8,
            agents: 40,
            token: TOKEN.to_owned(),
            ..SimulatorSettings::default()
        };
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        simulator.world(World::record_history);
        run_clock(&simulator);
        let nobody = Scene { elsewhere: ([127, 0, 0, 1], 1).into(), token: TOKEN.to_owned() };
        let proxy = Proxy::start(Arc::clone(&simulator), nobody).await;
        let folder = tempfile::tempdir().unwrap();
        let variable = |key: &'static str, value: &str| (key, value.to_owned());
        let variables = [
            variable("ROCKETCHAT_URL", &format!("http://{}", proxy.address())),
            variable("ROCKETCHAT_USER_ID", &settings.user_id),
            variable("ROCKETCHAT_AUTH_TOKEN", TOKEN),
            variable("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "1s"),
            variable("ROCKETCHAT_EXPORTER__POLL__TIMEOUT", "2s"),
            variable("ROCKETCHAT_EXPORTER__POLL__MAX_REQUESTS_PER_MINUTE", "1200"),
            variable("ROCKETCHAT_EXPORTER__AGENTS__DETAIL", "performance"),
            // As the image and the systemd unit set it: otherwise the allocator keeps more after each large block.
            variable("MALLOC_MMAP_THRESHOLD_", "131072"),
        ];
        let arguments = ["--state.directory", folder.path().to_str().unwrap()];
        let exporter = Exporter::serve(&arguments, &variables);
        exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;
        // The server's `Date` has whole seconds: the pause places all further events after the start of counting.
        simulator.world(|world| world.advance(Duration::from_secs(2)));
        Self {
            simulator,
            proxy,
            exporter,
            traffic: Traffic::default(),
            dice: fastrand::Rng::with_seed(seed),
            harmed: vec![None; ROUTES.len()],
            _folder: folder,
        }
    }

    /// Starts a fault from time to time, and ends faults that have lasted for a while.
    fn play(&mut self, harms: &[Harm]) {
        for (route, until) in self.harmed.iter_mut().enumerate() {
            if until.is_some_and(|until| Instant::now() >= until) {
                *until = None;
                self.proxy.harm(ROUTES[route].route, None);
            } else if until.is_none() && self.dice.u8(0..40) == 0 {
                let harm = harms[self.dice.usize(0..harms.len())];
                *until = Some(Instant::now() + Duration::from_secs_f64(4.0 * self.dice.f64()));
                self.proxy.harm(ROUTES[route].route, Some(harm));
            }
        }
    }

    fn turn(&mut self) {
        let traffic = &mut self.traffic;
        self.simulator.world(|world| traffic.turn(world));
    }

    fn held(&self, at: Duration) -> Held {
        let process = Process(self.exporter.id());
        let (resident_kib, open_files) = (process.resident_kib(), process.open_files());
        Held { at, resident_kib, open_files, threads: process.threads() }
    }

    /// Ends the faults on all routes, and asserts that every total is exact.
    async fn assert_exact(&mut self) {
        for asking in &ROUTES {
            self.proxy.harm(asking.route, None);
        }
        let traffic = &mut self.traffic;
        let happened = self.simulator.world(|world| traffic.happened(world).clone());
        until("every total is exact", PATIENCE, async || {
            let page = self.exporter.get("/metrics").await.text;
            let shown = shown(&numbers(&page));
            let said = || format!("{shown:?}\n{happened:?}\n{page}\n{}", self.exporter.stderr());
            if shown == happened { Ok(()) } else { Err(said()) }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes 5 minutes: tests/run runs it"]
async fn minutes_of_traffic_and_faults_lose_nothing_and_hold_nothing() {
    let seed = seed();
    println!("the seed is {seed}");
    let (mut soak, harms) = (Soak::start(seed).await, passing());
    let (began, length) = (Instant::now(), length());
    let mut held = Vec::new();
    while began.elapsed() < length {
        soak.play(&harms);
        soak.turn();
        soak.exporter.get("/metrics").await;
        held.push(soak.held(began.elapsed()));
        // The pace of the traffic, not a wait for anything.
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    soak.assert_exact().await;
    let (warm_up, steady) = held.split_at(held.len() * 2 / 5);
    let growth = growth_kib(steady);
    assert!(growth < MOST_GROWTH_KIB, "{growth} KiB more: {held:?}");
    let files = most(warm_up, |it| it.open_files);
    // Threads for blocking calls end when they are idle for a while, but polls may keep one more from being idle.
    let threads = most(warm_up, |it| it.threads) + 2;
    until("files and threads are as few as in the beginning", PATIENCE, async || {
        let now = soak.held(began.elapsed());
        let is_few = now.open_files <= files && now.threads <= threads;
        if is_few { Ok(()) } else { Err(format!("{now:?}, {held:?}")) }
    })
    .await;
}
