//! The cost of the page for people, if a hundred people look at it beside 10 000 open chats.

use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::task::JoinSet;

use crate::plain_http;
use crate::process::binary::{Exporter, body_of, until, watching};
use crate::slow::faults::process::Process;

const CHATS: usize = 10_000;
const VIEWERS: u32 = 100;
/// Time between two renewals of a page.
const RENEWED_EVERY: Duration = Duration::from_secs(5);
/// Interval of the exporter: CPU time is measured over whole intervals, each of which has one poll.
const INTERVAL: Duration = Duration::from_secs(30);
/// Time without a request after which a poll has ended.
const QUIET: Duration = Duration::from_secs(1);
const SCRAPES: u32 = 40;
const RENEWALS: usize = 3;
/// Longest scrape that begins when a hundred pages are renewed: a fortieth of the usual timeout of a scrape.
const LONGEST_AT_RENEWAL: Duration = Duration::from_millis(250);
const MOST_ROUNDS: usize = 3;

/// A workspace with many open chats.
async fn workspace() -> (SimulatorSettings, Simulator) {
    let settings = SimulatorSettings {
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        agents: 300,
        departments: 30,
        ..SimulatorSettings::default()
    };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(|world| {
        let agents: Vec<String> = world.agents.keys().cloned().collect();
        let departments: Vec<String> = world.departments.keys().cloned().collect();
        let mut agents = agents.iter().cycle();
        for department in departments.iter().cycle().take(CHATS) {
            let chat = world.arrive(Some(department), Channel::Widget);
            assert!(world.assign(&chat, agents.next().unwrap()));
        }
    });
    (settings, simulator)
}

/// Waits until the exporter has sent no request to the workspace for a while.
async fn poll_has_ended(simulator: &Simulator) {
    let (mut seen, mut since) = (simulator.requests().len(), Instant::now());
    until("the poll ends", Duration::from_secs(60), async || {
        let sent = simulator.requests().len();
        if sent != seen {
            (seen, since) = (sent, Instant::now());
        }
        if since.elapsed() >= QUIET { Ok(()) } else { Err(format!("{sent} requests")) }
    })
    .await;
}

/// Waits until the next poll has begun and ended.
async fn next_poll(simulator: &Simulator) {
    let requests = simulator.requests().len();
    until("a poll begins", INTERVAL * 3, async || {
        let sent = simulator.requests().len();
        if sent > requests { Ok(()) } else { Err("no request".to_owned()) }
    })
    .await;
    poll_has_ended(simulator).await;
}

/// Scrapes of one exporter, one after the other.
struct Scraper {
    client: reqwest::Client,
    url: String,
}

impl Scraper {
    async fn of(exporter: &Exporter) -> Self {
        let url = format!("http://{}/metrics", exporter.address().await);
        Self { client: plain_http::client().build().unwrap(), url }
    }

    /// Duration of a scrape.
    async fn scrape(&self) -> Duration {
        let asked = Instant::now();
        let response = self.client.get(&self.url).header("accept-encoding", "gzip").send().await;
        assert!(!body_of(response.unwrap()).await.unwrap().is_empty());
        asked.elapsed()
    }

    /// Median duration of a scrape during this time.
    async fn during(&self, time: Duration) -> Duration {
        let began = Instant::now();
        let mut scrapes = Vec::new();
        for number in 1..=SCRAPES {
            scrapes.push(self.scrape().await);
            // A measurement takes a time; there is no condition to wait for.
            tokio::time::sleep((time * number / SCRAPES).saturating_sub(began.elapsed())).await;
        }
        scrapes.sort_unstable();
        scrapes[scrapes.len() / 2]
    }

    /// Least duration of a scrape that begins when all pages are renewed: other work on the machine only adds to it.
    async fn at_renewals(&self) -> Duration {
        let mut least = Duration::MAX;
        for _ in 0..RENEWALS {
            tokio::time::sleep(until_renewal()).await;
            least = least.min(self.scrape().await);
        }
        least
    }
}

/// The text of an answer, which a browser asks for compressed.
async fn unpacked(response: reqwest::Response) -> String {
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-encoding"]),
        (200, &"gzip".parse().unwrap())
    );
    let packed = body_of(response).await.unwrap();
    std::io::read_to_string(flate2::read::GzDecoder::new(&packed[..])).unwrap()
}

/// The time until the next multiple of [`RENEWED_EVERY`] by the clock, when the script of the page asks.
fn until_renewal() -> Duration {
    let now = u128::try_from(Clock::system().now().as_millisecond()).unwrap();
    let every = RENEWED_EVERY.as_millis();
    Duration::from_millis(u64::try_from(every - now % every).unwrap())
}

/// A hundred viewers who ask when the script of the page does. The first requests, of people who open the page, have even
/// distances.
async fn viewers(exporter: &Exporter) -> JoinSet<()> {
    let url = format!("http://{}/", exporter.address().await);
    let mut viewers = JoinSet::new();
    for number in 0..VIEWERS {
        let (url, client) = (url.clone(), plain_http::client().build().unwrap());
        viewers.spawn(async move {
            tokio::time::sleep(RENEWED_EVERY * number / VIEWERS).await;
            loop {
                let asked = client.get(&url).header("accept-encoding", "gzip, deflate, br, zstd");
                let page = unpacked(asked.send().await.unwrap()).await;
                assert!(page.ends_with("</html>"));
                tokio::time::sleep(until_renewal()).await;
            }
        });
    }
    viewers
}

/// Whole intervals, one after the other. Their bounds lie in the middle between two polls, so that no bound divides a
/// poll.
struct Intervals {
    process: Process,
    bound: tokio::time::Instant,
}

impl Intervals {
    /// Intervals of an exporter that has just polled.
    fn begin(exporter: &Exporter) -> Self {
        let bound = tokio::time::Instant::now() + INTERVAL / 2;
        Self { process: Process(exporter.id()), bound }
    }

    /// Waits until the next bound; returns the CPU time since the call.
    async fn cpu(&mut self) -> Duration {
        let before = self.process.cpu_time();
        // A measurement takes a time; there is no condition to wait for.
        tokio::time::sleep_until(self.bound).await;
        self.bound += INTERVAL;
        self.process.cpu_time().saturating_sub(before)
    }
}

/// The least CPU time of an interval without viewers and of one with viewers: other work on the machine only adds to it.
#[derive(Debug)]
struct Least {
    poll: Duration,
    with_viewers: Duration,
}

impl Least {
    async fn measure(&mut self, exporter: &Exporter, intervals: &mut Intervals) {
        self.poll = self.poll.min(intervals.cpu().await);
        let watched = viewers(exporter).await;
        // In this interval, every viewer connects.
        intervals.cpu().await;
        for _ in 0..2 {
            self.with_viewers = self.with_viewers.min(intervals.cpu().await);
        }
        assert_eq!(watched.len(), VIEWERS as usize, "a viewer was not served");
        drop(watched);
        self.poll = self.poll.min(intervals.cpu().await);
    }

    /// True if the viewers cost less than the poll in the same interval.
    fn viewers_cost_less(&self) -> bool {
        self.with_viewers < self.poll * 2
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes 4 minutes: tests/run runs it"]
async fn a_hundred_viewers_cost_less_than_one_poll_of_10_000_chats_and_hardly_delay_a_scrape() {
    let (settings, simulator) = workspace().await;
    let more = [
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", format!("{}s", INTERVAL.as_secs())),
        ("ROCKETCHAT_EXPORTER__POLL__MAX_REQUESTS_PER_MINUTE", "1000000".to_owned()),
        ("ROCKETCHAT_EXPORTER__POLL__MAX_PAGES", "1000".to_owned()),
    ];
    let variables: Vec<_> = watching(&simulator.url(), &settings).into_iter().chain(more).collect();
    let exporter = Exporter::serve(&[], &variables);
    until("all chats are shown", Duration::from_secs(60), async || {
        let page = exporter.get("/").await.text;
        let is_read = page.contains("All is well");
        if is_read { Ok(()) } else { Err(page) }
    })
    .await;
    next_poll(&simulator).await;
    let scraper = Scraper::of(&exporter).await;
    let alone = scraper.during(INTERVAL / 4).await;
    let watched = viewers(&exporter).await;
    let beside = scraper.during(INTERVAL / 4).await;
    next_poll(&simulator).await;
    let at_renewals = scraper.at_renewals().await;
    drop(watched);
    println!("scrapes: {alone:?}, beside viewers {beside:?}, at renewals {at_renewals:?}");
    assert!(beside < alone * 3, "scrapes: {alone:?}, beside viewers {beside:?}");
    assert!(at_renewals < LONGEST_AT_RENEWAL, "scrapes at renewals: {at_renewals:?}");
    next_poll(&simulator).await;
    let mut intervals = Intervals::begin(&exporter);
    intervals.cpu().await;
    let mut least = Least { poll: Duration::MAX, with_viewers: Duration::MAX };
    for _ in 0..MOST_ROUNDS {
        least.measure(&exporter, &mut intervals).await;
        if least.viewers_cost_less() {
            break;
        }
    }
    println!("in {INTERVAL:?}: {least:?}");
    assert!(least.viewers_cost_less(), "in {INTERVAL:?}: {least:?}");
}
