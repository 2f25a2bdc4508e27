//! Few open files: clients do not take the descriptors that polls and the state file need.

use std::collections::VecDeque;
use std::net::SocketAddr;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::net::TcpStream;

use super::kept::{page_when, sum};
use super::{Exporter, every_second};

/// Number of clients, higher than the limit of descriptors.
const CROWD: usize = 400;
const REQUESTS: &str = "exporter_api_requests_total";

/// Opens silent connections for ever, and replaces those that the exporter closes.
async fn crowd(address: SocketAddr) {
    let mut held = VecDeque::new();
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            held.push_back(stream);
        }
        if held.len() > CROWD {
            held.pop_front();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn idle_clients_take_no_descriptor_from_polls_and_state() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["--state.directory", directory.path().to_str().unwrap()];
    let variables = every_second(&simulator, &settings);
    let exporter = Exporter::with_open_files((64, 256), &arguments, &variables);
    let crowd = tokio::spawn(crowd(exporter.address().await));
    let page = page_when(&exporter, "it has polled for a while", |page| sum(page, REQUESTS) > 60.0);
    let page = page.await;
    crowd.abort();
    let unanswered = page.iter().filter(|(series, _)| {
        series.name == REQUESTS && series.labels.get("code").is_some_and(|code| code == "none")
    });
    assert_eq!(unanswered.map(|(_, count)| count).sum::<f64>(), 0.0, "{}", exporter.stderr());
    assert_eq!(sum(&page, "exporter_state_write_failures_total"), 0.0, "{}", exporter.stderr());
    let log = exporter.stderr();
    assert!(log.contains("connections=188 files=256 workspaces=1"), "{log}");
    assert!(!log.contains("Cannot accept a connection"), "{log}");
}
