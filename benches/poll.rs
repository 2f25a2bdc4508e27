//! Benchmark: cost of one page for the exporter without the latency of the server, that is one request over loopback
//! and its decoding.
//!
//! Goal: 0.4 ms of CPU per page of 100 rooms, identity encoding. The server is another thread that always sends the
//! same bytes. The client runs on this thread together with tokio and reqwest, and only the CPU time of this thread
//! is measured.

mod call_centre;
mod cpu;
mod page;

use std::error::Error;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::auth::Auth;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::rocketchat::http_transport::HttpTransport;
use rocketchat_omnichannel_exporter::rocketchat::limiter::RequestPriority;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomRow, RoomSelection,
};
use rocketchat_omnichannel_exporter::rocketchat::paging::PageRequest;
use rocketchat_omnichannel_exporter::rocketchat::request_stats::RequestStats;
use rocketchat_omnichannel_exporter::rocketchat::server_clock::ServerClock;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;

const ROUNDS: usize = 9;
const PAGES_A_ROUND: u32 = 500;
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let body = page::of_rooms(100)?;
    let bytes = body.len();
    let address = serve(body)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client(address)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(runtime.block_on(round(&client))?);
    }
    // The first round opens the connection and fills the caches.
    let mut rounds = rounds.split_off(1);
    rounds.sort_by(f64::total_cmp);
    let best = rounds.first().copied().unwrap_or_default();
    let median = rounds.get(rounds.len() / 2).copied().unwrap_or_default();
    writeln!(
        std::io::stdout(),
        "poll: {bytes} bytes a page of 100 rooms; CPU of the client a page: best {best:.0} µs, \
         median {median:.0} µs, goal 400 µs"
    )?;
    Ok(())
}

/// Serves the page on a separate thread until the process ends.
fn serve(body: Vec<u8>) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = bytes::Bytes::from(body);
    let answer = async move || ([(CONTENT_TYPE, "application/json")], body.clone());
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, Router::new().fallback(answer)).await
        })
    });
    Ok(address)
}

fn client(address: SocketAddr) -> Result<Client, Box<dyn Error>> {
    let reach = HttpSettings {
        url: format!("http://{address}").parse()?,
        timeout: PATIENCE,
        ca_file: None,
        identity: None,
        proxy: None,
        gzip: false,
        max_requests_per_minute: u32::MAX,
    };
    let token = TokenSource::Inline("token".to_owned().into());
    let auth = Auth::new("user".to_owned(), token);
    let clock = Arc::new(ServerClock::new(Clock::system()));
    let transport = Arc::new(HttpTransport::new(&reach)?);
    let stats = Arc::new(RequestStats::default());
    Ok(Client::new(transport, &reach, auth, clock, stats, Arc::default()))
}

/// CPU time of this thread per page, microseconds.
async fn round(client: &Client) -> Result<f64, Box<dyn Error>> {
    let first = PageRequest { start: None, end: None, offset: 0, count: 100 };
    let query = livechat_rooms::query(RoomSelection::Open, &RoomFilter::default(), first);
    let before = cpu::of_thread()?;
    for _ in 0..PAGES_A_ROUND {
        let permit = client
            .permit(Endpoint::LivechatRooms, RequestPriority::First, PATIENCE)
            .await
            .ok_or("no budget")?;
        let page = client.page::<RoomRow>(permit, None, &query).await?;
        if page.rows.len() != 100 {
            return Err("not a page of 100 rooms".into());
        }
    }
    let spent = cpu::of_thread()?.saturating_sub(before);
    Ok(spent.as_secs_f64() * 1e6 / f64::from(PAGES_A_ROUND))
}
