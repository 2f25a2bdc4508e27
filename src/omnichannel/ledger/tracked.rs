//! One followed chat: the events that its next row shows and its last row did not.
//!
//! The stay in the queue and the first answer are modules of their own.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::beginning::Beginning;
use super::found_events::FoundEvents;
use super::queue_stay::QueueStay;
use super::response_timer::ResponseTimer;
use super::tracked_of_format_2::TrackedOfFormat2;
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::{Chat, Phase, Source, end_of_life};
use crate::omnichannel::event::{Closer, Closing, Event, EventKind, Outcome, Transfer};
use crate::omnichannel::observation::{ChatObservation, Ending};
use crate::rocketchat::unix_millis::UnixMillis;

/// A chat that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tracked {
    department: Option<Arc<str>>,
    agent: Option<Arc<str>>,
    source: Source,
    /// Events up to this time are not reported.
    reported_until: UnixMillis,
    pub(super) last_seen: UnixMillis,
    auto_transferred_at: Option<UnixMillis>,
    is_on_hold: bool,
    response_seconds: f64,
    responses: f64,
    /// `metrics.chatDuration` of an earlier close, seconds.
    lived_seconds: Option<f64>,
    queue_stay: QueueStay,
    response_timer: ResponseTimer,
    /// Last `servedBy.ts` that the server sent for the present agent.
    taken_at: Option<UnixMillis>,
    /// An earlier close of the chat.
    counted: CountedClose,
    was_answered: bool,
}

/// Facts about a counted close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CountedClose {
    /// Messages of the chat up to the close.
    pub(super) messages: u64,
    /// A person had answered before the close.
    pub(super) is_answered: bool,
}

impl From<TrackedOfFormat2> for Tracked {
    fn from(kept: TrackedOfFormat2) -> Self {
        Self {
            department: kept.department,
            agent: kept.agent,
            source: kept.source,
            reported_until: kept.reported_until,
            last_seen: kept.last_seen,
            auto_transferred_at: kept.auto_transferred_at,
            is_on_hold: kept.is_on_hold,
            response_seconds: kept.response_seconds,
            responses: kept.responses,
            lived_seconds: kept.lived_seconds,
            queue_stay: kept.queue_stay,
            response_timer: kept.response_timer,
            taken_at: None,
            counted: kept
                .lived_seconds
                .map_or_else(CountedClose::default, |_| CountedClose::UNKNOWN),
            was_answered: false,
        }
    }
}

impl CountedClose {
    /// A close with an unknown number of messages: the next close adds no messages.
    const UNKNOWN: Self = Self { messages: u64::MAX, is_answered: false };

    /// A close without known facts: the next close adds the messages since this row.
    pub(super) fn up_to(observation: &ChatObservation) -> Self {
        Self { messages: observation.messages, is_answered: false }
    }
}

impl Tracked {
    /// The chat before its first row. `counted` is an earlier close of the chat, the default without one.
    pub(super) fn new(
        observation: &ChatObservation,
        beginning: Beginning,
        counted: CountedClose,
    ) -> Self {
        let is_new = beginning == Beginning::New;
        let past = |value: Option<f64>| value.filter(|_| !is_new).unwrap_or(0.0);
        let excess = match beginning {
            Beginning::Reopened(_) => observation.excess_of_next_response(),
            _ => 0.0,
        };
        Self {
            department: observation.department.clone(),
            agent: observation.agent.clone(),
            source: observation.source.clone(),
            reported_until: match beginning {
                Beginning::New => Timestamp::MIN.into(),
                Beginning::Before(instant) | Beginning::Reopened(instant) => instant,
            },
            last_seen: observation.read_at,
            auto_transferred_at: observation.auto_transferred_at.filter(|_| !is_new),
            is_on_hold: observation.is_on_hold() && !is_new,
            // The base is ahead of the server's sum by what the server will count too long.
            response_seconds: past(observation.response_seconds) + excess,
            responses: past(observation.responses),
            lived_seconds: observation.lived_seconds,
            queue_stay: QueueStay::new(observation, beginning),
            response_timer: ResponseTimer::new(observation, beginning),
            taken_at: observation.taken_at,
            counted,
            was_answered: counted.is_answered,
        }
    }

    /// The facts of a close at which the chat had this number of messages.
    pub(super) fn counted_with(&self, messages: u64) -> CountedClose {
        CountedClose { messages, is_answered: self.was_answered }
    }

    /// True if the chat was closed and opened again since the last row: `metrics.chatDuration` has changed.
    pub(super) fn was_closed_unseen(&self, observation: &ChatObservation) -> bool {
        observation.lived_seconds != self.lived_seconds
    }

    /// The chat at its close, derived from a later open row. The server has removed the closer and the serving agent.
    /// The last agent that a row showed is taken as the agent at the close.
    pub(super) fn closed_before(
        &self,
        observation: &ChatObservation,
        at: UnixMillis,
    ) -> ChatObservation {
        let is_first_close = self.lived_seconds.is_none();
        let is_served =
            self.agent.is_some() || (is_first_close && observation.service_seconds.is_some());
        ChatObservation {
            agent: self.agent.clone(),
            is_with_bot: observation.is_with_bot && observation.agent == self.agent,
            taken_at: self.taken_at,
            queued_at: self.queue_stay.queued_at,
            ..observation.closed_before(at, is_served)
        }
    }

    /// Adds values that only earlier rows of the chat showed.
    pub(super) fn amend(&self, chat: &mut Chat) {
        if chat.phase == Phase::Queued {
            chat.waits_since = Some(self.queue_stay.began);
        }
        if chat.was_asked_before_close {
            chat.awaits_reply_since = self.opened_again_at(chat).or(chat.awaits_reply_since);
        }
        chat.opened_at = self.response_timer.began_again_at().or(chat.opened_at);
        chat.answered |= self.was_answered;
        chat.can_be_missed = self.response_timer.can_be_missed;
    }

    /// Time at which a chat was opened again whose latest question lies before its close: the earliest time that its rows
    /// have shown since the close.
    fn opened_again_at(&self, chat: &Chat) -> Option<UnixMillis> {
        let closed_at = end_of_life(chat.began?, self.lived_seconds?)?;
        let shown = [
            chat.awaits_reply_since,
            Some(self.queue_stay.began),
            self.response_timer.began_again_at(),
        ];
        shown.into_iter().flatten().filter(|at| *at > closed_at).min()
    }

    /// Reports the events that this row shows for the first time. An event belongs to the present department and agent
    /// of the chat. A transfer belongs to the previous department and agent.
    pub(super) fn see(&mut self, observation: &ChatObservation, found: &mut FoundEvents<'_>) {
        let transfer =
            self.transfer(observation).map(|kind| self.event(EventKind::Transferred(kind)));
        let held = observation.is_on_hold() && !self.is_on_hold;
        let was_served = self.agent.is_some();
        self.response_timer.note_bot(observation, &self.queue_stay);
        self.belong_to(observation);
        let departure = self.queue_stay.see(observation, was_served, self.reported_until);
        let answer = self.response_timer.note_answer(observation, self.reported_until);
        let level = found.service_levels.of(observation.department.as_deref());
        let result = self.response_timer.judge(observation, level, self.reported_until);
        self.was_answered |=
            self.response_timer.answered_at.is_some() || observation.answers.first_at.is_some();
        let closing = observation.ending.as_ref().map(|ending| self.closing(observation, ending));
        let kinds = [
            held.then_some(EventKind::Held),
            departure,
            self.responses(observation),
            answer,
            result.map(EventKind::Judged),
            closing.map(EventKind::Closed),
        ];
        found.events.extend(transfer);
        found.events.extend(kinds.into_iter().flatten().map(|kind| self.event(kind)));
    }

    pub(super) fn event(&self, kind: EventKind) -> Event {
        Event {
            kind,
            department: self.department.clone(),
            agent: self.agent.clone(),
            source: self.source.clone(),
        }
    }

    fn belong_to(&mut self, observation: &ChatObservation) {
        let is_same_agent = observation.agent == self.agent;
        self.taken_at = observation.taken_at.or(self.taken_at.filter(|_| is_same_agent));
        self.department.clone_from(&observation.department);
        self.agent.clone_from(&observation.agent);
        self.auto_transferred_at = observation.auto_transferred_at;
        self.is_on_hold = observation.is_on_hold();
        self.last_seen = observation.read_at;
    }

    /// The transfer since the last row, at most one: several transfers between two rows look like one change.
    fn transfer(&self, observation: &ChatObservation) -> Option<Transfer> {
        let was_automatic = observation.auto_transferred_at.is_some()
            && observation.auto_transferred_at != self.auto_transferred_at;
        if was_automatic {
            return Some(Transfer::Auto);
        }
        // A chat loses its department only if the department itself is removed, which is no transfer.
        if observation.department.is_some() && observation.department != self.department {
            return Some(Transfer::Department);
        }
        match (&self.agent, &observation.agent) {
            (Some(_), None) => Some(Transfer::Requeue),
            (Some(had), Some(has)) if had != has && self.queue_stay.is_another(observation) => {
                Some(Transfer::Requeue)
            }
            (Some(had), Some(has)) if had != has => Some(Transfer::Agent),
            _ => None,
        }
    }

    /// The responses since the last row, from the server's sums in `metrics.response`.
    ///
    /// Sums that fall belong to a new opening of the room and become the new base. The base of a reopened chat may be ahead
    /// of the sum until the next response. Before 6.12 the sums are only a base for the time after an upgrade. While the
    /// visitor has not written, the server counts each message of the agent; only the first of these messages is a
    /// response.
    fn responses(&mut self, observation: &ChatObservation) -> Option<EventKind> {
        if observation.answers.from == AnswersFrom::ResponseByForNow {
            return None;
        }
        let seconds = observation.response_seconds.unwrap_or(self.response_seconds);
        let count = observation.responses.unwrap_or(self.responses);
        let (more_seconds, more) = (seconds - self.response_seconds, count - self.responses);
        let is_reopened = self.lived_seconds.is_some();
        if is_reopened && more == 0.0 && more_seconds < 0.0 {
            return None;
        }
        let is_clamped = is_reopened && more > 0.0;
        let more_seconds = if is_clamped { more_seconds.max(0.0) } else { more_seconds };
        let is_first = self.responses == 0.0;
        (self.response_seconds, self.responses) = (seconds, count);
        let is_more = more >= 0.0 && more_seconds >= 0.0 && more + more_seconds > 0.0;
        if !is_more || observation.answers.from != AnswersFrom::Metrics {
            return None;
        }
        if observation.answers.last_reply_at.is_some() || (is_first && more <= 1.0) {
            return Some(EventKind::Responses { seconds: more_seconds, count: more });
        }
        let first_at = observation.answers.first_at.filter(|_| is_first)?;
        Some(EventKind::Responses {
            seconds: first_at.seconds_since(observation.began?),
            count: 1.0,
        })
    }

    fn closing(&self, observation: &ChatObservation, ending: &Ending) -> Closing {
        let since = |at: UnixMillis| ending.at.seconds_since(at);
        let handled = observation.service_seconds.or(self.taken_at.map(since));
        Closing {
            closer: ending.closer,
            outcome: match (ending.is_served, ending.closer) {
                (true, _) if self.was_answered => Outcome::Answered,
                (true, _) => Outcome::Unanswered,
                (false, Closer::Visitor) => Outcome::Abandoned,
                (false, _) => Outcome::Unserved,
            },
            duration_seconds: observation.lived_seconds.or(observation.began.map(since)),
            handle_seconds: handled.filter(|_| ending.is_served),
            messages: observation.messages.saturating_sub(self.counted.messages),
            tags: ending.tags.clone(),
        }
    }
}
