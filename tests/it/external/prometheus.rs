//! A real Prometheus scrapes the real binary, which polls a workspace with known true values.

use rocketchat_omnichannel_exporter::simulator::world::ChatState;
use rocketchat_omnichannel_exporter::simulator::{Settings, Simulator};

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
    let settings = Settings::default();
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
