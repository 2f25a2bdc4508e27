//! A call centre whose calls fill more than a page, read within a server's default rate limit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::SimulatorSettings;
use rocketchat_omnichannel_exporter::simulator::world::{Direction, RoomCloser, World};

use super::{AFTERMATH, Truth};
use crate::counts;
use crate::watching::{Numbers, Watched, numbers, series, sum};

const ACTIVE: usize = 130;
const ENDED_IN_AN_HOUR: u32 = 500;
const HOUR: Duration = Duration::from_secs(3600);
const INTERVAL: Duration = Duration::from_secs(30);
const ROUNDS: usize = 120;
/// Time by which the server's clock advances with each answer, so that calls start and end between two pages.
const ANSWER: Duration = Duration::from_millis(700);

/// Calls that end one by one, each followed by a new one.
#[derive(Clone)]
struct CallCentre(Arc<Mutex<Calls>>);

struct Calls {
    active: Vec<String>,
    agents: Vec<String>,
    dice: fastrand::Rng,
    /// Time at which the next call ends.
    next: Timestamp,
}

impl CallCentre {
    fn open(world: &mut World) -> Self {
        let agents = world.agents.keys().cloned().collect();
        let (dice, next) = (fastrand::Rng::with_seed(7), world.now());
        let mut calls = Calls { active: Vec::new(), agents, dice, next };
        for _ in 0..ACTIVE {
            calls.start(world);
        }
        Self(Arc::new(Mutex::new(calls)))
    }

    fn live(&self, world: &mut World, time: Duration) {
        world.advance(time);
        let mut calls = self.0.lock().unwrap();
        while calls.next <= world.now() {
            calls.next += HOUR / ENDED_IN_AN_HOUR;
            let index = calls.dice.usize(0..ACTIVE);
            let ended = calls.active.remove(index);
            assert!(world.end_call(&ended, RoomCloser::Visitor));
            calls.start(world);
        }
    }
}

impl Calls {
    fn start(&mut self, world: &mut World) {
        let agent = self.dice.choice(&self.agents).unwrap().clone();
        self.active.push(world.start_call("sales-line", Direction::Inbound, &agent).unwrap());
    }
}

/// A server that allows 10 requests a minute; our own cap is the same where a release announces no limit.
fn watched(version: &str) -> Watched {
    let settings = SimulatorSettings {
        version: version.parse().unwrap(),
        calls: false,
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        rate_limit: Some(10),
        rate_window: Duration::from_nanos(1),
        ..SimulatorSettings::default()
    };
    Watched::in_process(&settings, |workspace| {
        workspace.poll.interval = INTERVAL;
        workspace.poll.max_requests_per_minute = 10;
    })
}

/// Lets an interval pass, polls and scrapes.
async fn pass(watched: &mut Watched, live: impl FnOnce(&mut World)) -> String {
    tokio::time::advance(INTERVAL).await;
    watched.simulator.world(live);
    watched.scraped().await
}

fn active(page: &Numbers) -> f64 {
    sum(page, "voip_active_calls", "")
}

/// Readings of the open calls after the closed ones, and the number of all requests. If a page does not join the page
/// before, the open calls are requested from the start again; this counts as the same reading.
fn asked(watched: &Watched) -> (usize, usize) {
    let requests = watched.simulator.requests();
    let calls = requests.iter().filter(|request| request.path.ends_with("/voip/rooms"));
    let is_open = |query: &[(String, String)]| {
        query.iter().any(|(name, value)| name == "open" && value == "true")
    };
    let open: Vec<bool> = calls.map(|request| is_open(&request.query)).collect();
    let begun = open.windows(2).filter(|pair| matches!(pair, [false, true]));
    (begun.count(), open.len())
}

async fn counts_a_busy_hour(version: &str) {
    let mut watched = watched(version);
    let centre = watched.simulator.world(CallCentre::open);
    watched.poll().await;
    watched.simulator.world(|world| world.advance(AFTERMATH));
    watched.simulator.world(World::record_history);
    let (busy, ours) = (centre.clone(), watched.clock.clone());
    // Time passes on both machines.
    watched.simulator.on_request(move |world| {
        busy.live(world, ANSWER);
        ours.set(world.now());
    });
    let before = asked(&watched);
    let mut page = Numbers::new();
    for round in 0..ROUNDS {
        page = numbers(&pass(&mut watched, |world| centre.live(world, INTERVAL)).await);
        // A call that ends in the second of the last page's `Date` may be seen beside the next call.
        let (active, least) = (active(&page), ACTIVE as f64);
        assert!((least..=least + 1.0).contains(&active), "{version}, {round}: {active} active");
    }
    let (scans, requests) = asked(&watched);
    let (scans, requests) = (scans - before.0, requests - before.1);
    assert!(requests <= 10 * 60, "{version}: {requests} requests in an hour");
    let real = HOUR.as_secs_f64() / scans as f64;
    let said = page[&series("exporter_poll_interval_seconds", &[("collector", "calls")])];
    assert!(
        (30.0..=60.0).contains(&real) && (said / real - 1.0).abs() < 0.35,
        "{real} s, {said} s"
    );
    is_exact(version, &mut watched).await;
}

/// Asserts exact totals: after the traffic has ended, everything reported so far is all.
async fn is_exact(version: &str, watched: &mut Watched) {
    watched.simulator.on_request(|_| {});
    let mut page = String::new();
    for _ in 0..8 {
        page = pass(watched, |world| world.advance(INTERVAL)).await;
    }
    assert!((active(&numbers(&page)) - ACTIVE as f64).abs() < 0.5, "{version}");
    let truth = Truth::of(&watched.simulator.world(World::take_history));
    let differences = truth.differences(&counts::page(&page));
    assert!(differences.is_empty(), "{version}:\n{}", differences.join("\n"));
    let closed: f64 = sum(&numbers(&page), "voip_calls_closed_total", "");
    assert!(closed >= f64::from(ENDED_IN_AN_HOUR), "{version}: {closed} ended");
}

#[tokio::test(start_paused = true)]
async fn a_busy_hour_is_counted_exactly_with_ten_requests_a_minute_and_the_interval_says_what_it_costs()
 {
    for version in ["6.13.0", "7.7.1"] {
        counts_a_busy_hour(version).await;
    }
}
