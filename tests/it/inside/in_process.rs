//! Cycles without a socket give the same results as cycles with a socket.

use std::time::Duration;

pub use rocketchat_omnichannel_exporter::demo::in_process::InProcess;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, SimulatorSettings, World};
use tokio::time::Instant;

use crate::watching::{Numbers, Watched};

fn settings() -> SimulatorSettings {
    SimulatorSettings {
        departments: 4,
        agents: 7,
        arrivals_per_hour: 120.0,
        warm_up: Duration::from_secs(600),
        page_limit: 7,
        path_prefix: "/chat".to_owned(),
        ..SimulatorSettings::default()
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
    // Routes are polled concurrently, so the order is compared per route.
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
