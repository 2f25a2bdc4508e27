//! `GET /api/v1/livechat/queue`: number of chats per agent and department.
//!
//! Despite its name it is not the waiting queue: it groups open rooms with an agent, on-hold rooms included. It is
//! requested twice: with and without agents who are offline or not accepting chats.

use serde::{Deserialize, Deserializer};

use super::evidence::Sign;
use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
use super::wire::{self, Reference};

/// The filter of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadFilter {
    /// Only this agent's id.
    pub agent_id: Option<String>,
    /// Only this department's id.
    pub department_id: Option<String>,
}

/// The query for a page of loads. The server's default order has no tie-break; this order has one.
pub fn query(include_offline_agents: bool, filter: &LoadFilter, page: PageRequest) -> Query {
    Query::default()
        .with_some("includeOfflineAgents", include_offline_agents.then_some("true"))
        .with_some("agentId", filter.agent_id.as_deref())
        .with_some("departmentId", filter.department_id.as_deref())
        .with("sort", r#"{"user._id":1,"department._id":1}"#)
        .with_page(page)
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Listed")]
pub struct LoadRow {
    /// Number of open chats of this agent in this department.
    pub chats: Option<u64>,
    /// The agent; `{}` on old servers if the user was deleted.
    pub user: Option<UserRow>,
    /// The department; `{}` or null ids if the chats have none.
    pub department: Option<Reference>,
    /// The sign of the release in the keys of the department.
    pub sign: Option<Sign>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default, deserialize_with = "wire::scalar")]
    chats: Option<u64>,
    #[serde(default, deserialize_with = "wire::object")]
    user: Option<UserRow>,
    #[serde(default, deserialize_with = "wire::object")]
    department: Option<Joined>,
}

/// `department` of a load row.
#[derive(Deserialize)]
struct Joined {
    #[serde(rename = "_id", default, deserialize_with = "key")]
    id: FieldText,
    #[serde(default, deserialize_with = "key")]
    name: FieldText,
}

/// The text of a field; a field that is null differs from a field that is missing.
#[derive(Default)]
enum FieldText {
    #[default]
    Missing,
    Null,
    Text(Box<str>),
}

fn key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FieldText, D::Error> {
    Ok(wire::scalar(deserializer)?.map_or(FieldText::Null, FieldText::Text))
}

impl FieldText {
    fn text(self) -> Option<Box<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Missing | Self::Null => None,
        }
    }
}

impl Joined {
    fn sign(&self) -> Option<Sign> {
        match (&self.id, &self.name) {
            (FieldText::Null, _) | (_, FieldText::Null) => Some(Sign::NullKeys),
            (FieldText::Missing, _) | (_, FieldText::Missing) => Some(Sign::MissingKeys),
            (FieldText::Text(_), FieldText::Text(_)) => None,
        }
    }
}

impl From<Listed> for LoadRow {
    fn from(listed: Listed) -> Self {
        let Listed { chats, user, department } = listed;
        let sign = department.as_ref().and_then(Joined::sign);
        let reference = |Joined { id, name }| Reference { id: id.text(), name: name.text() };
        Self { chats, user, department: department.map(reference), sign }
    }
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

impl LoadRow {
    /// The ids of the agent and the department.
    fn pair(&self) -> (Option<&str>, Option<&str>) {
        let user = self.user.as_ref().and_then(|user| user.id.as_deref());
        (user, self.department.as_ref().and_then(|department| department.id.as_deref()))
    }
}

impl Row for LoadRow {
    const LIST_KEY: &'static str = "queue";

    fn is_same(&self, other: &Self) -> bool {
        self.pair() == other.pair()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_that_is_not_there_tells_the_release() {
        let row = |department: &str| {
            serde_json::from_str::<LoadRow>(&format!("{{\"department\":{department}}}")).unwrap()
        };
        let expected = [
            (r#"{"_id":null,"name":null}"#, Some(Sign::NullKeys)),
            (r#"{"_id":"gone","name":null}"#, Some(Sign::NullKeys)),
            ("{}", Some(Sign::MissingKeys)),
            (r#"{"_id":"gone"}"#, Some(Sign::MissingKeys)),
            (r#"{"_id":"d","name":"Sales"}"#, None),
            ("null", None),
        ];
        for (department, sign) in expected {
            assert_eq!(row(department).sign, sign, "{department}");
        }
        let gone = row(r#"{"_id":"gone","name":null}"#).department.unwrap();
        assert_eq!((gone.id.as_deref(), gone.name), (Some("gone"), None));
    }
}
