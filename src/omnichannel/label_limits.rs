//! How many label values of a kind a workspace may have: names come from a server, where anybody may choose them.

/// The most label values of a kind; what is beyond is `other`.
#[derive(Debug, Clone, Copy)]
pub struct LabelLimits {
    /// Departments.
    pub departments: usize,
    /// Agents.
    pub agents: usize,
    /// Apps as sources, priorities and call queues, each.
    pub others: usize,
    /// Agents with a department: those seen, then members.
    pub pairs: usize,
    /// Departments with a source, and departments with a priority, each.
    pub combinations: usize,
}

impl Default for LabelLimits {
    fn default() -> Self {
        Self { departments: 200, agents: 2_000, others: 50, pairs: 4_000, combinations: 1_000 }
    }
}
