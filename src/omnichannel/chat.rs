//! A chat, and what a row of `livechat/rooms` says of its phase, its channel and its waits.
//!
//! The fields of the row decide the phase, never the filter of the request: a chat may change between two requests. The
//! result depends only on the row, never on other chats or on a clock.

use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize, Serializer};
use strum::{AsRefStr, EnumString, IntoStaticStr};

use super::urgency::Urgency;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::{RoomRow, SourceRow};
use crate::rocketchat::unix_millis::UnixMillis;

/// The phase of a chat; the value of the label `state`, except [`Phase::Closed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum Phase {
    /// Open, without an agent, not on hold.
    Queued,
    /// Open, with an agent, not on hold.
    InProgress,
    /// Open and on hold.
    OnHold,
    /// Not open.
    Closed,
}

impl Phase {
    /// The phases of an open chat, in the order of declaration.
    pub const OPEN: [Self; 3] = [Self::Queued, Self::InProgress, Self::OnHold];

    /// The phase of a row. A close removes the key `open`, but may leave `onHold`; therefore `open` is checked first.
    pub fn of(row: &RoomRow) -> Self {
        match (row.open == Some(true) && row.closed_at.is_none(), row.on_hold, &row.served_by) {
            (false, _, _) => Self::Closed,
            (true, true, _) => Self::OnHold,
            (true, false, None) => Self::Queued,
            (true, false, Some(_)) => Self::InProgress,
        }
    }
}

/// One of the server's own channels, in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    /// A direct call of the API.
    Api,
    /// A mailbox.
    Email,
    /// Anything else.
    Other,
    /// Text messages.
    Sms,
    /// The chat widget of a web page.
    Widget,
}

/// The channel of a chat; the value of the label `source`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "Box<str>")]
pub enum Source {
    /// One of the server's own channels.
    Known(Channel),
    /// An app, by its alias.
    App(Arc<str>),
}

// Each of many chats has a source.
const _: () = assert!(size_of::<Source>() == 16);

impl Source {
    /// The channel of unknown kinds, and of rooms without a source, as old servers made them.
    pub const OTHER: Self = Self::Known(Channel::Other);

    /// `source.type`, by which a service level excludes chats; `other` for an unknown type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Known(channel) => (*channel).into(),
            Self::App(_) => "app",
        }
    }

    /// The channel of a row.
    pub(crate) fn of(row: Option<&SourceRow>) -> Self {
        let Some(row) = row else { return Self::OTHER };
        match row.kind.as_deref() {
            Some("app") => Self::App(row.alias.as_deref().unwrap_or("unknown").into()),
            kind => Self::known(kind.unwrap_or_default()),
        }
    }

    fn known(kind: &str) -> Self {
        kind.parse().map_or(Self::OTHER, Self::Known)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl From<Box<str>> for Source {
    fn from(text: Box<str>) -> Self {
        let app = text.strip_prefix("app:").map(|alias| Self::App(alias.into()));
        app.unwrap_or_else(|| Self::known(&text))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(channel) => f.write_str((*channel).into()),
            Self::App(alias) => write!(f, "app:{alias}"),
        }
    }
}

/// A chat at the moment its row was read.
#[expect(clippy::struct_excessive_bools, reason = "facts about a chat, each by itself")]
#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    /// The key of the room.
    pub key: Key,
    /// The phase.
    pub phase: Phase,
    /// The department's id; `None` if the chat has no department.
    pub department: Option<Arc<str>>,
    /// The serving agent's id.
    pub agent: Option<Arc<str>>,
    /// The channel.
    pub source: Source,
    /// Time of the beginning (`ts`).
    pub began: Option<UnixMillis>,
    /// Beginning of the wait in the queue: `queuedAt ?? ts`, or a better value from earlier rows of the chat.
    pub waits_since: Option<UnixMillis>,
    /// Beginning of the wait for a first answer: `ts`, or a later time if the chat was opened again or a bot handed the
    /// chat over.
    pub opened_at: Option<UnixMillis>,
    /// Beginning of the wait for a reply: the oldest unanswered question (`metrics.v.lq ?? ts`), or the reopening if the
    /// chat was opened again after it; meaningful only if `awaits_reply`.
    pub awaits_reply_since: Option<UnixMillis>,
    /// True if the latest question of a chat that was opened again lies before its close.
    pub was_asked_before_close: bool,
    /// True if the visitor wrote last (`waitingResponse`).
    pub awaits_reply: bool,
    /// True if an agent has answered (`metrics.response.fd`), or may have answered and the row leaves it open.
    pub answered: bool,
    /// True if the service level will count the chat as missed unless a person answers or the chat ends before the
    /// threshold, measured from `opened_at`; false for a chat that is not followed.
    pub can_be_missed: bool,
    /// Sum of the response times, seconds.
    pub response_seconds: f64,
    /// Number of counted responses.
    pub responses: f64,
    /// The priority and the SLA policy (Enterprise).
    pub urgency: Urgency,
    /// Number of the cycle that read the row.
    pub read_in: u64,
}

/// Beginning of the wait in the queue, by the row alone: `queuedAt ?? ts`. A chat that was opened again keeps its old
/// `queuedAt` and `ts`, unless it was returned to the queue afterwards. For old values, the wait begins with the
/// visitor's message that opened the chat, or with the close if no such message is known.
pub fn waits_since(row: &RoomRow) -> Option<UnixMillis> {
    since_opened(row, row.queued_at.or(row.ts).map(UnixMillis::from))
}

/// Beginning of the wait for a reply, by the row alone: `metrics.v.lq ?? ts`. The server keeps an unanswered question when
/// a chat is closed and opened again. For such a question, the wait begins with the visitor's message that opened the
/// chat, or with the close if no such message is known.
pub(super) fn awaits_reply_since(row: &RoomRow) -> Option<UnixMillis> {
    since_opened(row, asked_at(row))
}

/// Time of the latest question (`metrics.v.lq ?? ts`) of a chat that was opened again, if it lies before the close.
pub(super) fn asked_before_close(row: &RoomRow) -> Option<UnixMillis> {
    let closed = closed_before_at(row)?;
    asked_at(row).filter(|asked| *asked <= closed)
}

fn asked_at(row: &RoomRow) -> Option<UnixMillis> {
    let question = row.metrics.as_ref().and_then(|metrics| metrics.v.as_ref()?.lq);
    question.or(row.ts).map(UnixMillis::from)
}

/// This time, unless it lies before the close of a chat that was opened again.
fn since_opened(row: &RoomRow, at: Option<UnixMillis>) -> Option<UnixMillis> {
    match closed_before_at(row) {
        Some(closed) => at.filter(|at| *at > closed).or(opened_again_at(row)).or(Some(closed)),
        None => at,
    }
}

/// Time of the last close of an open chat that was opened again; `None` for other chats.
pub(super) fn closed_before_at(row: &RoomRow) -> Option<UnixMillis> {
    let lived = row.metrics.as_ref()?.chat_duration.filter(|_| Phase::of(row) != Phase::Closed)?;
    end_of_life(row.ts?.into(), lived)
}

/// Time of the close of a chat that lasted `lived_seconds`. The server keeps `metrics.chatDuration` when a chat is
/// opened again.
pub(super) fn end_of_life(began: UnixMillis, lived_seconds: f64) -> Option<UnixMillis> {
    Some(began.later(SignedDuration::try_from_secs_f64(lived_seconds).ok()?))
}

/// Time of the visitor's message that opened a closed chat again; `None` if the row does not show such a message.
pub(super) fn opened_again_at(row: &RoomRow) -> Option<UnixMillis> {
    let closed = closed_before_at(row)?;
    visitor_wrote_at(row).filter(|at| *at > closed).min()
}

/// Times of the visitor's latest question and latest message.
pub(super) fn visitor_wrote_at(row: &RoomRow) -> impl Iterator<Item = UnixMillis> {
    let question = row.metrics.as_ref().and_then(|metrics| metrics.v.as_ref()?.lq);
    let message = row.v.as_ref().and_then(|visitor| visitor.last_message_at);
    [question, message].into_iter().flatten().map(UnixMillis::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> RoomRow {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_chat_is_classified_by_its_own_fields() {
        let cases = [
            (r#"{"_id":"a","open":true}"#, Phase::Queued),
            (r#"{"_id":"a","open":true,"servedBy":{"_id":"x"}}"#, Phase::InProgress),
            (r#"{"_id":"a","open":true,"servedBy":{"_id":"x"},"onHold":true}"#, Phase::OnHold),
            (r#"{"_id":"a","onHold":true,"waitingResponse":true}"#, Phase::Closed),
            (r#"{"_id":"a","open":true,"closedAt":"2026-01-01T00:00:00Z"}"#, Phase::Closed),
            (r#"{"_id":"a","open":true,"servedBy":null}"#, Phase::Queued),
        ];
        for (json, phase) in cases {
            assert_eq!(Phase::of(&row(json)), phase, "{json}");
        }
    }

    #[test]
    fn a_reopened_chat_is_open_though_it_keeps_its_old_duration() {
        let reopened = r#"{"_id":"a","open":true,"metrics":{"chatDuration":60}}"#;
        assert_eq!(Phase::of(&row(reopened)), Phase::Queued);
    }

    #[test]
    fn a_reopened_chat_waits_since_the_visitor_wrote_or_since_its_close() {
        let json = |more: &str| {
            format!(
                r#"{{"_id":"a","open":true,"ts":"2026-01-01T00:00:00Z","queuedAt":"2026-01-01T00:00:00Z",
                    "metrics":{{"chatDuration":60.25}}{more}}}"#
            )
        };
        let waits = |json: &str| waits_since(&row(json)).map(UnixMillis::timestamp);
        let at = |text: &str| text.parse::<jiff::Timestamp>().ok();
        let wrote = |text: &str| json(&format!(r#","v":{{"lastMessageTs":"{text}"}}"#));
        assert_eq!(waits(&wrote("2026-01-03T08:00:00Z")), at("2026-01-03T08:00:00Z"));
        assert_eq!(waits(&wrote("2026-01-01T00:00:30Z")), at("2026-01-01T00:01:00.25Z"));
        assert_eq!(waits(&json("")), at("2026-01-01T00:01:00.25Z"));
        let requeued = wrote("2026-01-03T08:00:00Z").replace(
            r#""queuedAt":"2026-01-01T00:00:00Z""#,
            r#""queuedAt":"2026-01-03T09:00:00Z""#,
        );
        assert_eq!(waits(&requeued), at("2026-01-03T09:00:00Z"));
    }

    #[test]
    fn an_unknown_channel_is_other_and_an_app_has_its_alias() {
        let source = |json: &str| {
            let row = row(&format!(r#"{{"_id":"a","source":{json}}}"#));
            Source::of(row.source.as_ref()).to_string()
        };
        assert_eq!(source(r#"{"type":"widget"}"#), "widget");
        assert_eq!(source(r#"{"type":"telepathy"}"#), "other");
        assert_eq!(source(r#"{"type":"app","alias":"WhatsApp"}"#), "app:WhatsApp");
        assert_eq!(source("null"), "other");
    }
}
