//! A real Prometheus scrapes the real binary, which polls a workspace whose truth is known.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rocketchat_omnichannel_exporter::simulator::world::ChatState;
use rocketchat_omnichannel_exporter::simulator::{Settings, Simulator};
use serde_json::Value;

use super::{Exporter, PATIENCE, every_second, get, until};

/// A server that scrapes one target every second and ends with the test.
pub(super) struct Prometheus {
    child: Child,
    address: SocketAddr,
    directory: tempfile::TempDir,
}

impl Prometheus {
    fn start(target: SocketAddr) -> Self {
        Self::reaching(target, "")
    }

    /// `how` stands in the job's configuration, ended by a comma: scheme, TLS and credentials.
    pub(super) fn reaching(target: SocketAddr, how: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = format!(
            "global: {{scrape_interval: 1s}}\n\
             scrape_configs: [{{job_name: rocketchat, {how} static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        std::fs::write(directory.path().join("prometheus.yml"), config).unwrap();
        let address = free_address();
        let child = Self::spawn(directory.path(), address);
        Self { child, address, directory }
    }

    fn spawn(directory: &Path, address: SocketAddr) -> Child {
        let log = std::fs::File::create(directory.join("log")).unwrap();
        Command::new("prometheus")
            .current_dir(directory)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"])
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("prometheus is missing: apt-get install prometheus")
    }

    /// The value of an expression that has one.
    async fn value(&self, expression: &str) -> Result<f64, String> {
        let query: String = url::form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        let path = format!("/api/v1/query?query={query}");
        let log = || std::fs::read_to_string(self.directory.path().join("log")).unwrap();
        let reply = get(self.address, &path).await.map_err(|error| error + &log())?;
        let answer: Value = serde_json::from_str(&reply.text).map_err(|error| error.to_string())?;
        let value = answer["data"]["result"][0]["value"][1].as_str();
        value.map(|value| value.parse().unwrap()).ok_or(format!("{expression}: {}", reply.text))
    }

    pub(super) async fn shows(&self, expression: &str, expected: f64) {
        until(expression, PATIENCE, async || {
            let value = self.value(expression).await?;
            let is_equal = (value - expected).abs() < 1e-9;
            if is_equal { Ok(()) } else { Err(format!("{expression} is {value}, not {expected}")) }
        })
        .await;
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address that was free a moment ago: Prometheus does not tell which port it chose.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Expressions and what the world itself says to them.
fn truth(simulator: &Simulator) -> Vec<(String, f64)> {
    const STATES: [(&str, ChatState); 3] = [
        ("queued", ChatState::Queued),
        ("in_progress", ChatState::InProgress),
        ("on_hold", ChatState::OnHold),
    ];
    simulator.world(|world| {
        let mut truth = Vec::new();
        let nowhere = [("Public".to_owned(), None)];
        let departments =
            world.departments.values().map(|it| (it.name.clone(), Some(it.id.clone())));
        for (name, id) in departments.chain(nowhere) {
            for (label, state) in STATES {
                let chats = world.chats(state).filter(|room| room.department_id == id).count();
                let series = format!(
                    "rocketchat_omnichannel_open_chats{{department=\"{name}\",state=\"{label}\"}}"
                );
                truth.push((series, chats as f64));
            }
        }
        let held =
            world.rooms.values().filter(|room| room.open && room.served_by.is_some()).count();
        truth.push(("sum(rocketchat_omnichannel_agent_chats)".to_owned(), held as f64));
        let agents = world.agents.len() as f64;
        truth.push(("sum(rocketchat_omnichannel_workspace_agents)".to_owned(), agents));
        truth
    })
}

#[tokio::test]
async fn prometheus_shows_what_is_true() {
    let settings = Settings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    let prometheus = Prometheus::start(exporter.address().await);
    prometheus.shows("up{job=\"rocketchat\"}", 1.0).await;
    prometheus.shows("rocketchat_omnichannel_up", 1.0).await;
    let truth = truth(&simulator);
    assert!(
        truth.iter().filter(|(_, value)| *value > 0.0).count() > 8,
        "a lively world: {truth:?}"
    );
    for (expression, value) in truth {
        prometheus.shows(&expression, value).await;
    }
}
