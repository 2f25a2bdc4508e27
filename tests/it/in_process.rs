//! Requests carried to a simulator in the same process: whole cycles without a socket.
//!
//! For tests that want thousands of cycles. What it carries is what the listener would have carried, and
//! what hangs ends when the patience of a request does.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::{Failure, Reason};
use rocketchat_omnichannel_exporter::rocketchat::transport::{Answer, OnItsWay, Transport};
use rocketchat_omnichannel_exporter::simulator::{
    Fault, Reply, Route, Settings, Simulator, Timing, World,
};
use tokio::time::Instant;
use url::Url;

use crate::watching::{Numbers, Watched};

/// The wire between a client and a simulator in the same process.
#[derive(Debug)]
pub struct InProcess {
    simulator: Arc<Simulator>,
    timeout: Duration,
}

impl InProcess {
    pub fn new(simulator: Arc<Simulator>, timeout: Duration) -> Self {
        Self { simulator, timeout }
    }
}

impl Transport for InProcess {
    fn get(&self, endpoint: Endpoint, url: Url, headers: HeaderMap) -> OnItsWay<'_, Answer> {
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let query = url.query().unwrap_or_default();
        let reply = self.simulator.answer("GET", url.path(), query, &headers);
        let (timing, timeout) = (reply.timing, self.timeout);
        Box::pin(async move {
            if !comes_in_time(timing, timeout).await {
                return Err(Failure::new(endpoint, Reason::Timeout, "no answer in time"));
            }
            Ok(answer(reply))
        })
    }
}

async fn comes_in_time(timing: Timing, timeout: Duration) -> bool {
    match timing {
        Timing::AtOnce => true,
        Timing::After(time) => {
            tokio::time::sleep(time.min(timeout)).await;
            time <= timeout
        }
        Timing::Never => {
            tokio::time::sleep(timeout).await;
            false
        }
    }
}

fn answer(reply: Reply) -> Answer {
    let header = |(name, value): (&'static str, String)| {
        (HeaderName::from_static(name), HeaderValue::try_from(value).unwrap())
    };
    Answer {
        status: StatusCode::from_u16(reply.status).unwrap(),
        headers: reply.headers.into_iter().map(header).collect(),
        body: Box::pin(std::future::ready(Ok(reply.body.into()))),
    }
}

fn settings() -> Settings {
    Settings {
        departments: 4,
        agents: 7,
        arrivals_per_hour: 120.0,
        warm_up: Duration::from_secs(600),
        page_limit: 7,
        path_prefix: "/chat".to_owned(),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_page_is_the_same_with_and_without_a_socket() {
    let mut loopback = Watched::start(settings(), |_| {}).await;
    let mut in_process = Watched::in_process(&settings(), |_| {});
    for step in 0..40 {
        loopback.simulator.world(World::random_step);
        in_process.simulator.world(World::random_step);
        let (mut one, mut other) = (loopback.poll().await, in_process.poll().await);
        for page in [&mut one, &mut other] {
            page.retain(|series, _| !depends_on_real_time(series));
        }
        let only = |one: &Numbers, other: &Numbers| -> Numbers {
            let differs = |(series, value): &(&String, &f64)| other.get(*series) != Some(*value);
            one.iter().filter(differs).map(|(series, value)| (series.clone(), *value)).collect()
        };
        let none = (Numbers::new(), Numbers::new());
        assert_eq!((only(&one, &other), only(&other, &one)), none, "step {step}");
        assert_eq!(one.get("up[]"), Some(&1.0), "step {step}");
    }
    // Routes go side by side: the order holds within each of them.
    let asked = |watched: &Watched| {
        let requests = watched.simulator.requests().into_iter();
        let mut asked: Vec<_> = requests.map(|request| (request.path, request.query)).collect();
        asked.sort_by(|one, other| one.0.cmp(&other.0));
        asked
    };
    assert_eq!(asked(&loopback), asked(&in_process));
}

fn depends_on_real_time(series: &str) -> bool {
    let parts = ["_duration_seconds", "target_info", "reset_timestamp", "throttled", "interval"];
    parts.iter().any(|part| series.contains(part))
}

#[tokio::test]
async fn a_request_that_hangs_ends_with_the_patience_of_its_client() {
    let patience = Duration::from_millis(50);
    let mut watched =
        Watched::in_process(&settings(), |workspace| workspace.poll.timeout = patience);
    assert_eq!(watched.poll().await.get("up[]"), Some(&1.0));
    watched.simulator.set_fault(Route::Rooms, Some(Fault::Hang));
    let began = Instant::now();
    let page = watched.poll().await;
    assert_eq!(page.get("up[]"), Some(&0.0));
    assert!(began.elapsed() >= patience, "{:?}", began.elapsed());
    let timeouts = page.iter().filter(|(series, value)| {
        series.contains("poll_failures_total") && series.contains("\"timeout\"") && **value > 0.0
    });
    assert!(timeouts.count() > 0, "{page:?}");
}
