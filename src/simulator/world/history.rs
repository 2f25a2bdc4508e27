//! What really happened, for tests that hold counters against it.
//!
//! The operations note each fact as it comes about, with the department, agent and channel of that moment.
//! Nothing is kept until [`World::record_history`] asks for it: a demo runs for days. Nothing of this is on
//! the wire.

use jiff::Timestamp;

use super::{Call, Closer, Direction, Person, Room, Source, World, room::seconds_between};

/// One thing that happened to a chat or a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The instant, by the server's clock of that moment.
    pub at: Timestamp,
    /// The chat's or call's `_id`.
    pub id: String,
    /// The department's id: of a transfer the one that lost the chat, else the one that holds it.
    pub department: Option<String>,
    /// The agent's id: of a transfer the one who lost the chat, else the one who serves it.
    pub agent: Option<String>,
    /// The channel of a chat.
    pub source: Option<Source>,
    /// What it was.
    pub happening: Happening,
}

/// What can happen. Spans are seconds unless they say otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// A chat was opened.
    Arrived,
    /// An agent took a waiting chat: a visit to the queue ended.
    Assigned(Wait),
    /// A chat was taken from who had it.
    Transferred(Transfer),
    /// A chat was put aside.
    Held,
    /// A person answered for the first time, or wrote before the visitor did, which moves `metrics.response.fd`.
    FirstResponse {
        /// From the chat's beginning.
        seconds: f64,
        /// From taking the chat.
        reaction_seconds: f64,
        /// Somebody had answered before, and the visitor has not written.
        is_rewrite: bool,
    },
    /// A person answered a question, or wrote first of all.
    Responded {
        /// From the question, or from the beginning of the chat.
        seconds: f64,
    },
    /// A closed chat was opened again.
    Reopened,
    /// A chat ended.
    Closed(Close),
    /// A chat was deleted, open or closed, or went when its retention was over.
    Deleted,
    /// A call was answered.
    CallStarted {
        /// The PBX queue's name.
        queue: String,
        /// Who called whom.
        direction: Direction,
    },
    /// A call ended.
    CallClosed(CallClose),
}

/// A visit to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Since when the room says it waits: `queuedAt ?? ts`.
    pub said_since: Timestamp,
    /// Since when it waited in truth: a requeue on old servers and a reopening leave `queuedAt` as it was.
    pub since: Timestamp,
}

/// How a chat was taken from who had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    /// To another agent, by hand.
    Agent,
    /// To another department, where it waits.
    Department,
    /// Back to the queue of its department.
    Requeue,
    /// To another agent, by the server.
    Auto,
}

/// Who ended something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndedBy {
    /// An agent or a manager.
    Agent,
    /// The visitor.
    Visitor,
    /// The server itself.
    System,
}

impl EndedBy {
    pub(super) fn of(closer: Closer, by: &Person, bot: &str) -> Self {
        match closer {
            Closer::Visitor => Self::Visitor,
            Closer::User if by.id == bot => Self::System,
            Closer::User => Self::Agent,
        }
    }
}

/// How a chat ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Close {
    /// Who ended it.
    pub by: EndedBy,
    /// Whether an agent served it then.
    pub is_served: bool,
    /// Whether it ever had an answer.
    pub is_answered: bool,
    /// `metrics.chatDuration`.
    pub duration: Option<f64>,
    /// `metrics.serviceTimeDuration`.
    pub service_time: Option<f64>,
    /// `msgs` since the close before, if there was one.
    pub messages: u64,
    /// The visit to the queue that ended with it, where nobody served.
    pub waited: Option<Wait>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallClose {
    /// The PBX queue's name.
    pub queue: String,
    /// Who called whom.
    pub direction: Direction,
    /// Who hung up.
    pub closer: Closer,
    /// `callWaitingTime`, milliseconds; none where the PBX's event was missed.
    pub waiting_ms: Option<i64>,
    /// `callDuration`, milliseconds.
    pub duration_ms: Option<i64>,
    /// `callTotalHoldTime`, milliseconds.
    pub hold_ms: Option<i64>,
    /// Whether the PBX gave it an id.
    pub has_unique_id: bool,
}

impl Wait {
    pub(super) fn of(room: &Room) -> Self {
        Self { said_since: room.waiting_since(), since: room.entered_queue_at }
    }
}

impl Close {
    pub(super) fn of(room: &Room, by: EndedBy) -> Self {
        let is_served = room.served_by.is_some();
        Self {
            by,
            is_served,
            is_answered: room.answered_at.is_some(),
            duration: room.metrics.chat_duration,
            service_time: room.metrics.service_time,
            messages: room.msgs - room.msgs_at_close,
            waited: (!is_served).then(|| Wait::of(room)),
        }
    }
}

/// The questions and answers of a chat so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    at: Option<Timestamp>,
    question: Option<Timestamp>,
    last_reply: Option<Timestamp>,
}

impl Answered {
    pub(super) fn of(room: &Room) -> Self {
        Self {
            at: room.answered_at,
            question: room.metrics.last_question,
            last_reply: room.metrics.last_reply,
        }
    }
}

impl CallClose {
    pub(super) fn of(call: &Call, closer: Closer) -> Self {
        Self {
            queue: call.queue.clone(),
            direction: call.direction,
            closer,
            waiting_ms: call.waiting_ms,
            duration_ms: call.duration_ms,
            hold_ms: call.hold_ms,
            has_unique_id: call.unique_id.is_some(),
        }
    }
}

impl World {
    /// Keeps what happens from here on; what was kept is forgotten.
    pub fn record_history(&mut self) {
        self.history = Some(Vec::new());
    }

    /// Takes out what happened since the last time, oldest first, so that a long run need not keep it all.
    pub fn take_history(&mut self) -> Vec<Fact> {
        self.history.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes what happened to a chat that is as it shall be remembered.
    pub(super) fn note(&mut self, room: &str, happening: impl FnOnce(&Room) -> Happening) {
        let fact = self.draft(room, happening);
        self.record(fact);
    }

    /// A fact about a chat as it is before a change, in case the change applies.
    pub(super) fn draft(
        &self,
        room: &str,
        happening: impl FnOnce(&Room) -> Happening,
    ) -> Option<Fact> {
        let room = self.rooms.get(room).filter(|_| self.history.is_some())?;
        Some(Fact {
            at: self.now,
            id: room.id.clone(),
            department: room.department_id.clone(),
            agent: room.served_by.as_ref().map(|serving| serving.agent.id.clone()),
            source: room.source.clone(),
            happening: happening(room),
        })
    }

    /// The drafted fact has come about.
    pub(super) fn record(&mut self, fact: Option<Fact>) {
        let at = self.now;
        if let Some(history) = &mut self.history {
            history.extend(fact.map(|fact| Fact { at, ..fact }));
        }
    }

    /// Notes what a message of the agent was, by what the chat was before it.
    pub(super) fn note_answer(&mut self, room: &str, before: Answered) {
        let Some(chat) = self.rooms.get(room).filter(|_| self.history.is_some()) else {
            return;
        };
        let (now, had_reply) = (self.now, before.last_reply.is_some());
        let taken = chat.served_by.as_ref().map_or(chat.ts, |serving| serving.ts);
        let is_first = before.at.is_none();
        let first = (is_first || !had_reply).then(|| Happening::FirstResponse {
            seconds: seconds_between(chat.ts, now),
            reaction_seconds: seconds_between(taken, now),
            is_rewrite: !is_first,
        });
        let counted = before.question.is_some_and(|question| Some(question) > before.last_reply);
        let seconds = seconds_between(before.question.unwrap_or(chat.ts), now);
        let responded = (is_first || counted).then_some(Happening::Responded { seconds });
        for happening in first.into_iter().chain(responded) {
            self.note(room, |_| happening);
        }
    }

    pub(super) fn note_call(&mut self, call: &str, happening: impl FnOnce(&Call) -> Happening) {
        let Some(call) = self.calls.get(call).filter(|_| self.history.is_some()) else {
            return;
        };
        let fact = Fact {
            at: self.now,
            id: call.id.clone(),
            department: None,
            agent: Some(call.served_by.agent.id.clone()),
            source: None,
            happening: happening(call),
        };
        self.record(Some(fact));
    }
}

#[cfg(test)]
mod tests;
