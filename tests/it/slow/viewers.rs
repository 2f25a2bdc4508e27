//! The cost of the page for people, if a hundred people look at it beside 10 000 open chats.

use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::world::Channel;
use rocketchat_omnichannel_exporter::simulator::{Settings, Simulator};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::process::binary::{Exporter, body_of, until, watching};
use crate::slow::faults::process::Process;

const CHATS: usize = 10_000;
const VIEWERS: u32 = 100;
/// Time between two renewals of a page.
const RENEWED_EVERY: Duration = Duration::from_secs(5);
/// Default interval of the exporter.
const INTERVAL: Duration = Duration::from_secs(30);
/// Time of one measurement.
const MEASURED: Duration = Duration::from_secs(20);
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

/// Number of polls so far: each one asks for the version.
async fn polls(exporter: &Exporter) -> u32 {
    let facts: Value = serde_json::from_str(&exporter.get("/status.json").await.text).unwrap();
    let routes = facts["workspaces"][0]["routes"].as_array().unwrap();
    let info = routes.iter().find(|it| it["route"] == "info").unwrap();
    info["requests"].as_u64().unwrap().try_into().unwrap()
}

/// CPU time of the exporter, number of its polls, and median duration of a scrape, during one measurement.
async fn measured(exporter: &Exporter) -> (Duration, u32, Duration) {
    let polls_before = polls(exporter).await;
    let (began, cpu_before) = (Instant::now(), Process(exporter.id()).cpu_time());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/metrics", exporter.address().await);
    let mut scrapes = Vec::new();
    for number in 1..=SCRAPES {
        let asked = Instant::now();
        let response = client.get(&url).header("accept-encoding", "gzip").send().await.unwrap();
        assert!(!body_of(response).await.unwrap().is_empty());
        scrapes.push(asked.elapsed());
        // A measurement takes a time; there is no condition to wait for.
        tokio::time::sleep((MEASURED * number / SCRAPES).saturating_sub(began.elapsed())).await;
    }
    scrapes.sort_unstable();
    let used = Process(exporter.id()).cpu_time().saturating_sub(cpu_before);
    (used, polls(exporter).await - polls_before, scrapes[scrapes.len() / 2])
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
#[ignore = "takes a minute: tests/run runs it"]
async fn a_hundred_viewers_cost_less_than_one_poll_of_10_000_chats_and_hardly_delay_a_scrape() {
    let (settings, simulator) = workspace().await;
    let more = [
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "5s"),
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
    let (alone, polls, scrape_alone) = measured(&exporter).await;
    let watched = viewers(&exporter).await;
    let (beside, polls_beside, scrape_beside) = measured(&exporter).await;
    assert_eq!(watched.len(), VIEWERS as usize, "a viewer was not served");
    assert!(polls >= 3 && polls_beside >= 3, "{polls} polls, then {polls_beside}");
    let poll = alone / polls;
    // The polls of the second measurement cost what they cost in the first one.
    let extra = beside.saturating_sub(poll * polls_beside);
    let per_interval = extra.mul_f64(INTERVAL.as_secs_f64() / MEASURED.as_secs_f64());
    assert!(per_interval < poll, "viewers: {per_interval:?} in {INTERVAL:?}, a poll: {poll:?}");
    assert!(scrape_beside < scrape_alone * 3, "scrapes: {scrape_alone:?}, then {scrape_beside:?}");
}
