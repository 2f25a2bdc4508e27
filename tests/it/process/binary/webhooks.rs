//! The real exporter and webhooks: an arrival that is fresh within seconds, reloads, and floods.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::world::{
    Channel, NoticeType, VISITOR_MARKER, World,
};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, WebhookSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Exporter, PATIENCE, ask, get, until};
use crate::plain_http;
use crate::watching::{Numbers, numbers, quiet, sum};

const TOKEN: &str = "webhook-hunter2";
const FRESH: Duration = Duration::from_secs(2);

struct Scene {
    simulator: Simulator,
    folder: tempfile::TempDir,
    settings: SimulatorSettings,
}

impl Scene {
    async fn new(settings: SimulatorSettings) -> Self {
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        Self { simulator, folder: tempfile::tempdir().unwrap(), settings }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    fn write(&self, more: &str) {
        let (url, settings) = (self.simulator.url(), &self.settings);
        let (user, token) = (&settings.user_id, &settings.token);
        let workspace = format!("url: '{url}', user_id: '{user}', auth_token: '{token}'");
        let yaml = format!("workspaces:\n- {{name: acme, {workspace}{more}}}\n");
        std::fs::write(self.file(), yaml).unwrap();
    }

    fn exporter(&self) -> Exporter {
        let file = self.file();
        Exporter::serve(&["--config.file", file.to_str().unwrap(), "--web.enable-lifecycle"], &[])
    }

    async fn send_webhooks(&self, exporter: &Exporter) {
        let url = format!("http://{}/webhook/acme", exporter.address().await);
        let secret_token = Some(TOKEN.to_owned());
        let send_on = NoticeType::ALL.into();
        self.simulator.set_webhook(Some(WebhookSettings { url, secret_token, send_on }));
    }
}

fn with_token() -> String {
    format!(", webhook_token: '{TOKEN}'")
}

fn queued(page: &Numbers) -> f64 {
    sum(page, "open_chats", "\"queued\"")
}

/// A workspace whose agents take no chats, so that an arrival waits.
fn unattended() -> SimulatorSettings {
    SimulatorSettings { agents: 1, ..quiet() }
}

async fn first_poll(exporter: &Exporter) -> Numbers {
    let polled = |page: &Numbers| page.get("up[]") == Some(&1.0);
    exporter.numbers_when("the first poll", polled).await
}

/// Time from an arrival to the page that shows it.
async fn arrival(scene: &Scene, exporter: &Exporter, expected: f64) -> Duration {
    let arrived = Instant::now();
    scene.simulator.world(|world| world.arrive(None, Channel::Widget));
    exporter.numbers_when("the arrival is shown", |page| queued(page) == expected).await;
    arrived.elapsed()
}

#[tokio::test]
async fn an_arrival_is_on_the_page_within_two_seconds_of_its_webhook() {
    let scene = Scene::new(unattended()).await;
    // Without a webhook, the arrivals would be seen after an hour.
    let poll = "poll: {interval: 1h, max_requests_per_minute: 60000}";
    scene.write(&format!("{}, {poll}", with_token()));
    let exporter = scene.exporter();
    let page = first_poll(&exporter).await;
    assert_eq!(page["exporter_nudged_polls_total[]"], 0.0);
    for (event_type, expected) in [("LivechatSessionStart", 0.0), ("Message", 0.0), ("other", 0.0)]
    {
        let labels = format!("exporter_webhooks_total[(\"type\", \"{event_type}\")]");
        assert_eq!(page[&labels], expected, "{page:?}");
    }
    scene.send_webhooks(&exporter).await;
    let mut took = Vec::new();
    for expected in [1.0, 2.0, 3.0, 4.0] {
        took.push(arrival(&scene, &exporter, expected).await);
    }
    // On a busy machine some arrivals take longer.
    assert!(took.iter().min().unwrap() <= &FRESH, "{took:?}");
    scene.simulator.world(World::leave_offline_message);
    let told = |page: &Numbers| {
        sum(page, "exporter_webhooks_total", "LivechatOfflineMessage") == 1.0
            && sum(page, "exporter_webhooks_total", "\"LivechatSessionStart\"") == 4.0
            && page["exporter_nudged_polls_total[]"] >= 4.0
    };
    exporter.numbers_when("the webhooks are counted", told).await;
    let log = exporter.stderr();
    assert!(!log.contains(VISITOR_MARKER) && !log.contains(TOKEN), "{log}");
    assert!(!exporter.get("/config").await.text.contains(TOKEN));
}

#[tokio::test]
async fn with_the_default_limiter_an_arrival_is_fresh_while_the_budget_has_room() {
    let scene = Scene::new(SimulatorSettings { rate_limit: Some(10), ..unattended() }).await;
    // The next regular poll comes too late to show the arrival.
    scene.write(&format!("{}, poll: {{interval: 2m}}", with_token()));
    let exporter = scene.exporter();
    first_poll(&exporter).await;
    scene.send_webhooks(&exporter).await;
    arrival(&scene, &exporter, 1.0).await;
    let nudged = |page: &Numbers| page["exporter_nudged_polls_total[]"] >= 1.0;
    exporter.numbers_when("a webhook has asked for a poll", nudged).await;
    let rooms = scene.simulator.route_use(rocketchat_omnichannel_exporter::simulator::Route::Rooms);
    assert!(rooms.busiest_window <= 5 && rooms.refused == 0, "{rooms:?}");
}

#[tokio::test]
async fn a_reload_changes_the_token_and_removes_it() {
    let scene = Scene::new(unattended()).await;
    scene.write(&with_token());
    let exporter = scene.exporter();
    first_poll(&exporter).await;
    let address = exporter.address().await;
    let reload = async || {
        let url = format!("http://{address}/-/reload");
        assert_eq!(ask(reqwest::Method::POST, &url).await.unwrap().status, 200);
    };
    assert_eq!(webhook(address, TOKEN).await, 200);
    let counted =
        |expected: f64| move |page: &Numbers| sum(page, "exporter_webhooks_total", "") == expected;
    exporter.numbers_when("the webhook is counted", counted(1.0)).await;
    scene.write(", webhook_token: another");
    reload().await;
    assert_eq!(webhook(address, TOKEN).await, 403);
    assert_eq!(webhook(address, "another").await, 200);
    exporter.numbers_when("the count goes on", counted(2.0)).await;
    scene.write("");
    reload().await;
    assert_eq!(webhook(address, "another").await, 403);
    let gone = |page: &Numbers| {
        page.contains_key("up[]")
            && !page.keys().any(|series| series.contains("webhooks") || series.contains("nudged"))
    };
    exporter.numbers_when("the families are gone", gone).await;
}

#[tokio::test]
async fn only_the_replica_that_watches_the_workspace_takes_its_webhooks() {
    let scene = Scene::new(unattended()).await;
    scene.write(&with_token());
    let file = scene.file();
    let mut answers = Vec::new();
    for shard in ["0", "1"] {
        let arguments =
            ["--config.file", file.to_str().unwrap(), "--shard", shard, "--shards", "2"];
        let exporter = Exporter::serve(&arguments, &[]);
        answers.push(webhook(exporter.address().await, TOKEN).await);
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 403]);
}

async fn webhook(address: std::net::SocketAddr, token: &str) -> u16 {
    let client = plain_http::client().build().unwrap();
    let request = client.post(format!("http://{address}/webhook/acme"));
    let request = request.header("X-RocketChat-Livechat-Token", token);
    request.body(r#"{"type":"LivechatSession"}"#).send().await.unwrap().status().as_u16()
}

/// Sends webhooks on one connection, several at once, and reads all answers.
async fn flood(address: std::net::SocketAddr, token: &str, webhooks: usize, status: &str) {
    const AT_ONCE: usize = 50;
    let body = r#"{"type":"LivechatSessionQueued","messages":[]}"#;
    let request = format!(
        "POST /webhook/acme HTTP/1.1\r\nHost: test\r\nX-RocketChat-Livechat-Token: {token}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut answered, mut buffer) = (0, vec![0; 64 * 1024]);
    while answered < webhooks {
        stream.write_all(request.repeat(AT_ONCE).as_bytes()).await.unwrap();
        let (mut text, mut seen) = (String::new(), 0);
        while seen < AT_ONCE {
            let length = stream.read(&mut buffer).await.unwrap();
            assert!(length > 0, "the server ended the connection: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
            seen = text.matches(&format!("HTTP/1.1 {status} ")).count();
        }
        answered += AT_ONCE;
    }
}

fn resident_bytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

#[tokio::test]
async fn floods_of_forged_and_true_webhooks_change_no_count_and_hold_up_no_scrape() {
    let scene = Scene::new(SimulatorSettings { rate_limit: Some(10), ..unattended() }).await;
    scene.write(&with_token());
    let exporter = scene.exporter();
    let before = first_poll(&exporter).await;
    let address = exporter.address().await;
    flood(address, TOKEN, 500, "200").await;
    let memory = resident_bytes(exporter.id());
    for (token, status) in [("forged", "403"), (TOKEN, "200")] {
        let floods = (0..4).map(|_| tokio::spawn(flood(address, token, 2_500, status)));
        let floods: Vec<_> = floods.collect();
        let mut scrapes = Vec::new();
        while floods.iter().any(|flood| !flood.is_finished()) {
            let asked = Instant::now();
            get(address, "/metrics").await.unwrap();
            scrapes.push(asked.elapsed());
        }
        for flood in floods {
            flood.await.unwrap();
        }
        // The floods, the simulator and this scraper share a thread, so single scrapes may take longer.
        scrapes.sort_unstable();
        assert!(scrapes[scrapes.len() / 2] < Duration::from_secs(2), "{scrapes:?}");
    }
    let grown = resident_bytes(exporter.id()) - memory;
    assert!(grown < 4e6, "{grown} bytes");
    let all_counted = |page: &Numbers| sum(page, "exporter_webhooks_total", "") == 10_500.0;
    let after = exporter.numbers_when("the true webhooks are counted", all_counted).await;
    for family in ["chats_started_total", "chats_closed_total", "open_chats"] {
        assert_eq!(sum(&after, family, ""), sum(&before, family, ""), "{family}");
    }
    let rooms = scene.simulator.route_use(rocketchat_omnichannel_exporter::simulator::Route::Rooms);
    assert!(rooms.busiest_window <= 5 && rooms.refused == 0, "{rooms:?}");
    let page = numbers(&exporter.get("/metrics").await.text);
    assert_eq!(page["up[]"], 1.0);
    until("the log names no webhook", PATIENCE, async || {
        let log = exporter.stderr();
        if log.contains("forged") || log.contains(TOKEN) { Err(log) } else { Ok(()) }
    })
    .await;
}
