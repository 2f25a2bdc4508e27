//! The cost of the page for people, if a hundred people look at it beside 10 000 open chats.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::task::{JoinSet, spawn_blocking};

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
const MOST_RENEWALS: usize = 12;
const MOST_COMPARISONS: usize = 4;
/// Longest scrape that begins when a hundred pages are renewed: a fortieth of the usual timeout of a scrape.
const LONGEST_AT_RENEWAL: Duration = Duration::from_millis(250);
const MOST_ROUNDS: usize = 3;

/// A workspace with many open chats. It hides its version, so that each poll reads all of them and not only changes.
async fn workspace() -> (SimulatorSettings, Simulator) {
    let settings = SimulatorSettings {
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        agents: 300,
        departments: 30,
        version_hidden: true,
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

/// Scrapes of one exporter, one after the other, over bare connections and on threads without other work: a client that
/// shares the runtime with a hundred viewers would measure them.
#[derive(Clone, Copy)]
struct Scraper(SocketAddr);

impl Scraper {
    /// Duration of a scrape.
    fn scrape(self) -> Duration {
        let asked = Instant::now();
        let mut stream = TcpStream::connect(self.0).unwrap();
        let head = "GET /metrics HTTP/1.1\r\nhost: here\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let took = asked.elapsed();
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        took
    }

    /// Median duration of a scrape during this time.
    async fn during(self, time: Duration) -> Duration {
        let scrapes = move || {
            let began = Instant::now();
            let scrape = |number| {
                let took = self.scrape();
                // A measurement takes a time; there is no condition to wait for.
                thread::sleep((time * number / SCRAPES).saturating_sub(began.elapsed()));
                took
            };
            (1..=SCRAPES).map(scrape).collect()
        };
        median(spawn_blocking(scrapes).await.unwrap())
    }

    /// Durations of scrapes that begin when all pages are renewed. Other work on the machine only adds to them, so there
    /// are no more after one that is short.
    async fn at_renewals(self) -> Vec<Duration> {
        let scrapes = move || {
            let mut scrapes = Vec::new();
            while scrapes.len() < MOST_RENEWALS
                && (scrapes.len() < RENEWALS || least(&scrapes) >= LONGEST_AT_RENEWAL)
            {
                thread::sleep(until_renewal());
                scrapes.push(self.scrape());
            }
            scrapes
        };
        spawn_blocking(scrapes).await.unwrap()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn least(times: &[Duration]) -> Duration {
    times.iter().min().copied().unwrap()
}

/// Median durations of a scrape, one time after the other: other work that begins between the two spoils the comparison.
#[derive(Debug)]
struct Scrapes {
    alone: Duration,
    beside: Duration,
}

impl Scrapes {
    /// Measures between two polls; the viewers go on.
    async fn measure(simulator: &Simulator, exporter: &Exporter) -> (Self, JoinSet<()>) {
        next_poll(simulator).await;
        let scraper = Scraper(exporter.address().await);
        let alone = scraper.during(INTERVAL / 4).await;
        let watched = viewers(exporter).await;
        let beside = scraper.during(INTERVAL / 4).await;
        (Self { alone, beside }, watched)
    }

    fn are_hardly_delayed(&self) -> bool {
        self.beside < self.alone * 3
    }
}

/// Measures until one comparison is good; returns the viewers of the last one.
async fn hardly_delayed_scrapes(simulator: &Simulator, exporter: &Exporter) -> JoinSet<()> {
    let mut measured = Vec::new();
    loop {
        let (scrapes, watched) = Scrapes::measure(simulator, exporter).await;
        let is_good = scrapes.are_hardly_delayed();
        measured.push(scrapes);
        if is_good {
            println!("scrapes: {measured:?}");
            return watched;
        }
        assert!(measured.len() < MOST_COMPARISONS, "scrapes: {measured:?}");
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
    let watched = hardly_delayed_scrapes(&simulator, &exporter).await;
    next_poll(&simulator).await;
    let at_renewals = Scraper(exporter.address().await).at_renewals().await;
    drop(watched);
    println!("scrapes at renewals: {at_renewals:?}");
    assert!(least(&at_renewals) < LONGEST_AT_RENEWAL, "scrapes at renewals: {at_renewals:?}");
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
