//! What happens to chats and calls, each thing told once.
//!
//! The ledgers find events in the rows of the API, the totals count them. An event carries ids, not labels:
//! what a department is called is decided where it is counted. Nothing is judged or counted here.

use std::sync::Arc;

use super::call::Direction;
use super::chat::Source;

/// Something that happened to a chat, and whose chat it was at that moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The department's id; the one that lost the chat where it was transferred.
    pub department: Option<Arc<str>>,
    /// The serving agent's id.
    pub agent: Option<Arc<str>>,
    /// The channel the chat came by.
    pub source: Source,
}

/// What happened to a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// Its room was created.
    Started,
    /// It left the queue.
    LeftQueue {
        /// How.
        outcome: QueueOutcome,
        /// How long it had waited in the queue, seconds.
        wait_seconds: f64,
        /// The moment an agent took it had been overwritten; its first response stands in.
        is_estimated: bool,
    },
    /// Somebody answered for the first time.
    FirstResponse {
        /// From the beginning of the chat, or from the handover by a bot, seconds.
        seconds: f64,
        /// From the moment the agent took it, seconds, where the server says.
        reaction_seconds: Option<f64>,
    },
    /// Responses the server counted since the chat was last seen.
    Responses {
        /// The sum of their response times, seconds.
        seconds: f64,
        /// How many.
        count: f64,
    },
    /// The promise of the service level was kept or not.
    Judged(ServiceLevelResult),
    /// It was taken away from whom it belonged to.
    Transferred(Transfer),
    /// It was put on hold.
    Held,
    /// It was closed.
    Closed(Closing),
}

/// How a chat left the queue; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueOutcome {
    /// An agent took it.
    Assigned,
    /// The visitor gave up.
    Abandoned,
}

impl QueueOutcome {
    /// Both, in the order of their labels.
    pub const ALL: [Self; 2] = [Self::Abandoned, Self::Assigned];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Abandoned => "abandoned",
        }
    }
}

/// What became of the promise; the value of the label `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceLevelResult {
    /// Answered in time.
    Met,
    /// The threshold passed without an answer.
    Missed,
    /// The visitor left before the threshold.
    Abandoned,
    /// The visitor left at once.
    AbandonedShort,
    /// Staff or the system closed it before the threshold, unanswered.
    ClosedUnanswered,
    /// Nothing was promised: outside the hours or the sources, or a bot kept the chat to its end.
    Excluded,
}

impl ServiceLevelResult {
    /// Every verdict, in the order of their labels.
    pub const ALL: [Self; 6] = [
        Self::Abandoned,
        Self::AbandonedShort,
        Self::ClosedUnanswered,
        Self::Excluded,
        Self::Met,
        Self::Missed,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Abandoned => "abandoned",
            Self::AbandonedShort => "abandoned_short",
            Self::ClosedUnanswered => "closed_unanswered",
            Self::Excluded => "excluded",
        }
    }
}

/// How a chat was taken away; the value of the label `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    /// To another agent.
    Agent,
    /// To another department.
    Department,
    /// Back to the queue.
    Requeue,
    /// By the server, because nobody answered.
    Auto,
}

impl Transfer {
    /// Every kind, in the order of their labels.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Auto, Self::Department, Self::Requeue];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Department => "department",
            Self::Requeue => "requeue",
            Self::Auto => "auto",
        }
    }
}

/// The end of a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// Who ended it.
    pub closer: Closer,
    /// How far it had come.
    pub outcome: Outcome,
    /// From its beginning to its end, seconds, where the row tells.
    pub duration_seconds: Option<f64>,
    /// From when its last agent took it to its end, seconds; `None` where nobody did.
    pub handle_seconds: Option<f64>,
    /// Messages written in it.
    pub messages: u64,
    /// Those of its tags that are counted.
    pub tags: Vec<Arc<str>>,
}

/// Who ended a chat or a call; the value of the label `closer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closer {
    /// A person of the staff.
    Agent,
    /// The visitor.
    Visitor,
    /// A bot, a timer, or nobody the server names.
    System,
}

impl Closer {
    /// Every closer, in the order of their labels.
    pub const ALL: [Self; 3] = [Self::Agent, Self::System, Self::Visitor];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Visitor => "visitor",
            Self::System => "system",
        }
    }
}

/// How far a closed chat had come; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Somebody had answered.
    Answered,
    /// An agent had it and did not answer.
    Unanswered,
    /// The visitor left unserved.
    Abandoned,
    /// Staff or the system closed it unserved.
    Unserved,
}

impl Outcome {
    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unanswered => "unanswered",
            Self::Abandoned => "abandoned",
            Self::Unserved => "unserved",
        }
    }
}

/// Closers and outcomes that go together: only a visitor abandons, and no visitor leaves a chat `unserved`.
pub const ENDINGS: [(Closer, Outcome); 9] = [
    (Closer::Agent, Outcome::Answered),
    (Closer::Agent, Outcome::Unanswered),
    (Closer::Agent, Outcome::Unserved),
    (Closer::System, Outcome::Answered),
    (Closer::System, Outcome::Unanswered),
    (Closer::System, Outcome::Unserved),
    (Closer::Visitor, Outcome::Abandoned),
    (Closer::Visitor, Outcome::Answered),
    (Closer::Visitor, Outcome::Unanswered),
];

/// Something that happened to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// What happened.
    pub kind: CallEventKind,
    /// The PBX queue's name.
    pub queue: Arc<str>,
    /// Which way the call went.
    pub direction: Direction,
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEventKind {
    /// It was answered: the server knows no call before that.
    Started,
    /// It ended.
    Closed {
        /// Who ended it.
        closer: Closer,
        /// How long the caller waited, seconds; inbound only and where the PBX told.
        wait_seconds: Option<f64>,
        /// From its beginning to the end of the wrap-up, seconds.
        duration_seconds: Option<f64>,
        /// How long it was on hold in all, seconds.
        hold_seconds: Option<f64>,
        /// The events of the PBX that tell of its queue were missed.
        lacks_pbx_event: bool,
    },
}
