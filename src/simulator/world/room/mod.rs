//! One chat as the server stores it, and the arithmetic of its `metrics`.
//!
//! A room refers to its department and its agent by id and user name only, so a later renaming does not change the
//! room.

mod answers;

use jiff::Timestamp;

pub use answers::{Reaction, Response};

use super::person::Person;
use super::visitor::Visitor;
use crate::simulator::version::ServerVersion;

/// State of a chat, by the server's own definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChatState {
    /// Open and without an agent.
    Queued,
    /// Open and with an agent.
    InProgress,
    /// Open and put on hold by its agent.
    OnHold,
    /// No longer open.
    Closed,
}

/// The channel a chat came through: `source.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The chat widget of a web page.
    Widget,
    /// A mailbox.
    Email,
    /// Text messages.
    Sms,
    /// An app of the workspace, such as a messenger bridge.
    App,
    /// A direct call of the API.
    Api,
    /// Anything else.
    Other,
}

impl Channel {
    /// All channels, in the order the server documents them.
    pub const ALL: [Self; 6] =
        [Self::Widget, Self::Email, Self::Sms, Self::App, Self::Api, Self::Other];

    /// The value in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widget => "widget",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::App => "app",
            Self::Api => "api",
            Self::Other => "other",
        }
    }
}

/// Origin of a chat: `source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSource {
    /// `source.type`.
    pub channel: Channel,
    /// `source.alias`, such as the name of the app.
    pub alias: Option<String>,
}

impl From<Channel> for RoomSource {
    fn from(channel: Channel) -> Self {
        let alias = match channel {
            Channel::App => Some("Messenger".to_owned()),
            Channel::Other => Some("unknown".to_owned()),
            _ => None,
        };
        Self { channel, alias }
    }
}

/// Originator of a close: `closer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoomCloser {
    /// An agent, a manager or a bot.
    User,
    /// The visitor.
    Visitor,
}

impl RoomCloser {
    /// The value in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Visitor => "visitor",
        }
    }
}

/// The agent of a chat: `servedBy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// `servedBy._id` and `servedBy.username`.
    pub agent: Person,
    /// `servedBy.ts`: instant at which this agent took the chat.
    pub ts: Timestamp,
}

/// The user who has answered since the visitor's last message: `responseBy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseBy {
    /// `responseBy._id` and `responseBy.username`.
    pub user: Person,
    /// `firstResponseTs`; absent before 6.4 (server PR 30072).
    pub first_at: Option<Timestamp>,
    /// `lastMessageTs`.
    pub last_at: Option<Timestamp>,
}

/// `metrics`: values that the server computes about a chat; durations are seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    /// `v.lq`: first message of the visitor's latest series of messages.
    pub last_question: Option<Timestamp>,
    /// `servedBy.lr`: first reply to the visitor's latest series of messages.
    pub last_reply: Option<Timestamp>,
    /// `response`.
    pub response: Option<Response>,
    /// `reaction`.
    pub reaction: Option<Reaction>,
    /// `chatDuration`: from `ts` to `closedAt`. It stays when a chat is opened again.
    pub chat_duration: Option<f64>,
    /// `serviceTimeDuration`: from `servedBy.ts` to `closedAt`. Absent without an agent.
    pub service_time: Option<f64>,
    /// `visitorInactivity`: time from the agent's last message to the close.
    pub visitor_inactivity: Option<f64>,
}

/// The latest message of a room: `lastMessage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessage {
    /// `_id`.
    pub id: String,
    /// Instant of writing.
    pub ts: Timestamp,
    /// Text of the message; it contains personal data of the visitor.
    pub text: String,
    /// True if the visitor wrote the message.
    pub from_visitor: bool,
}

/// One chat of the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    /// `_id`.
    pub id: String,
    /// Creation.
    pub ts: Timestamp,
    /// `lm`: instant of the last activity.
    pub lm: Timestamp,
    /// `_updatedAt`: time of the last write to the document.
    pub updated_at: Timestamp,
    /// True while the chat is open; a closed chat has no key `open`.
    pub open: bool,
    /// `closedAt`.
    pub closed_at: Option<Timestamp>,
    /// `closer`.
    pub closer: Option<RoomCloser>,
    /// `closedBy`.
    pub closed_by: Option<Person>,
    /// `queuedAt`; absent in rooms of servers before 4.0.
    pub queued_at: Option<Timestamp>,
    /// True start of the present or latest wait; not in the API.
    pub entered_queue_at: Timestamp,
    /// `servedBy`.
    pub served_by: Option<Serving>,
    /// `departmentId`; the department itself may be deleted.
    pub department_id: Option<String>,
    /// `onHold`; a failed hook can leave it set on a closed room.
    pub on_hold: bool,
    /// `source`; absent in rooms of servers before 4.0.
    pub source: Option<RoomSource>,
    /// `waitingResponse`; a close does not change it.
    pub waiting_response: bool,
    /// `responseBy`: the user who has answered since the visitor's last message.
    pub response_by: Option<ResponseBy>,
    /// True instant of the first answer of an agent; not in the API.
    pub answered_at: Option<Timestamp>,
    /// True instant of the present opening, and of the first answer since; not in the API.
    pub opening: (Timestamp, Option<Timestamp>),
    /// `priorityId` (Enterprise).
    pub priority_id: Option<String>,
    /// `slaId` (Enterprise).
    pub sla_id: Option<String>,
    /// `autoTransferredAt` (Enterprise).
    pub auto_transferred_at: Option<Timestamp>,
    /// `metrics`.
    pub metrics: Metrics,
    /// `tags`.
    pub tags: Vec<String>,
    /// `msgs`: number of messages, including messages of the server, some of which count twice.
    pub msgs: u64,
    /// `msgs` at the latest close; not in the API.
    pub msgs_at_close: u64,
    /// `lastMessage`.
    pub last_message: Option<LastMessage>,
    /// `v`, `fname` and all other personal data.
    pub visitor: Visitor,
}

/// Seconds between two instants, with millisecond resolution as in JavaScript.
pub(crate) fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    (to.as_millisecond() - from.as_millisecond()) as f64 / 1000.0
}

impl Room {
    /// The state of the chat; exactly one state applies.
    pub const fn state(&self) -> ChatState {
        match (self.open, self.on_hold, self.served_by.is_some()) {
            (false, _, _) => ChatState::Closed,
            (true, true, _) => ChatState::OnHold,
            (true, false, true) => ChatState::InProgress,
            (true, false, false) => ChatState::Queued,
        }
    }

    /// Start of the present wait by the room's fields: `queuedAt`, else `ts`.
    pub fn waiting_since(&self) -> Timestamp {
        self.queued_at.unwrap_or(self.ts)
    }

    fn last_question_or_start(&self) -> Timestamp {
        self.metrics.last_question.unwrap_or(self.ts)
    }

    fn last_reply_or_start(&self) -> Timestamp {
        self.metrics.last_reply.unwrap_or(self.ts)
    }

    /// Applies a message of the visitor. Only the first message of a series changes `metrics.v.lq`.
    pub(crate) fn take_visitor_message(&mut self, message: LastMessage) {
        if self.last_reply_or_start() >= self.last_question_or_start() {
            self.metrics.last_question = Some(message.ts);
        }
        self.waiting_response = true;
        self.response_by = None;
        self.visitor.last_message_at = Some(message.ts);
        self.take_message(message);
    }

    /// Applies a message of the serving agent: first the metrics, then the flags.
    pub(crate) fn take_agent_message(&mut self, message: LastMessage, version: ServerVersion) {
        self.answered_at.get_or_insert(message.ts);
        self.opening.1.get_or_insert(message.ts);
        self.count_response(message.ts);
        if let Some(serving) = &self.served_by {
            let agent = serving.agent.clone();
            self.mark_responded(agent, message.ts, version);
        }
        self.take_message(message);
    }

    /// Applies a message of the server itself in the name of `author`; `messages` is added to `msgs`. Before 6.12 the
    /// message changes the metrics like an answer (server PR 32846); before 6.4 it also changes the flags like an
    /// answer (server PR 30072).
    pub(crate) fn take_system_message(
        &mut self,
        now: Timestamp,
        author: &Person,
        messages: u64,
        version: ServerVersion,
    ) {
        self.msgs += messages;
        if version.counts_system_messages() {
            self.count_response(now);
        }
        if !version.dates_responses() {
            self.mark_responded(author.clone(), now, version);
        }
    }

    fn mark_responded(&mut self, user: Person, now: Timestamp, version: ServerVersion) {
        if let Some(response) = &mut self.response_by {
            response.last_at = Some(now);
        }
        if std::mem::take(&mut self.waiting_response) && self.response_by.is_none() {
            let at = version.dates_responses().then_some(now);
            self.response_by = Some(ResponseBy { user, first_at: at, last_at: at });
        }
    }

    fn take_message(&mut self, message: LastMessage) {
        self.msgs += 1;
        self.lm = message.ts;
        self.last_message = Some(message);
    }

    /// Changes the metrics as the server does for a message of an agent. If the agent writes before the visitor ever
    /// wrote, `metrics.servedBy.lr` stays unset, so that the next message counts as a "first" response again.
    pub(crate) fn count_response(&mut self, now: Timestamp) {
        let question = self.last_question_or_start();
        let response = seconds_between(question, now);
        if self.metrics.last_reply.is_none() {
            self.count_first_response(now, response);
        } else if question > self.last_reply_or_start() {
            self.add_response(response, response);
        }
        if question > self.last_reply_or_start() {
            self.metrics.last_reply = Some(now);
        }
    }

    fn count_first_response(&mut self, now: Timestamp, response: f64) {
        let taken = self.served_by.as_ref().map_or(self.ts, |serving| serving.ts);
        let reaction = seconds_between(taken, now);
        self.metrics.response.get_or_insert(Response {
            first_at: now,
            first_seconds: response,
            total_seconds: 0.0,
            count: 0,
            average_seconds: 0.0,
        });
        self.metrics.reaction.get_or_insert(Reaction {
            first_at: now,
            first_seconds: reaction,
            total_seconds: 0.0,
        });
        self.rewrite_firsts(now, response, reaction);
        self.add_response(response, reaction);
    }

    fn rewrite_firsts(&mut self, now: Timestamp, response: f64, reaction: f64) {
        if let Some(first) = &mut self.metrics.response {
            first.first_at = now;
            first.first_seconds = response;
        }
        if let Some(first) = &mut self.metrics.reaction {
            first.first_at = now;
            first.first_seconds = reaction;
        }
    }

    fn add_response(&mut self, response: f64, reaction: f64) {
        if let Some(sum) = &mut self.metrics.response {
            sum.total_seconds += response;
            sum.count += 1;
            sum.average_seconds = sum.total_seconds / sum.count as f64;
        }
        if let Some(sum) = &mut self.metrics.reaction {
            sum.total_seconds += reaction;
        }
    }

    /// Closes the chat: removes the key `open` and sets the durations; the other fields stay.
    pub(crate) fn close(&mut self, now: Timestamp, closer: RoomCloser, by: Person) {
        let last_word = self.last_message.as_ref().filter(|message| !message.from_visitor);
        if closer == RoomCloser::User {
            self.metrics.visitor_inactivity = last_word.map(|word| seconds_between(word.ts, now));
        }
        self.metrics.chat_duration = Some(seconds_between(self.ts, now));
        self.metrics.service_time =
            self.served_by.as_ref().map(|serving| seconds_between(serving.ts, now));
        self.open = false;
        self.closed_at = Some(now);
        self.closer = Some(closer);
        self.closed_by = Some(by);
        self.lm = now;
        self.visitor.online = false;
    }

    /// Opens a closed chat again, without an agent. The durations of the previous close stay.
    pub(crate) fn reopen(&mut self, now: Timestamp) {
        self.open = true;
        self.opening = (now, None);
        self.entered_queue_at = now;
        self.served_by = None;
        self.closed_at = None;
        self.closed_by = None;
        self.closer = None;
        self.visitor.online = true;
    }
}
