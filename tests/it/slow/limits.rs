//! The exporter does not exhaust a server's rate limit, and the gauges that alerts page on stay fresh under it.

use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Route, Simulator, SimulatorSettings, World};

use crate::process::binary::{Exporter, until};
use crate::watching::{Numbers, numbers};

const ROUTES: [Route; 9] = [
    Route::Info,
    Route::Me,
    Route::Rooms,
    Route::Queue,
    Route::Departments,
    Route::Department,
    Route::Agents,
    Route::VoipRooms,
    Route::VoipRoom,
];
/// Half of the limit; the other half is left for people behind the same address.
const SHARE: u32 = 5;
/// A window of the server begins when a request arrives, and the exporter's before the request is sent: after a slow first
/// request, the window of the server ends later and takes in one request more.
const MOST_IN_A_WINDOW: u32 = SHARE + 1;
const WAITING: usize = 20;
/// Longest time until the page shows that a visitor waits.
const SOON: Duration = Duration::from_secs(60);

/// A workspace with a rate limiter, `served` chats with agents, some waiting chats and a running clock.
async fn workspace(version: &str, served: usize) -> (SimulatorSettings, Simulator) {
    let settings = SimulatorSettings {
        version: version.parse().unwrap(),
        warm_up: Duration::ZERO,
        rate_limit: Some(10),
        ..SimulatorSettings::default()
    };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(|world| {
        let agents: Vec<String> = world.agents.keys().cloned().collect();
        for agent in agents.iter().cycle().take(served) {
            let chat = arrive(world);
            assert!(world.assign(&chat, agent));
        }
        (0..WAITING).for_each(|_| drop(arrive(world)));
    });
    let mut last = Instant::now();
    simulator.on_request(move |world| {
        world.advance(last.elapsed());
        last = Instant::now();
    });
    (settings, simulator)
}

fn arrive(world: &mut World) -> String {
    let department = world.departments.keys().next().cloned();
    world.arrive(department.as_deref(), Channel::Widget)
}

fn config(workspaces: [(&str, &SimulatorSettings, &Simulator); 2]) -> String {
    let entry = |(name, settings, simulator): (&str, &SimulatorSettings, &Simulator)| {
        let SimulatorSettings { user_id, token, .. } = settings;
        format!(
            "  - {{name: {name}, url: '{}', user_id: {user_id}, auth_token: {token}}}\n",
            simulator.url()
        )
    };
    format!("poll: {{interval: 30s}}\nworkspaces:\n{}", workspaces.map(entry).concat())
}

/// The numbers of one workspace on the page.
async fn page(exporter: &Exporter, workspace: &str) -> Numbers {
    let page = exporter.get("/metrics").await.text;
    let of = format!("workspace=\"{workspace}\"");
    let wanted = |line: &&str| line.starts_with('#') || line.contains(&of);
    let lines: Vec<&str> = page.lines().filter(wanted).collect();
    numbers(&(lines.join("\n") + "\n"))
}

async fn waiting(exporter: &Exporter, workspace: &str) -> f64 {
    let page = page(exporter, workspace).await;
    let of_state = |key: &String| key.starts_with("open_chats[") && key.contains("\"queued\"");
    page.iter().filter(|(key, _)| of_state(key)).map(|(_, chats)| chats).sum()
}

async fn shows(exporter: &Exporter, workspace: &str, chats: usize) {
    until("the chat that waits is shown", SOON, async || {
        let seen = waiting(exporter, workspace).await;
        if (seen - chats as f64).abs() < 0.5 { Ok(()) } else { Err(format!("{workspace}: {seen}")) }
    })
    .await;
}

async fn interval(exporter: &Exporter, workspace: &str, list: &str) -> f64 {
    let series = format!("exporter_poll_interval_seconds[(\"collector\", \"{list}\")]");
    page(exporter, workspace).await[&series]
}

#[tokio::test]
#[ignore = "takes 3 minutes: tests/run runs it"]
async fn nobody_is_refused_and_a_chat_that_waits_is_shown_within_a_minute() {
    let (small_settings, small) = workspace("7.5.0", 40).await;
    let (large_settings, large) = workspace("8.1.0", 980).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.yaml");
    let text = config([("small", &small_settings, &small), ("large", &large_settings, &large)]);
    std::fs::write(&file, text).unwrap();
    let exporter = Exporter::serve(&["--config.file", file.to_str().unwrap()], &[]);

    let began = Instant::now();
    for arrived in 1..=3 {
        // A random moment between two polls; there is no condition to wait for.
        tokio::time::sleep(Duration::from_secs_f64(5.0 + 30.0 * fastrand::f64())).await;
        small.world(arrive);
        large.world(arrive);
        let chats = WAITING + arrived;
        tokio::join!(shows(&exporter, "small", chats), shows(&exporter, "large", chats));
    }
    tokio::time::sleep(Duration::from_secs(150).saturating_sub(began.elapsed())).await;

    for (name, simulator) in [("small", &small), ("large", &large)] {
        for route in ROUTES {
            let used = simulator.route_use(route);
            assert!(
                used.refused == 0 && used.busiest_window <= MOST_IN_A_WINDOW,
                "{name} {route:?}: {used:?}"
            );
        }
        until("the list of waiting chats is read each 30 s", SOON, async || {
            let every = interval(&exporter, name, "queued").await;
            if (every - 30.0).abs() < 0.01 { Ok(()) } else { Err(format!("{name}: {every} s")) }
        })
        .await;
    }
    let (few, many) =
        (interval(&exporter, "small", "open").await, interval(&exporter, "large", "open").await);
    assert!(30.0 < few && few < many, "{few} s, {many} s");
}
