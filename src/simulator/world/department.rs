//! A department as the server stores it.

use std::collections::BTreeSet;

/// A department of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// `_id`.
    pub id: String,
    /// `name`; not unique on the server.
    pub name: String,
    /// True if the department takes new chats.
    pub enabled: bool,
    /// True if lists omit the department unless the request has `showArchived`.
    pub archived: bool,
    /// `maxNumberSimultaneousChat`: limit of chats of each agent in the department (Enterprise).
    pub chat_limit: Option<usize>,
    /// Ids of the department's agents.
    pub members: BTreeSet<String>,
}
