//! One workspace behind a faulty proxy, and one process of the exporter that polls it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::world::VISITOR_MARKER;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings, World};
use tokio::net::TcpListener;

use super::harm::Scene;
use super::process::Process;
use super::proxy::Proxy;
use super::traffic::{Traffic, by_family, shown};
use crate::process::binary::{Exporter, PATIENCE, until};
use crate::watching::{Numbers, numbers, series};

pub const TOKEN: &str = "tOken-4f7bC91e-of-the-exporter";
/// Password of the proxy through which the workspace is reached.
pub const PASSWORD: &str = "pAssword-77aa-of-the-proxy";
/// Longest time of a page: a request copies the finished page and never renders one.
const FAST: Duration = Duration::from_millis(50);

/// The exporter's way to the workspace.
#[derive(Debug, Clone)]
pub struct Way {
    pub url: String,
    /// Further keys of the workspace.
    pub more: String,
}

impl Way {
    pub fn direct(address: SocketAddr) -> Self {
        Self { url: format!("http://{address}"), more: String::new() }
    }

    /// The same address as a proxy that asks for a password.
    pub fn by_proxy(address: SocketAddr) -> Self {
        let more = format!(", proxy_url: 'http://operator:{PASSWORD}@{address}'");
        Self { url: "http://rocketchat.invalid".to_owned(), more }
    }
}

pub struct Setup {
    pub proxy: Proxy,
    pub way: Way,
    simulator: Arc<Simulator>,
    exporter: Exporter,
    settings: SimulatorSettings,
    /// Longest wait of the exporter for an answer.
    timeout: Duration,
    address: SocketAddr,
    folder: tempfile::TempDir,
    elsewhere: TcpListener,
    traffic: Traffic,
    /// Makes each configuration differ from the configuration before.
    revision: u32,
    fastest: Mutex<Duration>,
}

fn simulated() -> SimulatorSettings {
    SimulatorSettings {
        version: "7.13.0".parse().unwrap(),
        warm_up: Duration::ZERO,
        departments: 3,
        agents: 6,
        token: TOKEN.to_owned(),
        ..SimulatorSettings::default()
    }
}

/// Advances the time of a workspace by the real time, at each of its requests.
pub fn run_clock(simulator: &Simulator) {
    let mut last = Instant::now();
    simulator.on_request(move |world| {
        world.advance(last.elapsed());
        last = Instant::now();
    });
}

impl Setup {
    pub async fn start(timeout: Duration, way: impl FnOnce(SocketAddr) -> Way) -> Self {
        let settings = simulated();
        let simulator = Arc::new(Simulator::detached(settings.clone()));
        simulator.world(World::record_history);
        run_clock(&simulator);
        let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let scene = Scene { elsewhere: elsewhere.local_addr().unwrap(), token: TOKEN.to_owned() };
        let proxy = Proxy::start(Arc::clone(&simulator), scene).await;
        let way = way(proxy.address());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        std::fs::write(&file, yaml(&way, &settings, timeout, 0)).unwrap();
        let arguments = ["--log.level", "trace", "--config.file", file.to_str().unwrap()];
        let exporter = Exporter::serve(&arguments, &[]);
        // Counting begins with the first answer.
        exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;
        let address = exporter.address().await;
        // The server's `Date` has whole seconds: the pause places all further events after the start of counting.
        simulator.world(|world| world.advance(Duration::from_secs(2)));
        Self {
            proxy,
            way,
            simulator,
            exporter,
            settings,
            timeout,
            address,
            folder,
            elsewhere,
            traffic: Traffic::default(),
            revision: 0,
            fastest: Mutex::new(Duration::MAX),
        }
    }

    /// The time of the workspace.
    pub fn now(&self) -> Timestamp {
        self.simulator.world(|world| world.now())
    }

    /// Starts and ends chats and calls.
    pub fn turn(&mut self) {
        let traffic = &mut self.traffic;
        self.simulator.world(|world| traffic.turn(world));
    }

    /// The numbers of the current page; measures the time and asserts that the page shows no secret.
    pub async fn look(&self) -> Result<Numbers, String> {
        let text = self.get("/metrics").await.map_err(|error| error.to_string())?;
        assert_clean("/metrics", &text);
        assert_believable(&text);
        Ok(numbers(&text))
    }

    /// A bare request on a thread of its own, so that the measured time is that of the exporter and not of a client.
    async fn get(&self, path: &str) -> std::io::Result<String> {
        let (address, path) = (self.address, path.to_owned());
        let (text, took) = tokio::task::spawn_blocking(move || fetch(address, &path)).await??;
        let mut fastest = self.fastest.lock().unwrap();
        *fastest = took.min(*fastest);
        Ok(text)
    }

    /// Waits until `look_for` finds its value on a page.
    pub async fn see<T>(&self, what: &str, look_for: impl Fn(&Numbers) -> Option<T>) -> T {
        until(what, PATIENCE, async || {
            let page = self.look().await?;
            look_for(&page).ok_or_else(|| self.said(&page))
        })
        .await
    }

    fn said(&self, page: &Numbers) -> String {
        let telling = ["up[", "exporter_poll_failures", "exporter_last_s", "exporter_collector_s"];
        let series = |(series, value): (&String, &f64)| {
            let tells = telling.iter().any(|begin| series.starts_with(begin)) && *value != 0.0;
            tells.then(|| format!("{series} {value}\n"))
        };
        let log = self.exporter.stderr();
        let is_fine = |line: &str| line.contains("level=trace") || line.contains("level=debug");
        let lines = log.lines().filter(|line| !is_fine(line));
        let lines: Vec<&str> = lines.collect();
        let latest = lines.len().saturating_sub(20);
        page.iter().filter_map(series).collect::<String>() + &lines[latest..].join("\n")
    }

    /// Reloads the exporter with another way, or starts a new cycle on the same way.
    pub async fn reload(&mut self) {
        const SUCCEEDED: &str = "exporter_config_last_reload_success_timestamp_seconds[]";
        let read_at = |page: &Numbers| page.get(SUCCEEDED).copied();
        let before = self.see("a page", read_at).await;
        self.revision += 1;
        let yaml = yaml(&self.way, &self.settings, self.timeout, self.revision);
        std::fs::write(self.folder.path().join("config.yaml"), yaml).unwrap();
        self.exporter.signal("HUP");
        self.see("the configuration is read", |page| read_at(page).filter(|at| *at > before)).await;
    }

    /// Asserts that a page comes at once. A busy machine may delay a page, so a slow page is requested again.
    pub async fn assert_is_fast(&self) {
        *self.fastest.lock().unwrap() = Duration::MAX;
        let what = format!("a page comes within {FAST:?}");
        until(&what, PATIENCE, async || {
            self.look().await?;
            let fastest = *self.fastest.lock().unwrap();
            if fastest < FAST { Ok(()) } else { Err(format!("{fastest:?}")) }
        })
        .await;
    }

    /// Asserts that every event is on the page exactly once.
    pub async fn assert_exact(&mut self) {
        let traffic = &mut self.traffic;
        let happened = self.simulator.world(|world| by_family(traffic.happened(world)));
        let what = format!("totals are {happened:?}");
        until(&what, PATIENCE, async || {
            let shown = by_family(&shown(&self.look().await?));
            if shown == happened { Ok(()) } else { Err(format!("{shown:?}")) }
        })
        .await;
    }

    /// Ends the exporter; asserts that no redirect was followed and no secret came out. Returns its peak memory, KiB.
    pub async fn end(mut self) -> u64 {
        for path in ["/", "/metrics", "/config", "/-/healthy", "/-/ready", "/nowhere"] {
            assert_clean(path, &self.get(path).await.unwrap());
        }
        let most_kib = Process(self.exporter.id()).most_resident_kib().unwrap();
        self.exporter.signal("TERM");
        let ended = self.exporter.ended_within(PATIENCE).await;
        assert!(ended.stderr.contains("level=trace"), "everything is logged");
        assert_clean("stdout", &ended.stdout);
        assert_clean("stderr", &ended.stderr);
        let visited = tokio::time::timeout(Duration::ZERO, self.elsewhere.accept()).await;
        assert!(visited.is_err(), "a redirect was followed");
        most_kib
    }
}

/// The body of an answer, and the duration of the request.
fn fetch(address: SocketAddr, path: &str) -> std::io::Result<(String, Duration)> {
    let asked = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned());
    Ok((body, asked.elapsed()))
}

/// Asserts that no wrong time has spoilt a sum: all durations of a test together are below 1e9 seconds.
fn assert_believable(page: &str) {
    let sums = page.lines().filter(|line| line.contains("_seconds_sum{"));
    let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
    let wrong = sums.into_iter().find(|line| !value(line).is_some_and(|it| it < 1e9));
    assert_eq!(wrong, None);
}

/// Asserts that a text holds neither secrets nor words of visitors.
fn assert_clean(place: &str, text: &str) {
    for secret in [TOKEN, PASSWORD, VISITOR_MARKER] {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} came out in {place}");
    }
}

fn yaml(way: &Way, settings: &SimulatorSettings, timeout: Duration, revision: u32) -> String {
    let Way { url, more } = way;
    format!(
        "config: {{auto_reload_interval: 0s}}\n\
         poll: {{interval: 1s, timeout: {}s, max_requests_per_minute: 1200, max_pages: {}}}\n\
         agents: {{detail: performance}}\n\
         workspaces:\n- {{name: acme, url: '{url}', user_id: '{}', auth_token: '{TOKEN}'{more}}}\n",
        timeout.as_secs(),
        100 + revision,
        settings.user_id,
    )
}

/// The value of a family for a collector.
pub fn of_collector(page: &Numbers, family: &str, collector: &str) -> Option<f64> {
    page.get(&series(family, &[("collector", collector)])).copied()
}
