//! The edge between the client and the wire.
//!
//! The client decides what is asked, how often, and what an answer means; a transport carries one request
//! there and one answer back, within its own bounds of time and size. Production has
//! [`HttpTransport`](super::http_transport::HttpTransport); tests that want thousands of whole cycles a
//! second carry requests to a simulator in the same process. A transport never retries.

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

/// Something that is on its way, or the reason why it does not come.
pub type OnItsWay<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Carries requests to a workspace.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a GET and waits for the head of its answer. Every status is an answer, redirects included; a
    /// failure means that none came. It ends in bounded time. The endpoint is for the failure's text alone.
    fn get(&self, endpoint: Endpoint, url: Url, headers: HeaderMap) -> OnItsWay<'_, Answer>;

    /// The same on a connection that no other request has used, with no more than this time for the whole answer.
    fn get_anew(
        &self,
        endpoint: Endpoint,
        url: Url,
        headers: HeaderMap,
        _at_most: Duration,
    ) -> OnItsWay<'_, Answer> {
        self.get(endpoint, url, headers)
    }
}

/// The head of an answer, and its body on the way.
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, `Date` among them: the clock is read off them before the body is waited for.
    pub headers: HeaderMap,
    /// The whole body, decompressed; bounded in time and size.
    pub body: OnItsWay<'static, Bytes>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
