//! `GET /api/v1/livechat/users/agent`: every agent, idle agents included.
//!
//! The answer contains e-mail addresses. No field stores them.

use serde::{Deserialize, Deserializer};

use super::page::Row;
pub use super::query::page_by_id as query;
use super::wire;

/// An agent as the API sends it.
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
    /// `departments`: ids, disabled and archived departments included; `None` if the row has no such list, as before
    /// 6.4.
    #[serde(default, deserialize_with = "wire::list_of_texts")]
    pub departments: Option<Vec<Box<str>>>,
    /// `livechat.maxNumberSimultaneousChat`: the agent's own limit of chats at once (Enterprise). The server sends a
    /// number, a number as text, `""` or null.
    #[serde(rename = "livechat", default, deserialize_with = "own_chat_limit")]
    pub chat_limit: Option<u64>,
}

/// `livechat` of an agent.
#[derive(Deserialize)]
struct LivechatSettings {
    #[serde(rename = "maxNumberSimultaneousChat", default, deserialize_with = "wire::scalar")]
    chat_limit: Option<u64>,
}

fn own_chat_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let settings: Option<LivechatSettings> = wire::object(deserializer)?;
    Ok(settings.and_then(|settings| settings.chat_limit))
}

/// True if the rows contain the departments of the agents. Without any agent, no department has a member.
pub(crate) fn contain_departments(rows: &[AgentRow]) -> bool {
    rows.is_empty() || rows.iter().any(|row| row.departments.is_some())
}

impl Row for AgentRow {
    const LIST_KEY: &'static str = "users";
    const SECOND_LIST_KEY: &'static str = "user";

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    #[test]
    fn a_limit_may_be_a_number_or_text_and_what_is_neither_is_none() {
        let of = |livechat: &str| {
            let json = format!(r#"{{"_id":"a","livechat":{livechat}}}"#);
            serde_json::from_str::<AgentRow>(&json).unwrap().chat_limit
        };
        for (livechat, limit) in [
            (r#"{"maxNumberSimultaneousChat":3}"#, Some(3)),
            (r#"{"maxNumberSimultaneousChat":"3","x":1}"#, Some(3)),
            (r#"{"maxNumberSimultaneousChat":""}"#, None),
            (r#"{"maxNumberSimultaneousChat":null}"#, None),
            (r#"{"maxNumberSimultaneousChat":-1}"#, None),
            ("{}", None),
            ("null", None),
            ("3", None),
        ] {
            assert_eq!(of(livechat), limit, "{livechat}");
        }
    }

    #[test]
    fn an_agent_of_no_department_differs_from_one_whose_departments_are_not_told() {
        let body =
            br#"{"users":[{"_id":"a","departments":["d",null,"e"]},{"_id":"b","departments":[]},
            {"_id":"c"},{"_id":"d","departments":null}],"total":4}"#;
        let page = page::decode::<AgentRow>(body).unwrap();
        let told: Vec<_> = page.rows.into_iter().map(|row| row.departments).collect();
        let of = |ids: &[&str]| Some(ids.iter().map(|id| (*id).into()).collect());
        assert_eq!(told, [of(&["d", "e"]), of(&[]), None, None]);
    }
}
