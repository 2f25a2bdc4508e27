//! The lists a workspace is known by, each with an age of its own.
//!
//! The vocabulary that the cycle (which list is due), the domain (which figure rests on which list) and
//! the self metrics (label `collector`) share.

/// A list that is refreshed on its own; the value of the label `collector`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Chats held per agent and department (`livechat/queue`).
    Queue,
    /// Chats that wait (`queued=true`).
    Queued,
    /// Chats closed in a recent window.
    Closed,
    /// Chats on hold.
    OnHold,
    /// Chats an agent serves; below 6.11 those that wait as well.
    Open,
    /// VoIP calls.
    Calls,
    /// Departments and their members.
    Departments,
    /// The directory of agents.
    Agents,
}

impl List {
    /// Every list, what pages people first.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Closed,
        Self::OnHold,
        Self::Open,
        Self::Queue,
        Self::Calls,
        Self::Departments,
        Self::Agents,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Queued => "queued",
            Self::Closed => "closed",
            Self::OnHold => "onhold",
            Self::Open => "open",
            Self::Calls => "calls",
            Self::Departments => "departments",
            Self::Agents => "agents",
        }
    }

    /// Whether `up` depends on it. A server may refuse the others without being in trouble.
    pub fn is_mandatory(self) -> bool {
        !matches!(self, Self::Calls | Self::Departments | Self::Agents)
    }
}

/// A set of lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lists(u8);

impl Lists {
    /// Whether the set holds this list.
    pub fn contains(self, list: List) -> bool {
        self.0 & (1 << list as u8) != 0
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
        let held: Vec<_> = List::ALL.into_iter().filter(|list| set.contains(*list)).collect();
        assert_eq!(held, [List::Open, List::Agents]);
    }
}
