//! What is counted and measured: one entry a family, without its name and HELP.
//!
//! The totals keep their label sets by it, the state names them by its key, the exposition maps it to the
//! catalogue. It holds no values.

/// How a measure adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number of things.
    Counter,
    /// A sum of seconds and how many they are of.
    Summary,
    /// Seconds under bounds.
    Histogram,
}

macro_rules! measures {
    ($($(#[doc = $doc:literal])+ $variant:ident = $kind:ident $key:literal, $open:literal + $closed:literal;)+) => {
        /// Something that is counted or measured.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Measure {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Measure {
            /// Every measure.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// How it adds up.
            pub fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// What the state calls it: lasting, whatever it is called here.
            pub(super) fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// How many of its labels have values that people choose; these come first.
            pub(super) fn open_labels(self) -> usize {
                match self { $(Self::$variant => $open,)+ }
            }

            /// How many labels it has.
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
    /// Calls the PBX told nothing of, by direction.
    CallsWithoutPbxEvent = Counter "calls_without_pbx_event", 0 + 1;
    /// Waits whose end had been overwritten.
    EstimatedWaits = Counter "estimated_waits", 0 + 0;
}

impl Measure {
    /// Whether it names single agents.
    pub fn is_personal(self) -> bool {
        use Measure::{AgentChatsClosed, AgentHandle, AgentReaction, AgentResponse};
        matches!(self, AgentChatsClosed | AgentHandle | AgentReaction | AgentResponse)
    }

    /// The most label sets it may have; what comes beyond is counted under `other`. Names and combinations are capped
    /// as they are met, but those that have gone keep their label sets for a while. A histogram has a series for each
    /// of its bounds.
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
