//! `GET /api/v1/livechat/queue`: chats held per agent and department.
//!
//! Despite its name it is not the waiting queue: it groups open rooms that have an agent, on-hold ones
//! included. Asked twice, with and without agents who are offline or not accepting.

use serde::Deserialize;

use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::wire::{self, Reference};

/// What narrows the listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadFilter {
    /// Only this agent's id.
    pub agent_id: Option<String>,
    /// Only this department's id.
    pub department_id: Option<String>,
}

/// The query for a page of loads. The default order of the server has no tie-break; this one has.
pub fn query(include_offline_agents: bool, filter: &LoadFilter, page: PageRequest) -> Query {
    Query::default()
        .with_some("includeOfflineAgents", include_offline_agents.then_some("true"))
        .with_some("agentId", filter.agent_id.as_deref())
        .with_some("departmentId", filter.department_id.as_deref())
        .with("sort", r#"{"user._id":1,"department._id":1}"#)
        .with_page(page)
}

/// A row of the listing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadRow {
    /// Open chats this agent holds in this department.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub chats: Option<u64>,
    /// The agent; `{}` on old servers when its user was deleted.
    #[serde(default, deserialize_with = "wire::object")]
    pub user: Option<UserRow>,
    /// The department; `{}` or null ids where the chats have none.
    #[serde(default, deserialize_with = "wire::object")]
    pub department: Option<Reference>,
}

/// `user` of a load row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UserRow {
    /// `_id`.
    #[serde(rename = "_id", default, deserialize_with = "wire::scalar")]
    pub id: Option<Box<str>>,
    /// `username`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub username: Option<Box<str>>,
    /// `status`: online, away, busy, offline.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub status: Option<Box<str>>,
}

impl Row for LoadRow {
    const LIST: &'static str = "queue";
    const SINGLE: &'static str = "queue";
}
