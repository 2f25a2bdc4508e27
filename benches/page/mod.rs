//! One page of `livechat/rooms`, byte for byte as the simulator sends the page.

use std::time::Duration;

use crate::call_centre::{self, Size};

const PATH: &str = "/api/v1/livechat/rooms?open=true&count=";
const PATIENCE: Duration = Duration::from_secs(10);

/// A page with this many open rooms.
pub(crate) fn of_rooms(rooms: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(fetch(rooms))
}

async fn fetch(rooms: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let size = Size { departments: 10, agents: 50, rooms: rooms * 2 };
    let (simulator, settings) = (call_centre::start(size).await?, call_centre::settings(size));
    let client =
        reqwest::Client::builder().timeout(PATIENCE).no_proxy().tls_certs_only([]).build()?;
    let mut answer = client
        .get(format!("{}{PATH}{rooms}", simulator.url()))
        .header("x-auth-token", settings.token)
        .header("x-user-id", settings.user_id)
        .send()
        .await?
        .error_for_status()?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
