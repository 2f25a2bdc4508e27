//! The commands of an operator: `check`, `healthcheck` and `inspect`.

mod check;
mod healthcheck;
mod inspect;
mod replies;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::clock;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, RoomCloser, VISITOR_MARKER};
use rocketchat_omnichannel_exporter::simulator::{
    ClockSettings, Simulator, SimulatorSettings, World,
};
use tokio::net::{TcpListener, TcpSocket};

use super::exporter::Ended;
use super::{Exporter, PATIENCE, watching};

const TOKEN: &str = "tOken-4f7bC91e-of-the-operator";

/// A version of each generation that the commands ask in a form of its own.
const VERSIONS: [&str; 10] =
    ["2.4.0", "3.18.2", "4.8.0", "5.4.0", "6.10.0", "6.11.0", "7.13.0", "8.1.0", "8.6.0", "9.0.0"];

/// The present in whole milliseconds, as a server writes times.
fn present() -> Timestamp {
    Timestamp::from_millisecond(clock::Clock::system().now().as_millisecond()).unwrap()
}

/// A workspace without chats, whose clock starts 90 minutes ago.
fn quiet(version: &str) -> SimulatorSettings {
    let start = present() - SignedDuration::from_mins(90);
    SimulatorSettings {
        version: version.parse().unwrap(),
        clock: ClockSettings::Manual(start),
        departments: 2,
        agents: 3,
        calls: false,
        warm_up: Duration::ZERO,
        token: TOKEN.to_owned(),
        ..SimulatorSettings::default()
    }
}

/// Creates chats in every state, up to the present; one of the waiting chats waits for the second time. Returns the ids
/// of the waiting chats, the longest wait first.
fn furnish(world: &mut World) -> Vec<String> {
    let departments: Vec<String> = world.departments.keys().cloned().collect();
    let agents: Vec<String> = world.agents.keys().cloned().collect();
    let back = world.arrive(Some(&departments[0]), Channel::Widget);
    let held = world.arrive(Some(&departments[1]), Channel::Sms);
    let ended = world.arrive(None, Channel::Email);
    for (chat, agent) in [(&back, 0), (&held, 1), (&ended, 1)] {
        assert!(world.assign(chat, &agents[agent]) && world.reply(chat));
    }
    assert!(world.hold(&held) || world.version < "3.0.0".parse().unwrap());
    assert!(world.tag(&ended, "refund"));
    world.advance(Duration::from_secs(30 * 60));
    let oldest = world.arrive(Some(&departments[1]), Channel::Widget);
    assert!(world.prioritise(&oldest, Some("priority-highest")));
    world.advance(Duration::from_secs(40 * 60));
    let second = world.arrive(None, Channel::Email);
    assert!(world.close(&ended, RoomCloser::User));
    let served = world.arrive(Some(&departments[0]), Channel::Widget);
    assert!(world.assign(&served, &agents[0]));
    world.advance(Duration::from_secs(10 * 60));
    assert!(world.return_to_queue(&back));
    world.shift_clock(present().duration_since(world.now()));
    vec![oldest, second, back]
}

/// Runs a command against a workspace; asserts that its output holds no secret and no words of visitors.
async fn run(arguments: &[&str], url: &str, settings: &SimulatorSettings) -> Ended {
    let ended = run_openly(arguments, url, settings).await;
    let said = format!("{}{}", ended.stdout, ended.stderr);
    for secret in [TOKEN, VISITOR_MARKER, "guest-"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    ended
}

async fn run_openly(arguments: &[&str], url: &str, settings: &SimulatorSettings) -> Ended {
    let variables = &watching(url, settings)[..3];
    Exporter::start(arguments, variables).ended_within(PATIENCE).await
}

/// Output and exit code without the parts that differ from run to run.
fn golden(ended: &Ended, url: &str) -> String {
    let address = url.split("//").nth(1).unwrap();
    let said = format!("{}{}exit code {}", ended.stdout, ended.stderr, ended.code.unwrap());
    said.replace(url, "<url>").replace(address, "<server>")
}

/// A URL that refuses connections; no other process gets the port while the socket lives.
fn refusing() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

/// The address of a firewall in front of a workspace; the firewall refuses every request with `queued`.
async fn behind_firewall(simulator: Arc<Simulator>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let pass = move |request: Request| async move {
        let (uri, headers) = (request.uri(), request.headers());
        let query = uri.query().unwrap_or_default();
        if query.contains("queued=") {
            return (StatusCode::FORBIDDEN, "blocked").into_response();
        }
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let reply = simulator.answer("GET", uri.path(), query, &headers);
        (StatusCode::from_u16(reply.status).unwrap(), reply.body).into_response()
    };
    let firewall = axum::Router::new().fallback(pass);
    tokio::spawn(async move { axum::serve(listener, firewall).await });
    url
}

/// Asserts that every request was a read that this version accepts.
fn assert_only_reads(simulator: &Simulator) {
    for request in simulator.requests() {
        assert_eq!(request.method, "GET", "{request:?}");
        assert!(!matches!(request.status, 400 | 404 | 429), "{request:?}");
        assert!(request.query.iter().all(|(name, _)| name != "fields" && name != "query"));
    }
    assert_eq!(simulator.world(|world| world.rooms_created_by_get), 0);
}
