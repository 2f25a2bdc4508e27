//! Events of chats and calls; each event is reported once.
//!
//! The ledgers find events in the rows of the API, and the totals count the events. An event contains ids, not labels:
//! the label of an id is chosen when the event is counted. The module contains no rule of judging or counting.

use std::sync::Arc;

use strum::{AsRefStr, VariantArray};

use super::chat::Source;
use crate::rocketchat::closing;

/// User name of the server's own bot, which closes chats for the server.
pub(super) const SERVER_BOT: &str = "rocket.cat";

/// An event of a chat, with the chat's department and agent at that moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The kind of the event.
    pub kind: EventKind,
    /// The department's id; for a transfer, the id of the department that lost the chat.
    pub department: Option<Arc<str>>,
    /// The serving agent's id; for a transfer, the id of the agent who lost the chat.
    pub agent: Option<Arc<str>>,
    /// The channel of the chat.
    pub source: Source,
}

/// The kind of an event of a chat.
#[derive(Debug, Clone, PartialEq)]
pub enum EventKind {
    /// The room of the chat was created.
    Started,
    /// The chat left the queue.
    LeftQueue {
        /// The outcome of the wait.
        outcome: QueueOutcome,
        /// Duration of the wait in the queue, seconds; NaN if it is unknown.
        wait_seconds: f64,
        /// True if the time at which the agent took the chat is overwritten or absent: the time of the first response
        /// or of the observation of the agent is used instead.
        is_estimated: bool,
    },
    /// A person answered for the first time.
    FirstResponse {
        /// Duration from the beginning of the chat, from the handover by a bot or from the reopening, seconds.
        seconds: f64,
        /// Duration from the moment the agent took the chat, seconds; `None` if the row does not give it.
        reaction_seconds: Option<f64>,
    },
    /// Responses that the server counted since the last observation of the chat.
    Responses {
        /// Sum of the response times, seconds.
        seconds: f64,
        /// Number of responses.
        count: f64,
    },
    /// The service level was judged.
    Judged(ServiceLevelResult),
    /// The chat was transferred.
    Transferred(Transfer),
    /// The chat was put on hold.
    Held,
    /// The chat was closed.
    Closed(Closing),
}

/// The outcome of a wait in the queue; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum QueueOutcome {
    /// The visitor closed the chat.
    Abandoned,
    /// An agent took the chat.
    Assigned,
}

/// The result of the service level for a chat; the value of the label `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ServiceLevelResult {
    /// The visitor closed the chat before the threshold.
    Abandoned,
    /// The visitor closed the chat within the time of a short abandon.
    AbandonedShort,
    /// Staff or the system closed the chat before the threshold, without an answer.
    ClosedUnanswered,
    /// The service level does not apply: the wait began outside the business hours, the source is excluded, or a bot
    /// served the chat until the close.
    Excluded,
    /// Answered within the threshold.
    Met,
    /// The threshold passed without an answer.
    Missed,
}

/// The kind of a transfer; the value of the label `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Transfer {
    /// To another agent.
    Agent,
    /// By the server (`autoTransferredAt`), because nobody answered.
    Auto,
    /// To another department.
    Department,
    /// Back to the queue.
    Requeue,
}

/// The end of a chat.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// The person or system that closed the chat.
    pub closer: Closer,
    /// The state of service at the close.
    pub outcome: Outcome,
    /// Duration of the chat from the beginning to the close, seconds.
    pub duration_seconds: Option<f64>,
    /// Duration of the service up to the close, seconds: `metrics.serviceTimeDuration`, else the time since the last
    /// agent took the chat; `None` if no agent served the chat at the close.
    pub handle_seconds: Option<f64>,
    /// Number of messages, without those counted at an earlier close.
    pub messages: u64,
    /// The chat's tags that are counted.
    pub tags: Vec<Arc<str>>,
}

/// The person or system that ended a chat or a call; the value of the label `closer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Closer {
    /// A person of the staff.
    Agent,
    /// A bot, a timer, or a closer that the row does not name.
    System,
    /// The visitor.
    Visitor,
}

/// The state of service of a closed chat; the value of the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// An agent had the chat at the close, and the chat had an answer.
    Answered,
    /// An agent had the chat at the close, and the chat had no answer.
    Unanswered,
    /// The visitor closed the chat, and no agent had it at the close.
    Abandoned,
    /// Staff or the system closed the chat, and no agent had it at the close.
    Unserved,
}

/// The possible pairs of closer and outcome: `abandoned` is always by the visitor, `unserved` never.
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

/// An event of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// The kind of the event.
    pub kind: CallEventKind,
    /// The PBX queue's name.
    pub queue: Arc<str>,
    /// The direction of the call.
    pub direction: Direction,
}

/// The kind of an event of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEventKind {
    /// The call was answered: the server has no room for a call before that.
    Started,
    /// The call ended.
    Closed {
        /// The person or system that ended the call.
        closer: Closer,
        /// Duration of the caller's wait, seconds; `None` unless the call is inbound and the row gives the wait.
        wait_seconds: Option<f64>,
        /// Duration from the answer to the end of the wrap-up (`callDuration`), seconds.
        duration_seconds: Option<f64>,
        /// Total time on hold, seconds.
        hold_seconds: Option<f64>,
        /// True if the server missed the events of the PBX about the call: `callUniqueId` is absent, or the wait of an
        /// inbound call is lost.
        lacks_pbx_event: bool,
    },
}

/// The value of the label `direction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// Somebody called the call centre.
    Inbound,
    /// The call centre called somebody.
    Outbound,
    /// The row has no direction or an unknown direction.
    Unknown,
}

/// The closer of a chat or call. A closer of the kind `user` may be a bot, such as the server's own bot, which closes
/// abandoned chats.
pub(super) fn closer(closer: Option<closing::RoomCloser>, is_bot: bool) -> Closer {
    match closer {
        Some(closing::RoomCloser::Visitor) => Closer::Visitor,
        Some(closing::RoomCloser::User) if !is_bot => Closer::Agent,
        Some(closing::RoomCloser::User) | None => Closer::System,
    }
}
