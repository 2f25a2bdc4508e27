//! Response times of a chat: `metrics.response` and `metrics.reaction`.

use jiff::Timestamp;

/// `metrics.response`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// `fd`: instant of the first response.
    pub first_at: Timestamp,
    /// `ft`: time from the visitor's question to the first response.
    pub first_seconds: f64,
    /// `tt`: sum of all response times.
    pub total_seconds: f64,
    /// `total`: number of counted responses.
    pub count: u64,
    /// `avg`: `tt / total`.
    pub average_seconds: f64,
}

/// `metrics.reaction`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reaction {
    /// `fd`: instant of the first response.
    pub first_at: Timestamp,
    /// `ft`: time from the assignment of the chat to the first response.
    pub first_seconds: f64,
    /// `tt`: sum of the reaction times.
    pub total_seconds: f64,
}
