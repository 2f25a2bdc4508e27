//! `demo`: live numbers within seconds, for every generation of the server.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Exporter, PATIENCE, get, until};
use crate::process::web_config::{Site, TLS};
use crate::prometheus_server::Prometheus;
use crate::watching::{Numbers, numbers};

/// Longest time until the demo shows numbers, on a machine with nothing else to do.
const NEWCOMERS_PATIENCE: Duration = Duration::from_secs(5);

async fn start(version: &str) -> (Exporter, SocketAddr) {
    let arguments = ["demo", "--seed", "7", "--server-version", version, "--poll.interval", "1s"];
    let demo = Exporter::serve(&arguments, &[]);
    let address = until("it says where to look", PATIENCE, async || {
        let said = demo.stdout();
        let url =
            said.split("Metrics:      http://").nth(1).and_then(|rest| rest.split('/').next());
        url.map(|address| address.parse().unwrap()).ok_or(said)
    })
    .await;
    (demo, address)
}

async fn page(address: SocketAddr) -> Result<String, String> {
    let page = get(address, "/metrics").await?.text;
    if numbers(&page).get("up[]") == Some(&1.0) { Ok(page) } else { Err(page) }
}

fn chats(page: &str) -> Numbers {
    let mut numbers = numbers(page);
    let moves =
        |key: &str| key.starts_with("open_chats[") || key.starts_with("queue_oldest_wait_seconds[");
    numbers.retain(|key, _| moves(key));
    numbers
}

#[tokio::test]
async fn numbers_move_within_seconds_on_every_generation() {
    let mut waits = Vec::new();
    for (version, has_calls) in
        [("2.4.0", 0.0), ("6.10.0", 1.0), ("7.13.0", 1.0), ("8.1.0", 0.0), ("9.0.0", 0.0)]
    {
        let started = Instant::now();
        let (_demo, address) = start(version).await;
        let first = until("somebody is there", PATIENCE, async || {
            let first = page(address).await?;
            if chats(&first).values().sum::<f64>() > 0.0 { Ok(first) } else { Err(first) }
        })
        .await;
        waits.push(started.elapsed());
        assert_eq!(numbers(&first).get("voip_supported[]"), Some(&has_calls), "{version}");
        until("numbers move", PATIENCE, async || {
            let next = page(address).await?;
            if chats(&next) == chats(&first) { Err(next) } else { Ok(()) }
        })
        .await;
    }
    // Other work on the machine delays some of the starts.
    assert!(waits.iter().min().unwrap() < &NEWCOMERS_PATIENCE, "{waits:?}");
}

#[tokio::test]
async fn the_first_line_leads_to_the_page_and_each_printed_command_works() {
    let (demo, address) = start("8.1.0").await;
    until("it is up", PATIENCE, async || page(address).await).await;
    let said = demo.stdout();
    assert_eq!(said.lines().next(), Some(&*format!("Open http://{address}/")));
    until("all is well", PATIENCE, async || {
        let html = get(address, "/").await?.text;
        if html.contains("All is well: the workspace is read.") { Ok(()) } else { Err(html) }
    })
    .await;
    let commands: Vec<_> = said.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    assert_eq!(commands.len(), 3, "{said}");
    let folder = tempfile::tempdir().unwrap();
    for command in commands {
        let shell = Command::new("sh").args(["-c", command]).current_dir(&folder).output().unwrap();
        let (out, error) =
            (String::from_utf8_lossy(&shell.stdout), String::from_utf8_lossy(&shell.stderr));
        assert!(shell.status.success(), "{command}: {out}{error}");
    }
    let scrape =
        std::fs::read_to_string(folder.path().join("rocketchat-omnichannel-demo.yml")).unwrap();
    assert!(scrape.contains(&format!("targets: [\"{address}\"]")), "{scrape}");
}

#[tokio::test]
async fn with_tls_and_users_the_printed_addresses_and_commands_say_so() {
    let site = Site::new();
    let hash = bcrypt::hash("secret", 4).unwrap();
    let yaml = format!("{TLS}}}\nbasic_auth_users: {{alice: \"{hash}\"}}\n");
    let file = site.authority.write("web.yml", yaml);
    let arguments = ["demo", "--seed", "7", "--web.config.file", file.to_str().unwrap()];
    let demo = Exporter::serve(&arguments, &[]);
    let said = until("it says where to look", PATIENCE, async || {
        let said = demo.stdout();
        if said.contains("Stop with") { Ok(said) } else { Err(said) }
    })
    .await;
    let metrics = said.lines().find_map(|line| line.strip_prefix("Metrics:      ")).unwrap();
    assert!(said.starts_with("Open https://") && metrics.starts_with("https://"), "{said}");
    let page = site.client(None).get(metrics).basic_auth("alice", Some("secret")).send().await;
    assert_eq!(page.unwrap().status(), 200);
    assert!(said.contains(&format!("curl -sk -u 'alice' {metrics} | grep")), "{said}");
    assert!(said.contains("curl asks for the password of alice"), "{said}");
    let command = said.lines().filter_map(|line| line.strip_prefix("  ")).next_back().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shell = Command::new("sh").args(["-c", command]).current_dir(&folder).status().unwrap();
    assert!(shell.success(), "{command}");
    let file = folder.path().join("rocketchat-omnichannel-demo.yml");
    let scrape = std::fs::read_to_string(file).unwrap();
    for part in [
        "scheme: https, tls_config: {insecure_skip_verify: true}",
        "basic_auth: {username: \"alice\", password_file: rocketchat-omnichannel-demo.password}",
    ] {
        assert!(scrape.contains(part), "{scrape}");
    }
}

#[tokio::test]
#[ignore = "needs promtool and prometheus: tests/run runs it"]
async fn prometheus_scrapes_the_demo_by_the_configuration_of_the_printed_command() {
    let (demo, _) = start("8.1.0").await;
    let said = until("it says how to stop", PATIENCE, async || {
        let said = demo.stdout();
        if said.contains("Stop with") { Ok(said) } else { Err(said) }
    })
    .await;
    let command = said.lines().filter_map(|line| line.strip_prefix("  ")).next_back().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let shell = Command::new("sh").args(["-c", command]).current_dir(&folder).status().unwrap();
    assert!(shell.success(), "{command}");
    let file = folder.path().join("rocketchat-omnichannel-demo.yml");
    let checked = Command::new("promtool").args(["check", "config"]).arg(&file).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let prometheus = Prometheus::configured(&std::fs::read_to_string(file).unwrap());
    prometheus.shows("max_over_time(rocketchat_omnichannel_up[5m])", 1.0).await;
}

#[tokio::test]
#[ignore = "needs promtool and prometheus: tests/run runs it"]
async fn an_hour_of_history_is_written_and_a_prometheus_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.om");
    let demo = Command::new(env!("CARGO_BIN_EXE_rocketchat-omnichannel-exporter"))
        .args(["demo", "--history", "1h", "--output"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let prometheus = Prometheus::holding(&file, None);
    prometheus.shows("count_over_time(rocketchat_omnichannel_up[2h])", 60.0).await;
    prometheus.shows("min_over_time(rocketchat_omnichannel_up[2h])", 1.0).await;
}

#[tokio::test]
#[ignore = "needs promtool: tests/run runs it"]
async fn promtool_has_nothing_to_say_about_the_page() {
    for version in ["6.10.0", "8.1.0"] {
        let (_demo, address) = start(version).await;
        let page = until("it is up", PATIENCE, async || page(address).await).await;
        let mut promtool = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("promtool is missing: apt-get install prometheus");
        promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        let output = promtool.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&said), "", "{version}");
        assert!(output.status.success(), "{version}");
    }
}
