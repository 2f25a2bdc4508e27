//! Agents and their loads, made of rows of `livechat/queue` and `livechat/users/agent`.
//!
//! A row of `livechat/queue` does not say if its agent accepts chats. A comparison of two answers says it: one answer
//! with the agents who are offline or do not accept chats, one without them. An agent in both answers accepts chats,
//! unless the agent's status is offline.

use std::collections::BTreeSet;
use std::sync::Arc;

use strum::{AsRefStr, EnumString, VariantArray};

use super::labels::names::SeenNames;
use crate::rocketchat::agents::AgentRow;
use crate::rocketchat::livechat_queue::LoadRow;

/// The value of the label `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// The status `away`.
    Away,
    /// The status `busy`.
    Busy,
    /// The status `offline`, an unknown status, or no status in the row.
    Offline,
    /// The status `online`.
    Online,
}

impl Status {
    fn of(text: Option<&str>) -> Self {
        text.and_then(|text| text.parse().ok()).unwrap_or(Self::Offline)
    }
}

/// An agent with the current status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The user's id.
    pub id: Arc<str>,
    /// Presence.
    pub status: Status,
    /// True if the server may route new chats to this agent: the agent accepts chats (`statusLivechat` is `available`)
    /// and is not offline.
    pub accepting: bool,
    /// The agent's own limit of chats at once, at least 1; `None` if the agent has none, and in loads.
    pub chat_limit: Option<u64>,
}

impl Agent {
    /// The agent that a row of the directory describes.
    pub fn of(row: &AgentRow, seen_names: &mut SeenNames) -> Self {
        let status = Status::of(row.status.as_deref());
        Self {
            id: seen_names.agents.note(&row.id, row.username.as_deref()),
            status,
            accepting: status != Status::Offline
                && row.status_livechat.as_deref() == Some("available"),
            chat_limit: row.chat_limit.filter(|limit| *limit > 0),
        }
    }
}

/// The chats that one agent holds in one department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The agent.
    pub agent: Agent,
    /// The department's id; `None` for chats without a department.
    pub department: Option<Arc<str>>,
    /// Number of chats the agent holds, chats on hold included.
    pub chats: u64,
}

/// The loads that the two answers of `livechat/queue` describe: `accepting` is the default listing, `all` is the
/// listing with offline agents too. A row without an agent gives no load: its user was deleted.
pub fn loads(accepting: &[LoadRow], all: &[LoadRow], seen_names: &mut SeenNames) -> Vec<Load> {
    let accepts: BTreeSet<&str> = accepting.iter().filter_map(agent_id).collect();
    let mut seen = BTreeSet::new();
    let mut is_first = |load: &Load| {
        // Servers before 7.0 show a deleted department as no department: these rows look equal, and all of them count.
        let department = load.department.clone();
        department.is_none_or(|department| seen.insert((Arc::clone(&load.agent.id), department)))
    };
    let loads = all.iter().filter_map(|row| load(row, &accepts, seen_names));
    loads.filter(|load| is_first(load)).collect()
}

fn agent_id(row: &LoadRow) -> Option<&str> {
    row.user.as_ref()?.id.as_deref()
}

fn load(row: &LoadRow, accepts: &BTreeSet<&str>, seen_names: &mut SeenNames) -> Option<Load> {
    let user = row.user.as_ref()?;
    let id = user.id.as_deref()?;
    let department = row.department.as_ref();
    let status = Status::of(user.status.as_deref());
    Some(Load {
        agent: Agent {
            id: seen_names.agents.note(id, user.username.as_deref()),
            status,
            accepting: status != Status::Offline && accepts.contains(id),
            chat_limit: None,
        },
        department: department.and_then(|department| {
            let id = department.id.as_deref()?;
            Some(seen_names.departments.note(id, department.name.as_deref()))
        }),
        chats: row.chats?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> Vec<LoadRow> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_agent_accepts_who_is_in_both_answers_and_not_offline() {
        let both = r#"{"chats":2,"user":{"_id":"a","username":"ann","status":"online"},"department":{"_id":"d","name":"Sales"}}"#;
        let hidden = r#"{"chats":1,"user":{"_id":"b","status":"away"},"department":{}}"#;
        let offline = r#"{"chats":3,"user":{"_id":"c","status":"offline"},"department":{"_id":null,"name":null}}"#;
        let all =
            rows(&format!("[{both},{hidden},{offline},{{\"chats\":1,\"user\":{{}}}},{both}]"));
        let loads = loads(&rows(&format!("[{both}]")), &all, &mut SeenNames::default());
        let again =
            super::loads(&[], &rows(&format!("[{offline},{offline}]")), &mut SeenNames::default());
        assert_eq!(again.len(), 2, "two deleted departments");
        let read: Vec<_> = loads
            .iter()
            .map(|l| (&*l.agent.id, l.agent.accepting, l.department.as_deref(), l.chats))
            .collect();
        assert_eq!(read, [("a", true, Some("d"), 2), ("b", false, None, 1), ("c", false, None, 3)]);
    }
}
