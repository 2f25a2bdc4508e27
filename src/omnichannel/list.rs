//! The lists that describe a workspace; each list has an age of its own.
//!
//! The same names are used for the list that is due, for the list on which a figure depends, and for the values of the
//! label `collector`.

use strum::{AsRefStr, IntoStaticStr, VariantArray};

/// A list that is refreshed separately; the value of the label `collector`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum List {
    /// Chats held per agent and department (`livechat/queue`).
    Queue,
    /// Chats in the queue (`queued=true`).
    Queued,
    /// Chats closed in a recent window.
    Closed,
    /// Chats on hold.
    #[strum(serialize = "onhold")]
    OnHold,
    /// Chats with an agent; below 6.11 also chats in the queue.
    Open,
    /// VoIP calls.
    Calls,
    /// Departments and their members.
    Departments,
    /// The directory of agents.
    Agents,
    /// Names of priorities.
    Priorities,
    /// SLA policies.
    Slas,
    /// The licence.
    Licence,
    /// The server's business hours.
    Hours,
    /// The visitors' widget of each department.
    Widget,
}

impl List {
    /// True if `up` depends on the list. A healthy server may refuse the other lists.
    pub fn is_mandatory(self) -> bool {
        matches!(self, Self::Queue | Self::Queued | Self::Closed | Self::OnHold | Self::Open)
    }
}

/// A set of lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lists(u16);

impl Lists {
    /// True if the set contains the list.
    pub fn contains(self, list: List) -> bool {
        self.0 & (1 << list as u8) != 0
    }

    /// True if the set contains no list.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<List> for Lists {
    fn from_iter<T: IntoIterator<Item = List>>(lists: T) -> Self {
        Self(lists.into_iter().fold(0, |set, list| set | (1 << list as u8)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set: Lists = [List::Open, List::Agents].into_iter().collect();
        let held: Vec<_> = List::VARIANTS.iter().filter(|list| set.contains(**list)).collect();
        assert_eq!(held, [&List::Open, &List::Agents]);
    }
}
