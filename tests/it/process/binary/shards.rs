//! Replicas share a configuration and a state directory: each workspace belongs to one replica at any time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use rocketchat_omnichannel_exporter::shard::Shard;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::bad_input::assert_one_line;
use super::kept::come_and_go;
use super::{Exporter, PATIENCE, until};

const WORKSPACES: [&str; 5] = ["acme", "emea", "apac", "sales", "support"];
const ENOUGH_TO_STOP: Duration = Duration::from_secs(20);

/// The closed chats of each workspace as last shown.
type Last = Mutex<BTreeMap<String, f64>>;

/// Workspaces, each on its own server, and the configuration that all replicas read.
struct Fleet {
    simulators: Vec<Simulator>,
    folder: tempfile::TempDir,
    /// Closed chats of each workspace.
    closed: f64,
}

impl Fleet {
    async fn new() -> Self {
        let settings = SimulatorSettings {
            arrivals_per_hour: 0.0,
            warm_up: Duration::ZERO,
            calls: false,
            ..SimulatorSettings::default()
        };
        let mut simulators = Vec::new();
        for _ in WORKSPACES {
            simulators.push(Simulator::start(settings.clone()).await.unwrap());
        }
        let fleet = Self { simulators, folder: tempfile::tempdir().unwrap(), closed: 0.0 };
        fleet.configure(&settings, WORKSPACES.len());
        fleet
    }

    /// Writes a configuration of the first `workspaces` workspaces.
    fn configure(&self, settings: &SimulatorSettings, workspaces: usize) {
        let mut text = format!(
            "poll: {{interval: 1s, max_requests_per_minute: 100000}}\nstate: {{directory: '{}'}}\nworkspaces:\n",
            self.folder.path().join("state").display()
        );
        let SimulatorSettings { token, user_id, .. } = settings;
        for (name, simulator) in WORKSPACES.iter().zip(&self.simulators).take(workspaces) {
            let url = simulator.url();
            let line =
                format!("{{name: {name}, url: '{url}', user_id: {user_id}, auth_token: {token}}}");
            writeln!(text, "  - {line}").unwrap();
        }
        std::fs::write(self.file(), text).unwrap();
    }

    fn file(&self) -> String {
        self.folder.path().join("config.yaml").to_str().unwrap().to_owned()
    }

    fn replica(&self, index: u32, count: u32) -> Exporter {
        let (index, count) = (index.to_string(), count.to_string());
        let file = self.file();
        Exporter::serve(&["--config.file", &file, "--shard", &index, "--shards", &count], &[])
    }

    /// Adds a closed chat to each workspace.
    fn come_and_go(&mut self) {
        self.simulators.iter().for_each(|simulator| simulator.world(come_and_go));
        self.closed += 1.0;
    }
}

/// Closed chats by workspace, for the workspaces on the replica's page.
async fn closed(replica: &Exporter) -> BTreeMap<String, f64> {
    let page = replica.get("/metrics").await.text;
    let mut closed = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("rocketchat_omnichannel_")) {
        let Some((_, rest)) = line.split_once("{workspace=\"") else { continue };
        let value = line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        let is_counted = line.starts_with("rocketchat_omnichannel_chats_closed_total{");
        let workspace = rest.split('"').next().unwrap().to_owned();
        *closed.entry(workspace).or_insert(0.0) += if is_counted { value } else { 0.0 };
    }
    closed
}

/// Waits until the replicas show every workspace with `wanted` closed chats. Asserts that two replicas never show the
/// same workspace and that no total goes back.
async fn all_closed(replicas: &[Exporter], last: &Last, wanted: f64) {
    until("all is counted once", PATIENCE, async || {
        let mut shown = BTreeMap::new();
        for replica in replicas {
            for (workspace, closed) in closed(replica).await {
                let before = last.lock().unwrap().insert(workspace.clone(), closed);
                let before = before.unwrap_or_default();
                assert!(closed >= before, "{workspace} went from {before} to {closed}");
                assert!(closed <= wanted, "{workspace} counts {closed} of {wanted}");
                let other = shown.insert(workspace.clone(), replica.id());
                assert_eq!(other, None, "{workspace} is shown by {} too", replica.id());
            }
        }
        let last = last.lock().unwrap();
        let is_whole = shown.len() == WORKSPACES.len() && last.values().all(|it| *it == wanted);
        if is_whole { Ok(()) } else { Err(format!("{shown:?} {last:?}")) }
    })
    .await;
}

async fn stop(mut replica: Exporter) {
    replica.signal("TERM");
    assert_eq!(replica.ended_within(ENOUGH_TO_STOP).await.code, Some(0));
}

async fn is_ready(replica: &Exporter) {
    until("it is ready", PATIENCE, async || {
        let ready = replica.get("/-/ready").await;
        if ready.status == 200 { Ok(()) } else { Err(ready.text) }
    })
    .await;
    assert_eq!(replica.get("/-/healthy").await.status, 200);
}

#[tokio::test]
async fn a_third_replica_takes_over_in_any_order_and_every_chat_is_counted_once() {
    for order in [[2, 0, 1], [1, 2, 0], [0, 1, 2]] {
        let mut fleet = Fleet::new().await;
        let last = Last::default();
        let mut replicas = vec![fleet.replica(0, 2), fleet.replica(1, 2)];
        for replica in &replicas {
            until("it polls", PATIENCE, async || {
                let page = replica.get("/metrics").await.text;
                let ups = page.lines().filter(|it| it.starts_with("rocketchat_omnichannel_up{"));
                let ups = ups.map(|line| line.ends_with(" 1")).collect::<Vec<_>>();
                if !ups.is_empty() && ups.iter().all(|up| *up) { Ok(()) } else { Err(page) }
            })
            .await;
        }
        // An event in the second in which counting begins may or may not be counted.
        for simulator in &fleet.simulators {
            simulator.world(|world| world.advance(Duration::from_secs(30)));
        }
        fleet.come_and_go();
        all_closed(&replicas, &last, fleet.closed).await;
        let mut old: Vec<_> = replicas.drain(..).map(Some).collect();
        let mut new = Vec::new();
        for index in order {
            // The new replica starts first, as in a rollout: its workspaces still belong to another replica.
            let replica = fleet.replica(index, 3);
            is_ready(&replica).await;
            new.push(replica);
            fleet.come_and_go();
            if let Some(old) = old.get_mut(index as usize).and_then(Option::take) {
                stop(old).await;
            }
        }
        all_closed(&new, &last, fleet.closed).await;
        let waited =
            new.iter().any(|it| it.stderr().contains("This replica does not poll the workspace"));
        assert!(waited, "some came before their workspaces were free");
        for (index, replica) in order.iter().zip(&new) {
            let shard = Shard::new(*index, 3).unwrap();
            let page = replica.get("/metrics").await.text;
            assert!(page.contains(&format!("shard=\"{index}\",shards=\"3\"}} 1")), "{page}");
            assert!(closed(replica).await.keys().all(|workspace| shard.has(workspace)));
        }
    }
}

#[tokio::test]
async fn a_reload_brings_a_replica_the_workspaces_of_its_shard_and_no_others() {
    let fleet = Fleet::new().await;
    fleet.configure(&SimulatorSettings::default(), 1);
    let others = (0..2).find(|index| !Shard::new(*index, 2).unwrap().has(WORKSPACES[0])).unwrap();
    let replica = fleet.replica(others, 2);
    is_ready(&replica).await;
    until("it says that there is nothing to watch", PATIENCE, async || {
        let log = replica.stderr();
        if log.contains("This shard has no workspace") { Ok(()) } else { Err(log) }
    })
    .await;
    assert!(closed(&replica).await.is_empty());
    let shown = replica.get("/config").await.text;
    assert!(shown.contains(&format!("shard: {others}\nshards: 2\n")), "{shown}");
    fleet.configure(&SimulatorSettings::default(), WORKSPACES.len());
    replica.signal("HUP");
    let shard = Shard::new(others, 2).unwrap();
    let expected: Vec<_> = WORKSPACES.into_iter().filter(|name| shard.has(name)).collect();
    assert!(!expected.is_empty());
    until("they are watched", PATIENCE, async || {
        let mut seen: Vec<_> = closed(&replica).await.into_keys().collect();
        seen.sort_by_key(|name| WORKSPACES.iter().position(|it| it == name));
        if seen == expected { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_shard_ends_the_start_with_one_line() {
    let fleet = Fleet::new().await;
    let file = fleet.file();
    for (flags, told) in [
        (vec!["--shard", "2", "--shards", "2"], "the last of 2 shards is 1"),
        (vec!["--shard", "0"], "shards: is missing"),
        (vec!["--shards", "2"], "shard: is missing"),
    ] {
        let arguments = [vec!["--config.file", &file], flags].concat();
        let ended = Exporter::serve(&arguments, &[]).ended_within(PATIENCE).await;
        assert_one_line(&ended, 78, &["shard", told]);
    }
    let variables = ["ROCKETCHAT_EXPORTER__SHARD", "ROCKETCHAT_EXPORTER__SHARDS"]
        .map(|variable| (variable, "0".to_owned()));
    let ended = Exporter::serve(&["--config.file", &file], &variables).ended_within(PATIENCE).await;
    assert_one_line(&ended, 78, &["ROCKETCHAT_EXPORTER__SHARDS", "at least 1"]);
}

#[tokio::test]
#[ignore = "needs root: tests/run runs it"]
async fn a_pod_finds_its_shard_in_its_host_name() {
    let fleet = Fleet::new().await;
    let file = fleet.file();
    let flags = ["--config.file", &file, "--shard", "auto", "--shards", "3", "--config.check"];
    for (host, code, told) in [
        ("exporter-2", 0, "The configuration is valid."),
        ("exporter-3", 78, "of the host name \"exporter-3\": the numbers of shards begin at 0"),
        ("worker", 78, "the host name, and \"worker\" does not end in a number"),
    ] {
        let mut exporter = Exporter::on_host(host, &flags);
        let ended = exporter.ended_within(PATIENCE).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!((ended.stdout + &ended.stderr).contains(told), "{host}");
    }
}

#[tokio::test]
async fn a_preflight_looks_at_every_workspace_and_names_those_of_its_shard() {
    let fleet = Fleet::new().await;
    let running = fleet.replica(1, 2);
    is_ready(&running).await;
    let file = fleet.file();
    let flags = ["check", "--config.file", &file, "--shard", "0", "--shards", "2"];
    let ended = Exporter::start(&flags, &[]).ended_within(PATIENCE).await;
    let shard = Shard::new(0, 2).unwrap();
    let ours: Vec<_> = WORKSPACES.into_iter().filter(|name| shard.has(name)).collect();
    let line = format!("✓ shard: 0 of 2, with the workspaces: {}\n", ours.join(", "));
    assert!(ended.stdout.contains(&line), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("can be written, and no other exporter uses it"),
        "{}",
        ended.stdout
    );
    for workspace in WORKSPACES {
        assert!(ended.stdout.contains(&format!("✓ {workspace}: token: ")), "{}", ended.stdout);
    }
}
