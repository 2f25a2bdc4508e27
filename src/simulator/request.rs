//! The log entry of a request.

use std::time::Instant;

/// A request that the simulator received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path without the workspace's sub-path.
    pub path: String,
    /// Query parameters, decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// True if the request has an `X-Auth-Token`, valid or not.
    pub carried_token: bool,
    /// `User-Agent`; empty if the request has none.
    pub user_agent: String,
    /// Status of the answer. If the request hangs: status of the answer that is withheld.
    pub status: u16,
    /// Instant of reception, in real time.
    pub at: Instant,
}
