//! The priority and the SLA policy of a chat, which few chats have.

use std::sync::Arc;

use crate::rocketchat::livechat_rooms::RoomRow;

/// The ids of the priority and of the SLA policy (Enterprise); at least one of them is set.
#[derive(Debug, PartialEq, Eq)]
struct Ids {
    priority: Option<Arc<str>>,
    sla: Option<Arc<str>>,
}

/// The urgency of a chat: none, or one shared pointer, which keeps each of many chats small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urgency(Option<Arc<Ids>>);

impl Urgency {
    /// The urgency of a row (`priorityId`, `slaId`).
    pub fn of(row: &RoomRow) -> Self {
        Self::new(row.priority_id.as_deref(), row.sla_id.as_deref())
    }

    /// The urgency of these ids.
    pub fn new(priority: Option<&str>, sla: Option<&str>) -> Self {
        let ids = Ids { priority: priority.map(Arc::from), sla: sla.map(Arc::from) };
        let is_set = ids.priority.is_some() || ids.sla.is_some();
        Self(is_set.then(|| Arc::new(ids)))
    }

    /// The priority's id.
    pub fn priority(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.priority.as_ref()
    }

    /// The policy's id.
    pub fn sla(&self) -> Option<&Arc<str>> {
        self.0.as_ref()?.sla.as_ref()
    }
}
