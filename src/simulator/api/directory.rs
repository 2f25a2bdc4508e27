//! The endpoints that list names: departments, their members, and all agents.

use serde_json::{Value, json};

use super::{
    access,
    answer::ApiAnswer,
    paging::{RequestedPage, SortKey},
    permission::Permission,
    request::EndpointRequest,
    route::department_id,
};
use crate::simulator::world::{Agent, Department, WORKSPACE_CHAT_LIMIT, World};

/// `livechat/department`; includes archived departments only on request.
pub(super) fn departments(
    request: &EndpointRequest<'_>,
    world: &World,
) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("name", true))?;
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
    Ok(page.answer("departments", rows, key, |it| render_department(it, request)))
}

/// `livechat/department/:id`. An unknown id gives null, never an error. `agents` requires
/// `view-livechat-departments`.
pub(super) fn department(request: &EndpointRequest<'_>, world: &World) -> ApiAnswer {
    let department = department_id(request.path).and_then(|id| world.departments.get(id));
    let mut body = json!({ "department": department.map(|it| render_department(it, request)), "success": true });
    let wants_agents = request.query.text("includeAgents").is_none_or(|flag| flag == "true");
    let may = access::has(request, Permission::ViewLivechatDepartments);
    if let Some(body) = body.as_object_mut().filter(|_| may && wants_agents) {
        let agents: Vec<Value> = department.map(|it| members(it, world)).unwrap_or_default();
        body.insert("agents".to_owned(), Value::Array(agents));
    }
    ApiAnswer::json(200, body)
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

fn render_department(department: &Department, request: &EndpointRequest<'_>) -> Value {
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
    if let Some(body) = body.as_object_mut() {
        body.extend(department.archived.then(|| ("archived".to_owned(), Value::Bool(true))));
        let limit = department.chat_limit.map(|limit| stored_limit(limit, request));
        body.extend(limit.map(|limit| ("maxNumberSimultaneousChat".to_owned(), limit)));
    }
    body
}

/// `livechat/users/agent`: all agents, idle agents included.
pub(super) fn agents(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    access::check_agents(request)?;
    let page = RequestedPage::read(request, ("name", true))?;
    let query = &request.query;
    let tells_departments = request.version.tells_departments_of_agents();
    if tells_departments && query.text("count") == Some("0") {
        // The server joins agents with their departments in a pipeline, and the pipeline accepts no limit of 0 rows.
        return Err(ApiAnswer::failure("Each element of the 'pipeline' array must be an object"));
    }
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
    Ok(page.answer("users", rows, key, |it| {
        let mut body = render_agent(it, request);
        if let Some(body) = body.as_object_mut().filter(|_| tells_departments) {
            body.insert("departments".to_owned(), departments_of(it, world));
        }
        body
    }))
}

/// All departments of an agent, archived and disabled departments included.
fn departments_of(agent: &Agent, world: &World) -> Value {
    let of = world.departments.values().filter(|it| it.members.contains(&agent.id));
    of.map(|department| department.id.as_str()).collect()
}

/// The chat limit of a department as the form of the web client stored it: as text until spring 2025 (PR 35688).
fn stored_limit(limit: usize, request: &EndpointRequest<'_>) -> Value {
    if request.version.joins_chat_limits() { limit.into() } else { limit.to_string().into() }
}

/// The agent's own chat limit, or "" if the limit of the workspace applies.
fn own_limit(agent: &Agent) -> Value {
    if agent.chat_limit == WORKSPACE_CHAT_LIMIT { "".into() } else { agent.chat_limit.into() }
}

fn render_agent(agent: &Agent, request: &EndpointRequest<'_>) -> Value {
    json!({
        "_id": agent.id,
        "username": agent.username,
        "name": agent.name,
        "status": request.presence_of(agent).as_str(),
        "statusLivechat": if agent.accepting { "available" } else { "not-available" },
        "emails": [{ "address": format!("{}@example.org", agent.username), "verified": true }],
        "livechat": { "maxNumberSimultaneousChat": own_limit(agent) },
    })
}

fn contains(name: &str, part: &str) -> bool {
    name.to_lowercase().contains(&part.to_lowercase())
}
