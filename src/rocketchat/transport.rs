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
pub type OnItsWay<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Sends requests to a workspace.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a GET and waits for the head of its answer. Every status is an answer, redirects included; a failure means
    /// that there was no answer. It ends in limited time. The endpoint is used for the failure's text only.
    ///
    /// With `anew`, the connection is one that no other request has used, and the whole answer takes this time at most.
    fn get(
        &self,
        endpoint: Endpoint,
        url: Url,
        headers: HeaderMap,
        anew: Option<Duration>,
    ) -> OnItsWay<'_, Answer>;
}

/// The head of an answer, and the future of its body.
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, including `Date`: the clock is read before the wait for the body.
    pub headers: HeaderMap,
    /// The whole body, decompressed; limited in time and size.
    pub body: OnItsWay<'static, Bytes>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
