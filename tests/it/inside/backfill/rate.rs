//! A backfill, and its dry run too, send what they tell, and no more than half of the server's limit.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rocketchat_omnichannel_exporter::backfill;
use rocketchat_omnichannel_exporter::cli::backfill::End;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::simulator::Settings;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{InProcess, Run, lived, settings, wanted};

/// The log lines of a test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Takes the log lines of this thread until the guard is dropped.
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone());
        tracing::subscriber::set_default(lines.finish())
    }

    fn lines_with(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

/// A simulated workspace that announces a limit of 10, and the words of a dry run with the time that it took.
async fn dry_run(more: &str) -> (String, Duration) {
    let settings = Settings { rate_limit: Some(10), ..settings(11) };
    let (simulator, from, end) = lived(&settings, 7);
    let run = Run::of(&simulator, &settings);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), more);
    let (clock, _hands) = Clock::manual(simulator.world(|world| world.now()));
    let transport = Arc::new(InProcess::new(Arc::clone(&simulator), Duration::from_secs(5)));
    let stop = CancellationToken::new();
    let began = Instant::now();
    let (workspace, end) = (&run.workspace, End::At(end));
    let dry = backfill::Run { workspace, clock: &clock, wanted: &wanted, end, transport };
    let told = dry.estimate(&stop).await;
    (told.unwrap().to_string(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_keeps_the_rate_of_the_run_and_tells_its_own_time() {
    for (more, rate) in [("", 2), ("--requests-per-minute 120", 5)] {
        let log = Log::default();
        let listening = log.listen();
        let (told, took) = dry_run(more).await;
        drop(listening);
        let asked: u64 = told
            .split(" requests and ")
            .next()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let expected = Duration::from_secs((asked - 1) * 60 / rate);
        assert!(asked >= 4 && took.abs_diff(expected) < Duration::from_secs(2), "{took:?}\n{told}");
        assert!(told.contains(&format!(" at {rate} requests a minute.")), "{told}");
        let before = log.lines_with("The dry run asks each list for one row");
        let seconds = format!(" seconds={}", asked * 60 / rate);
        assert!(before.len() == 1 && before[0].contains(&seconds), "{before:?}\n{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_above_half_of_the_limit_is_told_once_and_not_kept() {
    let settings = Settings { rate_limit: Some(10), ..settings(11) };
    let (simulator, from, end) = lived(&settings, 7);
    let (log, folder, began) = (Log::default(), tempfile::tempdir().unwrap(), Instant::now());
    let listening = log.listen();
    let wanted = wanted(from, folder.path(), "--step 4m --requests-per-minute 120");
    Run::of(&simulator, &settings).write(&wanted, end).await;
    drop(listening);
    let sent = simulator.requests().into_iter();
    let sent = sent.filter(|request| request.path.ends_with("livechat/rooms")).count() as u64;
    assert!(sent >= 5 && began.elapsed() >= Duration::from_secs((sent - 1) * 12), "{sent}");
    let warnings = log.lines_with("--requests-per-minute 120");
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("half of the server's limit for livechat/rooms is 5"), "{warning}");
    assert!(warning.contains("grant the permission api-bypass-rate-limit"), "{warning}");
    let progress = log.lines_with("Reads open chats.");
    let is_measured = |line: &String| line.contains(" requests_per_minute=5 ");
    assert!(!progress.is_empty() && progress.iter().all(is_measured), "{progress:?}");
}
