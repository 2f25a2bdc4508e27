//! Tests of the simulator, because the tests of the exporter rely on it.

mod answers;
mod filters;
mod late;
mod limits;
mod parameters;
mod refusals;
mod webhooks;

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::Value;

use crate::plain_http;
use crate::watching::small;

/// A workspace without chats.
/// An HTTP answer: status, headers, text.
struct Reply {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn ids(&self) -> Vec<String> {
        let body = self.json();
        let rooms = body["rooms"].as_array().unwrap();
        rooms.iter().map(|room| room["_id"].as_str().unwrap().to_owned()).collect()
    }
}

fn client() -> reqwest::Client {
    plain_http::client()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

async fn send(request: reqwest::RequestBuilder) -> Reply {
    let mut response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    Reply { status, headers, text: String::from_utf8(body).unwrap() }
}

/// A GET with the token of the default settings.
async fn get(simulator: &Simulator, path_and_query: &str) -> Reply {
    let settings = SimulatorSettings::default();
    let request = client()
        .get(format!("{}{path_and_query}", simulator.url()))
        .header("X-Auth-Token", settings.token)
        .header("X-User-Id", settings.user_id);
    send(request).await
}

async fn rooms(simulator: &Simulator, query: &str) -> Reply {
    get(simulator, &format!("/api/v1/livechat/rooms?{query}")).await
}
