//! `GET /api/v1/voip/rooms`: calls, on servers 4.5 to 7.x.
//!
//! Without `open` the server answers with closed calls only, so `open` is always sent. `createdAt` and `closedAt` are
//! never sent: every release reads them as plain text and answers 200 with no rows. A call's room is created when the
//! call is answered, so this list contains no waiting callers.

use clap::ValueEnum;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::IntoStaticStr;

use super::closing::RoomCloser;
use super::page::Row;
use super::paging::{Order, PageRequest, SortedOffsets};
use super::query::Query;
use super::wire::{self, Reference};

/// The filter of a workspace, in the form that the server accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Agents' ids: `agents[]`.
    pub agents: Vec<String>,
    /// The PBX queue's name: `queue`.
    pub queue: Option<String>,
    /// `direction`; `None` for both.
    pub direction: Option<CallDirection>,
    /// `visitorId`.
    pub visitor_id: Option<String>,
    /// Any of these tags: `tags[]`.
    pub tags: Vec<String>,
    /// Part of the room's name: `roomName`.
    pub room_name: Option<String>,
}

/// The side that called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CallDirection {
    /// The visitor called.
    Inbound,
    /// The agent called.
    Outbound,
}

/// Selection of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallSelection {
    /// `open=true`, the oldest call first.
    Open,
    /// `open=false`, the call that was closed last first.
    Closed,
}

impl CallSelection {
    const fn parameters(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("true", r#"{"ts":1,"_id":1}"#),
            Self::Closed => ("false", r#"{"closedAt":-1,"_id":-1}"#),
        }
    }

    /// The id of a row, and the time by which the server sorts it.
    pub fn key(self) -> fn(&CallRow) -> (&str, Option<Timestamp>) {
        match self {
            Self::Open => |row| (&row.id, row.ts),
            Self::Closed => |row| (&row.id, row.closed_at),
        }
    }

    /// A walk over these calls, from the first call to the last call with the time `until`, or to the end.
    pub fn walk(self, until: Option<Timestamp>) -> SortedOffsets {
        let order = match self {
            Self::Open => Order::Ascending,
            Self::Closed => Order::Descending,
        };
        SortedOffsets::new(order, until)
    }
}

/// The query for a page of calls. Of `page` it uses offset and count; the server has no usable parameter for times.
pub fn query(selection: CallSelection, filter: &CallFilter, page: PageRequest) -> Query {
    let (open, sort) = selection.parameters();
    Query::default()
        .with("open", open)
        .with_list("agents[]", &filter.agents)
        .with_list("tags[]", &filter.tags)
        .with_some("queue", filter.queue.as_deref())
        .with_some("direction", filter.direction.map(<&str>::from))
        .with_some("visitorId", filter.visitor_id.as_deref())
        .with_some("roomName", filter.room_name.as_deref())
        .with("sort", sort)
        .with_page(page)
}

/// A call as the API sends it. Durations are milliseconds in the API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `open`: closing removes the key.
    #[serde(default, deserialize_with = "wire::flag")]
    pub open: bool,
    /// `ts`: time at which the call was answered.
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
    /// `closer`: the side that hung up; absent during the call.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub closer: Option<RoomCloser>,
    /// `closedBy`.
    #[serde(rename = "closedBy", default, deserialize_with = "wire::object")]
    pub closed_by: Option<Reference>,
    /// `callUniqueId`: the PBX's own id; absent if the event of the PBX was missed.
    #[serde(rename = "callUniqueId", default, deserialize_with = "wire::scalar")]
    pub call_unique_id: Option<Box<str>>,
    /// `callWaitingTime`, milliseconds.
    #[serde(
        rename = "callWaitingTime",
        default,
        deserialize_with = "waiting_time",
        skip_serializing_if = "WaitingTime::is_absent"
    )]
    pub waiting_ms: WaitingTime,
    /// `callDuration`: from `ts` to `closedAt`, milliseconds.
    #[serde(rename = "callDuration", default, deserialize_with = "wire::scalar")]
    pub duration_ms: Option<f64>,
    /// `callTotalHoldTime`, milliseconds (Enterprise).
    #[serde(rename = "callTotalHoldTime", default, deserialize_with = "wire::scalar")]
    pub hold_ms: Option<f64>,
}

/// Waiting time of the caller. A missing value and a value that the server lost are different.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum WaitingTime {
    /// No such key: the call is not over, or the server does not report the value.
    #[default]
    Absent,
    /// `null`, the JSON form of `NaN`, or not a number: the event of the PBX was missed.
    Missed,
    /// Milliseconds.
    Known(f64),
}

impl WaitingTime {
    fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

impl Serialize for WaitingTime {
    /// Writes a lost value as a word, which stays in a row whose null fields are removed.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Missed => serializer.serialize_str("missed"),
            Self::Known(ms) => serializer.serialize_f64(*ms),
        }
    }
}

fn waiting_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WaitingTime, D::Error> {
    Ok(wire::scalar(deserializer)?.map_or(WaitingTime::Missed, WaitingTime::Known))
}

impl Row for CallRow {
    const LIST_KEY: &'static str = "rooms";
    const SECOND_LIST_KEY: &'static str = "room";

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
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

    #[test]
    fn a_row_that_is_written_is_read_as_the_same_row() {
        for json in [
            r#"{"_id":"a","open":true,"ts":"2026-01-01T00:00:00.250Z","queue":"sales"}"#,
            r#"{"_id":"a","callWaitingTime":null,"closer":"visitor","closedBy":{"_id":"b","username":"ann"}}"#,
            r#"{"_id":"a","callStarted":"2026-01-01T00:00:01Z","closedAt":"2026-01-01T00:01:00Z","callUniqueId":"1.2",
                "direction":"inbound","callWaitingTime":1500,"callDuration":60000,"callTotalHoldTime":0}"#,
        ] {
            let row: CallRow = serde_json::from_str(json).unwrap();
            let written = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<CallRow>(&written).unwrap(), row, "{written}");
        }
    }
}
