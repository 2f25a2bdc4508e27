//! The names behind the ids: departments, their members, and all agents.

use serde_json::{Value, json};

use super::{
    Answer, Request,
    paging::{Page, SortKey},
    route::department_id,
};
use crate::simulator::world::{Agent, Department, World};

/// `livechat/department`; archived ones only on request.
pub(super) fn departments(request: &Request<'_>, world: &World) -> Result<Answer, Answer> {
    let page = Page::read(request, ("name", true))?;
    let query = &request.query;
    let archived_too = query.text("showArchived") == Some("true");
    let wanted = |it: &&Department| {
        (archived_too || !it.archived)
            && query.text("enabled").is_none_or(|enabled| (enabled == "true") == it.enabled)
            && query.text("excludeDepartmentId").is_none_or(|id| id != it.id)
            && query.text("text").is_none_or(|part| contains(&it.name, part))
    };
    let rows: Vec<&Department> = world.departments.values().filter(wanted).collect();
    let key = |it: &&Department, path: &str| match path {
        "_id" => SortKey::text(Some(&it.id)),
        "name" => SortKey::text(Some(&it.name)),
        _ => SortKey::Missing,
    };
    Ok(page.answer("departments", rows, key, |it| render_department(it)))
}

/// `livechat/department/:id`: null for an unknown id, and never an error.
pub(super) fn department(request: &Request<'_>, world: &World) -> Answer {
    let department = department_id(request.path).and_then(|id| world.departments.get(id));
    let agents: Vec<Value> = department.map(|it| members(it, world)).unwrap_or_default();
    let body = json!({
        "department": department.map(render_department),
        "agents": agents,
        "success": true,
    });
    Answer::json(200, body)
}

fn members(department: &Department, world: &World) -> Vec<Value> {
    let agents = department.members.iter().filter_map(|id| world.agents.get(id));
    let row = |agent: &Agent| {
        json!({
            "_id": format!("{}-{}", department.id, agent.id),
            "agentId": agent.id,
            "username": agent.username,
            "departmentId": department.id,
            "departmentEnabled": department.enabled,
            "count": 0,
            "order": 0,
        })
    };
    agents.map(row).collect()
}

fn render_department(department: &Department) -> Value {
    let mut body = json!({
        "_id": department.id,
        "name": department.name,
        "enabled": department.enabled,
        "numAgents": department.members.len(),
        "description": "",
        "showOnRegistration": true,
        "showOnOfflineForm": true,
        "email": "department@example.org",
    });
    if let Some(body) = body.as_object_mut().filter(|_| department.archived) {
        body.insert("archived".to_owned(), Value::Bool(true));
    }
    body
}

/// `livechat/users/agent`: every agent, idle ones included.
pub(super) fn agents(request: &Request<'_>, world: &World) -> Result<Answer, Answer> {
    let page = Page::read(request, ("name", true))?;
    let query = &request.query;
    let only_available = query.text("onlyAvailable") == Some("true");
    let wanted = |it: &&Agent| {
        (!only_available || it.takes_chats())
            && query.text("excludeId").is_none_or(|id| id != it.id)
            && query.text("text").is_none_or(|part| contains(&it.username, part))
    };
    let rows: Vec<&Agent> = world.agents.values().filter(wanted).collect();
    let key = |it: &&Agent, path: &str| match path {
        "_id" => SortKey::text(Some(&it.id)),
        "name" => SortKey::text(Some(&it.name)),
        "username" => SortKey::text(Some(&it.username)),
        "status" => SortKey::text(Some(it.status.as_str())),
        _ => SortKey::Missing,
    };
    Ok(page.answer("users", rows, key, |it| render_agent(it)))
}

fn render_agent(agent: &Agent) -> Value {
    json!({
        "_id": agent.id,
        "username": agent.username,
        "name": agent.name,
        "status": agent.status.as_str(),
        "statusLivechat": if agent.accepting { "available" } else { "not-available" },
        "emails": [{ "address": format!("{}@example.org", agent.username), "verified": true }],
        "livechat": { "maxNumberSimultaneousChat": agent.chat_limit },
    })
}

fn contains(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}
