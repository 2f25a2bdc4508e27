//! One row of `livechat/rooms` as the ledger reads it: what tells of events, and when it was asked for.
//!
//! Decides what the fields of a row mean for counting; it knows no other row of the chat.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::answers::Answers;
use super::chat::{self, Chat, Phase, Source};
use super::event::Closer;
use super::millisecond::Millisecond;
use crate::rocketchat::closing;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::RoomRow;

/// The user that closes chats for the server.
pub(super) const SERVER_BOT: &str = "rocket.cat";

/// Who is looked out for in a row, by configuration.
#[derive(Debug, Clone, Default)]
pub struct ObservationRules {
    /// User names of bots: a chat they serve waits for a person.
    pub bots: BTreeSet<String>,
    /// Tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl ObservationRules {
    pub(super) fn knows_bot(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.bots.contains(name))
    }
}

/// A chat at the moment its row was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatObservation {
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
    /// Answers of people, as far as the row proves them.
    pub answers: Answers,
    /// `metrics.response.tt`, seconds.
    pub response_seconds: Option<f64>,
    /// `metrics.response.total`.
    pub responses: Option<f64>,
    /// `autoTransferredAt`.
    pub auto_transferred_at: Option<Millisecond>,
    /// `metrics.chatDuration`, seconds: an open chat that has one was closed before.
    pub lived_seconds: Option<f64>,
    /// `metrics.serviceTimeDuration`, seconds: the service before the latest close that ended one.
    pub service_seconds: Option<f64>,
    /// `msgs`: the messages so far, those of the server included.
    pub messages: u64,
    /// The latest sign of the visitor: a message or an open question.
    pub visitor_wrote_at: Option<Millisecond>,
    /// An open chat was closed before, and opened again by what its visitor wrote then.
    pub opened_again_at: Option<Millisecond>,
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
    /// An agent served it then.
    pub is_served: bool,
    /// Those of its tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl ChatObservation {
    /// What the row of a chat tells; `None` of one without a beginning and of a closed one without an end.
    pub fn of(
        row: &RoomRow,
        chat: &Chat,
        read_at: Timestamp,
        observation_rules: &ObservationRules,
        answers: Answers,
    ) -> Option<Self> {
        let is_closed = chat.phase == Phase::Closed;
        let ending = if is_closed { Some(Box::new(ending(row, observation_rules)?)) } else { None };
        let metrics = row.metrics.as_ref();
        let response = metrics.and_then(|metrics| metrics.response.as_ref());
        let serving = row.served_by.as_ref();
        let began = row.ts?.into();
        Some(Self {
            key: chat.key,
            read_at: read_at.into(),
            department: chat.department.clone(),
            agent: chat.agent.clone(),
            is_with_bot: observation_rules
                .knows_bot(serving.and_then(|agent| agent.name.as_deref())),
            source: chat.source.clone(),
            began,
            queued_at: row.queued_at.map_or(began, Millisecond::from),
            taken_at: serving.and_then(|agent| agent.ts).map(Millisecond::from),
            is_on_hold: row.on_hold && ending.is_none(),
            answers,
            response_seconds: response.and_then(|response| response.tt),
            responses: response.and_then(|response| response.total),
            auto_transferred_at: row.auto_transferred_at.map(Millisecond::from),
            lived_seconds: metrics.and_then(|metrics| metrics.chat_duration),
            service_seconds: metrics.and_then(|metrics| metrics.service_time),
            messages: row.msgs.unwrap_or(0),
            visitor_wrote_at: chat::visitor_wrote_at(row).max(),
            opened_again_at: chat::opened_again_at(row),
            ending,
        })
    }

    /// The latest close of an open chat that was closed before.
    pub fn closed_before_at(&self) -> Option<Millisecond> {
        chat::end_of_life(self.began, self.lived_seconds?)
    }

    /// This open chat as its close was, which was undone since: the server has unset who closed it.
    pub(super) fn closed_before(&self, at: Millisecond, is_served: bool) -> Self {
        let ending = Ending { at, closer: Closer::System, is_served, tags: Vec::new() };
        let was_taken_by_then = self.taken_at.is_none_or(|taken| taken <= at);
        Self {
            agent: self.agent.clone().filter(|_| was_taken_by_then),
            is_with_bot: self.is_with_bot && was_taken_by_then,
            taken_at: self.taken_at.filter(|_| was_taken_by_then),
            answers: self.answers.until(at),
            is_on_hold: false,
            service_seconds: self.service_seconds.filter(|_| is_served),
            ending: Some(Box::new(ending)),
            ..self.clone()
        }
    }

    /// The instant a chat was opened again, as far as this row tells: that it was read at the latest.
    pub(super) fn reopened_at(&self) -> Millisecond {
        self.opened_again_at.map_or(self.read_at, |at| at.min(self.read_at))
    }

    /// The row shows that the chat was opened again after this instant: an agent took it, or the visitor wrote.
    pub fn was_opened_after(&self, closed_at: Millisecond) -> bool {
        let signs = [self.taken_at, self.visitor_wrote_at];
        signs.into_iter().flatten().any(|sign| sign > closed_at)
    }
}

fn ending(row: &RoomRow, observation_rules: &ObservationRules) -> Option<Ending> {
    let by = row.closed_by.as_ref().and_then(|by| by.name.as_deref());
    let counted = |tag: &&Arc<str>| row.tags.iter().any(|given| **given == ***tag);
    Some(Ending {
        at: row.closed_at?.into(),
        is_served: row.served_by.is_some(),
        closer: closer(row.closer, by == Some(SERVER_BOT) || observation_rules.knows_bot(by)),
        tags: observation_rules.tags.iter().filter(counted).cloned().collect(),
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
