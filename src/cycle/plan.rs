//! The plan of polling, and the part of the filter that a server accepts.
//!
//! The module sends no request. The filter of a list depends only on the plan, the departments and the capabilities of
//! the server, and not on the cycle.

use std::sync::Arc;
use std::time::Duration;

use crate::omnichannel::list::List;
use crate::omnichannel::observation_rules::ObservationRules;
use crate::rocketchat::capabilities::{Capabilities, OnHoldForm, Support};
use crate::rocketchat::livechat_queue::LoadFilter;
use crate::rocketchat::livechat_rooms::{RoomFilter, RoomRow, RoomSelection};
use crate::rocketchat::query::MOST_LIST_VALUES;
use crate::rocketchat::voip_rooms::CallFilter;

/// Plan of polling a workspace.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workspace's name, for log lines.
    pub workspace: Arc<str>,
    /// Wanted interval of each list.
    pub interval: Duration,
    /// Highest number of pages in one scan.
    pub max_pages: u32,
    /// True if the token belongs to an agent: only the chats of this user are read.
    pub own_chats_only: bool,
    /// True if the configuration refers to the server's business hours.
    pub server_hours: bool,
    /// True if the visitors' widget of each department is asked for.
    pub widget: bool,
    /// Ids or names of the wanted departments; empty for all.
    pub departments: Vec<String>,
    /// The server's filter of rooms; its departments are added in each cycle.
    pub rooms: RoomFilter,
    /// The server's filter of loads.
    pub loads: LoadFilter,
    /// The server's filter of calls.
    pub calls: CallFilter,
    /// Rules for reading rows of chats: the bots and the counted tags.
    pub observation_rules: ObservationRules,
}

impl Plan {
    /// The part of the filter that is sent. Several departments are sent only if the server accepts them; each row is
    /// checked against them anyway. A filter by agents is not sent for the queue, because a waiting chat has no agent.
    pub(crate) fn filter(
        &self,
        selection: RoomSelection,
        departments: &[String],
        capabilities: Capabilities,
    ) -> RoomFilter {
        let mut filter = self.rooms.clone();
        if filters_whole(departments, capabilities) {
            filter.departments = departments.to_vec();
        }
        if matches!(selection, RoomSelection::Queued { .. }) {
            filter.agents.clear();
        }
        filter
    }

    /// True if a server of these capabilities offers this list of rooms to this token.
    pub(crate) fn is_offered(&self, list: List, capabilities: Capabilities) -> bool {
        match list {
            // The filter by our own id excludes every chat without an agent.
            List::Queued => capabilities.queued_filter() != Support::No && !self.own_chats_only,
            List::OnHold => capabilities.onhold() != OnHoldForm::Unknown,
            _ => true,
        }
    }

    /// True if the row passes the filter by agents and by `departments`, which are ids. Not every version of the server
    /// applies the whole filter itself.
    pub(crate) fn admits(&self, row: &RoomRow, departments: &[String]) -> bool {
        wants(departments, row.department_id.as_deref()) && self.wants_agent(row.agent_id())
    }

    /// True if this agent passes the filter by agents. A waiting chat has no agent yet and passes it.
    pub(crate) fn wants_agent(&self, id: Option<&str>) -> bool {
        id.is_none() || wants(&self.rooms.agents, id)
    }
}

/// True if the filter contains the id, or is empty and so admits everything.
pub(crate) fn wants(filter: &[String], id: Option<&str>) -> bool {
    filter.is_empty() || id.is_some_and(|id| filter.iter().any(|wanted| wanted == id))
}

/// True if the server filters rooms by all of these departments.
pub(crate) fn filters_whole(departments: &[String], capabilities: Capabilities) -> bool {
    departments.len() < 2
        || (capabilities.department_list() && departments.len() <= MOST_LIST_VALUES)
}
