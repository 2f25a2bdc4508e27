//! A loopback server that gives the answers of a test and records the requests.
//!
//! For answers that no Rocket.Chat gives by itself: proxies, cuts, foreign hosts, bodies out of bounds.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub uri: String,
    pub headers: HeaderMap,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A listening server; it stops when dropped.
pub struct Loopback {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Loopback {
    pub async fn start(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let handle = move |request: Request| {
            let seen = Seen { uri: request.uri().to_string(), headers: request.headers().clone() };
            let response = answer(&seen);
            log.lock().unwrap().push(seen);
            std::future::ready(response)
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, Router::new().fallback(handle)).await.unwrap();
        });
        Self { address, seen, task }
    }

    /// The base URL without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request without a body from a bare connection, up to its end or the end of the connection.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap() > 0 {}
}

/// An answer with these headers.
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response {
    let named =
        headers.iter().fold(Response::builder().status(status), |response, (name, value)| {
            response.header(*name, *value)
        });
    named.body(body.into()).unwrap()
}

/// A page without rows, with every key under which a list may come.
pub fn nothing() -> Response {
    let body = r#"{"rooms":[],"queue":[],"departments":[],"agents":[],"users":[],"total":0}"#;
    reply(200, &[("content-type", "application/json")], body)
}
