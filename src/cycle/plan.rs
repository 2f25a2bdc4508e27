//! How a workspace is polled, and what of its filter a server takes.
//!
//! Built by `watch` from the settings; read by every route, and by the commands that ask by hand, so that they send
//! what the cycle would.

use std::sync::Arc;
use std::time::Duration;

use crate::omnichannel::list::List;
use crate::omnichannel::observation::ObservationRules;
use crate::rocketchat::capabilities::{Capabilities, OnHoldForm, Support};
use crate::rocketchat::livechat_queue::LoadFilter;
use crate::rocketchat::livechat_rooms::{RoomFilter, Select};
use crate::rocketchat::voip_rooms::CallFilter;

/// The longest list the server's query parser takes for one.
const LONGEST_LIST: usize = 20;

/// How a workspace is polled.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workspace's name, for log lines.
    pub workspace: Arc<str>,
    /// How often each list is wanted.
    pub interval: Duration,
    /// The most pages of one scan.
    pub max_pages: u32,
    /// Only chats of our own user: the token is an agent's.
    pub own_chats_only: bool,
    /// Ids or names of the departments wanted; empty: all.
    pub departments: Vec<String>,
    /// What the server filters rooms by; its departments are filled in each cycle.
    pub rooms: RoomFilter,
    /// What the server filters loads by.
    pub loads: LoadFilter,
    /// What the server filters calls by.
    pub calls: CallFilter,
    /// Who is looked out for in rows of chats.
    pub observation_rules: ObservationRules,
}

impl Plan {
    /// What of the filter is sent. Several departments only where the server takes them: each row is held against
    /// them anyway. A chat that waits has no agent: a filter by agents would leave none of them.
    pub(crate) fn filter(
        &self,
        select: Select,
        departments: &[String],
        capabilities: Capabilities,
    ) -> RoomFilter {
        let mut filter = self.rooms.clone();
        if filters_whole(departments, capabilities) {
            filter.departments = departments.to_vec();
        }
        if matches!(select, Select::Queued { .. }) {
            filter.agents.clear();
        }
        filter
    }

    /// Whether a server of these capabilities has this list of rooms, for this token.
    pub(crate) fn is_offered(&self, list: List, capabilities: Capabilities) -> bool {
        match list {
            // The filter by our own id leaves no chat that has no agent yet.
            List::Queued => capabilities.queued_filter() != Support::No && !self.own_chats_only,
            List::OnHold => capabilities.onhold() != OnHoldForm::Unknown,
            _ => true,
        }
    }
}

/// Whether the server sorts rooms out by these departments, all of them.
pub(crate) fn filters_whole(departments: &[String], capabilities: Capabilities) -> bool {
    departments.len() < 2 || (capabilities.department_list() && departments.len() <= LONGEST_LIST)
}
