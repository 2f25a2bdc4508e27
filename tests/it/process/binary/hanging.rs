//! A resolver, a disk or a reader hangs for longer than the process may take to end.

use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::exporter::Ended;
use super::{Exporter, PATIENCE, every_second, get, until, watching};

/// Longest stop; Kubernetes kills after 30 s.
const GRACE: Duration = Duration::from_secs(25);
/// Longest stop that waits for no write: five seconds for open connections, and the time that a busy machine takes.
const LONGEST_STOP: Duration = Duration::from_secs(13);
/// A delay of one minute, in strace's syntax.
const BEYOND_GRACE: &str = "delay_enter=60000000";

/// The values of a field in `/proc/PID/task/*/status`, one for each thread.
fn of_threads(exporter: &Exporter, entry: &str) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", exporter.id())).unwrap();
    let status = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("status"));
    let statuses = tasks.filter_map(|task| status(task.unwrap()).ok());
    let value = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix(entry)?.strip_prefix(":\t"));
        line.map(str::to_owned)
    };
    statuses.filter_map(value).collect()
}

/// Waits for the end of a process that strace delays. Strace does not let the delayed thread go with the others, so the
/// process has ended when no other thread is left.
async fn ended_but_for_strace(exporter: &mut Exporter) -> Ended {
    until("no thread but the delayed one is left", GRACE, async || {
        let states = of_threads(exporter, "State");
        let is_gone = |state: &String| state.starts_with(['t', 'Z', 'X']);
        if states.iter().all(is_gone) { Ok(()) } else { Err(format!("{states:?}")) }
    })
    .await;
    let tracers = of_threads(exporter, "TracerPid");
    let tracer = tracers.iter().find(|tracer| *tracer != "0").unwrap();
    assert!(Command::new("kill").args(["-KILL", tracer]).status().unwrap().success());
    exporter.ended_within(PATIENCE).await
}

#[tokio::test]
#[ignore = "needs root: tests/run runs it"]
async fn a_resolver_that_is_silent_holds_one_thread_of_a_workspace_and_no_end_of_the_process() {
    let silent = UdpSocket::bind("127.0.0.78:53").unwrap();
    silent.set_nonblocking(true).unwrap();
    let resolvers = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&resolvers, "nameserver 127.0.0.78\noptions timeout:30\n").unwrap();
    let mut variables = watching("http://chat.example.com", &SimulatorSettings::default());
    variables.push(("ROCKETCHAT_EXPORTER__POLL__TIMEOUT", "1s".to_owned()));
    let flags = ["--web.listen-address", "127.0.0.1:0"];
    let mut exporter = Exporter::resolving(resolvers.path(), &flags, &variables);
    let address = exporter.address().await;
    let failed = "rocketchat_omnichannel_exporter_api_requests_total";
    let attempts = |page: &str| -> f64 {
        let lines = page.lines().filter(|line| line.starts_with(failed));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    until("several look-ups were given up", PATIENCE, async || {
        let page = get(address, "/metrics").await?.text;
        if attempts(&page) >= 4.0 { Ok(()) } else { Err(page) }
    })
    .await;
    // A thread that has opened the workspace or looked up the name before ends after ten seconds without work. A thread
    // for each look-up that was given up would stay.
    until("one thread for blocking work is left", PATIENCE, async || {
        let names = of_threads(&exporter, "Name");
        let blocking = names.iter().filter(|name| name.starts_with("tokio")).count();
        if blocking == 1 { Ok(()) } else { Err(format!("{names:?}")) }
    })
    .await;
    exporter.signal("TERM");
    let ended = exporter.ended_within(LONGEST_STOP).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// A workspace whose commit of the state is delayed; the delayed write has begun.
async fn committing(delay: &str) -> (Exporter, Simulator, tempfile::TempDir) {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let variables = every_second(&simulator, &settings);
    let arguments = ["--state.directory", folder.path().to_str().unwrap()];
    let injected = format!("fsync:{delay}");
    let exporter = Exporter::tampered(folder.path(), &injected, &arguments, &variables);
    until("a state is renamed into place", PATIENCE, async || {
        let found = state_in(folder.path());
        found.map(drop).ok_or_else(|| exporter.stderr())
    })
    .await;
    (exporter, simulator, folder)
}

fn state_in(folder: &Path) -> Option<std::path::PathBuf> {
    let mut files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "state"))
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_write_that_takes_minutes_is_named_and_not_waited_for() {
    let (mut exporter, _simulator, _folder) = committing(BEYOND_GRACE).await;
    exporter.signal("TERM");
    let ended = ended_but_for_strace(&mut exporter).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = ended.stderr.lines().find(|line| line.contains("were not written in time")).unwrap();
    assert!(told.contains("workspaces=127.0.0.1"), "{told}");
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_write_that_ends_in_time_is_waited_for() {
    let (mut exporter, _simulator, _folder) = committing("delay_enter=4000000").await;
    exporter.signal("INT");
    let ended = exporter.ended_within(GRACE).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("were not written in time"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Some tasks did not stop"), "{}", ended.stderr);
}

#[tokio::test]
#[ignore = "needs strace: tests/run runs it"]
async fn a_configuration_on_a_disk_that_hangs_holds_up_neither_scrapes_nor_the_end() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let workspace = format!(
        "workspaces: [{{name: acme, url: '{}', user_id: '{}', auth_token: '{}'}}]\n",
        simulator.url(),
        settings.user_id,
        settings.token
    );
    std::fs::write(&file, workspace).unwrap();
    // The first five opens happen at the start.
    let injected = format!("openat:{BEYOND_GRACE}:when=6+");
    let path = file.to_str().unwrap();
    let arguments = ["--config.file", path, "--config.auto-reload-interval", "100ms"];
    let mut exporter = Exporter::tampered(&file, &injected, &arguments, &[]);
    until("it says that the file hangs", PATIENCE, async || {
        assert_eq!(exporter.get("/metrics").await.status, 200);
        let log = exporter.stderr();
        if log.contains("Cannot check the configuration files for changes.") {
            Ok(())
        } else {
            Err(log)
        }
    })
    .await;
    exporter.signal("TERM");
    assert_eq!(ended_but_for_strace(&mut exporter).await.code, Some(0));
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_cut() {
    let settings = SimulatorSettings { agents: 400, ..SimulatorSettings::default() };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let mut exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    exporter.numbers_when("it is up", |numbers| numbers.get("up[]") == Some(&1.0)).await;
    let mut deaf = TcpStream::connect(exporter.address().await).await.unwrap();
    let requests = b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n".repeat(2000);
    let mut is_blocked = async || {
        let taken = tokio::time::timeout(Duration::from_secs(1), deaf.write_all(&requests)).await;
        taken.map_or(Ok(()), |taken| Err(format!("{taken:?}")))
    };
    until("no more is taken, although others are answered", PATIENCE, async || {
        is_blocked().await?;
        exporter.get("/metrics").await;
        is_blocked().await
    })
    .await;
    exporter.signal("TERM");
    let ended = exporter.ended_within(LONGEST_STOP).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("Connections were still open"), "{}", ended.stderr);
}
