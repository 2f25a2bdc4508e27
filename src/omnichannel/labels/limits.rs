//! The limits of label values of one workspace.
//!
//! Names come from the server, where anybody may choose them: without a limit the number of series would be unbounded.

/// The largest number of label values of each kind; any further value is `other`.
#[derive(Debug, Clone, Copy)]
pub struct LabelLimits {
    /// Departments.
    pub departments: usize,
    /// Agents.
    pub agents: usize,
    /// Apps as sources, priorities and call queues, each.
    pub others: usize,
    /// Pairs of agent and department: first the pairs with chats, then the members.
    pub pairs: usize,
    /// Pairs of department and source, and pairs of department and priority, each.
    pub combinations: usize,
}

impl Default for LabelLimits {
    fn default() -> Self {
        Self { departments: 200, agents: 2_000, others: 50, pairs: 4_000, combinations: 1_000 }
    }
}
