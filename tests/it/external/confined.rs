//! The exporter under the limits of its systemd unit, as far as they can be applied without a service manager.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::process::binary::{Exporter, PATIENCE, until};

const UNIT: &str = "deploy/systemd/rocketchat-omnichannel-exporter.service";
const EXAMPLE: &str = include_str!("../../../deploy/systemd/config.yaml");
/// Path at which systemd puts the token.
const CREDENTIAL: &str =
    "/run/credentials/rocketchat-omnichannel-exporter.service/rocketchat-token";

/// A service manager. It reads all the time: a socket that nobody reads holds only a few messages.
struct Manager {
    told: Arc<Mutex<Vec<String>>>,
    /// Number of lines up to the last one that was waited for.
    heard: usize,
}

impl Manager {
    fn listen(path: &str) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&told);
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            loop {
                let length = socket.recv(&mut buffer).unwrap();
                let message = String::from_utf8_lossy(&buffer[..length]);
                lines.lock().unwrap().extend(message.lines().map(str::to_owned));
            }
        });
        Self { told, heard: 0 }
    }

    /// Waits until this line is told, after the last one that was waited for.
    async fn told(&mut self, wanted: &str) {
        until(&format!("{wanted} is told"), PATIENCE, async || {
            let told = self.told.lock().unwrap();
            let mut new = told.iter().skip(self.heard);
            let Some(place) = new.position(|line| line == wanted) else {
                return Err(format!("{told:?}, heard {}", self.heard));
            };
            self.heard += place + 1;
            Ok(())
        })
        .await;
    }
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
    let mut manager = Manager::listen(&path("notify"));
    let variables = [
        ("NOTIFY_SOCKET", path("notify")),
        ("WATCHDOG_USEC", "200000".to_owned()),
        // A list that is not read for three intervals is a complaint in the log.
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "5s".to_owned()),
    ];
    let (config, state) = (path("config.yaml"), path("state"));
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join(UNIT);
    let arguments = ["--config.file", &config, "--state.directory", &state];
    let mut exporter = Exporter::confined(&unit, &arguments, &variables);
    manager.told("READY=1").await;
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
    manager.told("RELOADING=1").await;
    manager.told("READY=1").await;
    manager.told("WATCHDOG=1").await;
    exporter.signal("TERM");
    manager.told("STOPPING=1").await;
    let ended = exporter.ended_within(Duration::from_secs(20)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let complaints = ["level=error", "level=warn", "Operation not permitted"];
    let lines = ended.stderr.lines().filter(|line| complaints.iter().any(|it| line.contains(it)));
    // The date of the simulated workspace is not today's, so this warning is expected.
    let lines = lines.filter(|line| !line.contains("synchronize both with NTP"));
    assert_eq!(lines.count(), 0, "{}", ended.stderr);
}
