//! Conditions that a test sets while a workspace runs by itself: agents who are absent or keep their chats, and few
//! visitors or none.

use std::collections::{BTreeMap, BTreeSet};

/// The conditions; without any, all agents work in shifts and all departments have as many visitors.
#[derive(Debug, Default)]
pub(super) struct WorldConditions {
    pub(super) absent: BTreeSet<String>,
    pub(super) visitors_percent: BTreeMap<String, u32>,
    pub(super) keeps_chats: bool,
    pub(super) waits_for_questions: bool,
    pub(super) has_no_visitors: bool,
}

impl WorldConditions {
    pub(super) fn is_absent(&self, agent: &str) -> bool {
        self.absent.contains(agent)
    }

    /// Percentage of the department's visitors who come.
    pub(super) fn visitors_percent(&self, department: &str) -> Option<u32> {
        self.visitors_percent.get(department).copied()
    }
}
