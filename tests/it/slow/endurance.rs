//! Two hours of a call centre with ten chats per second, through the whole stack, in accelerated time.
//!
//! The stack is client, cycle, ledger, totals, a real file and the page, without a socket. The test detects faults of
//! an exporter that runs for months: a chat that is lost or counted twice, and memory or files that grow with the
//! number of counted chats.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, World};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};

use crate::counts::{self, Counted, ExpectedCounts, Series};
use crate::watching::Watched;

/// Time between two polls, in simulated time.
const INTERVAL: Duration = Duration::from_secs(30);
const HOURS: u32 = 2;
/// The world begins in its busiest hours, which have 1.5 times the mean arrivals.
const ARRIVALS_PER_HOUR: f64 = 36_000.0 / 1.5;
/// Longer than the threshold of the service level, the time in which rows settle, and the uncertainty of the clocks.
const AFTERMATH: Duration = Duration::from_secs(180);
/// Maximum number of followed chats: about six minutes of arrivals are open, and some chats wait.
const MOST_TRACKED: f64 = 8_000.0;
/// Maximum size of the state: the followed chats, and the ids of two and a half hours.
const MOST_STATE_BYTES: u64 = 4 * 1024 * 1024;
/// Maximum growth of the process in the second hour, which has as many chats as the first. The process contains the
/// exporter and a world that deletes ended chats.
const MOST_GROWTH_BYTES: u64 = 32 * 1024 * 1024;

/// Variable that tells a process of this test binary to run the two hours.
const ALONE: &str = "ENDURANCE_ALONE";
/// Words of the result.
const MEASURED: &str = " bytes more in the second hour";

/// A cycle and its state directory.
struct Marathon {
    watched: Watched,
    expected: ExpectedCounts,
    folder: tempfile::TempDir,
}

impl Marathon {
    fn start() -> Self {
        let settings = SimulatorSettings {
            agents: 120,
            calls: false,
            arrivals_per_hour: ARRIVALS_PER_HOUR,
            reopened_percent: 0,
            warm_up: Duration::ZERO,
            retention: Duration::from_secs(300),
            ..SimulatorSettings::default()
        };
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        // Enough capacity for all chats with few agents, so that the lists of agents stay short and the chats cause
        // the load.
        simulator.world(|world| world.agents.values_mut().for_each(|agent| agent.chat_limit = 60));
        let folder = tempfile::tempdir().unwrap();
        let disk =
            StateDirectory::open(folder.path(), LockMode::Alone).unwrap().claim("acme").unwrap();
        let store = Store::new(Box::new(disk));
        let watched = Watched::beside(simulator, &settings, |_| {}, Some(store));
        Self { watched, expected: ExpectedCounts::default(), folder }
    }

    async fn poll(&mut self) -> Counted {
        counts::page(&self.watched.scraped().await)
    }

    async fn live(&mut self, time: Duration) -> Counted {
        let (simulator, expected) = (&self.watched.simulator, &mut self.expected);
        simulator.world(|world| {
            world.live(time);
            expected.watch(world);
        });
        self.poll().await
    }

    fn state_bytes(&self) -> u64 {
        let files = self.folder.path().read_dir().unwrap();
        let path = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().path();
        let is_state = |path: &PathBuf| path.extension().is_some_and(|it| it == "state");
        files.map(path).find(is_state).unwrap().metadata().unwrap().len()
    }
}

/// Resident memory of this process, bytes.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: Option<u64> = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or_default() * 4096
}

/// Runs in a separate process, because the memory of other tests would change the measurement.
#[test]
#[ignore = "takes 1 minute: tests/run runs it"]
fn two_hours_of_ten_chats_a_second_are_counted_exactly_and_leave_nothing_behind() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "slow::endurance::two_hours"])
        .env(ALONE, "")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(said.contains(MEASURED), "it returned at once: {said}");
}

#[tokio::test]
#[ignore = "needs a process of its own: tests/run runs it"]
async fn two_hours() {
    // `--include-ignored` starts it among the other tests, whose memory it would measure.
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    let (mut marathon, began) = (Marathon::start(), Instant::now());
    marathon.poll().await;
    // Events in the second in which counting begins may or may not count, so nothing happens in it.
    marathon.watched.simulator.world(|world: &mut World| world.advance(INTERVAL));
    let tracked = Series::new("exporter_tracked_chats", []);
    let (mut most_tracked, mut most_bytes, mut halfway) = (0.0_f64, 0, 0);
    let polls = HOURS * 3600 / 30;
    for poll in 0..polls {
        let page = marathon.live(INTERVAL).await;
        most_tracked = most_tracked.max(page[&tracked]);
        most_bytes = most_bytes.max(marathon.state_bytes());
        if poll == polls / 2 {
            halfway = resident_bytes();
        }
    }
    let growth = resident_bytes().saturating_sub(halfway);
    marathon.watched.simulator.world(|world| world.advance(AFTERMATH));
    marathon.poll().await;
    let page = marathon.poll().await;
    let differences = marathon.expected.differences(&page);
    let (chats, ended) = marathon.expected.chats();
    println!(
        "{chats} chats, {ended} ended, at most {most_tracked} followed and a state of {most_bytes} \
         bytes; {growth}{MEASURED}; {:?}",
        began.elapsed()
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(chats > 60_000 && ended > 55_000, "{chats} chats, {ended} ended");
    assert!(most_tracked < MOST_TRACKED, "{most_tracked} chats were followed");
    assert!(most_bytes < MOST_STATE_BYTES, "the state had {most_bytes} bytes");
    assert!(growth < MOST_GROWTH_BYTES, "{growth} bytes more in the second hour");
}
