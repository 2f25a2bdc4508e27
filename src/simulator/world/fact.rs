//! The events of chats and calls.

use jiff::Timestamp;

use super::call::{Call, Direction};
use super::person::Person;
use super::room::{Room, RoomCloser, RoomSource};

/// One event of a chat or a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Instant by the server's clock at that moment.
    pub at: Timestamp,
    /// `_id` of the chat or call.
    pub id: String,
    /// Department id. For a transfer: the department that lost the chat; otherwise the department of the chat.
    pub department: Option<String>,
    /// Agent id. For a transfer: the agent who lost the chat; otherwise the agent who serves the chat.
    pub agent: Option<String>,
    /// The channel of a chat.
    pub source: Option<RoomSource>,
    /// The event.
    pub happening: FactKind,
}

/// The kinds of events. Durations are seconds unless the field says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum FactKind {
    /// A chat was opened.
    Arrived,
    /// An agent took a waiting chat, which ended a wait in the queue.
    Assigned(Wait),
    /// An agent lost a chat.
    Transferred(Transfer),
    /// A chat was put on hold.
    Held,
    /// An agent answered for the first time, or wrote again before the visitor did. Both set `metrics.response.fd`.
    FirstResponse {
        /// Time from the start of the chat.
        seconds: f64,
        /// Time from the assignment of the chat.
        reaction_seconds: f64,
        /// True if an agent had answered before and the visitor has not written since.
        is_rewrite: bool,
    },
    /// An agent answered a question, or wrote the first message.
    Responded {
        /// Time from the question, or from the start of the chat if there is no question.
        seconds: f64,
    },
    /// A closed chat was opened again.
    Reopened,
    /// A chat ended.
    Closed(Close),
    /// A chat was deleted, open or closed, or its retention ended.
    Deleted,
    /// A call started.
    CallStarted {
        /// Name of the PBX queue.
        queue: String,
        /// Direction of the call.
        direction: Direction,
    },
    /// A call ended.
    CallClosed(CallClose),
}

/// A wait in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Start of the wait by the room's fields: `queuedAt ?? ts`.
    pub said_since: Timestamp,
    /// True start of the wait. It differs after a reopening and, on servers before 4.2, after a requeue, because both
    /// leave `queuedAt` unchanged.
    pub since: Timestamp,
}

/// Kind of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    /// To another agent, by a person.
    Agent,
    /// To another department, where it waits.
    Department,
    /// Back to the queue of its department.
    Requeue,
    /// To another agent, by the server.
    Auto,
}

/// Originator of a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndedBy {
    /// An agent or a manager.
    Agent,
    /// The visitor.
    Visitor,
    /// The server.
    System,
}

impl EndedBy {
    pub(super) fn of(closer: RoomCloser, by: &Person, bot: &str) -> Self {
        match closer {
            RoomCloser::Visitor => Self::Visitor,
            RoomCloser::User if by.id == bot => Self::System,
            RoomCloser::User => Self::Agent,
        }
    }
}

/// The end of a chat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Close {
    /// Originator of the close.
    pub by: EndedBy,
    /// True if an agent served the chat at its end.
    pub is_served: bool,
    /// True if the chat ever had an answer.
    pub is_answered: bool,
    /// `metrics.chatDuration`.
    pub duration: Option<f64>,
    /// `metrics.serviceTimeDuration`.
    pub service_time: Option<f64>,
    /// Messages since the previous close, or since the start.
    pub messages: u64,
    /// The wait in the queue that ended with the close, if no agent served the chat.
    pub waited: Option<Wait>,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallClose {
    /// Name of the PBX queue.
    pub queue: String,
    /// Direction of the call.
    pub direction: Direction,
    /// The party that hung up.
    pub closer: RoomCloser,
    /// `callWaitingTime`, milliseconds; `None` if the server missed the event of the PBX.
    pub waiting_ms: Option<i64>,
    /// `callDuration`, milliseconds.
    pub duration_ms: Option<i64>,
    /// `callTotalHoldTime`, milliseconds.
    pub hold_ms: Option<i64>,
    /// True if the call has a `callUniqueId`.
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

/// Times of the latest question and answer of a chat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) at: Option<Timestamp>,
    pub(super) question: Option<Timestamp>,
    pub(super) last_reply: Option<Timestamp>,
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
    pub(super) fn of(call: &Call, closer: RoomCloser) -> Self {
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
