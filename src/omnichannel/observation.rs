//! The observation of a chat: the facts of one row of `livechat/rooms` from which events follow, with the time of the
//! request.
//!
//! The module decides the meaning of the fields for counting. The result depends on one row only, never on other rows
//! of the chat.

use std::sync::Arc;

use jiff::Timestamp;

use super::answers::Answers;
use super::chat::{self, Chat, Phase, Source};
use super::event::{Closer, SERVER_BOT, closer};
use super::millisecond::Millisecond;
use super::observation_rules::ObservationRules;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::RoomRow;

/// A chat at the moment its row was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatObservation {
    /// The key of the chat.
    pub key: Key,
    /// Time of the request for the row, by the server's clock: an event that the row does not show had not
    /// happened by then.
    pub read_at: Millisecond,
    /// The department's id.
    pub department: Option<Arc<str>>,
    /// The serving agent's id.
    pub agent: Option<Arc<str>>,
    /// True if the serving agent is a bot.
    pub is_with_bot: bool,
    /// The channel.
    pub source: Source,
    /// `ts`.
    pub began: Millisecond,
    /// `queuedAt ?? ts`.
    pub queued_at: Millisecond,
    /// `servedBy.ts`: time at which the agent took the chat; each transfer overwrites it.
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
    /// `metrics.chatDuration`, seconds: an open chat with this value was closed before.
    pub lived_seconds: Option<f64>,
    /// `metrics.serviceTimeDuration`, seconds: duration of the service before the latest close of a served chat.
    pub service_seconds: Option<f64>,
    /// `msgs`: number of messages so far, the server's own messages included.
    pub messages: u64,
    /// Time of the visitor's latest message or latest question.
    pub visitor_wrote_at: Option<Millisecond>,
    /// Time of the visitor's message that opened a closed chat again; `None` without such a message.
    pub opened_again_at: Option<Millisecond>,
    /// The end of the chat; `None` while the chat is open.
    pub ending: Option<Box<Ending>>,
}

/// The end of a chat, from a closed row.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// `closedAt`.
    pub at: Millisecond,
    /// The closer, from `closer` and `closedBy`.
    pub closer: Closer,
    /// True if an agent served the chat at the close.
    pub is_served: bool,
    /// The chat's tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl ChatObservation {
    /// The observation of a row; `None` if the row has no beginning, or if a closed row has no time of the close.
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

    /// Time of the latest close, from `metrics.chatDuration`; `None` if the chat was never closed.
    pub fn closed_before_at(&self) -> Option<Millisecond> {
        chat::end_of_life(self.began, self.lived_seconds?)
    }

    /// The observation of this open chat at its earlier close at `at`. The closer is `System`, because the server
    /// removes the closer when a chat is opened again.
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

    /// Time at which the chat was opened again, by this row; at the latest the time of the request.
    pub(super) fn reopened_at(&self) -> Millisecond {
        self.opened_again_at.map_or(self.read_at, |at| at.min(self.read_at))
    }

    /// True if the row shows that the chat was opened again after `closed_at`: an agent took the chat, or the visitor
    /// wrote.
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
