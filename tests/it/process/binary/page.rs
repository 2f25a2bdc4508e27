//! The whole page of a small workspace, word for word, because dashboards depend on every line.

use std::time::Duration;

use rocketchat_omnichannel_exporter::config::AgentDetail;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, Direction, Status};
use rocketchat_omnichannel_exporter::simulator::{SimulatorSettings, World};
use tokio::time::Instant;

use crate::watching::Watched;

/// Families whose values depend on the speed of the machine.
const MEASURED: [&str; 3] = [
    "exporter_collection_duration_seconds",
    "exporter_api_request_duration_seconds",
    "exporter_api_rate_limit_reset_timestamp_seconds",
];

/// Creates chats in every state and a call, so that every family has a series.
fn bring_to_life(world: &mut World) {
    let department = world.departments.keys().next().cloned();
    let agents: Vec<String> = world.agents.keys().cloned().collect();
    let held = world.arrive(department.as_deref(), Channel::Sms);
    assert!(world.assign(&held, &agents[0]) && world.reply(&held) && world.hold(&held));
    let urgent = world.arrive(department.as_deref(), Channel::Widget);
    assert!(world.prioritise(&urgent, Some("priority-highest")));
    world.advance(Duration::from_secs(45));
    world.arrive(None, Channel::Email);
    world.start_call("sales-line", Direction::Inbound, &agents[1]).unwrap();
    assert!(world.set_status(&agents[2], Status::Offline, false));
    world.advance(Duration::from_secs(30));
}

/// The page without the parts that differ from run to run and from release to release.
fn lasting(page: &str, url: &str) -> String {
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((series, _))
            if !line.starts_with('#') && MEASURED.iter().any(|family| series.contains(family)) =>
        {
            format!("{series} <measured>")
        }
        _ => line.replace(url, "<url>"),
    };
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    let target = format!("target=\"{}\"", std::env::consts::ARCH);
    let page =
        page.replace(&version, "version=\"<version>\"").replace(&target, "target=\"<target>\"");
    page.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_page_of_a_small_workspace_is_known_word_for_word() {
    let settings = SimulatorSettings {
        seed: 3,
        version: "7.5.0".parse().unwrap(),
        departments: 2,
        agents: 3,
        arrivals_per_hour: 30.0,
        rate_limit: Some(100),
        ..SimulatorSettings::default()
    };
    let mut watched = Watched::start(settings, |workspace| {
        workspace.poll.interval = Duration::from_secs(30);
        workspace.agents.detail = AgentDetail::Presence;
        workspace.webhook_token = Some(TokenSource::Inline("secret".to_owned().into()));
    })
    .await;
    watched.simulator.world(bring_to_life);
    watched.clock.set(watched.simulator.world(|world| world.now()));
    let began = Instant::now();
    watched.cycle.once(Duration::from_secs(15)).await;
    insta::assert_snapshot!(lasting(&watched.page(began), &watched.simulator.url()));
}
