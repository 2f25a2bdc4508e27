//! One row of `livechat/rooms` as the ledger reads it: what tells of events, and when it was asked for.
//!
//! Made by the gatherer for each row, in the order the rows were fetched, and gone once the ledger has taken
//! it. Decides what the fields of a row mean for counting; it knows no other row of the chat.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::event::Closer;
use super::millisecond::Millisecond;
use super::room::{Chat, Phase, Source};
use crate::rocketchat::closing;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::RoomRow;

/// The user that closes chats for the server.
pub(super) const SERVER_BOT: &str = "rocket.cat";

/// Who is looked out for in a row, by configuration.
#[derive(Debug, Clone, Default)]
pub struct Lookout {
    /// User names of bots: a chat they serve waits for a person.
    pub bots: BTreeSet<String>,
    /// Tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl Lookout {
    fn knows_bot(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.bots.contains(name))
    }
}

/// A chat at the moment its row was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// The chat.
    pub key: Key,
    /// When the row was asked for, the server's clock: what it does not show had not happened then.
    pub read_at: Millisecond,
    /// The department's id.
    pub department: Option<Arc<str>>,
    /// The serving agent's id.
    pub agent: Option<Arc<str>>,
    /// The serving agent is a bot.
    pub is_with_bot: bool,
    /// The channel.
    pub source: Source,
    /// `ts`.
    pub began: Millisecond,
    /// `queuedAt ?? ts`.
    pub queued_at: Millisecond,
    /// `servedBy.ts`: overwritten by each transfer.
    pub taken_at: Option<Millisecond>,
    /// `onHold`.
    pub is_on_hold: bool,
    /// `metrics.response.fd`, without the closing message that servers before 6.12 take for one.
    pub first_response_at: Option<Millisecond>,
    /// `metrics.reaction.ft`, seconds.
    pub reaction_seconds: Option<f64>,
    /// `metrics.servedBy.lr`: the first reply to the visitor's latest question.
    pub last_reply_at: Option<Millisecond>,
    /// `metrics.response.tt`, seconds.
    pub response_seconds: Option<f64>,
    /// `metrics.response.total`.
    pub responses: Option<f64>,
    /// `autoTransferredAt`.
    pub auto_transferred_at: Option<Millisecond>,
    /// `metrics.chatDuration`, seconds: an open chat that has one was closed before.
    pub lived_seconds: Option<f64>,
    /// How it ended; `None` while it is open.
    pub ending: Option<Box<Ending>>,
}

/// What a closed row tells of the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// `closedAt`.
    pub at: Millisecond,
    /// `closer` and `closedBy`.
    pub closer: Closer,
    /// `metrics.serviceTimeDuration`, seconds.
    pub service_seconds: Option<f64>,
    /// `msgs`.
    pub messages: u64,
    /// Those of its tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl Sight {
    /// What the row of a chat tells; `None` of one without a beginning and of a closed one without an end.
    pub fn of(row: &RoomRow, chat: &Chat, read_at: Timestamp, lookout: &Lookout) -> Option<Self> {
        let is_closed = chat.phase == Phase::Closed;
        let ending = if is_closed { Some(Box::new(ending(row, lookout)?)) } else { None };
        let metrics = row.metrics.as_ref();
        let response = metrics.and_then(|metrics| metrics.response.as_ref());
        let end = ending.as_ref().map(|ending| ending.at);
        let before_end = |at: &Millisecond| end.is_none_or(|end| *at < end);
        let began = row.ts?.into();
        let serving = row.served_by.as_ref();
        Some(Self {
            key: chat.key,
            read_at: read_at.into(),
            department: chat.department.clone(),
            agent: chat.agent.clone(),
            is_with_bot: lookout.knows_bot(serving.and_then(|agent| agent.name.as_deref())),
            source: chat.source.clone(),
            began,
            queued_at: row.queued_at.map_or(began, Millisecond::from),
            taken_at: serving.and_then(|agent| agent.ts).map(Millisecond::from),
            is_on_hold: row.on_hold && ending.is_none(),
            first_response_at: response
                .and_then(|response| response.fd)
                .map(Millisecond::from)
                .filter(before_end),
            reaction_seconds: metrics.and_then(|metrics| metrics.reaction.as_ref()?.ft),
            last_reply_at: metrics
                .and_then(|metrics| metrics.served_by.as_ref()?.lr)
                .map(Millisecond::from)
                .filter(before_end),
            response_seconds: response.and_then(|response| response.tt),
            responses: response.and_then(|response| response.total),
            auto_transferred_at: row.auto_transferred_at.map(Millisecond::from),
            lived_seconds: metrics.and_then(|metrics| metrics.chat_duration),
            ending,
        })
    }
}

fn ending(row: &RoomRow, lookout: &Lookout) -> Option<Ending> {
    let by = row.closed_by.as_ref().and_then(|by| by.name.as_deref());
    let counted = |tag: &&Arc<str>| row.tags.iter().any(|given| **given == ***tag);
    Some(Ending {
        at: row.closed_at?.into(),
        closer: closer(row.closer, by == Some(SERVER_BOT) || lookout.knows_bot(by)),
        service_seconds: row.metrics.as_ref().and_then(|metrics| metrics.service_time),
        messages: row.msgs.unwrap_or(0),
        tags: lookout.tags.iter().filter(counted).cloned().collect(),
    })
}

/// A user named as closer may be the server's own bot, which ends what was abandoned.
pub(super) fn closer(closer: Option<closing::Closer>, is_bot: bool) -> Closer {
    match closer {
        Some(closing::Closer::Visitor) => Closer::Visitor,
        Some(closing::Closer::User) if !is_bot => Closer::Agent,
        Some(closing::Closer::User) | None => Closer::System,
    }
}
