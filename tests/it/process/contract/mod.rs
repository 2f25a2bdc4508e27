//! The contract between the client and Rocket.Chat's REST API, over real HTTP on loopback.
//!
//! Documented bodies must decode. Requests must be those that a server of that version accepts. Errors on the way must
//! end in the right reason within their time limit.

mod client;
mod credentials;
mod documents;
mod kept_alive;
mod limits;
pub mod loopback;
mod parameters;
mod queries;
mod refusals;
mod transfer;
pub mod trust;
pub mod versions;

use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::auth::Auth;
use rocketchat_omnichannel_exporter::rocketchat::client::{Client, Permit};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Failure;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::rocketchat::http_transport::HttpTransport;
use rocketchat_omnichannel_exporter::rocketchat::limiter::RequestPriority;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::page::{Page, Row};
use rocketchat_omnichannel_exporter::rocketchat::paging::PageRequest;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::rocketchat::server_clock::ServerClock;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::watching::small;

/// Far longer than loopback needs, far shorter than a hanging test may take.
const AMPLE: Duration = Duration::from_secs(10);

pub const FIRST_PAGE: PageRequest = PageRequest { start: None, end: None, offset: 0, count: 100 };

/// A workspace without chats.
pub fn reach(url: &str) -> HttpSettings {
    HttpSettings {
        url: url.parse().unwrap(),
        timeout: AMPLE,
        ca_file: None,
        identity: None,
        proxy: None,
        gzip: true,
        max_requests_per_minute: 6_000,
    }
}

/// The user and the token of [`SimulatorSettings::default`].
fn simulated_auth() -> Auth {
    let settings = SimulatorSettings::default();
    Auth::new(settings.user_id, TokenSource::Inline(settings.token.into()))
}

fn client_with(reach: &HttpSettings, auth: Auth, clock: Clock) -> Client {
    let clock = Arc::new(ServerClock::new(clock));
    let transport = Arc::new(HttpTransport::new(reach).unwrap());
    Client::new(transport, reach, auth, clock, Arc::default(), Arc::default())
}

fn client_at(url: &str) -> Client {
    client_with(&reach(url), simulated_auth(), Clock::system())
}

fn client_of(simulator: &Simulator) -> Client {
    client_at(&simulator.url())
}

/// A permit that must be available at once.
async fn permit(client: &Client, endpoint: Endpoint) -> Permit {
    let permit = client.permit(endpoint, RequestPriority::First, Duration::ZERO);
    permit.await.unwrap_or_else(|| panic!("no budget for {endpoint:?}"))
}

pub async fn page<R: Row>(
    client: &Client,
    endpoint: Endpoint,
    query: &Query,
) -> Result<Page<R>, Failure> {
    let permit = permit(client, endpoint).await;
    client.page(permit, None, query).await
}

/// Requests chats without a filter.
pub async fn rooms(client: &Client) -> Result<Page<RoomRow>, Failure> {
    page(client, Endpoint::LivechatRooms, &Query::default()).await
}

/// The failure of a request for chats.
pub async fn failure(client: &Client) -> Failure {
    rooms(client).await.expect_err("a request that cannot succeed")
}

fn documented(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documented");
    std::fs::read(format!("{folder}/{name}.json")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
