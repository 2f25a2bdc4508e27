//! A backfill, and its dry run too, send what they tell, and no more than half of the server's limit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::dry_run::number_before;
use super::{Run, lived, settings, wanted};
use crate::inside::in_process::InProcess;

thread_local! {
    /// The log of this thread while a test listens to it.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to the log of this thread.
struct ThisThread;

impl Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map_or(Ok(bytes.len()), |log| log.write(bytes)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The result of `work`, and the log lines that it writes on this thread.
///
/// The subscriber is one for the whole process: while a subscriber of one thread is the only one, an event that another
/// thread is the first to reach is disabled for every thread.
async fn listened<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(|| ThisThread);
        tracing::subscriber::set_global_default(lines.finish()).unwrap();
    });
    LOG.set(Some(Vec::new()));
    let result = work.await;
    let log = String::from_utf8(LOG.take().unwrap()).unwrap();
    (result, log.lines().map(str::to_owned).collect())
}

fn with_text<'a>(lines: &'a [String], text: &str) -> Vec<&'a String> {
    lines.iter().filter(|line| line.contains(text)).collect()
}

/// A simulated workspace that announces a limit of 10 requests, the start of its past and the end.
fn limited() -> (Run, Timestamp, Timestamp) {
    let settings = SimulatorSettings { rate_limit: Some(10), ..settings(11) };
    let (simulator, from, end) = lived(&settings, 7);
    (Run::of(&simulator, &settings), from, end)
}

/// Number of requests for rows at this rate, and the time that they took, seconds. The limit of the simulated server is
/// 10 in a minute of real time, in which the whole run ends.
async fn requests_and_seconds(more: &str) -> (u64, u64) {
    let ((run, from, end), folder) = (limited(), tempfile::tempdir().unwrap());
    let began = Instant::now();
    let wanted = wanted(from, folder.path(), &format!("--step 4m {more}"));
    run.write(&wanted, end).await;
    let requests = run.simulator.requests().into_iter();
    let rows = requests.filter(|request| request.path.ends_with("livechat/rooms"));
    (rows.count() as u64, began.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn of_ten_requests_a_minute_two_are_used_unless_told_otherwise() {
    for (more, seconds) in [("", 30), ("--requests-per-minute 4", 15)] {
        let (sent, took) = requests_and_seconds(more).await;
        assert!((5..=10).contains(&sent), "{sent}");
        let expected = (sent - 1) * seconds..=sent * seconds + 5;
        assert!(expected.contains(&took), "{more}: {sent} requests in {took} s");
    }
}

/// The words of a dry run with the time that it took.
async fn dry_run(more: &str) -> (String, Duration) {
    let ((run, from, end), folder) = (limited(), tempfile::tempdir().unwrap());
    let (wanted, began) = (wanted(from, folder.path(), more), Instant::now());
    (run.estimate(&wanted, end).await.to_string(), began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_keeps_the_rate_of_the_run_and_tells_its_own_time() {
    for (more, rate) in [("", 2), ("--requests-per-minute 120", 5)] {
        let ((told, took), log) = listened(dry_run(more)).await;
        let asked: u64 = number_before(&told, " requests and ");
        let expected = Duration::from_secs((asked - 1) * 60 / rate);
        assert!(asked >= 4 && took.abs_diff(expected) < Duration::from_secs(2), "{took:?}\n{told}");
        assert!(told.contains(&format!(" at {rate} requests a minute.")), "{told}");
        let before = with_text(&log, "The dry run asks each list for one row");
        let seconds = format!(" seconds={}", asked * 60 / rate);
        assert!(before.len() == 1 && before[0].contains(&seconds), "{before:?}\n{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rate_above_half_of_the_limit_is_told_once_and_not_kept() {
    let ((sent, took), log) = listened(requests_and_seconds("--requests-per-minute 120")).await;
    assert!(sent >= 5 && took >= (sent - 1) * 12, "{sent} requests in {took} s");
    let warnings = with_text(&log, "--requests-per-minute 120");
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("half of the server's limit for livechat/rooms is 5"), "{warning}");
    assert!(warning.contains("grant the permission api-bypass-rate-limit"), "{warning}");
    let progress = with_text(&log, "Reading open chats.");
    let is_measured = |line: &&String| line.contains(" requests_per_minute=5 ");
    assert!(!progress.is_empty() && progress.iter().all(is_measured), "{progress:?}");
}

#[tokio::test(start_paused = true)]
async fn a_line_of_the_log_tells_rows_days_rate_and_the_time_that_is_left() {
    let ((sent, _), log) = listened(requests_and_seconds("")).await;
    let progress = with_text(&log, "Reading closed chats.");
    let has_all = |line: &&&String| {
        let fields = [" rows=", " requests=", " days_done=0 ", " days=1 ", " left_minutes="];
        line.contains(" requests_per_minute=2 ") && fields.iter().all(|field| line.contains(field))
    };
    let complete = progress.iter().filter(has_all).count();
    assert!(complete >= 3 && complete as u64 <= sent, "{progress:#?}");
}

/// A transport that notes the time of each request.
#[derive(Debug)]
struct Timed {
    server: InProcess,
    sent: Mutex<BTreeMap<Endpoint, Vec<Instant>>>,
}

impl Transport for Timed {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        self.sent.lock().unwrap().entry(request.endpoint).or_default().push(Instant::now());
        self.server.get(request)
    }
}

#[tokio::test(start_paused = true)]
async fn every_route_keeps_the_rate_where_the_names_of_350_departments_are_four_pages() {
    let settings = SimulatorSettings { departments: 350, rate_limit: Some(10), ..settings(12) };
    let (simulator, from, end) = lived(&settings, 1);
    let mut run = Run::of(&simulator, &settings);
    let hours = &mut run.workspace.service_levels.default.business_hours;
    *hours = BusinessHours::Server(std::iter::empty().collect());
    let folder = tempfile::tempdir().unwrap();
    let server = InProcess::new(simulator, run.workspace.poll.timeout);
    let timed = Arc::new(Timed { server, sent: Mutex::default() });
    let transport = Arc::clone(&timed) as Arc<dyn Transport>;
    let wanted = wanted(from, folder.path(), "--step 4m");
    run.over(&wanted, end, transport, CancellationToken::new()).await.unwrap();
    let sent = timed.sent.lock().unwrap();
    let used = [Endpoint::Departments, Endpoint::Priorities, Endpoint::BusinessHours];
    assert!(used.iter().all(|endpoint| sent.contains_key(endpoint)), "{sent:?}");
    assert_eq!(sent[&Endpoint::Departments].len(), 4, "{sent:?}");
    for (endpoint, times) in sent.iter() {
        let least = times.windows(2).map(|pair| pair[1] - pair[0]).min();
        let is_kept = least.is_none_or(|least| least >= Duration::from_secs(30));
        assert!(is_kept, "{endpoint:?}: {least:?}");
    }
    let cursor = std::fs::read(folder.path().join("cursor.json")).unwrap();
    let cursor: serde_json::Value = serde_json::from_slice(&cursor).unwrap();
    assert_eq!(cursor["departments"].as_array().unwrap().len(), 350);
}
