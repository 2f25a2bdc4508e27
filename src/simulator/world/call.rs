//! One call as the server stores it. Durations are milliseconds.

use jiff::Timestamp;

use super::person::Person;
use super::room::{RoomCloser, Serving};
use super::visitor::Visitor;

/// Direction of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The visitor called.
    Inbound,
    /// The agent called.
    Outbound,
}

impl Direction {
    /// The value in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `_id`.
    pub id: String,
    /// Creation.
    pub ts: Timestamp,
    /// True while the call is open; a closed call has no key `open`.
    pub open: bool,
    /// `queue`: name of the PBX queue, `default` if the server missed the events of the PBX.
    pub queue: String,
    /// `direction`.
    pub direction: Direction,
    /// `servedBy`, set from the start.
    pub served_by: Serving,
    /// `callUniqueId`; absent if the server missed the event of the PBX.
    pub unique_id: Option<String>,
    /// `callStarted`.
    pub started: Timestamp,
    /// `callWaitingTime` in milliseconds; null in the API if the server missed the event.
    pub waiting_ms: Option<i64>,
    /// `callDuration` in milliseconds, from `ts` to `closedAt`.
    pub duration_ms: Option<i64>,
    /// `callTotalHoldTime` in milliseconds (Enterprise).
    pub hold_ms: Option<i64>,
    /// `closedAt`.
    pub closed_at: Option<Timestamp>,
    /// `closer`.
    pub closer: Option<RoomCloser>,
    /// `closedBy`.
    pub closed_by: Option<Person>,
    /// `tags`.
    pub tags: Vec<String>,
    /// The visitor of the call.
    pub visitor: Visitor,
}
