//! The exporter is killed again and again, at any point of its work: no chat is lost and none is counted twice.
//!
//! The state directory and the address stay the same, as with a container that is restarted in place. A real
//! Prometheus scrapes all the time, and its samples are checked at the end.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::net::TcpSocket;

use crate::counts::{self, Counted, ExpectedCounts};
use crate::process::binary::{Exporter, PATIENCE, every_second, get, until};
use crate::prometheus_server::{Prometheus, reserved};

const ROUNDS: usize = 60;
/// Also the timeout of a scrape: if Prometheus gives up a page that the exporter has sent, the exporter takes the zero of
/// a new series for seen, and Prometheus' first sample is above zero.
const SCRAPE_EVERY: &str = "2s";
const SEED: u64 = 20_260_302;
/// Simulated seconds per real second: a poll a second then sees most of a minute of a call centre.
const SPEED: f64 = 40.0;
/// Longer than the service level's threshold, the settling of rows and every uncertainty of the clock.
const AFTERMATH: Duration = Duration::from_secs(180);
/// Prometheus extrapolates to the end of a range by at most this many average distances between samples.
const EXTRAPOLATION: f64 = 1.1;
/// Selector of every counted series of chats in Prometheus, without the exporter's own metrics.
const COUNTED: &str = concat!(
    r#"{__name__=~"rocketchat_omnichannel_.+_(total|sum|count|bucket)","#,
    r#"__name__!~"rocketchat_omnichannel_exporter_.+"}"#
);

/// The moment at which a process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After this duration, whatever the process is doing.
    After(Duration),
    /// During the commit of this number.
    Within(u32),
    /// This long after the commit of this number.
    Behind(u32, Duration),
}

impl Moment {
    fn any(dice: &mut fastrand::Rng) -> Self {
        match dice.u8(..10) {
            0..3 => Self::After(Duration::from_millis(dice.u64(..150))),
            3..5 => Self::After(Duration::from_millis(dice.u64(150..2_500))),
            5..8 => Self::Within(dice.u32(1..=3)),
            _ => Self::Behind(dice.u32(1..=3), Duration::from_micros(dice.u64(..3_000))),
        }
    }

    /// Blocks until the moment has come.
    fn wait(self, state: &Path) {
        match self {
            Self::After(time) => std::thread::sleep(time),
            Self::Within(number) => {
                wait_for_commits(state, number - 1);
                wait_for(|| state.with_extension("state.tmp").exists());
            }
            Self::Behind(number, time) => {
                wait_for_commits(state, number);
                std::thread::sleep(time);
            }
        }
    }
}

fn modified(state: &Path) -> Option<SystemTime> {
    std::fs::metadata(state).and_then(|metadata| metadata.modified()).ok()
}

fn wait_for_commits(state: &Path, number: u32) {
    for _ in 0..number {
        let before = modified(state);
        wait_for(|| modified(state) != before);
    }
}

/// Checks so often that no commit is missed. A moment that does not come is no failure: any other moment is as good.
fn wait_for(has_come: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(4);
    while !has_come() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// The parts that stay while processes start and end.
struct Scene {
    simulator: Simulator,
    settings: SimulatorSettings,
    directory: tempfile::TempDir,
    /// Bound but not listening: the port stays reserved while no process has it.
    _socket: TcpSocket,
    address: SocketAddr,
    expected: Arc<Mutex<ExpectedCounts>>,
}

impl Scene {
    async fn new() -> Self {
        let settings = SimulatorSettings {
            seed: SEED,
            agents: 90,
            calls: false,
            arrivals_per_hour: 1_500.0,
            reopened_percent: 0,
            warm_up: Duration::ZERO,
            ..SimulatorSettings::default()
        };
        let (socket, address) = reserved();
        Self {
            simulator: Simulator::start(settings.clone()).await.unwrap(),
            settings,
            directory: tempfile::tempdir().unwrap(),
            address,
            _socket: socket,
            expected: Arc::default(),
        }
    }

    fn exporter(&self) -> Exporter {
        let mut variables = every_second(&self.simulator, &self.settings);
        let most = "ROCKETCHAT_EXPORTER__POLL__MAX_REQUESTS_PER_MINUTE";
        variables.push((most, "1000000".to_owned()));
        let (address, directory) = (self.address.to_string(), self.directory.path());
        let arguments = ["--web.listen-address", &address, "--state.directory"];
        Exporter::start(&[&arguments[..], &[directory.to_str().unwrap()]].concat(), &variables)
    }

    fn state(&self) -> PathBuf {
        let files = self.directory.path().read_dir().unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|it| it == "state")).unwrap()
    }

    /// From here on the world advances up to the moment of each request.
    fn live(&self) {
        // An event in the second in which counting begins may or may not be counted.
        self.simulator.world(|world| world.advance(Duration::from_secs(30)));
        let (expected, mut lived_until) = (Arc::clone(&self.expected), Instant::now());
        self.simulator.on_request(move |world| {
            let now = Instant::now();
            world.live(now.duration_since(lived_until).mul_f64(SPEED));
            lived_until = now;
            expected.lock().unwrap().watch(world);
        });
    }

    /// Ends all traffic, then advances until every service level result is final.
    fn stand_still(&self) {
        self.simulator.on_request(|_| {});
        self.simulator.world(|world| {
            self.expected.lock().unwrap().watch(world);
            world.advance(AFTERMATH);
        });
    }

    fn differences(&self, counted: &Counted) -> Result<(), String> {
        let differences = self.expected.lock().unwrap().differences(counted);
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }
}

/// Kills one process after the other; asserts that no log has an error and that counting begins only once.
fn kill_again_and_again(scene: &Scene, first: Exporter, dice: &mut fastrand::Rng) {
    let state = scene.state();
    let mut exporter = first;
    for round in 0..ROUNDS {
        let moment = Moment::any(dice);
        moment.wait(&state);
        let log = exporter.kill_nine();
        let is_well = !log.contains("panicked") && !log.contains("level=error");
        let goes_on = round == 0 || !log.to_lowercase().contains("counters begin");
        assert!(is_well && goes_on, "seed {SEED}, round {round}, killed {moment:?}:\n{log}");
        exporter = scene.exporter();
    }
    drop(exporter);
}

/// Asserts Prometheus' view of the whole run: every series began at zero, no series went down, and the increase is
/// the counted value, up to Prometheus' extrapolation to the end of the range.
async fn assert_increases(prometheus: &Prometheus, counted: &Counted) {
    let seen = prometheus.samples(&format!("{COUNTED}[1h]")).await.unwrap();
    for (series, samples) in &seen {
        assert_eq!(samples.first(), Some(&0.0), "{series:?} begins above zero: {samples:?}");
        assert!(samples.is_sorted(), "seed {SEED}: {series:?} went down: {samples:?}");
    }
    for name in seen.keys().map(|series| &series.name).collect::<BTreeSet<_>>() {
        let resets = format!("sum(resets(rocketchat_omnichannel_{name}[1h]))");
        assert_eq!(prometheus.value(&resets).await, Ok(0.0), "seed {SEED}: {name}");
    }
    for (series, total) in counted.iter().filter(|(series, _)| series.is_exact()) {
        let labels = series.labels.iter().map(|(label, value)| format!("{label}={value:?}"));
        let labels = labels.collect::<Vec<_>>().join(",");
        let range = format!("rocketchat_omnichannel_{}{{{labels}}}[1h]", series.name);
        let increase = prometheus.value(&format!("increase({range})")).await.unwrap();
        let samples = prometheus.value(&format!("count_over_time({range})")).await.unwrap();
        let most = total * (1.0 + EXTRAPOLATION / (samples - 2.0));
        let rounding = total * 1e-9;
        assert!(
            (total - rounding..=most + rounding).contains(&increase),
            "seed {SEED}: {series:?} is {total}, Prometheus says {increase} of {samples} samples"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs prometheus: tests/run runs it"]
async fn every_chat_is_counted_once_however_often_the_exporter_is_killed() {
    let scene = Scene::new().await;
    let first = scene.exporter();
    let prometheus = Prometheus::start(first.address().await, SCRAPE_EVERY);
    // Only Prometheus may read the page: a new series stays 0 until a scrape has seen it.
    prometheus.shows("rocketchat_omnichannel_up", 1.0).await;
    prometheus.shows("min(rocketchat_omnichannel_chat_messages_total)", 0.0).await;
    scene.live();
    let mut dice = fastrand::Rng::with_seed(SEED);
    tokio::task::block_in_place(|| kill_again_and_again(&scene, first, &mut dice));
    scene.stand_still();
    let last = scene.exporter();
    until("Prometheus has seen everything that happened", PATIENCE, async || {
        scene.differences(&prometheus.values(COUNTED).await?)
    })
    .await;
    let (began, ended) = scene.expected.lock().unwrap().chats();
    assert!(began > 500 && ended > 300, "a lively world: {began} chats began, {ended} ended");
    let counted = counts::page(&get(scene.address, "/metrics").await.unwrap().text);
    scene.differences(&counted).unwrap();
    assert_increases(&prometheus, &counted).await;
    drop(last);
}
