//! Without `--to`, a history ends where the running exporter began to count.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::backfill::{self, BackfillError};
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, Flags, Settings};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::hours::HOLDS;
use super::{Run, adjust, files, rare_events, settings, settings_with_calls, wanted};
use crate::counts::{self, Counted};
use crate::watching::{self, Watched};

const MINUTE: Duration = Duration::from_secs(60);

/// A workspace with two hours of chats, and the state of an exporter that then began to count them.
struct Scene {
    simulator: Arc<Simulator>,
    settings: Settings,
    from: Timestamp,
    /// The time at which the exporter began to count.
    began: Timestamp,
    state: TempDir,
}

impl Scene {
    /// The exporter polls twice, with this time between.
    async fn with_two_polls(between: Duration) -> Self {
        let settings = settings(19);
        let simulator = Arc::new(Simulator::start(settings.clone()).await.unwrap());
        let from = simulator.world(|world| world.now());
        simulator.world(|world| world.live(Duration::from_secs(2 * 3600)));
        let began = simulator.world(|world| world.now());
        let state = tempfile::tempdir().unwrap();
        let directory = StateDirectory::open(state.path(), LockMode::Alone).unwrap();
        let store = Store::new(Box::new(directory.claim("acme").unwrap()));
        let mut watched = Watched::beside(Arc::clone(&simulator), &settings, adjust, Some(store));
        watched.poll().await;
        simulator.world(|world| world.live(between));
        watched.poll().await;
        let variables = [
            ("ROCKETCHAT_URL", simulator.url()),
            ("ROCKETCHAT_USER_ID", settings.user_id.clone()),
            ("ROCKETCHAT_AUTH_TOKEN", settings.token.clone()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let flags = Flags { state_directory: Some(state.path().to_owned()), ..Flags::default() };
        let mut all = config::load(&flags, variables).unwrap();
        all.workspaces = vec![watching::workspace(&simulator, &settings)];
        Self { simulator, settings: all, from, began, state }
    }

    /// Runs the command without `--to`, until it is stopped.
    async fn run(&self, output: &Path, stop: CancellationToken) -> Result<(), BackfillError> {
        self.run_with(output, "", stop).await.map(drop)
    }

    /// The same with further arguments; returns the printed text.
    async fn run_with(
        &self,
        output: &Path,
        more: &str,
        stop: CancellationToken,
    ) -> Result<String, BackfillError> {
        let (clock, _hands) = Clock::manual(self.simulator.world(|world| world.now()));
        let wanted = wanted(self.from, output, &format!("--requests-per-minute 100000 {more}"));
        backfill::run(&self.settings, &clock, &wanted, stop).await
    }

    /// Runs the command until it has sent so many requests.
    async fn interrupt(&self, output: &Path, requests: usize) {
        let stop = CancellationToken::new();
        let (mut sent, cancelled) = (0, stop.clone());
        self.simulator.on_request(move |_| {
            sent += 1;
            if sent == requests {
                cancelled.cancel();
            }
        });
        let stopped = self.run(output, stop).await;
        assert!(matches!(stopped, Err(BackfillError::Stopped)), "{stopped:?}");
        self.simulator.on_request(|_| {});
    }
}

/// The time of the last sample.
fn end_of(output: &Path) -> f64 {
    let text = String::from_utf8(files(output).into_values().next_back().unwrap()).unwrap();
    text.lines().rev().nth(1).unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_state_of_a_running_exporter_tells_the_end() {
    let (scene, output) = of_an_hour().await;
    scene.run(output.path(), CancellationToken::new()).await.unwrap();
    let (end, began) = (end_of(output.path()), scene.began.as_millisecond() as f64 / 1000.0);
    assert!((end - began).abs() < 0.01, "{end} {began}");
}

async fn of_an_hour() -> (Scene, TempDir) {
    (Scene::with_two_polls(Duration::from_secs(3600)).await, tempfile::tempdir().unwrap())
}

/// What happened in such a gap was not counted, so that the state does not tell where a history may end.
#[tokio::test]
async fn a_state_with_a_gap_of_more_than_a_day_tells_no_end_and_the_error_says_what_to_set() {
    let scene = Scene::with_two_polls(Duration::from_secs(25 * 3600)).await;
    let output = tempfile::tempdir().unwrap();
    let error = scene.run(output.path(), CancellationToken::new()).await.unwrap_err().to_string();
    assert!(error.contains("it has a gap of more than a day"), "{error}");
    assert!(error.contains("set --to to the time at which its counters were 0"), "{error}");
    assert!(files(output.path()).is_empty());
}

/// The cursor knows the end, and a later look at the state must not move it.
#[tokio::test]
async fn an_interrupted_run_continues_to_its_end_although_the_state_is_damaged_or_gone() {
    let (mut scene, whole) = of_an_hour().await;
    let before = scene.simulator.requests().len();
    scene.run(whole.path(), CancellationToken::new()).await.unwrap();
    let requests = scene.simulator.requests().len() - before;
    let interrupted = [(); 3].map(|()| tempfile::tempdir().unwrap());
    for output in &interrupted {
        scene.interrupt(output.path(), requests - 1).await;
        assert!(files(output.path()).is_empty());
    }
    let [damaged, gone, unnamed] = interrupted;
    let span = async |scene: &Scene, output: &Path| {
        let told = scene.run_with(output, "--dry-run", CancellationToken::new()).await.unwrap();
        let line = told.lines().find(|line| line.starts_with("The history goes from "));
        line.unwrap().to_owned()
    };
    let fresh = tempfile::tempdir().unwrap();
    let by_the_state = span(&scene, fresh.path()).await;
    let goes_on = async |scene: &Scene, output: TempDir| {
        assert_eq!(span(scene, output.path()).await, by_the_state);
        scene.run(output.path(), CancellationToken::new()).await.unwrap();
        assert!(files(output.path()) == files(whole.path()));
    };
    for entry in std::fs::read_dir(scene.state.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), "no state").unwrap();
    }
    let refused = scene.run(fresh.path(), CancellationToken::new()).await.unwrap_err().to_string();
    assert!(refused.contains("the file is not a state of this exporter"), "{refused}");
    goes_on(&scene, damaged).await;
    for entry in std::fs::read_dir(scene.state.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    goes_on(&scene, gone).await;
    scene.settings.state.directory = None;
    goes_on(&scene, unnamed).await;
}

#[tokio::test]
async fn a_dry_run_warns_that_chats_may_count_twice_where_the_end_is_late_or_unknown() {
    let (mut scene, output) = of_an_hour().await;
    let warning = async |scene: &Scene, more: &str| {
        let more = format!("--dry-run {more}");
        let told = scene.run_with(output.path(), &more, CancellationToken::new()).await.unwrap();
        assert!(told.starts_with("This is a dry run"), "{told}");
        told.split_once("\nWarning: ").map(|(_, warning)| warning.to_owned())
    };
    let late = scene.began + MINUTE;
    let (exact, late) = (format!("--to {}", scene.began), format!("--to {late}"));
    for right in ["", &exact] {
        assert_eq!(warning(&scene, right).await, None, "{right}");
    }
    for wrong in [&late, "--to now"] {
        let told = warning(&scene, wrong).await.unwrap();
        let since = format!("the running exporter counts this workspace since {}", scene.began);
        assert!(told.starts_with("The history ends at ") && told.contains(&since), "{told}");
    }
    scene.settings.state.directory = None;
    let told = warning(&scene, "").await.unwrap();
    assert!(told.starts_with("Neither --to nor --state.directory is set"), "{told}");
    assert_eq!(warning(&scene, "--to now").await, None);
}

/// The last sample of each counted series of the files, with all labels.
fn last_values(directory: &Path) -> Counted {
    let last = String::from_utf8(files(directory).pop_last().unwrap().1).unwrap();
    let end = last.lines().rev().nth(1).unwrap().rsplit(' ').next().unwrap();
    let end = format!(" {end}");
    let mut is_counted = false;
    let mut values = String::new();
    for line in last.lines() {
        if line.starts_with("# TYPE ") {
            is_counted = !line.ends_with(" gauge");
        }
        if let Some(sample) = line.strip_suffix(&end).filter(|_| is_counted) {
            values += sample;
            values.push('\n');
        }
    }
    counts::page(&values)
}

/// Counts of responses: of a chat that is open at the seam, those after the first one and before the seam are in neither
/// part, because its row tells the times of the first and of the last response only.
const RESPONSES: [&str; 4] = [
    "response_seconds_sum",
    "response_seconds_count",
    "agent_response_seconds_sum",
    "agent_response_seconds_count",
];

/// A workspace with calls whose agents keep their chats, before its first chat.
fn kept(seed: u64) -> (Arc<Simulator>, SimulatorSettings) {
    let settings = settings_with_calls(seed);
    let simulator = Arc::new(Simulator::detached(settings.clone()));
    simulator.world(|world| {
        world.wait_for_questions();
        world.keep_chats();
    });
    (simulator, settings)
}

/// The page of an exporter that begins now and runs for some hours.
async fn counted_live(
    simulator: &Arc<Simulator>,
    settings: &SimulatorSettings,
    hours: u64,
) -> Counted {
    let mut watched = Watched::beside(Arc::clone(simulator), settings, adjust, None);
    watched.scraped().await;
    for minute in 1..=hours * 60 {
        simulator.world(|world| {
            let end = world.now() + MINUTE;
            rare_events::happen(world, minute);
            world.live(end.duration_since(world.now()).try_into().unwrap());
        });
        watched.scraped().await;
    }
    // Closes of the last seconds settle.
    simulator.world(|world| world.advance(MINUTE));
    counts::page(&watched.scraped().await)
}

#[tokio::test]
async fn each_series_of_a_history_to_the_end_is_the_sum_of_both_sides_of_the_seam() {
    let (simulator, settings) = kept(20);
    let from = simulator.world(|world| world.now());
    simulator.world(|world| world.live(5 * 60 * MINUTE));
    let seam = simulator.world(|world| world.now());
    let after = counted_live(&simulator, &settings, 5).await;
    let end = simulator.world(|world| world.now());
    let write = async |until| {
        let output = tempfile::tempdir().unwrap();
        let wanted = wanted(from, output.path(), "--requests-per-minute 100000");
        Run::of(&simulator, &settings).write(&wanted, until).await;
        last_values(output.path())
    };
    let (before, whole) = (write(seam).await, write(end).await);
    let value = |counted: &Counted, series| counted.get(series).copied().unwrap_or(0.0);
    let (mut on_both_sides, mut differences) = (BTreeSet::new(), Vec::new());
    for (series, whole) in whole.iter().filter(|(series, _)| series.name != HOLDS) {
        let (before, after) = (value(&before, series), value(&after, series));
        if before > 0.0 && after > 0.0 {
            on_both_sides.insert(series.name.as_str());
        }
        let missing = whole - before - after;
        let is_told = RESPONSES.contains(&series.name.as_str()) && missing > 0.0;
        if missing.abs() > 1e-6 * whole.max(1.0) && !is_told {
            differences.push(format!("{series:?}: {before} and {after}, but {whole}"));
        }
    }
    assert_eq!(differences, Vec::<String>::new());
    assert!(before.keys().all(|series| whole.contains_key(series)));
    assert!(on_both_sides.len() >= 20, "{on_both_sides:?}");
}
