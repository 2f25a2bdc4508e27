//! Limits of a transfer: size, compression, time, and hosts that do not exist.

use std::io::Write;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::loopback::{Loopback, nothing, read_request, reply};
use super::{
    AMPLE, client_at, client_of, client_with, failure, reach, rooms, simulated_auth, small,
};
use crate::process::binary::vacant;

const MIB: usize = 1024 * 1024;
/// Long enough for loopback, short enough for a test that waits until its end.
const SHORT: Duration = Duration::from_millis(300);

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

/// A page of this size in bytes, without rows.
fn heavy(bytes: usize) -> Vec<u8> {
    let mut body = br#"{"rooms":[],"total":0,"success":true}"#.to_vec();
    body.resize(bytes.max(body.len()), b' ');
    body
}

fn patient(url: &str, timeout: Duration) -> Client {
    let reach = HttpSettings { timeout, ..reach(url) };
    client_with(&reach, simulated_auth(), Clock::system())
}

/// A server that sends these bytes to every client, and then neither sends nor closes.
async fn falling_silent(after: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_request(&mut stream).await;
            stream.write_all(after.as_bytes()).await.unwrap();
            held.push(stream);
        }
    });
    url
}

#[tokio::test]
async fn a_compressed_answer_is_asked_for_and_read() {
    let body = gzip(br#"{"rooms":[{"_id":"a"}],"total":1,"success":true}"#);
    let answer = move |_: &_| reply(200, &[("content-encoding", "gzip")], body.clone());
    let server = Loopback::start(answer).await;
    let page = rooms(&client_at(&server.url())).await.unwrap();
    assert_eq!((&*page.rows[0].id, page.total), ("a", Some(1)));
    assert_eq!(server.seen()[0].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn no_compression_is_asked_for_where_it_is_switched_off() {
    let server = Loopback::start(|_| nothing()).await;
    let reach = HttpSettings { gzip: false, ..reach(&server.url()) };
    rooms(&client_with(&reach, simulated_auth(), Clock::system())).await.unwrap();
    assert_eq!(server.seen()[0].header("accept-encoding"), None);
}

#[tokio::test]
async fn a_page_is_read_up_to_the_cap_and_refused_above_it() {
    for (bytes, is_refused) in [(16 * MIB, false), (16 * MIB + 1, true)] {
        let body = heavy(bytes);
        let server = Loopback::start(move |_| reply(200, &[], body.clone())).await;
        let outcome = rooms(&client_at(&server.url())).await;
        let reason = outcome.err().map(|failure| failure.reason);
        assert_eq!(reason, is_refused.then_some(Reason::TooLarge), "{bytes} bytes");
    }
}

#[tokio::test]
async fn a_small_answer_that_inflates_is_stopped_at_the_cap() {
    let body = gzip(&heavy(64 * MIB));
    assert!(body.len() < MIB, "not small");
    let answer = move |_: &_| reply(200, &[("content-encoding", "gzip")], body.clone());
    let server = Loopback::start(answer).await;
    let failure = failure(&client_at(&server.url())).await;
    assert_eq!(failure.reason, Reason::TooLarge);
    assert!(failure.to_string().contains("larger than 16 MiB"), "{failure}");
}

#[tokio::test]
async fn a_compressed_answer_that_is_cut_or_is_none_is_told_as_undecodable() {
    let whole = gzip(&heavy(1_000));
    for body in [whole[..whole.len() / 2].to_vec(), b"plain".to_vec()] {
        let answer = move |_: &_| reply(200, &[("content-encoding", "gzip")], body.clone());
        let server = Loopback::start(answer).await;
        assert_eq!(failure(&client_at(&server.url())).await.reason, Reason::Decode);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_configured_time_and_no_more() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.set_fault(Route::Rooms, Some(Fault::Hang));
    let urls = [
        simulator.url(),
        falling_silent("").await,
        falling_silent("HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{\"rooms\":").await,
    ];
    for url in urls {
        let client = patient(&url, SHORT);
        let began = Instant::now();
        let failure = failure(&client).await;
        let took = began.elapsed();
        assert_eq!(failure.reason, Reason::Timeout, "{failure}");
        assert!(failure.to_string().ends_with("raise poll.timeout"), "{failure}");
        assert!(took >= SHORT && took < AMPLE, "{took:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_within_the_time_is_an_answer() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    simulator.set_fault(Route::Rooms, Some(Fault::Slow(Duration::from_millis(50))));
    rooms(&client_of(&simulator)).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_refused_or_torn_is_no_connection() {
    let (_held, address) = vacant();
    let url = format!("http://{address}");
    assert_eq!(failure(&client_at(&url)).await.reason, Reason::Connect);
    let torn = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", torn.local_addr().unwrap());
    let closing = tokio::spawn(async move {
        while let Ok((stream, _)) = torn.accept().await {
            drop(stream);
        }
    });
    assert_eq!(failure(&client_at(&url)).await.reason, Reason::Connect);
    closing.abort();
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_matter_of_the_connection() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let closing = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_request(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"rooms\":[]";
            drop(stream.write_all(head).await);
        }
    });
    let failure = failure(&client_at(&url)).await;
    assert_eq!(failure.reason, Reason::Connect, "{failure}");
    closing.abort();
}

#[tokio::test]
async fn a_host_without_an_address_is_told_as_a_matter_of_names() {
    let failure = failure(&client_at("http://nonexistent.invalid/")).await;
    assert_eq!(failure.reason, Reason::Dns, "{failure}");
    assert!(failure.to_string().ends_with("and the resolver"), "{failure}");
}
