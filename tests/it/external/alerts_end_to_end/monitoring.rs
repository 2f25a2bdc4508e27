//! A real Prometheus with the deployed rules and a real Alertmanager, on loopback.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, routing::post};
use serde_json::Value;
use tokio::net::TcpSocket;

use crate::inside::deploy::{files, program, repository};
use crate::prometheus_server::{ask, reserved, value};

/// Divisor of the durations in the rules. A list is stale after eight seconds: a shorter pause of a machine under load
/// must not be an alert.
const HASTE: u64 = 30;

/// The alert on failed scrapes.
pub const DOWN: &str = "ExporterDown";

/// Alerts by workspace.
pub type Alerts = BTreeMap<String, BTreeSet<String>>;

/// Alerts that a webhook has received: those that have fired, and those that are still firing.
#[derive(Debug, Default, Clone)]
pub struct Told {
    pub fired: Alerts,
    pub firing: Alerts,
}

/// A webhook for one Alertmanager.
#[derive(Debug)]
pub struct Webhook {
    told: Arc<Mutex<Told>>,
    address: SocketAddr,
}

impl Webhook {
    pub async fn listen() -> Self {
        let told = Arc::new(Mutex::new(Told::default()));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(take)).with_state(Arc::clone(&told));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { told, address }
    }

    pub fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }
}

async fn take(State(told): State<Arc<Mutex<Told>>>, body: String) {
    let message: Value = serde_json::from_str(&body).unwrap();
    let mut told = told.lock().unwrap();
    for alert in message["alerts"].as_array().unwrap() {
        let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
        let (workspace, name) = (label("workspace"), label("alertname"));
        let name = name.trim_start_matches("Omnichannel").to_owned();
        // An alert may fire for several lists of a workspace; `key` distinguishes them.
        let key = format!("{name} {}{}", label("collector"), label("endpoint"));
        let runbook = alert["annotations"]["runbook_url"].as_str().unwrap_or_default();
        assert!(runbook.ends_with(&format!("/Omnichannel{name}.md")), "{alert}");
        let firing = told.firing.entry(workspace.clone()).or_default();
        if alert["status"] == "firing" {
            firing.insert(key);
            told.fired.entry(workspace).or_default().insert(name);
        } else {
            firing.remove(&key);
        }
    }
    told.firing.retain(|_, alerts| !alerts.is_empty());
}

/// A Prometheus and an Alertmanager that end with the test.
pub struct Monitoring {
    children: Vec<Child>,
    prometheus: SocketAddr,
    _ports: [TcpSocket; 2],
    directory: tempfile::TempDir,
}

impl Monitoring {
    /// Starts both servers: they scrape the exporter, evaluate the shortened rules and send alerts to the webhook.
    pub fn start(generation: Option<&Path>, exporter: SocketAddr, webhook: &Webhook) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ((port, prometheus), (other, alertmanager)) = (reserved(), reserved());
        for name in files("deploy/prometheus", ".rules.yaml") {
            let rules = std::fs::read_to_string(repository("deploy/prometheus").join(&name));
            std::fs::write(directory.path().join(&name), shortened(&rules.unwrap())).unwrap();
        }
        let write = |name, text: String| std::fs::write(directory.path().join(name), text).unwrap();
        write("prometheus.yml", scrape(exporter, alertmanager));
        write("alertmanager.yml", route(webhook.address));
        let spawn = |name: &str, arguments: &[String]| {
            let log = std::fs::File::create(directory.path().join(format!("{name}.log"))).unwrap();
            Command::new(program(generation, name))
                .current_dir(directory.path())
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap_or_else(|error| panic!("{name} is missing, see tests/run: {error}"))
        };
        let flags = |config: &str, storage: &str, address| {
            vec![
                format!("--config.file={config}"),
                storage.to_owned(),
                format!("--web.listen-address={address}"),
            ]
        };
        let mut of_alertmanager = flags("alertmanager.yml", "--storage.path=told", alertmanager);
        of_alertmanager.push("--cluster.listen-address=".to_owned());
        let of_prometheus = flags("prometheus.yml", "--storage.tsdb.path=data", prometheus);
        let children = vec![
            spawn("prometheus-alertmanager", &of_alertmanager),
            spawn("prometheus", &of_prometheus),
        ];
        Self { children, prometheus, _ports: [port, other], directory }
    }

    /// The alerts that a query of Prometheus returns.
    pub async fn alerts(&self, query: &str) -> Result<BTreeSet<String>, String> {
        let name = |series: &Value| {
            let name = series["metric"]["alertname"].as_str().unwrap_or_default();
            name.trim_start_matches("Omnichannel").to_owned()
        };
        Ok(ask(self.prometheus, query, None).await?.iter().map(name).collect())
    }

    /// Number of evaluations of the rules.
    pub async fn evaluations(&self) -> Result<f64, String> {
        let recorded = "sum(count_over_time(rocketchat_omnichannel:links:info[1h]))";
        value(recorded, &ask(self.prometheus, recorded, None).await?)
    }

    /// The last log lines of both servers.
    pub fn logs(&self) -> String {
        let read = |name: &str| {
            let text = std::fs::read_to_string(self.directory.path().join(name)).unwrap();
            let lines: Vec<_> = text.lines().rev().take(10).collect();
            lines.join("\n")
        };
        read("prometheus.log") + "\n" + &read("prometheus-alertmanager.log")
    }
}

impl Drop for Monitoring {
    fn drop(&mut self) {
        for server in &mut self.children {
            drop(server.kill());
            drop(server.wait());
        }
    }
}

fn scrape(exporter: SocketAddr, alertmanager: SocketAddr) -> String {
    format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
         rule_files: ['*.rules.yaml']\n\
         scrape_configs:\n\
         - job_name: rocketchat-omnichannel\n\
         \x20 static_configs: [{{targets: ['{exporter}']}}]\n\
         alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n"
    )
}

fn route(webhook: SocketAddr) -> String {
    format!(
        "route: {{receiver: hook, group_by: ['...'], group_wait: 100ms, group_interval: 500ms}}\n\
         receivers:\n\
         - name: hook\n\
         \x20 webhook_configs: [{{url: 'http://{webhook}/', send_resolved: true}}]\n"
    )
}

/// The rules with their durations divided, but for one alert: scrapes take as long as in production, and a busy machine
/// may make none for six seconds.
fn shortened(rules: &str) -> String {
    let hastened = hastened(rules);
    let (alert, duration) = (format!("- alert: Omnichannel{DOWN}\n"), "for: 6000ms\n");
    let Some((before, after)) = hastened.split_once(&alert) else { return hastened };
    assert!(after.contains(duration), "{DOWN} has no {duration:?}");
    format!("{before}{alert}{}", after.replacen(duration, "for: 3m\n", 1))
}

/// The rules with all durations divided: those of PromQL, and the constants that are minutes or hours.
fn hastened(rules: &str) -> String {
    let constants = rules.replace("* 3600", "* {hour}").replace("* 60", "* {minute}");
    let (hour, minute) = (format!("* {}", 3600 / HASTE), format!("* {}", 60 / HASTE));
    let constants = constants.replace("* {hour}", &hour).replace("* {minute}", &minute);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut hastened = String::new();
    let mut rest = &*constants;
    while let Some(start) = rest.find(is_word) {
        let (between, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_word(c)).unwrap_or(word.len()));
        hastened += between;
        match seconds(word) {
            Some(seconds) => write!(hastened, "{}ms", seconds * 1000 / HASTE).unwrap(),
            None => hastened += word,
        }
        rest = after;
    }
    hastened + rest
}

/// The seconds of a duration with one unit.
fn seconds(word: &str) -> Option<u64> {
    let (number, unit) = word.split_at_checked(word.len() - 1)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()? * unit)
}

#[test]
fn haste_divides_durations_and_constants_and_nothing_else() {
    let rules = "- alert: A15m\n  expr: x:rate15m[15m] offset 1w > 2 * 3600 + 3 * 60 and y >= 30\n  for: 1m\n";
    let expected = "- alert: A15m\n  expr: x:rate15m[30000ms] offset 20160000ms > 2 * 120 + 3 * 2 and y >= 30\n  for: 2000ms\n";
    assert_eq!(hastened(rules), expected);
}
