//! The exporter goes on if nobody reads its log.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Exporter, PATIENCE, every_second, get, until};
use crate::watching::numbers;

const DROPPED: &str = "exporter_log_lines_dropped_total";
/// Longest time of a stop; the unread log does not delay it.
const IN_TIME: Duration = Duration::from_secs(10);

/// A loopback address that was free a moment ago.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn sum(address: SocketAddr, family: &str) -> f64 {
    let page = get(address, "/metrics").await.unwrap().text;
    let numbers = numbers(&page);
    let of_family = numbers.iter().filter(|(series, _)| series.starts_with(family));
    of_family.map(|(_, value)| value).sum()
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_neither_polls_nor_scrapes_nor_the_end_and_is_counted() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let (mut unread, pipe) = std::io::pipe().unwrap();
    let address = free();
    let listen = format!("--web.listen-address={address}");
    let arguments = [listen.as_str(), "--log.level=trace"];
    let mut exporter =
        Exporter::speaking_into(pipe, &arguments, &every_second(&simulator, &settings));
    until("it serves", PATIENCE, async || get(address, "/metrics").await).await;
    until("lines are dropped", PATIENCE, async || {
        for _ in 0..500 {
            // Each connection causes a line of the log.
            let mut stranger = TcpStream::connect(address).await.unwrap();
            stranger.write_all(b"garbage\r\n\r\n").await.unwrap();
        }
        let dropped = sum(address, DROPPED).await;
        if dropped > 0.0 { Ok(()) } else { Err(format!("{dropped}")) }
    })
    .await;
    let requests = "exporter_api_requests_total";
    let before = sum(address, requests).await;
    until("polls go on", PATIENCE, async || {
        let now = sum(address, requests).await;
        if now > before + 10.0 { Ok(()) } else { Err(format!("{before} {now}")) }
    })
    .await;
    exporter.signal("TERM");
    assert_eq!(exporter.ended_within(IN_TIME).await.code, Some(0));
    let mut heard = String::new();
    unread.read_to_string(&mut heard).unwrap();
    assert!(heard.lines().count() > 100 && heard.ends_with('\n'), "{heard}");
    assert!(heard.lines().all(|line| line.starts_with("ts=2")), "{heard}");
}
