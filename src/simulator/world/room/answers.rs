//! The times of a chat's answers: `metrics.response` and `metrics.reaction`.

use jiff::Timestamp;

/// `metrics.response`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Response {
    /// `fd`: when the first response came.
    pub first_at: Timestamp,
    /// `ft`: from the visitor's question to the first response.
    pub first_seconds: f64,
    /// `tt`: sum of all response times.
    pub total_seconds: f64,
    /// `total`: number of responses counted.
    pub count: u64,
    /// `avg`: `tt / total`.
    pub average_seconds: f64,
}

/// `metrics.reaction`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reaction {
    /// `fd`: when the first response came.
    pub first_at: Timestamp,
    /// `ft`: from taking the chat to the first response.
    pub first_seconds: f64,
    /// `tt`: sum of the reaction times.
    pub total_seconds: f64,
}
