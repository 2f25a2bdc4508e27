//! The exporter under the limits of its systemd unit, as far as they can be applied without a service manager.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::process::binary::{Exporter, PATIENCE, until};

const UNIT: &str = "deploy/systemd/rocketchat-omnichannel-exporter.service";
const EXAMPLE: &str = include_str!("../../../deploy/systemd/config.yaml");
/// Path at which systemd puts the token.
const CREDENTIAL: &str =
    "/run/credentials/rocketchat-omnichannel-exporter.service/rocketchat-token";

/// Reads the messages to the service manager until the wanted one comes.
async fn told(manager: &UnixDatagram, wanted: &str) {
    until(&format!("{wanted} is told"), PATIENCE, async || {
        let mut buffer = [0; 512];
        let length = manager.recv(&mut buffer).map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if told.lines().any(|line| line == wanted) { Ok(()) } else { Err(told) }
    })
    .await;
}

#[tokio::test]
#[ignore = "needs setpriv, python3-seccomp and systemd-analyze: tests/run runs it"]
async fn it_polls_keeps_state_reloads_and_stops_with_nothing_that_the_unit_forbids() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    // By name, so that the resolver runs under the limits too.
    let url = simulator.url().replace("127.0.0.1", "localhost");
    let example = EXAMPLE
        .replace("https://chat.example.com", &url)
        .replace("rbAXPnMktTFbNpwtJ", &settings.user_id)
        .replace(CREDENTIAL, &path("token"));
    std::fs::write(path("config.yaml"), example).unwrap();
    std::fs::write(path("token"), &settings.token).unwrap();
    let manager = UnixDatagram::bind(path("notify")).unwrap();
    manager.set_nonblocking(true).unwrap();
    let variables = [
        ("NOTIFY_SOCKET", path("notify")),
        ("WATCHDOG_USEC", "200000".to_owned()),
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "1s".to_owned()),
    ];
    let (config, state) = (path("config.yaml"), path("state"));
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join(UNIT);
    let arguments = ["--config.file", &config, "--state.directory", &state];
    let mut exporter = Exporter::confined(&unit, &arguments, &variables);
    told(&manager, "READY=1").await;
    exporter.numbers_when("it is up", |numbers| numbers.get("up[]") == Some(&1.0)).await;
    let page = exporter.get("/metrics").await.text;
    for served in ["process_resident_memory_bytes ", "process_open_fds "] {
        assert!(page.contains(&format!("\n{served}")), "{served} is missing: {page}");
    }
    until("its state is kept", PATIENCE, async || {
        let files = std::fs::read_dir(&state).unwrap().map(|it| it.unwrap().path());
        let mut kept = files.filter(|path| path.extension().is_some_and(|it| it == "state"));
        kept.next().map(drop).ok_or_else(|| "no file".to_owned())
    })
    .await;
    exporter.signal("HUP");
    told(&manager, "RELOADING=1").await;
    told(&manager, "READY=1").await;
    told(&manager, "WATCHDOG=1").await;
    exporter.signal("TERM");
    told(&manager, "STOPPING=1").await;
    let ended = exporter.ended_within(Duration::from_secs(20)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let complaints = ["level=error", "level=warn", "Operation not permitted"];
    let lines = ended.stderr.lines().filter(|line| complaints.iter().any(|it| line.contains(it)));
    // The date of the simulated workspace is not today's, so this warning is expected.
    let lines = lines.filter(|line| !line.contains("synchronize both with NTP"));
    assert_eq!(lines.count(), 0, "{}", ended.stderr);
}
