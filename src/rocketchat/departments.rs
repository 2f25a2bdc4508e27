//! `GET /api/v1/livechat/department` and `…/department/:id`: names and members of departments.

use serde::Deserialize;

use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::wire;

/// The query for a page of departments.
pub fn query(page: PageRequest) -> Query {
    Query::default().with("sort", r#"{"_id":1}"#).with_page(page)
}

/// A department as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DepartmentRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `name`; not unique.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
}

impl Row for DepartmentRow {
    const LIST: &'static str = "departments";
    const SINGLE: &'static str = "department";
}

/// A member of a department, from `…/department/:id`, which names its agents by default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemberRow {
    /// `agentId`: the user's `_id`.
    #[serde(rename = "agentId", deserialize_with = "wire::id")]
    pub agent_id: Box<str>,
    /// `username`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub username: Option<Box<str>>,
}

impl Row for MemberRow {
    const LIST: &'static str = "agents";
    const SINGLE: &'static str = "agents";
}
