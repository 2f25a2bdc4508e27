//! A real Prometheus scrapes the real binary, which polls a workspace with known true values.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use rocketchat_omnichannel_exporter::simulator::world::ChatState;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::inside::deploy::{generations, program};
use crate::process::binary::{Exporter, every_second};
use crate::prometheus_server::Prometheus;

/// Expressions with their true values from the simulated world.
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
#[ignore = "needs prometheus: tests/run runs it"]
async fn prometheus_shows_what_is_true() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    let prometheus = Prometheus::start(exporter.address().await, "1s");
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

/// The job of docs/deployment.md for many workspaces, of this exporter.
fn discovering(address: SocketAddr) -> String {
    format!(
        "http_sd_configs: [{{url: 'http://{address}/sd', refresh_interval: 1s}}], \
         metric_relabel_configs: \
         [{{source_labels: [instance], regex: '([^/]+)/.*', target_label: instance}}]"
    )
}

/// A configuration of one simulated workspace under these names.
fn configure(file: &Path, simulator: &Simulator, settings: &SimulatorSettings, names: &[&str]) {
    let (url, SimulatorSettings { user_id, token, .. }) = (simulator.url(), settings);
    let mut yaml =
        "poll: {interval: 1s, max_requests_per_minute: 100000}\nworkspaces:\n".to_owned();
    for name in names {
        let login = format!("user_id: '{user_id}', auth_token: '{token}'");
        writeln!(yaml, "- {{name: '{name}', url: '{url}', {login}}}").unwrap();
    }
    std::fs::write(file, yaml).unwrap();
}

/// Waits until the targets of this exporter are these workspaces and the process, and all are up.
async fn all_up(prometheus: &Prometheus, address: SocketAddr, names: &[&str]) {
    for instance in names.iter().map(|name| format!("{address}/{name}")) {
        prometheus.shows(&format!("up{{instance=\"{instance}\"}}"), 1.0).await;
    }
    prometheus.shows(&format!("up{{instance=\"{address}\"}}"), 1.0).await;
    prometheus.shows("count(up)", names.len() as f64 + 1.0).await;
}

#[tokio::test]
#[ignore = "needs prometheus: tests/run runs it"]
async fn prometheus_discovers_workspaces_and_process_and_scrapes_each_series_once() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    for generation in generations() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        configure(&file, &simulator, &settings, &["acme", "café & co/1"]);
        let reloading =
            ["--config.file", file.to_str().unwrap(), "--config.auto-reload-interval", "1s"];
        let exporter = Exporter::serve(&reloading, &[]);
        let address = exporter.address().await;
        let program = program(generation.as_deref(), "prometheus");
        let prometheus = Prometheus::scraping(program, "1s", &discovering(address), &[]);
        all_up(&prometheus, address, &["acme", "café & co/1"]).await;
        prometheus.shows("count(rocketchat_omnichannel_up == 1)", 2.0).await;
        prometheus.shows("count(process_start_time_seconds)", 1.0).await;
        // All series have the instance of the process, and each comes from one target.
        let ours = "{__name__=~\"rocketchat_omnichannel_.+|process_.+\"}";
        prometheus.shows(&format!("count(count by (instance) ({ours}))"), 1.0).await;
        let doubled = format!("sum(scrape_samples_scraped) - count({ours})");
        prometheus.shows(&doubled, 0.0).await;
        let joined = "count(rocketchat_omnichannel_up * on (instance) group_left () process_start_time_seconds)";
        prometheus.shows(joined, 2.0).await;
        configure(&file, &simulator, &settings, &["acme", "new"]);
        all_up(&prometheus, address, &["acme", "new"]).await;
    }
}
