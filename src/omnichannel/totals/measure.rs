//! The measures of the totals: one entry for each family, without its name and HELP.
//!
//! A measure is the key of a family in the totals, and its text key is the name of the family in the state. The name
//! and the HELP are in the catalogue of the exposition. A measure holds no values.

/// The kind of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of events.
    Counter,
    /// A sum of durations in seconds, with their number.
    Summary,
    /// Durations in seconds, in buckets.
    Histogram,
}

macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $variant:ident = $kind:ident $key:literal, $open:literal + $closed:literal;)+) => {
        /// A family of the totals.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Measure {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Measure {
            /// Every measure.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The kind of this measure.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// Name of the measure in the state. It must never change, even if the variant is renamed.
            pub(super) fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Number of labels with values that people choose; these labels come first.
            pub(super) fn open_labels(self) -> usize {
                match self { $(Self::$variant => $open,)+ }
            }

            /// Number of labels.
            pub fn labels(self) -> usize {
                match self { $(Self::$variant => $open + $closed,)+ }
            }
        }
    };
}

measures! {
    /// Chats that began, by department and source.
    ChatsStarted = Counter "chats_started", 2 + 0;
    /// Chats that ended, by department, source, closer and outcome.
    ChatsClosed = Counter "chats_closed", 2 + 2;
    /// Verdicts, by department and result.
    ServiceLevelChats = Counter "service_level_chats", 1 + 1;
    /// Transfers, by department and kind.
    Transfers = Counter "transfers", 1 + 1;
    /// Times a chat was put on hold, by department.
    OnHold = Counter "on_hold", 1 + 0;
    /// Response times, by department.
    Response = Summary "response", 1 + 0;
    /// Messages of closed chats, by department.
    ChatMessages = Counter "chat_messages", 1 + 0;
    /// Closed chats by tag.
    ChatsClosedByTag = Counter "chats_closed_by_tag", 1 + 0;
    /// Waits in the queue, by department and outcome.
    QueueWait = Histogram "queue_wait", 1 + 1;
    /// Times to the first response, by department.
    FirstResponse = Histogram "first_response", 1 + 0;
    /// Times from assignment to the first response, by department.
    Reaction = Histogram "reaction", 1 + 0;
    /// Durations of chats, by department.
    ChatDuration = Histogram "chat_duration", 1 + 0;
    /// Times from assignment to the end, by department.
    Handle = Histogram "handle", 1 + 0;
    /// Response times, by agent and department.
    AgentResponse = Summary "agent_response", 2 + 0;
    /// Times from assignment to the first response, by agent and department.
    AgentReaction = Summary "agent_reaction", 2 + 0;
    /// Times from assignment to the end, by agent and department.
    AgentHandle = Summary "agent_handle", 2 + 0;
    /// Chats that ended, by agent and department.
    AgentChatsClosed = Counter "agent_chats_closed", 2 + 0;
    /// Calls that began, by queue and direction.
    CallsStarted = Counter "calls_started", 1 + 1;
    /// Calls that ended, by queue, direction and closer.
    CallsClosed = Counter "calls_closed", 1 + 2;
    /// Waits of callers, by queue.
    CallWait = Histogram "call_wait", 1 + 0;
    /// Durations of calls, by queue and direction.
    CallDuration = Histogram "call_duration", 1 + 1;
    /// Times on hold of calls, by queue.
    CallHold = Histogram "call_hold", 1 + 0;
    /// Calls without an event from the PBX, by direction.
    CallsWithoutPbxEvent = Counter "calls_without_pbx_event", 0 + 1;
    /// Waits with an estimated end, because `servedBy.ts` was overwritten or deleted.
    EstimatedWaits = Counter "estimated_waits", 0 + 0;
}

impl Measure {
    /// True if the labels name single agents.
    pub fn is_personal(self) -> bool {
        use Measure::{AgentChatsClosed, AgentHandle, AgentReaction, AgentResponse};
        matches!(self, AgentChatsClosed | AgentHandle | AgentReaction | AgentResponse)
    }

    /// Most label sets of this measure; further ones are counted under `other`. `LabelLimits` is not enough: it limits
    /// the names and combinations in use, but a name that is gone keeps its label sets for a while. A histogram may
    /// have fewer label sets because it has a series for each bound.
    pub(super) fn most_label_sets(self) -> usize {
        match (self, self.kind()) {
            (Self::ChatsClosed, _) => 10_000,
            (_, Kind::Histogram) => 1_000,
            _ => 4_000,
        }
    }

    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|measure| measure.key() == key)
    }
}
