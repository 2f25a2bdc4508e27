//! Misbehaving clients: a scraper beside them is answered at once and memory stays bounded.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Exporter, PATIENCE, every_second, until};
use crate::authority::Authority;

/// Longest time of a scrape.
const AT_ONCE: Duration = Duration::from_millis(100);
const MEMORY_BYTES: f64 = 64.0 * 1024.0 * 1024.0;
/// Connections of a crowd, more than are served at once.
const CROWD: usize = 1000;
/// Connections of a crowd that the test keeps open; the exporter keeps fewer.
const HELD: usize = 700;

/// A kind of misbehaving client; it sends its bytes again and again while the connection lasts.
#[derive(Debug, Clone, Copy)]
enum Stranger {
    Silent,
    HalfARequest,
    Dripping,
    HugeHeader,
    WrongMethods,
    Pipelining,
    Garbage,
    HelloOfTls,
}

const ALL: [Stranger; 8] = [
    Stranger::Silent,
    Stranger::HalfARequest,
    Stranger::Dripping,
    Stranger::HugeHeader,
    Stranger::WrongMethods,
    Stranger::Pipelining,
    Stranger::Garbage,
    Stranger::HelloOfTls,
];

impl Stranger {
    fn says(self) -> Vec<u8> {
        let request = "GET /metrics HTTP/1.1\r\nHost: test\r\n";
        match self {
            Self::Silent => Vec::new(),
            Self::HalfARequest => request.into(),
            Self::Dripping => b"X".to_vec(),
            Self::HugeHeader => format!("{request}X: {}", "x".repeat(60_000)).into(),
            Self::WrongMethods => {
                let method = |method| {
                    format!(
                        "{method} /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n\r\n"
                    )
                };
                ["POST", "DELETE", "TRACE", "BREW"].map(method).concat().into()
            }
            Self::Pipelining => format!("{request}\r\n").repeat(200).into(),
            Self::Garbage => (0..4096).map(|_| fastrand::u8(..)).collect(),
            // The head of a record of 16 KiB and the start of a client hello; the rest never comes.
            Self::HelloOfTls => b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03".to_vec(),
        }
    }

    fn drips(self) -> bool {
        matches!(self, Self::Dripping)
    }
}

/// Opens connections of one kind until the crowd is complete, and replaces those that the exporter closes.
async fn come(address: SocketAddr, stranger: Stranger) {
    let mut held: VecDeque<TcpStream> = VecDeque::new();
    for count in 0.. {
        if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await {
            // A peer that does not read would block the test, so bytes that cannot be sent at once are dropped.
            let _said = stream.try_write(&stranger.says());
            held.push_back(stream);
        }
        if stranger.drips() {
            for stream in &held {
                let _said = stream.try_write(b"x");
            }
        }
        if held.len() > HELD {
            held.pop_front();
        }
        if count % 10 == 0 || count > CROWD {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Scrapes once on a connection of its own; returns the page and the duration.
async fn scrape(address: SocketAddr, beside: Stranger) -> (String, Duration) {
    let begun = Instant::now();
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut page = String::new();
        let read = stream.read_to_string(&mut page).await;
        read.unwrap_or_else(|error| panic!("{beside:?}: {error} after {page}"));
        page
    };
    let page = tokio::time::timeout(PATIENCE, exchange).await.expect("not answered at all");
    (page, begun.elapsed())
}

fn resident_bytes(page: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    line.unwrap_or_else(|| panic!("{page}")).parse().unwrap()
}

/// Waits until the median of a round's scrapes is fast. On a busy machine some rounds are slow; beside strangers that
/// starve the scraper, every round is slow.
async fn answered_at_once(what: &str, mut scrape: impl AsyncFnMut() -> Duration) {
    until(&format!("a scraper beside {what} is answered at once"), PATIENCE, async || {
        let mut waits = Vec::new();
        for _ in 0..7 {
            waits.push(scrape().await);
        }
        waits.sort_unstable();
        if waits[3] < AT_ONCE { Ok(()) } else { Err(format!("{waits:?}")) }
    })
    .await;
}

#[tokio::test]
async fn a_scraper_beside_strangers_is_answered_at_once_and_memory_stays_bounded() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    let address = exporter.address().await;
    for stranger in ALL {
        let mut strangers = JoinSet::new();
        strangers.spawn(come(address, stranger));
        let mut resident = 0.0_f64;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            answered_at_once(&format!("{stranger:?}"), async || {
                let (page, wait) = scrape(address, stranger).await;
                assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{stranger:?}: {page}");
                resident = resident.max(resident_bytes(&page));
                wait
            })
            .await;
        }
        assert!(resident < MEMORY_BYTES, "{stranger:?}: {resident} bytes");
    }
    let mut crowd = JoinSet::new();
    crowd.spawn(come(address, Stranger::Silent));
    until("all connections are in use", PATIENCE, async || {
        let log = exporter.stderr();
        if log.contains("All connections are in use") { Ok(()) } else { Err(log) }
    })
    .await;
}

#[tokio::test]
async fn behind_tls_and_a_password_it_is_the_same() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue(&["127.0.0.1"]);
    authority.write("server.pem", certificate.pem());
    authority.write("server.key", key.serialize_pem());
    let hash = bcrypt::hash("secret", 10).unwrap();
    let yaml = format!(
        "tls_server_config: {{cert_file: server.pem, key_file: server.key}}\n\
         basic_auth_users: {{prometheus: {hash}}}\n"
    );
    let file = authority.write("web.yml", yaml);
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let variables = every_second(&simulator, &settings);
    let exporter = Exporter::serve(&["--web.config.file", file.to_str().unwrap()], &variables);
    let address = exporter.address().await;
    let trusted = reqwest::Certificate::from_pem(authority.issuer.pem().as_bytes()).unwrap();
    let builder = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = builder.pool_max_idle_per_host(0).tls_certs_only([trusted]).build().unwrap();
    for stranger in
        [Stranger::Silent, Stranger::HelloOfTls, Stranger::Garbage, Stranger::Pipelining]
    {
        let mut strangers = JoinSet::new();
        strangers.spawn(come(address, stranger));
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            answered_at_once(&format!("{stranger:?}"), async || {
                let begun = Instant::now();
                let request = client.get(format!("https://{address}/metrics"));
                let answer = request.basic_auth("prometheus", Some("secret")).send().await.unwrap();
                assert_eq!(answer.status(), 200, "{stranger:?}");
                begun.elapsed()
            })
            .await;
        }
    }
}
