//! Kept connections that have ended before the next request.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::rocketchat::http_transport::HttpTransport;
use rocketchat_omnichannel_exporter::rocketchat::request_stats::{Code, NO_ANSWER, RequestStats};
use rocketchat_omnichannel_exporter::rocketchat::server_clock::ServerClock;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::loopback::read_request;
use super::{failure, reach, rooms, simulated_auth};
use crate::programs::node;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: keep-alive\r\n\r\n{\"rooms\":[]}";

/// A server that answers this many requests on each connection, then reads one more and closes without an answer.
async fn closing_after(answers: u32) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                for _ in 0..answers {
                    read_request(&mut stream).await;
                    stream.write_all(ANSWER).await.unwrap();
                }
                read_request(&mut stream).await;
            });
        }
    });
    (url, connections)
}

fn counted(reach: &HttpSettings) -> (Client, Arc<RequestStats>) {
    let account = Arc::new(RequestStats::default());
    let clock = Arc::new(ServerClock::new(Clock::system()));
    let of = Arc::clone(&account);
    let transport = Arc::new(HttpTransport::new(reach).unwrap());
    let client = Client::new(transport, reach, simulated_auth(), clock, of, Arc::default());
    (client, account)
}

fn requests(account: &RequestStats, code: Code) -> u64 {
    let requests = account.traffic().requests;
    requests.get(&(Endpoint::LivechatRooms, code)).copied().unwrap_or_default()
}

fn retries(account: &RequestStats) -> u64 {
    account.traffic().retries.get(&Endpoint::LivechatRooms).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_request_on_a_connection_that_ended_is_sent_once_more_and_counted() {
    let (url, connections) = closing_after(1).await;
    let (client, account) = counted(&reach(&url));
    for _ in 0..4 {
        rooms(&client).await.unwrap();
    }
    // The one kept connection ends; each later request finds this connection or has one of its own.
    let (retries, connections) = (retries(&account), connections.load(Ordering::Relaxed));
    assert!(retries >= 1 && u64::from(connections) > retries, "{retries} of {connections}");
    assert_eq!((requests(&account, 200), requests(&account, NO_ANSWER)), (4, retries));
    let timed = account.traffic().durations.remove(&Endpoint::LivechatRooms).unwrap();
    assert_eq!(timed.count(), 4 + retries);
}

#[tokio::test]
async fn a_server_that_never_answers_is_asked_twice_and_no_more() {
    let (url, connections) = closing_after(0).await;
    let (client, account) = counted(&reach(&url));
    let failure = failure(&client).await;
    assert_eq!(failure.reason, Reason::Connect);
    assert_eq!((connections.load(Ordering::Relaxed), retries(&account)), (2, 1));
    assert_eq!(requests(&account, NO_ANSWER), 2);
}

#[tokio::test]
async fn a_request_that_the_budget_does_not_allow_at_once_is_not_sent_again() {
    let (url, connections) = closing_after(0).await;
    let (client, account) = counted(&HttpSettings { max_requests_per_minute: 1, ..reach(&url) });
    let failure = failure(&client).await;
    assert!(failure.to_string().contains("the connection ended before an answer"), "{failure}");
    assert_eq!((connections.load(Ordering::Relaxed), retries(&account)), (1, 0));
    assert_eq!(requests(&account, NO_ANSWER), 1);
}

/// A server that closes its first connection this long after the request, and keeps all others open without an answer.
async fn ending_late(after: Duration) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        read_request(&mut first).await;
        tokio::time::sleep(after).await;
        drop(first);
        let mut kept = Vec::new();
        while let Ok(accepted) = listener.accept().await {
            kept.push(accepted);
        }
    });
    url
}

#[tokio::test]
async fn both_sendings_together_take_no_longer_than_the_timeout() {
    let (timeout, after) = (Duration::from_secs(12), Duration::from_secs(4));
    let url = ending_late(after).await;
    let (client, account) = counted(&HttpSettings { timeout, ..reach(&url) });
    let begun = Instant::now();
    let failure = failure(&client).await;
    assert_eq!((failure.reason, retries(&account)), (Reason::Timeout, 1), "{failure}");
    assert!(begun.elapsed() < timeout + after, "{:?}", begun.elapsed());
}

/// Node closes a connection that was idle for `keepAliveTimeout` plus one second; a request under way at that moment
/// gets no answer. If Node is busy when a request comes, Node closes the connection as soon as it looks again.
#[tokio::test]
#[ignore = "needs node: tests/run runs it"]
async fn no_request_is_lost_at_the_moment_when_node_closes_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, url) = node(folder.path(), r#"{"keepAliveTimeout":1,"busy":1100}"#);
    let (client, account) = counted(&reach(&url));
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut sent = 0;
    while sent < 6 || retries(&account) == 0 {
        assert!(Instant::now() < deadline, "no request met the moment, of {sent}");
        rooms(&client).await.unwrap();
        sent += 1;
    }
    assert_eq!(requests(&account, 200), sent);
}
