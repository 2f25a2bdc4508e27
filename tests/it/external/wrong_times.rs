//! The real binary behind a proxy that changes `Date`, and on a machine whose clock jumps: the counted values stay
//! true.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rocketchat_omnichannel_exporter::clock;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser};
use rocketchat_omnichannel_exporter::simulator::{ClockSettings, Simulator, SimulatorSettings};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::plain_http;
use crate::process::binary::{Exporter, PATIENCE, body_of, until, watching};
use crate::watching::{Numbers, series, sum};

const HOUR: i64 = 3_600;
const CLOSED: &str = "chats_closed_total";

/// The offset that the proxy adds to the `Date` of the next answers, seconds.
#[derive(Debug, Clone, Default)]
struct Lies(Arc<Mutex<Saying>>);

#[derive(Debug, Default)]
struct Saying {
    seconds: i64,
    /// Number of the next answers with the offset; `None` for all.
    answers: Option<usize>,
}

impl Lies {
    fn say(&self, seconds: i64, answers: Option<usize>) {
        *self.0.lock().unwrap() = Saying { seconds, answers };
    }

    fn are_told(&self) -> bool {
        self.0.lock().unwrap().answers == Some(0)
    }

    fn next(&self) -> i64 {
        let mut saying = self.0.lock().unwrap();
        match &mut saying.answers {
            Some(0) => 0,
            left => {
                *left = left.map(|left| left - 1);
                saying.seconds
            }
        }
    }
}

/// A proxy in front of a server, which ends with the test.
struct Front {
    url: String,
    lies: Lies,
    task: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Front {
    async fn of(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lies = Lies::default();
        let client = plain_http::client().build().unwrap();
        let router = Router::new().fallback(forward).with_state((server, client, lies.clone()));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, lies, task }
    }
}

async fn forward(
    State((server, client, lies)): State<(String, reqwest::Client, Lies)>,
    request: Request,
) -> Response {
    let url = format!("{server}{}", request.uri());
    let mut headers = request.headers().clone();
    headers.remove(header::HOST);
    let answer = client.get(url).headers(headers).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let lie = lies.next();
    if lie != 0 {
        let by = Duration::from_secs(lie.unsigned_abs());
        let now: SystemTime = clock::Clock::system().now().into();
        let date = httpdate::fmt_http_date(if lie < 0 { now - by } else { now + by });
        headers.insert(header::DATE, HeaderValue::from_str(&date).unwrap());
    }
    headers.remove(header::TRANSFER_ENCODING);
    (status, headers, body_of(answer).await.unwrap()).into_response()
}

/// A workspace with today's date, and the proxy in front of it.
struct Scene {
    simulator: Simulator,
    front: Front,
    settings: SimulatorSettings,
    folder: tempfile::TempDir,
    closed: f64,
}

impl Scene {
    async fn new() -> Self {
        let settings = SimulatorSettings {
            departments: 2,
            agents: 4,
            calls: false,
            arrivals_per_hour: 0.0,
            warm_up: Duration::ZERO,
            clock: ClockSettings::Living { start: clock::Clock::system().now(), speed: 1.0 },
            ..SimulatorSettings::default()
        };
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let front = Front::of(simulator.url()).await;
        Self { simulator, front, settings, folder: tempfile::tempdir().unwrap(), closed: 0.0 }
    }

    fn wall(&self) -> PathBuf {
        self.folder.path().join("wall")
    }

    /// Starts the exporter with a clock this many seconds ahead; the state is kept.
    fn start(&self, ahead: i64) -> Exporter {
        self.set_wall(ahead);
        let mut variables = watching(&self.front.url, &self.settings);
        variables.extend([
            ("LD_PRELOAD", faketime().to_str().unwrap().to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", self.wall().to_str().unwrap().to_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]);
        let state = self.folder.path().join("state");
        Exporter::serve(&["--state.directory", state.to_str().unwrap()], &variables)
    }

    fn set_wall(&self, ahead: i64) {
        // A rename keeps the file complete at every moment.
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{ahead:+}\n")).unwrap();
        std::fs::rename(new, self.wall()).unwrap();
    }

    /// This many chats arrive and are closed.
    fn pass(&mut self, chats: u32) {
        self.simulator.world(|world| {
            let agent = world.agents.keys().next().cloned().unwrap();
            for _ in 0..chats {
                let chat = world.arrive(None, Channel::Widget);
                assert!(world.assign(&chat, &agent) && world.reply(&chat));
                assert!(world.close(&chat, RoomCloser::User));
            }
        });
        self.closed += f64::from(chats);
    }

    async fn all_counted(&self, exporter: &Exporter, what: &str) -> Numbers {
        let is_so = |page: &Numbers| sum(page, CLOSED, "") >= self.closed;
        let page = exporter.numbers_when(what, is_so).await;
        assert_eq!(sum(&page, CLOSED, ""), self.closed, "{what}");
        page
    }
}

fn faketime() -> PathBuf {
    let mut folders = std::fs::read_dir("/usr/lib").unwrap().map(|it| it.unwrap().path());
    let library = Path::new("faketime/libfaketime.so.1");
    let found = folders.find_map(|it| Some(it.join(library)).filter(|it| it.exists()));
    found.expect("apt-get install libfaketime")
}

/// Waits until the exporter has polled this many more times.
async fn polls(exporter: &Exporter, more: f64) {
    let polled = |page: &Numbers| {
        let key = series("exporter_last_success_timestamp_seconds", &[("collector", "open")]);
        page.get(&key).copied()
    };
    let mut last = None;
    let mut seen = 0.0;
    until("it polls", PATIENCE, async || {
        let page = exporter.numbers_when("a page", |_| true).await;
        let now = polled(&page);
        seen += f64::from(u8::from(now.is_some() && now != last));
        last = now;
        if seen > more { Ok(()) } else { Err(format!("{seen}")) }
    })
    .await;
}

async fn up(exporter: &Exporter) {
    exporter.numbers_when("it is up", |page| page.get("up[]") == Some(&1.0)).await;
    polls(exporter, 2.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs libfaketime: tests/run runs it"]
async fn a_proxy_that_writes_a_wrong_date_now_and_then_costs_no_count() {
    let mut scene = Scene::new().await;
    let exporter = scene.start(0);
    up(&exporter).await;
    for (lie, answers) in [(240 * HOUR, 1), (-12 * HOUR, 1), (HOUR, 1), (-12 * HOUR, 4)] {
        scene.pass(3);
        scene.front.lies.say(lie, Some(answers));
        until("it is told", PATIENCE, async || {
            if scene.front.lies.are_told() { Ok(()) } else { Err(String::new()) }
        })
        .await;
        scene.pass(3);
        polls(&exporter, 5.0).await;
    }
    let page = scene.all_counted(&exporter, "all is counted").await;
    let dropped = page[&series("exporter_clock_samples_dropped_total", &[])];
    assert!(dropped >= 3.0, "{dropped}");
    polls(&exporter, 3.0).await;
    scene.all_counted(&exporter, "nothing twice").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs libfaketime: tests/run runs it"]
async fn a_proxy_that_always_writes_a_wrong_date_is_outvoted_and_said() {
    for lie in [2 * HOUR, -2 * HOUR] {
        let mut scene = Scene::new().await;
        scene.front.lies.say(lie, None);
        let exporter = scene.start(0);
        up(&exporter).await;
        for _ in 0..4 {
            scene.pass(3);
            polls(&exporter, 2.0).await;
        }
        let page = scene.all_counted(&exporter, "all is counted").await;
        let offset = page[&series("exporter_clock_offset_seconds", &[])];
        assert!((offset - lie as f64).abs() < 5.0, "{offset}");
        assert!(exporter.stderr().contains("synchronize both with NTP"), "{}", exporter.stderr());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs libfaketime: tests/run runs it"]
async fn a_machine_whose_clock_jumps_counts_on_through_restarts_and_gives_up_no_chat() {
    let mut scene = Scene::new().await;
    let exporter = scene.start(0);
    up(&exporter).await;
    let stays = scene.simulator.world(|world| world.arrive(None, Channel::Widget));
    scene.pass(3);
    polls(&exporter, 3.0).await;
    for wall in [192 * HOUR, 0, -30 * HOUR, 0] {
        scene.set_wall(wall);
        scene.pass(3);
        polls(&exporter, 4.0).await;
    }
    scene.all_counted(&exporter, "all is counted").await;
    scene.set_wall(5 * HOUR);
    polls(&exporter, 3.0).await;
    exporter.kill_nine();
    scene.pass(3);
    let exporter = scene.start(-5 * HOUR);
    up(&exporter).await;
    scene.pass(3);
    polls(&exporter, 4.0).await;
    scene.set_wall(0);
    let page = scene.all_counted(&exporter, "all is counted after a restart").await;
    assert_eq!(page[&series("exporter_given_up_chats_total", &[])], 0.0);
    assert_eq!(sum(&page, "chats_started_total", ""), scene.closed + 1.0, "{stays} is counted");
}
