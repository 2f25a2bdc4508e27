//! `livechat/queue`: despite its name, the number of open, served chats of each agent per department.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    answer::ApiAnswer,
    paging::{RequestedPage, SortKey},
    request::EndpointRequest,
};
use crate::simulator::world::{Agent, Department, Room, Status, World};

/// Chats of one agent in one department. The department may be missing or deleted. All deleted agents share one entry
/// per department.
struct Load<'a> {
    chats: u64,
    department_id: Option<&'a str>,
    agent: Option<&'a Agent>,
    department: Option<&'a Department>,
}

pub(super) fn list(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("chats", false))?;
    let everyone = request.query.text("includeOfflineAgents") == Some("true");
    let version = request.version;
    let mut loads = loads(request, world);
    loads.retain(|load| match load.agent {
        Some(agent) => {
            everyone || (agent.accepting && request.presence_of(agent) != Status::Offline)
        }
        None => everyone && !version.omits_missing_queue_keys(),
    });
    Ok(page.answer("queue", loads, Load::sort_key, |load| load.render(request)))
}

/// Counts open chats with an agent. Chats on hold count; waiting chats do not count.
fn loads<'a>(request: &EndpointRequest<'_>, world: &'a World) -> Vec<Load<'a>> {
    let agent_id = request.query.text("agentId");
    let department_id = request.query.text("departmentId").filter(|id| *id != "undefined");
    let mut counts: BTreeMap<(Option<&str>, Option<&str>), u64> = BTreeMap::new();
    for (room, agent) in world.shown_open_rooms().filter_map(served) {
        let agent = world.agents.get(agent).map(|agent| agent.id.as_str());
        let department = room.department_id.as_deref();
        let wanted = agent_id.is_none_or(|id| agent == Some(id))
            && department_id.is_none_or(|id| department == Some(id));
        if wanted {
            *counts.entry((agent, department)).or_default() += 1;
        }
    }
    let load = |((agent, department_id), chats): ((Option<&str>, Option<&'a str>), u64)| Load {
        chats,
        department_id,
        agent: agent.and_then(|id| world.agents.get(id)),
        department: department_id.and_then(|id| world.departments.get(id)),
    };
    counts.into_iter().map(load).collect()
}

fn served(room: &Room) -> Option<(&Room, &str)> {
    let serving = room.served_by.as_ref()?;
    Some((room, serving.agent.id.as_str()))
}

impl Load<'_> {
    fn sort_key(&self, path: &str) -> SortKey {
        match path {
            "chats" => SortKey::number(self.chats),
            "user._id" => SortKey::text(self.agent.map(|agent| &agent.id)),
            "user.username" => SortKey::text(self.agent.map(|agent| &agent.username)),
            "user.status" => SortKey::text(self.agent.map(|agent| agent.status.as_str())),
            "department._id" => SortKey::text(self.department_id),
            "department.name" => SortKey::text(self.department.map(|it| &it.name)),
            _ => SortKey::Missing,
        }
    }

    fn render(&self, request: &EndpointRequest<'_>) -> Value {
        let user = self.agent.map_or_else(
            || json!({}),
            |agent| {
                json!({
                    "_id": agent.id,
                    "username": agent.username,
                    "status": request.presence_of(agent).as_str(),
                })
            },
        );
        let department = if request.version.omits_missing_queue_keys() {
            self.present_keys()
        } else {
            json!({ "_id": self.department_id, "name": self.department.map(|it| &it.name) })
        };
        json!({ "chats": self.chats, "user": user, "department": department })
    }

    fn present_keys(&self) -> Value {
        let mut keys = Map::new();
        keys.extend(self.department_id.map(|id| ("_id".to_owned(), id.into())));
        keys.extend(self.department.map(|it| ("name".to_owned(), it.name.as_str().into())));
        Value::Object(keys)
    }
}
