//! The binary writes history, also if it is killed again and again.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::inside::backfill::files;
use crate::process::binary::{PATIENCE, until};

/// Number of kills in each part of a run.
const KILLS_EACH: usize = 5;

/// Rate of the runs that are killed while they read: rows become durable each second, so that a list takes several commits.
const SLOW: u32 = 300;
/// Rate of the other runs, requests a minute.
const FAST: u32 = 3_000;
const MOST_ATTEMPTS: usize = 20;

/// A workspace with a past, and the span of that past.
pub struct Scene {
    simulator: Simulator,
    settings: SimulatorSettings,
    from: String,
    to: String,
}

impl Scene {
    /// A workspace that lived for a day.
    pub async fn new() -> Self {
        let settings = crate::inside::backfill::settings(13);
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let now = || simulator.world(|world| world.now()).to_string();
        let from = now();
        simulator.world(|world| world.live(Duration::from_secs(24 * 3600)));
        let to = now();
        Self { simulator, settings, from, to }
    }

    /// The command that writes the past into this directory.
    pub fn command(&self, output: &Path) -> Command {
        self.command_at(FAST, output)
    }

    /// The command at this number of requests a minute.
    pub fn command_at(&self, rate: u32, output: &Path) -> Command {
        let mut command = self.command_without_end(rate, output);
        command.args(["--to", &self.to]);
        command
    }

    /// The same without `--to`.
    pub fn command_without_end(&self, rate: u32, output: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"));
        command
            .env("ROCKETCHAT_URL", self.simulator.url())
            .env("ROCKETCHAT_USER_ID", &self.settings.user_id)
            .env("ROCKETCHAT_AUTH_TOKEN", &self.settings.token)
            .args(["backfill", "--from", &self.from, "--step", "4m"])
            .args(["--requests-per-minute", &rate.to_string(), "--label", "job=chats", "--output"])
            .arg(output)
            .stdin(Stdio::null());
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, output: &Path) -> Output {
        let done = self.command(output).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done
    }
}

/// The moment of a kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// More than this many requests of the run are sent, and nothing that it read is durable.
    Reading { requests: usize },
    /// A part of a list has just become durable.
    Committed,
    /// The first of two days is written, and the second one is replayed for this time.
    Replaying { milliseconds: u64 },
    /// A file is being written.
    Writing,
}

impl Moment {
    /// The moments of all kills.
    fn all() -> impl Iterator<Item = Self> {
        let each = 0..KILLS_EACH;
        // Each run but the first begins where the one before had committed.
        let reading =
            each.clone().flat_map(|kill| [Self::Reading { requests: kill }, Self::Committed]);
        let replaying = each.clone().map(|kill| Self::Replaying { milliseconds: 20 * kill as u64 });
        reading.chain(replaying).chain(each.map(|_| Self::Writing))
    }

    /// A moment before this one, for a run that had ended when its moment came.
    fn earlier(self) -> Self {
        match self {
            Self::Replaying { milliseconds } => Self::Replaying { milliseconds: milliseconds / 2 },
            same => same,
        }
    }

    /// Requests a minute of the run that is killed.
    fn rate(self) -> u32 {
        if matches!(self, Self::Reading { .. } | Self::Committed) { SLOW } else { FAST }
    }
}

/// The content of a directory when a run began, and the progress of the run.
struct Watch<'a> {
    output: &'a Path,
    cursor: Option<Vec<u8>>,
    half_file: Option<SystemTime>,
    first_day_since: Option<Instant>,
}

impl<'a> Watch<'a> {
    fn begin(output: &'a Path) -> Self {
        let (cursor, half_file) = (cursor(output), half_file(output));
        Self { output, cursor, half_file, first_day_since: None }
    }

    /// True if the moment has come for a run that has sent these requests.
    fn has_come(&mut self, moment: Moment, requests: usize) -> bool {
        match moment {
            Moment::Reading { requests: wanted } => requests > wanted,
            Moment::Committed => cursor(self.output) != self.cursor && !are_rows_read(self.output),
            Moment::Replaying { milliseconds } => {
                if self.first_day_since.is_none() && has_first_day_only(self.output) {
                    self.first_day_since = Some(Instant::now());
                }
                self.first_day_since
                    .is_some_and(|since| since.elapsed() >= Duration::from_millis(milliseconds))
            }
            Moment::Writing => self.writes(),
        }
    }

    /// True if the run writes a file.
    fn writes(&self) -> bool {
        half_file(self.output).is_some_and(|now| Some(now) != self.half_file)
    }

    /// True if the process was killed at this moment, although it needed some time to die.
    fn is_hit(&self, moment: Moment) -> bool {
        match moment {
            Moment::Reading { .. } => cursor(self.output) == self.cursor,
            Moment::Committed => !are_rows_read(self.output),
            Moment::Replaying { .. } => has_first_day_only(self.output),
            Moment::Writing => self.writes(),
        }
    }
}

fn cursor(output: &Path) -> Option<Vec<u8>> {
    std::fs::read(output.join("cursor.json")).ok()
}

fn are_rows_read(output: &Path) -> bool {
    let cursor = std::fs::read_to_string(output.join("cursor.json"));
    cursor.is_ok_and(|cursor| cursor.contains("\"stage\":\"done\""))
}

fn has_first_day_only(output: &Path) -> bool {
    files(output).len() == 1
}

/// Time of the last change of a file of a day that is not finished.
fn half_file(output: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(output).into_iter().flatten().flatten();
    let mut half = entries.filter(|it| it.file_name().to_string_lossy().ends_with(".om.tmp"));
    half.find_map(|it| it.metadata().ok()?.modified().ok())
}

impl Scene {
    /// Begins a run and kills it at this moment. False if the kill came too late.
    fn kill_at(&self, moment: Moment, output: &Path) -> bool {
        let (mut watch, before) = (Watch::begin(output), self.simulator.requests().len());
        let mut command = self.command_at(moment.rate(), output);
        let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let has_ended = loop {
            let has_come = watch.has_come(moment, self.simulator.requests().len() - before);
            let has_ended = child.try_wait().unwrap().is_some();
            if has_come || has_ended {
                break has_ended;
            }
            assert!(Instant::now() < deadline, "{moment:?} does not come");
            std::thread::sleep(Duration::from_micros(200));
        };
        child.kill().unwrap();
        child.wait().unwrap();
        !has_ended && watch.is_hit(moment)
    }

    /// Kills a run at this moment, or at an earlier one if it is too late for this one.
    fn kill_surely_at(&self, mut moment: Moment, output: &Path) {
        for _ in 0..MOST_ATTEMPTS {
            // Finished files are not written again, and a run that has all rows reads none again.
            for file in files(output).into_keys() {
                std::fs::remove_file(output.join(file)).unwrap();
            }
            if matches!(moment, Moment::Reading { .. } | Moment::Committed) && are_rows_read(output)
            {
                std::fs::remove_file(output.join("cursor.json")).unwrap();
                std::fs::remove_dir_all(output.join("rows")).unwrap();
            }
            if self.kill_at(moment, output) {
                return;
            }
            moment = moment.earlier();
        }
        panic!("every kill at {moment:?} came too late");
    }
}

/// Asserts that the end of a run tells its size, and the chats of which something is not known.
fn assert_summary(told: &str) {
    let number = |before: &str| -> Option<u64> {
        let word = told.split_once(before)?.1.split(|it: char| !it.is_ascii_digit()).next()?;
        word.parse().ok()
    };
    assert!(told.contains(" chats are written into the files of 2 days."), "{told}");
    for line in [
        "Chats whose past is not fully known: at least ",
        "taken over after an answer (transfer, return, reopening): ",
        "returned to the queue (earlier waits unknown): ",
    ] {
        assert!(number(line) > Some(0), "{line}\n{told}");
    }
    for line in ["without the time of their assignment: ", "Rows that could not be read: "] {
        assert_eq!(number(line), Some(0), "{line}\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_at_twenty_moments_of_reading_replay_and_writing_writes_the_same_bytes()
 {
    let scene = Scene::new().await;
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let done = scene.run(whole.path());
    let told = String::from_utf8(done.stdout).unwrap();
    assert_summary(&told);
    let moments: Vec<_> = Moment::all().collect();
    assert_eq!(moments.len(), 20);
    for moment in moments {
        scene.kill_surely_at(moment, killed.path());
    }
    scene.run(killed.path());
    let expected = files(whole.path());
    assert_eq!(expected.len(), 2);
    assert!(files(killed.path()) == expected);
    let first = String::from_utf8(expected.into_values().next().unwrap()).unwrap();
    assert!(first.contains("{job=\"chats\",workspace=\""), "{first:.2000}");
    assert!(!first.contains("_created"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_is_empty_is_an_error_and_leaves_no_directory() {
    let mut scene = Scene::new().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let mut command = scene.command(&output);
    let refused = command.args(["--workspace", "nobody"]).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("no workspace has the name"), "{told}");
    let (end, future) = (scene.to.clone(), "2099-01-01".to_owned());
    for (from, to) in [(end.clone(), end), (future, "now".to_owned())] {
        (scene.from, scene.to) = (from, to);
        let refused = scene.command(&output).output().unwrap();
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains("--from must be before --to"), "{told}");
        assert!(!output.exists(), "a refused run leaves no directory");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_run_with_a_sentence_and_the_same_command_continues() {
    let scene = Scene::new().await;
    let (whole, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    scene.run(whole.path());
    for signal in ["-TERM", "-INT"] {
        let before = scene.simulator.requests().len();
        let mut command = scene.command_at(30, folder.path());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("rows are durable", PATIENCE, async || {
            let sent = scene.simulator.requests().len() - before;
            if sent >= 8 { Ok(()) } else { Err(format!("{sent} requests")) }
        })
        .await;
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "{told}");
        assert!(told.contains("run the same command again to continue"), "{told}");
        assert!(ended.stdout.is_empty() && files(folder.path()).is_empty());
    }
    scene.run(folder.path());
    assert!(files(folder.path()) == files(whole.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_sentences_and_writes_nothing() {
    let mut scene = Scene::new().await;
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let dry = |scene: &Scene| {
        let done = scene.command(&output).arg("--dry-run").output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let told = dry(&scene);
    assert!(told.contains("The history goes from") && told.contains(": 2 days.\n"), "{told}");
    assert!(!told.contains("Warning"), "{told}");
    "2026-01-01".clone_into(&mut scene.from);
    let told = dry(&scene);
    assert!(told.contains("--storage.tsdb.retention.time="), "{told}");
    assert!(!output.exists());
    let done = scene.command(&output).output().unwrap();
    let logged = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(logged.contains("--storage.tsdb.retention.time="), "{logged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_cannot_be_right_are_refused_before_a_row_is_read() {
    let scene = Scene::new().await;
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let refused = |arguments: &[&str], without: &str| {
        let full = scene.command(folder.path());
        let mut command = Command::new(full.get_program());
        command.envs(full.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut kept: Vec<_> = full.get_args().collect();
        if let Some(place) = kept.iter().position(|argument| *argument == without) {
            kept.drain(place..place + 2);
        }
        let ended = command.args(kept).args(arguments).stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success(), "{arguments:?}: {told}");
        told
    };
    for label in ["department=Sales", "job=again", "quantile=1"] {
        let told = refused(&["--label", label], "");
        let name = label.split('=').next().unwrap();
        let expected = format!("--label {name}: the series have this label already");
        assert!(told.contains(&expected), "{told}");
    }
    let told = refused(&["--to", "2099-01-01"], "--to");
    assert!(told.contains("--to 2099-01-01T00:00:00Z is in the future"), "{told}");
    let told = refused(&["--state.directory", state.path().to_str().unwrap()], "--to");
    assert!(told.contains("the directory has no state of this workspace"), "{told}");
    assert!(told.contains("set --to to the time at which its counters were 0"), "{told}");
    let asked = scene.simulator.requests();
    assert!(!asked.iter().any(|request| request.path.ends_with("livechat/rooms")));
    assert!(files(folder.path()).is_empty());
}
