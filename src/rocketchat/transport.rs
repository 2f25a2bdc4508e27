//! The interface between the client and the network.
//!
//! The client decides about requests, their rate and the meaning of answers. A transport sends one request and returns
//! one answer, within its own limits of time and size. Production uses
//! [`HttpTransport`](super::http_transport::HttpTransport). Tests that need thousands of whole cycles per second send
//! requests to a simulator in the same process. A transport never retries.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::Url;

use super::endpoint::Endpoint;
use super::error::Failure;

/// A future of the value, or of the failure.
pub type TransportFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// A GET to a workspace.
#[derive(Debug, Clone)]
pub struct TransportRequest {
    /// The endpoint, for the text of a failure only.
    pub endpoint: Endpoint,
    /// The address with the query.
    pub url: Url,
    /// All headers but those of the transport itself.
    pub headers: HeaderMap,
    /// The longest time of the whole answer over a connection that no other request has used; `None` if any connection
    /// may be used.
    pub anew: Option<Duration>,
}

/// Sends requests to a workspace.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a GET and waits for the head of its answer. Every status is an answer, redirects included; a failure means
    /// that there was no answer. It ends in limited time.
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer>;
}

/// The head of an answer, and the future of its body.
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, including `Date`: the clock is read before the wait for the body.
    pub headers: HeaderMap,
    /// The whole body, decompressed; limited in time and size.
    pub body: TransportFuture<'static, Bytes>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
