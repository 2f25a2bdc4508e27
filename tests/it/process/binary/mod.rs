//! The real binary from outside: arguments in; exit code, log and metrics out.

mod bad_input;
mod demo;
mod descriptors;
mod exporter;
mod hanging;
mod kept;
mod odd_files;
mod operator;
mod outages;
mod page;
mod privacy;
mod reload;
mod service_discovery;
mod shards;
mod small_workspace;
mod state_directory;
mod state_files;
mod status_page;
mod stopping;
mod strangers;
mod unheard;
mod web_config;
mod webhooks;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Method;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use tokio::net::TcpSocket;

use crate::plain_http;

pub use exporter::Exporter;

/// No condition takes longer to come true; a longer wait means that something hangs.
pub const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(25);

/// Repeats `look` until it succeeds; panics with its last error after `patience`.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) => assert!(
                Instant::now() < deadline,
                "waited in vain until {what}; last seen:\n{seen}"
            ),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// An HTTP answer: status and text.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub text: String,
}

pub async fn get(address: SocketAddr, path: &str) -> Result<Reply, String> {
    ask(Method::GET, &format!("http://{address}{path}")).await
}

pub async fn ask(method: Method, url: &str) -> Result<Reply, String> {
    ask_within(PATIENCE, method, url).await
}

/// The same with another patience.
pub async fn ask_within(patience: Duration, method: Method, url: &str) -> Result<Reply, String> {
    let client = plain_http::client().timeout(patience).build().unwrap();
    let request = client.request(method, url);
    let response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = response.status().as_u16();
    Ok(Reply { status, text: String::from_utf8(body_of(response).await?).unwrap() })
}

pub async fn body_of(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| format!("{error:?}"))? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A socket that is bound but does not listen, with its address: connections are refused while it exists, and no other
/// process gets the port.
pub fn vacant() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// The variables of a workspace that polls this simulator every second.
pub fn every_second(
    simulator: &Simulator,
    settings: &SimulatorSettings,
) -> Vec<(&'static str, String)> {
    watching(&simulator.url(), settings)
}

pub fn watching(url: &str, settings: &SimulatorSettings) -> Vec<(&'static str, String)> {
    vec![
        ("ROCKETCHAT_URL", url.to_owned()),
        ("ROCKETCHAT_USER_ID", settings.user_id.clone()),
        ("ROCKETCHAT_AUTH_TOKEN", settings.token.clone()),
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "1s".to_owned()),
    ]
}
