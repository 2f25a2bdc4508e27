//! `GET /api/v1/livechat/rooms`: the chats, one row each.
//!
//! Only fields that a metric needs are read. No field stores a visitor's name, token, messages or phone number.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::capabilities::OnHoldForm;
use super::closing::RoomCloser;
use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::unix_millis::UnixMillis;
use super::wire::{self, Reference};

/// Selection of rooms. Without one of these selections the server would answer with its whole history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomSelection {
    /// `open=true`: chats with an agent since 6.11; before, waiting chats as well.
    Open,
    /// `queued=true`, since 6.11; `probe` adds `open=true` for a server that may not support the parameter.
    Queued {
        /// The server hides its version.
        probe: bool,
    },
    /// `onhold=true`, in the form that the server accepts.
    OnHold(OnHoldForm),
    /// Closed in a window. `open` is not sent, because closing sets `closedAt`.
    ClosedBetween {
        /// Earliest `closedAt`, inclusive.
        start: Timestamp,
        /// Latest `closedAt`, inclusive.
        end: Timestamp,
    },
}

/// The filter of a workspace, in the form that the server accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomFilter {
    /// Agents' ids: `agents[]`.
    pub agents: Vec<String>,
    /// Departments' ids: `departmentId`, or `departmentId[]` if there are several.
    pub departments: Vec<String>,
    /// Any of these tags: `tags[]`.
    pub tags: Vec<String>,
    /// Part of the room's name: `roomName`.
    pub room_name: Option<String>,
    /// Custom field and value: `customFields`.
    pub custom_fields: BTreeMap<String, String>,
}

/// The query for a page of rooms. `page` contains the keyset: the start of `ts`, or of `closedAt`.
pub fn query(selection: RoomSelection, filter: &RoomFilter, page: PageRequest) -> Query {
    walked(filtered(selected(selection), filter), selection, page)
}

fn selected(selection: RoomSelection) -> Query {
    match selection {
        RoomSelection::Open => Query::default().with("open", "true"),
        RoomSelection::Queued { probe } => {
            Query::default().with("queued", "true").with_some("open", probe.then_some("true"))
        }
        RoomSelection::OnHold(form) => Query::default()
            .with("onhold", "true")
            .with_some("open", (form != OnHoldForm::Alone).then_some("true")),
        RoomSelection::ClosedBetween { .. } => Query::default(),
    }
}

/// The query for a page of the same rooms in the order of their last change, the latest first.
pub fn changes_query(selection: RoomSelection, filter: &RoomFilter, page: PageRequest) -> Query {
    let query = filtered(selected(selection), filter);
    query.with("sort", r#"{"_updatedAt":-1,"_id":1}"#).with_page(page)
}

fn walked(query: Query, selection: RoomSelection, page: PageRequest) -> Query {
    let query = match selection {
        RoomSelection::ClosedBetween { start, end } => query
            .with_range("closedAt", page.start.or(Some(start)), page.end.or(Some(end)))
            .with("sort", r#"{"closedAt":1,"_id":1}"#),
        _ => {
            query.with_range("createdAt", page.start, page.end).with("sort", r#"{"ts":1,"_id":1}"#)
        }
    };
    query.with_page(page)
}

fn filtered(query: Query, filter: &RoomFilter) -> Query {
    let query = query.with_list("agents[]", &filter.agents).with_list("tags[]", &filter.tags);
    let query = match filter.departments.as_slice() {
        [] => query,
        [one] => query.with("departmentId", one.as_str()),
        several => query.with_list("departmentId[]", several),
    };
    query
        .with_some("roomName", filter.room_name.as_deref())
        .with_map("customFields", &filter.custom_fields)
}

/// A room as the API sends it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `open`: closing removes the key. After manual changes in the database the key may be present and `false`;
    /// `open=true` selects by the presence of the key only.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub open: Option<bool>,
    /// `onHold`; may remain on a closed room.
    #[serde(rename = "onHold", default, deserialize_with = "wire::flag")]
    pub on_hold: bool,
    /// `ts`: start time of the chat.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub ts: Option<Timestamp>,
    /// `queuedAt`: time at which the chat last began to wait; absent on rooms of old servers.
    #[serde(rename = "queuedAt", default, deserialize_with = "wire::scalar")]
    pub queued_at: Option<Timestamp>,
    /// `_updatedAt`: time of the last change of the document. Every change of a field moves it (executed with 6.10.2, 6.13.0,
    /// 7.7.1 and 8.6.1). Not part of a saved row.
    #[serde(rename = "_updatedAt", default, deserialize_with = "wire::scalar", skip_serializing)]
    pub updated_at: Option<UnixMillis>,
    /// `closedAt`.
    #[serde(rename = "closedAt", default, deserialize_with = "wire::scalar")]
    pub closed_at: Option<Timestamp>,
    /// `closer`: the kind of user that closed the chat; absent while the chat is open.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub closer: Option<RoomCloser>,
    /// `closedBy`: the agent, manager, bot or visitor that closed the chat.
    #[serde(rename = "closedBy", default, deserialize_with = "wire::object")]
    pub closed_by: Option<Reference>,
    /// `servedBy`: the agent; absent while the chat waits.
    #[serde(rename = "servedBy", default, deserialize_with = "wire::object")]
    pub served_by: Option<Serving>,
    /// `responseBy`: the user that answered since the visitor's last message; absent until there is an answer.
    #[serde(rename = "responseBy", default, deserialize_with = "wire::object")]
    pub response_by: Option<ResponseBy>,
    /// `v`: of the visitor only the time of the last message.
    #[serde(default, deserialize_with = "wire::object")]
    pub v: Option<VisitorActivity>,
    /// `autoTransferredAt`: time of the last automatic transfer to another agent (Enterprise).
    #[serde(rename = "autoTransferredAt", default, deserialize_with = "wire::scalar")]
    pub auto_transferred_at: Option<UnixMillis>,
    /// `departmentId`.
    #[serde(rename = "departmentId", default, deserialize_with = "wire::scalar")]
    pub department_id: Option<Box<str>>,
    /// `department`: added by newer servers while the department exists.
    #[serde(default, deserialize_with = "wire::object")]
    pub department: Option<Reference>,
    /// `source`: the channel; absent on rooms of 3.x.
    #[serde(default, deserialize_with = "wire::object")]
    pub source: Option<SourceRow>,
    /// `waitingResponse`: the last message is from the visitor. Not updated on closing.
    #[serde(rename = "waitingResponse", default, deserialize_with = "wire::flag")]
    pub waiting_response: bool,
    /// `msgs`: number of messages so far, system messages included.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub msgs: Option<u64>,
    /// `tags`: the tags that agents gave to the chat; empty if the value is not a list of text.
    #[serde(default, deserialize_with = "wire::texts")]
    pub tags: Vec<Box<str>>,
    /// `priorityId` (Enterprise).
    #[serde(rename = "priorityId", default, deserialize_with = "wire::scalar")]
    pub priority_id: Option<Box<str>>,
    /// `slaId` (Enterprise, since 6.0).
    #[serde(rename = "slaId", default, deserialize_with = "wire::scalar")]
    pub sla_id: Option<Box<str>>,
    /// True if the key `verified` is present, whatever its value: a sign of the release that made the room.
    #[serde(
        rename = "verified",
        default,
        deserialize_with = "wire::presence",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub has_verified: bool,
    /// `metrics`; absent until there is a message.
    #[serde(default, deserialize_with = "wire::object")]
    pub metrics: Option<MetricsRow>,
}

/// `servedBy` of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serving {
    /// `_id` of the agent.
    #[serde(rename = "_id", default, deserialize_with = "wire::scalar")]
    pub id: Option<Box<str>>,
    /// `username` of the agent.
    #[serde(rename = "username", default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
    /// `ts`: time at which this agent took the chat; absent on rooms of old servers.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub ts: Option<Timestamp>,
}

/// `responseBy` of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseBy {
    /// `_id` of the user.
    #[serde(rename = "_id", default, deserialize_with = "wire::scalar")]
    pub id: Option<Box<str>>,
    /// `username` of the user.
    #[serde(rename = "username", default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
    /// `firstResponseTs`: time of the first answer since the visitor's last message; since 6.4 (server PR 30072).
    #[serde(rename = "firstResponseTs", default, deserialize_with = "wire::scalar")]
    pub first_response_at: Option<Timestamp>,
    /// `lastMessageTs`: time of the staff's last message since then.
    #[serde(rename = "lastMessageTs", default, deserialize_with = "wire::scalar")]
    pub last_message_at: Option<Timestamp>,
}

/// `v` of a room, without anything that identifies the visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorActivity {
    /// `lastMessageTs`: time of the visitor's last message.
    #[serde(rename = "lastMessageTs", default, deserialize_with = "wire::scalar")]
    pub last_message_at: Option<Timestamp>,
}

/// `source` of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// `type`: widget, email, sms, api, app, other.
    #[serde(rename = "type", default, deserialize_with = "wire::scalar")]
    pub kind: Option<Box<str>>,
    /// `alias`: the app's name.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub alias: Option<Box<str>>,
}

/// `metrics` of a room, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// `v`: the visitor.
    #[serde(default, deserialize_with = "wire::object")]
    pub v: Option<VisitorMetricsRow>,
    /// `servedBy`: the agent's side.
    #[serde(rename = "servedBy", default, deserialize_with = "wire::object")]
    pub served_by: Option<ServedByMetricsRow>,
    /// `reaction`: the time from taking the chat to the first answer.
    #[serde(default, deserialize_with = "wire::object")]
    pub reaction: Option<ReactionRow>,
    /// `chatDuration`: from `ts` to the close, seconds; remains on a chat that was opened again.
    #[serde(rename = "chatDuration", default, deserialize_with = "wire::scalar")]
    pub chat_duration: Option<f64>,
    /// `serviceTimeDuration`: from `servedBy.ts` to the close, seconds; absent if no agent served.
    #[serde(rename = "serviceTimeDuration", default, deserialize_with = "wire::scalar")]
    pub service_time: Option<f64>,
    /// `response`: the agents' answers.
    #[serde(default, deserialize_with = "wire::object")]
    pub response: Option<ResponseRow>,
}

/// `metrics.v` of a room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VisitorMetricsRow {
    /// `lq`: time of the visitor's last open question.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub lq: Option<Timestamp>,
}

/// `metrics.servedBy` of a room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServedByMetricsRow {
    /// `lr`: time of the first reply to the visitor's latest sequence of messages.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub lr: Option<Timestamp>,
}

/// `metrics.reaction` of a room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReactionRow {
    /// `ft`: from taking the chat to the first answer, seconds.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub ft: Option<f64>,
}

/// `metrics.response` of a room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseRow {
    /// `fd`: time of the first answer (an ISO date, though typed as a number).
    #[serde(default, deserialize_with = "wire::scalar")]
    pub fd: Option<Timestamp>,
    /// `tt`: the sum of the response times, seconds.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub tt: Option<f64>,
    /// `total`: number of counted answers.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub total: Option<f64>,
}

impl RoomRow {
    /// The id of the serving agent; `None` while the chat waits.
    pub fn agent_id(&self) -> Option<&str> {
        self.served_by.as_ref()?.id.as_deref()
    }
}

impl Row for RoomRow {
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
    fn a_closed_room_says_who_closed_it_and_how_long_it_lasted() {
        let row: RoomRow = serde_json::from_str(
            r#"{"_id":"a","closer":"visitor","closedBy":{"_id":"","username":"guest-1"},
                "msgs":12,"autoTransferredAt":"2026-01-01T00:00:00.250Z",
                "metrics":{"chatDuration":61.5,"serviceTimeDuration":-0.004}}"#,
        )
        .unwrap();
        assert_eq!((row.closer, row.msgs), (Some(RoomCloser::Visitor), Some(12)));
        let by = row.closed_by.unwrap();
        assert_eq!((by.id, by.name.as_deref()), (None, Some("guest-1")));
        assert_eq!(row.auto_transferred_at, 1_767_225_600_250_i64.try_into().ok());
        let metrics = row.metrics.unwrap();
        assert_eq!((metrics.chat_duration, metrics.service_time), (Some(61.5), Some(-0.004)));
    }

    #[test]
    fn a_row_that_is_written_is_read_as_the_same_row() {
        for json in [
            r#"{"_id":"a","open":true,"ts":"2026-01-01T00:00:00.250Z"}"#,
            r#"{"_id":"a","closer":"visitor","closedBy":{"_id":"b","username":"guest"},"verified":false,
                "closedAt":"2026-01-01T00:00:09Z","servedBy":{"_id":"x","username":"ann","ts":"2026-01-01T00:00:01Z"},
                "department":{"_id":"d","name":"Sales"},"departmentId":"d","tags":["vip"],"msgs":3,
                "source":{"type":"app","alias":"Fax"},"v":{"lastMessageTs":"2026-01-01T00:00:03Z"},
                "responseBy":{"_id":"x","firstResponseTs":"2026-01-01T00:00:02Z"},"waitingResponse":true,
                "metrics":{"v":{"lq":"2026-01-01T00:00:02Z"},"chatDuration":8.75,"reaction":{"ft":1.25},
                "servedBy":{"lr":"2026-01-01T00:00:05Z"},"response":{"fd":"2026-01-01T00:00:02Z","tt":3,"total":2}}}"#,
        ] {
            let row: RoomRow = serde_json::from_str(json).unwrap();
            let written = serde_json::to_string(&row).unwrap();
            assert_eq!(serde_json::from_str::<RoomRow>(&written).unwrap(), row, "{written}");
        }
    }

    #[test]
    fn a_closer_of_another_word_is_absent() {
        let row: RoomRow = serde_json::from_str(r#"{"_id":"a","closer":"robot"}"#).unwrap();
        assert_eq!(row.closer, None);
    }
}
