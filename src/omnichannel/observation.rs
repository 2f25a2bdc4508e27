//! The observation of a chat: everything that one row of `livechat/rooms` says of it, with the time of the request.
//!
//! The module decides the meaning of the fields, for the gauges and for counting. The result depends on one row only,
//! never on other rows of the chat.

use std::sync::Arc;

use jiff::Timestamp;

use super::answers::{Answers, AnswersFrom};
use super::chat::{self, Chat, Phase, Source};
use super::event::{Closer, SERVER_BOT, closer};
use super::labels::names::SeenNames;
use super::observation_rules::ObservationRules;
use super::urgency::Urgency;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::unix_millis::UnixMillis;

/// A chat at the moment its row was requested.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatObservation {
    /// The key of the chat.
    pub key: Key,
    /// Time of the request for the row, by the server's clock: an event that the row does not show had not
    /// happened by then.
    pub read_at: UnixMillis,
    /// The phase.
    pub phase: Phase,
    /// The department's id; `None` if the chat has no department.
    pub department: Option<Arc<str>>,
    /// The serving agent's id.
    pub agent: Option<Arc<str>>,
    /// True if the serving agent is a bot.
    pub is_with_bot: bool,
    /// The channel.
    pub source: Source,
    /// The priority and the SLA policy (Enterprise).
    pub urgency: Urgency,
    /// `ts`.
    pub began: Option<UnixMillis>,
    /// `queuedAt ?? ts`; the time of the request if the row has neither.
    pub queued_at: UnixMillis,
    /// Beginning of the wait in the queue, by this row alone.
    pub waits_since: Option<UnixMillis>,
    /// `servedBy.ts`: time at which the agent took the chat; each transfer overwrites it.
    pub taken_at: Option<UnixMillis>,
    /// Answers of people, as far as the row proves them.
    pub answers: Answers,
    /// `metrics.response.tt`, seconds.
    pub response_seconds: Option<f64>,
    /// `metrics.response.total`.
    pub responses: Option<f64>,
    /// `autoTransferredAt`.
    pub auto_transferred_at: Option<UnixMillis>,
    /// `metrics.chatDuration`, seconds: an open chat with this value was closed before.
    pub lived_seconds: Option<f64>,
    /// `metrics.serviceTimeDuration`, seconds: duration of the service before the latest close of a served chat.
    pub service_seconds: Option<f64>,
    /// `msgs`: number of messages so far, the server's own messages included.
    pub messages: u64,
    /// True if the visitor wrote last (`waitingResponse`).
    pub awaits_reply: bool,
    /// Beginning of the wait for a reply, by this row alone; meaningful only if `awaits_reply`.
    pub awaits_reply_since: Option<UnixMillis>,
    /// Time of the latest question (`metrics.v.lq ?? ts`) of a chat that was opened again, if it lies before the close.
    pub asked_before_close: Option<UnixMillis>,
    /// Time of the visitor's latest message or latest question.
    pub visitor_wrote_at: Option<UnixMillis>,
    /// Time of the visitor's message that opened a closed chat again; `None` without such a message.
    pub opened_again_at: Option<UnixMillis>,
    /// The end of the chat; `None` while the chat is open, and if the row does not tell the time of the end.
    pub ending: Option<Box<Ending>>,
}

/// The end of a chat, from a closed row.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// `closedAt`.
    pub at: UnixMillis,
    /// The closer, from `closer` and `closedBy`.
    pub closer: Closer,
    /// True if an agent served the chat at the close.
    pub is_served: bool,
    /// The chat's tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl ChatObservation {
    /// The observation of a row that was requested at `read_at`; `seen_names` notes the names in the row.
    pub fn of(
        row: &RoomRow,
        read_at: Timestamp,
        observation_rules: &ObservationRules,
        answers_from: AnswersFrom,
        seen_names: &mut SeenNames,
    ) -> Self {
        let began = row.ts.map(UnixMillis::from);
        let metrics = row.metrics.as_ref();
        let response = metrics.and_then(|metrics| metrics.response.as_ref());
        let serving = row.served_by.as_ref();
        let agent_name = serving.and_then(|agent| agent.name.as_deref());
        Self {
            key: Key::of(&row.id),
            read_at: read_at.into(),
            phase: Phase::of(row),
            department: department(row, seen_names),
            agent: agent(row, seen_names),
            is_with_bot: observation_rules.knows_bot(agent_name),
            source: Source::of(row.source.as_ref()),
            urgency: Urgency::of(row),
            began,
            queued_at: row.queued_at.or(row.ts).unwrap_or(read_at).into(),
            waits_since: chat::waits_since(row),
            taken_at: serving.and_then(|agent| agent.ts).map(UnixMillis::from),
            answers: Answers::of(row, read_at, observation_rules, answers_from),
            response_seconds: response.and_then(|response| response.tt),
            responses: response.and_then(|response| response.total),
            auto_transferred_at: row.auto_transferred_at,
            lived_seconds: metrics.and_then(|metrics| metrics.chat_duration),
            service_seconds: metrics.and_then(|metrics| metrics.service_time),
            messages: row.msgs.unwrap_or(0),
            awaits_reply: row.waiting_response,
            awaits_reply_since: chat::awaits_reply_since(row),
            asked_before_close: chat::asked_before_close(row),
            visitor_wrote_at: chat::visitor_wrote_at(row).max(),
            opened_again_at: chat::opened_again_at(row),
            ending: ending(row, observation_rules).map(Box::new),
        }
    }

    /// The chat that cycle `read_in` read, for the gauges.
    pub fn chat(&self, read_in: u64) -> Chat {
        let (response_seconds, responses) = self.counted_responses();
        Chat {
            key: self.key,
            phase: self.phase,
            department: self.department.clone(),
            agent: self.agent.clone(),
            source: self.source.clone(),
            began: self.began,
            waits_since: self.waits_since,
            opened_at: self.began,
            awaits_reply_since: self.awaits_reply_since,
            was_asked_before_close: self.asked_before_close.is_some(),
            awaits_reply: self.awaits_reply,
            answered: self.answers.may_be_answered(),
            can_be_missed: false,
            response_seconds,
            responses,
            urgency: self.urgency.clone(),
            read_in,
        }
    }

    /// Sum of the response times, seconds, and number of responses; 0 before 6.12. A response is an answered question, or
    /// the first message of an agent who wrote before the visitor: until the visitor writes, the server counts each
    /// message of the agent.
    fn counted_responses(&self) -> (f64, f64) {
        let Answers { from, first_at, last_reply_at, .. } = self.answers;
        if from != AnswersFrom::Metrics {
            return (0.0, 0.0);
        }
        let possible = |value: Option<f64>| value.filter(|value| *value > 0.0).unwrap_or(0.0);
        let (seconds, responses) = (possible(self.response_seconds), possible(self.responses));
        match (last_reply_at, first_at.zip(self.began)) {
            (None, Some((first, began))) if responses > 1.0 => (first.seconds_since(began), 1.0),
            _ => (seconds, responses),
        }
    }

    /// True if the chat can be counted: its row has a beginning, and the row of a closed chat has the time of the close.
    pub(super) fn is_countable(&self) -> bool {
        self.began.is_some() && (self.phase != Phase::Closed || self.ending.is_some())
    }

    /// True if the chat is open and on hold.
    pub(super) fn is_on_hold(&self) -> bool {
        self.phase == Phase::OnHold
    }

    /// Time of the latest close, from `metrics.chatDuration`; `None` if the chat was never closed.
    pub fn closed_before_at(&self) -> Option<UnixMillis> {
        chat::end_of_life(self.began?, self.lived_seconds?)
    }

    /// The observation of this open chat at its earlier close at `at`. The closer is `System`, because the server
    /// removes the closer when a chat is opened again.
    pub(super) fn closed_before(&self, at: UnixMillis, is_served: bool) -> Self {
        let ending = Ending { at, closer: Closer::System, is_served, tags: Vec::new() };
        let was_taken_by_then = self.taken_at.is_none_or(|taken| taken <= at);
        Self {
            agent: self.agent.clone().filter(|_| was_taken_by_then),
            is_with_bot: self.is_with_bot && was_taken_by_then,
            taken_at: self.taken_at.filter(|_| was_taken_by_then),
            answers: self.answers.until(at),
            phase: Phase::Closed,
            service_seconds: self.service_seconds.filter(|_| is_served),
            ending: Some(Box::new(ending)),
            ..self.clone()
        }
    }

    /// Time of the latest assignment to an agent or message of an agent, by this row.
    pub(super) fn worked_at(&self) -> Option<UnixMillis> {
        let Answers { first_at, last_reply_at, responded_at, spoke_at, .. } = self.answers;
        [self.taken_at, first_at, last_reply_at, responded_at, spoke_at].into_iter().flatten().max()
    }

    /// Time at which the chat was opened again, by this row; at the latest the time of the request.
    pub(super) fn reopened_at(&self) -> UnixMillis {
        self.opened_again_at.map_or(self.read_at, |at| at.min(self.read_at))
    }

    /// Seconds by which the server will count the next response of a chat that was opened again too long: it measures
    /// from a question before the close that nobody had answered.
    pub(super) fn excess_of_next_response(&self) -> f64 {
        let is_known = self.answers.from == AnswersFrom::Metrics;
        let is_open = |asked: &UnixMillis| {
            Some(*asked) != self.began
                && self.answers.last_reply_at.is_none_or(|reply| reply < *asked)
        };
        let asked = self.asked_before_close.filter(|asked| is_known && is_open(asked));
        asked.map_or(0.0, |asked| self.reopened_at().seconds_since(asked))
    }

    /// True if the row shows that the chat was opened again after `closed_at`: an agent took the chat, or the visitor
    /// wrote.
    pub fn was_opened_after(&self, closed_at: UnixMillis) -> bool {
        let signs = [self.taken_at, self.visitor_wrote_at];
        signs.into_iter().flatten().any(|sign| sign > closed_at)
    }
}

fn department(row: &RoomRow, seen_names: &mut SeenNames) -> Option<Arc<str>> {
    let joined = row.department.as_ref();
    let id = row.department_id.as_deref().or(joined.and_then(|joined| joined.id.as_deref()))?;
    Some(seen_names.departments.note(id, joined.and_then(|joined| joined.name.as_deref())))
}

fn agent(row: &RoomRow, seen_names: &mut SeenNames) -> Option<Arc<str>> {
    let agent = row.served_by.as_ref()?;
    let id = agent.id.as_deref().or(agent.name.as_deref())?;
    Some(seen_names.agents.note(id, agent.name.as_deref()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_runs_from_the_requeue_and_a_question_from_the_first_unanswered_message() {
        let json = r#"{"_id":"a","open":true,"ts":"2026-01-01T00:00:00Z","queuedAt":"2026-01-01T00:05:00Z",
            "waitingResponse":true,"metrics":{"v":{"lq":"2026-01-01T00:07:00Z"}}}"#;
        let read = observed(json).chat(1);
        let at = |text: &str| Some(UnixMillis::from(text.parse::<Timestamp>().unwrap()));
        assert_eq!(read.waits_since, at("2026-01-01T00:05:00Z"));
        assert_eq!(read.awaits_reply_since, at("2026-01-01T00:07:00Z"));
    }

    #[test]
    fn a_row_without_a_time_that_counting_needs_is_a_chat_and_is_not_counted() {
        let is_countable = |json: &str| observed(json).is_countable();
        let ts = r#""ts":"2026-01-01T00:00:00Z""#;
        assert!(is_countable(&format!(r#"{{"_id":"a","open":true,{ts}}}"#)));
        assert!(is_countable(&format!(r#"{{"_id":"a","closedAt":"2026-01-01T00:00:09Z",{ts}}}"#)));
        assert!(!is_countable(&format!(r#"{{"_id":"a",{ts}}}"#)));
        assert!(!is_countable(r#"{"_id":"a","open":true}"#));
        assert_eq!(observed(r#"{"_id":"a","open":true}"#).chat(1).waits_since, None);
    }

    #[test]
    fn an_agent_who_writes_before_the_visitor_has_responded_with_the_first_message() {
        let json = r#"{"_id":"x","open":true,"ts":"1970-01-01T00:00:05Z",
            "servedBy":{"_id":"a","ts":"1970-01-01T00:00:10Z"},
            "responseBy":{"_id":"a","firstResponseTs":"1970-01-01T00:00:15Z"},
            "metrics":{"response":{"fd":"1970-01-01T00:00:30Z","total":3,"tt":55}}}"#;
        let read = observed(json).chat(1);
        assert_eq!((read.responses, read.response_seconds), (1.0, 10.0));
    }

    #[test]
    fn impossible_figures_say_nothing() {
        let json = r#"{"_id":"a","metrics":{"response":{"tt":-4,"total":null}}}"#;
        let read = observed(json).chat(1);
        assert_eq!((read.response_seconds, read.responses), (0.0, 0.0));
    }

    #[test]
    fn a_chat_of_which_ten_thousand_are_kept_has_its_size() {
        assert_eq!((size_of::<Chat>(), size_of::<ChatObservation>()), (128, 304));
    }

    fn observed(json: &str) -> ChatObservation {
        let row = serde_json::from_str(json).unwrap();
        let (rules, from) = (ObservationRules::default(), AnswersFrom::Metrics);
        ChatObservation::of(&row, Timestamp::UNIX_EPOCH, &rules, from, &mut SeenNames::default())
    }
}
