//! The cost of the page for people, if a hundred people look at it beside 10 000 open chats.

use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Settings, Simulator};
use tokio::task::JoinSet;

use crate::process::binary::{Exporter, body_of, until, watching};
use crate::slow::faults::process::Process;

const CHATS: usize = 10_000;
const VIEWERS: u32 = 100;
/// Time between two renewals of a page.
const RENEWED_EVERY: Duration = Duration::from_secs(5);
/// Default interval of the exporter: the time for which the viewers are measured.
const INTERVAL: Duration = Duration::from_secs(30);
/// Interval of this exporter: no poll falls into the time of the viewers.
const POLLED_EVERY: &str = "90s";
/// Time without a request after which a poll has ended.
const QUIET: Duration = Duration::from_secs(1);
const SCRAPES: u32 = 40;

/// A workspace with many open chats.
async fn workspace() -> (Settings, Simulator) {
    let settings = Settings {
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        agents: 300,
        departments: 30,
        ..Settings::default()
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

/// CPU time of the next poll.
async fn next_poll(exporter: &Exporter, simulator: &Simulator) -> Duration {
    let (cpu, requests) = (|| Process(exporter.id()).cpu_time(), simulator.requests().len());
    // The pages that are kept for scrapes before the poll must not be counted as a part of it.
    let mut before = cpu();
    until("a poll begins", Duration::from_secs(180), async || {
        if simulator.requests().len() > requests {
            return Ok(());
        }
        before = cpu();
        Err("no request".to_owned())
    })
    .await;
    poll_has_ended(simulator).await;
    cpu().saturating_sub(before)
}

/// Median duration of a scrape during this time.
async fn scraped(exporter: &Exporter, time: Duration) -> Duration {
    let began = Instant::now();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", exporter.address().await);
    let mut scrapes = Vec::new();
    for number in 1..=SCRAPES {
        let asked = Instant::now();
        let response = client.get(&url).header("accept-encoding", "gzip").send().await.unwrap();
        assert!(!body_of(response).await.unwrap().is_empty());
        scrapes.push(asked.elapsed());
        // A measurement takes a time; there is no condition to wait for.
        tokio::time::sleep((time * number / SCRAPES).saturating_sub(began.elapsed())).await;
    }
    scrapes.sort_unstable();
    scrapes[scrapes.len() / 2]
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

/// A hundred viewers, at even distances.
async fn viewers(exporter: &Exporter) -> JoinSet<()> {
    let url = format!("http://{}/", exporter.address().await);
    let mut viewers = JoinSet::new();
    for number in 0..VIEWERS {
        let (url, client) = (url.clone(), reqwest::Client::builder().no_proxy().build().unwrap());
        viewers.spawn(async move {
            tokio::time::sleep(RENEWED_EVERY * number / VIEWERS).await;
            loop {
                let asked = client.get(&url).header("accept-encoding", "gzip, deflate, br, zstd");
                let page = unpacked(asked.send().await.unwrap()).await;
                assert!(page.ends_with("</html>"));
                tokio::time::sleep(RENEWED_EVERY).await;
            }
        });
    }
    viewers
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes two minutes: tests/run runs it"]
async fn a_hundred_viewers_cost_about_as_little_as_one_poll_of_10_000_chats_and_hardly_delay_a_scrape()
 {
    let (settings, simulator) = workspace().await;
    let more = [
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", POLLED_EVERY),
        ("ROCKETCHAT_EXPORTER__POLL__MAX_REQUESTS_PER_MINUTE", "1000000"),
        ("ROCKETCHAT_EXPORTER__POLL__MAX_PAGES", "1000"),
    ];
    let more = more.map(|(name, value)| (name, value.to_owned()));
    let variables: Vec<_> = watching(&simulator.url(), &settings).into_iter().chain(more).collect();
    let exporter = Exporter::serve(&[], &variables);
    until("all chats are shown", Duration::from_secs(60), async || {
        let page = exporter.get("/").await.text;
        let is_read = page.contains("All is well");
        if is_read { Ok(()) } else { Err(page) }
    })
    .await;
    poll_has_ended(&simulator).await;
    let requests = simulator.requests().len();
    let scrape_alone = scraped(&exporter, INTERVAL / 4).await;
    let watched = viewers(&exporter).await;
    let scrape_beside = scraped(&exporter, INTERVAL / 4).await;
    // By now, every viewer has a connection.
    let before = Process(exporter.id()).cpu_time();
    // A measurement takes a time; there is no condition to wait for.
    tokio::time::sleep(INTERVAL).await;
    let of_viewers = Process(exporter.id()).cpu_time().saturating_sub(before);
    assert_eq!(watched.len(), VIEWERS as usize, "a viewer was not served");
    drop(watched);
    assert_eq!(simulator.requests().len(), requests, "a poll fell into the time of the viewers");
    let poll = next_poll(&exporter, &simulator).await;
    println!("viewers: {of_viewers:?} in {INTERVAL:?}, a poll: {poll:?}");
    // Alone, the viewers cost less than one poll. Beside other tests, CPU times differ by a half.
    assert!(of_viewers < poll * 2, "viewers: {of_viewers:?} in {INTERVAL:?}, a poll: {poll:?}");
    assert!(scrape_beside < scrape_alone * 3, "scrapes: {scrape_alone:?}, then {scrape_beside:?}");
}
