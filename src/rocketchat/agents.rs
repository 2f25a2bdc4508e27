//! `GET /api/v1/livechat/users/agent`: every agent, idle ones included.
//!
//! The answer holds e-mail addresses; they have no field to land in.

use serde::Deserialize;

use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::wire;

/// The query for a page of agents.
pub fn query(page: PageRequest) -> Query {
    Query::default().with("sort", r#"{"_id":1}"#).with_page(page)
}

/// An agent as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AgentRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `username`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub username: Option<Box<str>>,
    /// `status`: online, away, busy, offline.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub status: Option<Box<str>>,
    /// `statusLivechat`: `available` while the agent accepts chats.
    #[serde(rename = "statusLivechat", default, deserialize_with = "wire::scalar")]
    pub status_livechat: Option<Box<str>>,
}

impl Row for AgentRow {
    const LIST: &'static str = "users";
    const SINGLE: &'static str = "user";
}
