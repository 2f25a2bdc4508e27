//! Connections that are kept for the next request and have ended by then.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::server_clock::ServerClock;
use rocketchat_omnichannel_exporter::rocketchat::traffic::Account;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::loopback::read_request;
use super::{failure, reach, rooms, simulated_auth};
use crate::programs::node;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: keep-alive\r\n\r\n{\"rooms\":[]}";

/// Answers this many requests on each connection, then reads one more and closes without a word.
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

fn counted(url: &str) -> (Client, Arc<Account>) {
    let account = Arc::new(Account::default());
    let clock = Arc::new(ServerClock::new(Clock::system()));
    let of = Arc::clone(&account);
    let client = Client::new(&reach(url), simulated_auth(), clock, of, Arc::default()).unwrap();
    (client, account)
}

fn retries(account: &Account) -> u64 {
    account.traffic().retries.get(&Endpoint::LivechatRooms).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_request_on_a_connection_that_ended_is_sent_once_more_and_counted() {
    let (url, connections) = closing_after(1).await;
    let (client, account) = counted(&url);
    for _ in 0..4 {
        rooms(&client).await.unwrap();
    }
    // One connection is kept and ends; each request after the first finds it or has one of its own.
    let (retries, connections) = (retries(&account), connections.load(Ordering::Relaxed));
    assert!(retries >= 1 && u64::from(connections) > retries, "{retries} of {connections}");
    let answered = account.traffic().requests;
    assert_eq!(answered.get(&(Endpoint::LivechatRooms, 200)), Some(&4), "{answered:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_a_byte_is_asked_twice_and_no_more() {
    let (url, connections) = closing_after(0).await;
    let (client, account) = counted(&url);
    let failure = failure(&client).await;
    assert_eq!(failure.reason, Reason::Connect);
    assert_eq!((connections.load(Ordering::Relaxed), retries(&account)), (2, 1));
}

/// Node closes a connection that was not used for `keepAliveTimeout`; a request that is under way by then gets no byte.
/// The pauses lie around that moment, so that some meet it.
#[tokio::test]
async fn no_request_is_lost_at_the_moment_when_node_closes_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, url) = node(folder.path(), r#"{"keepAliveTimeout":50}"#);
    let (client, account) = counted(&url);
    for pause_ms in (40..60).cycle().take(100) {
        rooms(&client).await.unwrap();
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
    let requests = account.traffic().requests;
    assert_eq!(requests.get(&(Endpoint::LivechatRooms, 200)), Some(&100), "{requests:?}");
}
