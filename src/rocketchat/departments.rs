//! `GET /api/v1/livechat/department` and `…/department/:id`: names and members of departments.

use serde::Deserialize;

use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::wire;

/// The query for a page of departments; archived departments only if `with_archived` is set.
pub fn query(page: PageRequest, with_archived: bool) -> Query {
    let archived = with_archived.then_some("true");
    let query = Query::default().with("sort", r#"{"_id":1}"#);
    query.with_some("showArchived", archived).with_page(page)
}

/// A department as the API sends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DepartmentRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `name`; not unique.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
    /// `maxNumberSimultaneousChat`: limit of chats at once of each agent in the department (Enterprise).
    #[serde(rename = "maxNumberSimultaneousChat", default, deserialize_with = "wire::scalar")]
    pub chat_limit: Option<u64>,
}

impl Row for DepartmentRow {
    const LIST_KEY: &'static str = "departments";
    const SECOND_LIST_KEY: &'static str = "department";

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// A member of a department, from `…/department/:id`, which includes the agents by default.
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
    const LIST_KEY: &'static str = "agents";
    const SIBLING_KEY: Option<&'static str> = Some("department");

    fn is_same(&self, other: &Self) -> bool {
        self.agent_id == other.agent_id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page::{self, PageError};

    #[test]
    fn members_that_are_kept_back_differ_from_none_and_from_another_document() {
        let of = |body: &[u8]| page::decode::<MemberRow>(body).map(|page| page.rows.len());
        assert_eq!(of(br#"{"department":{"_id":"d"},"agents":[{"agentId":"a"}]}"#), Ok(1));
        assert_eq!(of(br#"{"department":null,"agents":[],"success":true}"#), Ok(0));
        for without in [r#"{"department":{"_id":"d"},"success":true}"#, r#"{"department":null}"#] {
            assert_eq!(of(without.as_bytes()), Err(PageError::Withheld("agents")), "{without}");
        }
        assert!(matches!(of(br#"{"success":true}"#), Err(PageError::NotAPage(_))));
    }
}
