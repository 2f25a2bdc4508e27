//! What a view depends on besides the floor: the rules of the workspace, and which lists hold now.

use jiff::Timestamp;

use crate::omnichannel::chat::Phase;
use crate::omnichannel::list::{List, Lists};
use crate::omnichannel::names::Shown;
use crate::omnichannel::service_level::ServiceLevels;

/// What of the agents is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Nothing about a single agent.
    Off,
    /// Chats held.
    Load,
    /// And whether they are there.
    Presence,
    /// And how they do: times and closed chats.
    Performance,
}

/// The rules of a workspace that its gauges depend on.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Thresholds, objectives, business hours.
    pub service_levels: ServiceLevels,
    /// What of the agents is shown.
    pub detail: Detail,
    /// Whether agents are shown by name or by id.
    pub agent_label: Shown,
    /// Whether chats without a department are watched: not where departments are named.
    pub shows_public: bool,
    /// Whether loads and rooms are narrowed alike: `livechat/queue` knows no tag, name or custom field.
    pub compares_loads: bool,
}

/// The shape of one moment: which lists may be relied on, and the time.
#[derive(Debug, Clone, Copy)]
pub struct ViewContext {
    /// Lists refreshed recently enough.
    pub fresh: Lists,
    /// The list the waiting chats come from: `Open` below 6.11; `None` where they cannot be seen.
    pub queue_comes_from: Option<List>,
    /// Whether the server knows chats on hold.
    pub has_on_hold: bool,
    /// The server's time.
    pub now: Timestamp,
}

impl ViewContext {
    /// Whether figures about chats of this phase may be relied on.
    pub fn knows(&self, phase: Phase) -> bool {
        match phase {
            Phase::Queued => self.queue_comes_from.is_some_and(|list| self.fresh.contains(list)),
            Phase::InProgress => self.fresh.contains(List::Open),
            // Who serves is all that a server without chats on hold can tell of them: there are none.
            Phase::OnHold => {
                self.fresh.contains(if self.has_on_hold { List::OnHold } else { List::Open })
            }
            Phase::Closed => false,
        }
    }
}
