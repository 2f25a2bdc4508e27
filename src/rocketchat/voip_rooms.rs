//! `GET /api/v1/voip/rooms`: calls, on servers 4.5 to 7.x.
//!
//! Without `open` the server answers with closed calls only, so `open` is always said. `createdAt` and `closedAt` are
//! never sent: every release reads them as plain text and answers 200 with no rows. A call's room is made when it is
//! answered: callers who still wait do not exist here.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::closing::Closer;
use super::page::Row;
use super::paging::{Order, PageRequest, SortedOffsets};
use super::query::Query;
use super::wire::{self, Reference};

/// The filter of a workspace, as the server takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Agents' ids: `agents[]`.
    pub agents: Vec<String>,
    /// The PBX queue's name: `queue`.
    pub queue: String,
    /// `inbound` or `outbound`; empty for both.
    pub direction: String,
    /// `visitorId`.
    pub visitor_id: String,
    /// Any of these tags: `tags[]`.
    pub tags: Vec<String>,
    /// Part of the room's name: `roomName`.
    pub room_name: String,
}

/// Which calls are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// `open=true`, the oldest first.
    Open,
    /// `open=false`, what was closed last first.
    Closed,
}

impl Select {
    const fn parameters(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("true", r#"{"ts":1,"_id":1}"#),
            Self::Closed => ("false", r#"{"closedAt":-1,"_id":-1}"#),
        }
    }

    /// A walk over these calls, from the first one to the last of this time, or to the end.
    pub fn walk(self, until: Option<Timestamp>, count: u32) -> SortedOffsets {
        let order = match self {
            Self::Open => Order::Ascending,
            Self::Closed => Order::Descending,
        };
        SortedOffsets::new(order, until, count)
    }
}

/// The query for a page of calls: its offset counts, its times do not.
pub fn query(select: Select, filter: &CallFilter, page: PageRequest) -> Query {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (open, sort) = select.parameters();
    Query::default()
        .with("open", open)
        .with_list("agents[]", &filter.agents)
        .with_list("tags[]", &filter.tags)
        .with_some("queue", some(&filter.queue))
        .with_some("direction", some(&filter.direction))
        .with_some("visitorId", some(&filter.visitor_id))
        .with_some("roomName", some(&filter.room_name))
        .with("sort", sort)
        .with_page(page)
}

/// A call as it travels. Times spent are milliseconds on the wire.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `open`: closing removes the key.
    #[serde(default, deserialize_with = "wire::flag")]
    pub open: bool,
    /// `ts`: when the call was answered.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub ts: Option<Timestamp>,
    /// `callStarted`.
    #[serde(rename = "callStarted", default, deserialize_with = "wire::scalar")]
    pub call_started: Option<Timestamp>,
    /// `closedAt`.
    #[serde(rename = "closedAt", default, deserialize_with = "wire::scalar")]
    pub closed_at: Option<Timestamp>,
    /// `queue`: the PBX queue's name.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub queue: Option<Box<str>>,
    /// `direction`: inbound or outbound.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub direction: Option<Box<str>>,
    /// `closer`: who hung up; absent while the call goes on.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub closer: Option<Closer>,
    /// `closedBy`.
    #[serde(rename = "closedBy", default, deserialize_with = "wire::object")]
    pub closed_by: Option<Reference>,
    /// `callUniqueId`: the PBX's own id; absent where its event was missed.
    #[serde(rename = "callUniqueId", default, deserialize_with = "wire::scalar")]
    pub call_unique_id: Option<Box<str>>,
    /// `callWaitingTime`, milliseconds.
    #[serde(rename = "callWaitingTime", default, deserialize_with = "waiting_time")]
    pub waiting_ms: WaitingTime,
    /// `callDuration`: from `ts` to `closedAt`, milliseconds.
    #[serde(rename = "callDuration", default, deserialize_with = "wire::scalar")]
    pub duration_ms: Option<f64>,
    /// `callTotalHoldTime`, milliseconds (Enterprise).
    #[serde(rename = "callTotalHoldTime", default, deserialize_with = "wire::scalar")]
    pub hold_ms: Option<f64>,
}

/// How long the caller waited: a server that has no such figure differs from one that lost it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum WaitingTime {
    /// No such key: the call goes on, or the server does not tell.
    #[default]
    Absent,
    /// `null`, as `NaN` travels, or no number at all: the PBX's event was missed.
    Missed,
    /// Milliseconds.
    Known(f64),
}

fn waiting_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WaitingTime, D::Error> {
    Ok(wire::scalar(deserializer)?.map_or(WaitingTime::Missed, WaitingTime::Known))
}

impl Row for CallRow {
    const LIST: &'static str = "rooms";
    const SINGLE: &'static str = "room";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_time_that_was_lost_is_not_one_that_was_never_told() {
        for (json, waiting) in [
            (r#"{"_id":"a"}"#, WaitingTime::Absent),
            (r#"{"_id":"a","callWaitingTime":null}"#, WaitingTime::Missed),
            (r#"{"_id":"a","callWaitingTime":"soon"}"#, WaitingTime::Missed),
            (r#"{"_id":"a","callWaitingTime":12000}"#, WaitingTime::Known(12_000.0)),
            (r#"{"_id":"a","callWaitingTime":0}"#, WaitingTime::Known(0.0)),
        ] {
            assert_eq!(
                serde_json::from_str::<CallRow>(json).unwrap().waiting_ms,
                waiting,
                "{json}"
            );
        }
    }
}
