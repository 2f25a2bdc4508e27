//! Effect of a 429 on the budget of its route.

use std::time::Duration;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::limiter::RequestPriority;
use rocketchat_omnichannel_exporter::simulator::{Route, Simulator, SimulatorSettings};

use super::loopback::{Loopback, reply};
use super::{client_of, client_with, documented, failure, reach, rooms, simulated_auth, small};

/// The time of both clocks.
const NOW: Timestamp = Timestamp::constant(1_772_445_600, 0);
const DATE: (&str, &str) = ("date", "Mon, 02 Mar 2026 10:00:00 GMT");
/// 11 seconds after [`NOW`], in epoch milliseconds.
const RESET: (&str, &str) = ("x-ratelimit-reset", "1772445611000");
const LIMIT: (&str, &str) = ("x-ratelimit-limit", "10");

/// Headers and body of a 429, and the wait that it asks for, seconds.
type Refusal<'a> = (&'static [(&'static str, &'static str)], &'a str, u64);

fn client_by_the_hour(url: &str) -> Client {
    client_with(&reach(url), simulated_auth(), Clock::manual(NOW).0)
}

async fn is_open(client: &Client, endpoint: Endpoint) -> bool {
    let permit = client.permit(endpoint, RequestPriority::First, Duration::ZERO);
    permit.await.is_some()
}

#[tokio::test]
async fn every_form_of_refusal_pauses_its_route_for_as_long_as_it_says() {
    let text = String::from_utf8(documented("livechat-rooms-rate-limited")).unwrap();
    let cases: [Refusal<'_>; 6] = [
        (&[("retry-after", "7")], &text, 7),
        (&[("retry-after", "Mon, 02 Mar 2026 10:00:09 GMT")], "", 9),
        (&[LIMIT, RESET], &text, 23),
        (&[], &text, 23),
        (&[LIMIT, RESET], "", 11),
        (&[], "<html>slow down</html>", 60),
    ];
    for (headers, body, seconds) in cases {
        let (headers, body) = ([headers, &[DATE]].concat(), body.to_owned());
        let shown = format!("{headers:?} {body}");
        let server = Loopback::start(move |_| reply(429, &headers, body.clone())).await;
        let client = client_by_the_hour(&server.url());
        let failure = failure(&client).await;
        assert_eq!(failure.reason, Reason::RateLimited, "{shown}");
        assert_eq!(failure.retry_after, Some(Duration::from_secs(seconds)), "{shown}");
        assert!(!is_open(&client, Endpoint::LivechatRooms).await, "{shown}");
        assert!(is_open(&client, Endpoint::LivechatQueue).await, "{shown}");
        assert_eq!(server.seen().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn a_server_in_maintenance_pauses_its_route_when_it_says_how_long() {
    for (headers, pauses) in [(&[("retry-after", "120")][..], true), (&[], false)] {
        let owned: Vec<_> = headers.to_vec();
        let server = Loopback::start(move |_| reply(503, &owned, "")).await;
        let client = client_by_the_hour(&server.url());
        let failure = failure(&client).await;
        assert_eq!(failure.reason, Reason::Server);
        assert_eq!(failure.retry_after.is_some(), pauses);
        assert_eq!(is_open(&client, Endpoint::LivechatRooms).await, !pauses);
    }
}

#[tokio::test]
async fn half_of_what_a_server_announces_is_used_and_nobody_is_refused() {
    let settings = SimulatorSettings { rate_limit: Some(6), ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let client = client_of(&simulator);
    for _ in 0..3 {
        rooms(&client).await.unwrap();
    }
    assert_eq!(client.per_minute(Endpoint::LivechatRooms), 3);
    assert!(!is_open(&client, Endpoint::LivechatRooms).await);
    assert!(is_open(&client, Endpoint::LivechatQueue).await);
    let used = simulator.route_use(Route::Rooms);
    assert_eq!((used.refused, used.busiest_window), (0, 3));
}

#[tokio::test]
async fn a_window_that_others_used_up_is_waited_out() {
    let headers = [LIMIT, ("x-ratelimit-remaining", "0"), RESET, DATE];
    let server = Loopback::start(move |_| reply(200, &headers, r#"{"rooms":[]}"#)).await;
    let client = client_by_the_hour(&server.url());
    rooms(&client).await.unwrap();
    assert!(!is_open(&client, Endpoint::LivechatRooms).await);
}

#[tokio::test]
async fn one_answer_with_a_window_of_an_hour_holds_its_route_back_for_two_minutes_at_most() {
    let hour = ("x-ratelimit-reset", "1772449200000");
    for (status, advice) in [(200, ("x-powered-by", "nobody")), (429, ("retry-after", "3600"))] {
        let headers = [LIMIT, ("x-ratelimit-remaining", "0"), hour, advice, DATE];
        let server = Loopback::start(move |_| reply(status, &headers, r#"{"rooms":[]}"#)).await;
        let client = client_by_the_hour(&server.url());
        assert_eq!(rooms(&client).await.is_ok(), status == 200);
        assert!(!is_open(&client, Endpoint::LivechatRooms).await);
        // Paused only here: a request over a real connection needs real time.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(121)).await;
        assert!(is_open(&client, Endpoint::LivechatRooms).await, "{status}");
        tokio::time::resume();
    }
}

#[tokio::test]
async fn the_servers_own_words_for_a_refusal_are_understood() {
    let settings = SimulatorSettings { rate_limit: Some(1), ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    rooms(&client_of(&simulator)).await.unwrap();
    let failure = failure(&client_of(&simulator)).await;
    assert_eq!(failure.reason, Reason::RateLimited);
    let wait = failure.retry_after.unwrap();
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(60), "{wait:?}");
    assert!(failure.to_string().contains("api-bypass-rate-limit"), "{failure}");
}
