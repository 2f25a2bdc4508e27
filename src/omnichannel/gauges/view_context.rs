//! The inputs of the gauges besides the `LiveState` and the rules: the fresh lists and the time.

use jiff::Timestamp;

use crate::omnichannel::chat::Phase;
use crate::omnichannel::list::{List, Lists};

/// The fresh lists, the abilities of the server and the time at one moment.
#[derive(Debug, Clone, Copy)]
pub struct ViewContext {
    /// The lists that are fresh enough to show figures of them.
    pub fresh: Lists,
    /// The list that contains the waiting chats: `Open` below 6.11; `None` if no list contains them.
    pub queue_comes_from: Option<List>,
    /// True if the server supports chats on hold.
    pub has_on_hold: bool,
    /// Limit of chats at once of an agent without a limit of the agent's own; `None` if none is configured.
    pub chat_limit: Option<u64>,
    /// True if the limit of a department applies beside the limit of an agent, instead of it.
    pub has_joint_chat_limits: bool,
    /// Time by the server's clock.
    pub now: Timestamp,
}

impl ViewContext {
    /// True if figures of chats of this phase may be shown.
    pub fn knows(&self, phase: Phase) -> bool {
        match phase {
            Phase::Queued => self.queue_comes_from.is_some_and(|list| self.fresh.contains(list)),
            Phase::InProgress => self.fresh.contains(List::Open),
            // Without support for holds there are no such chats; a fresh `Open` proves that the server answers.
            Phase::OnHold => {
                self.fresh.contains(if self.has_on_hold { List::OnHold } else { List::Open })
            }
            Phase::Closed => false,
        }
    }
}
