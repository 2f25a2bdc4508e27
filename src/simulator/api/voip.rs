//! `voip/rooms` and `voip/room` of servers from 4.5 to 7.x.

use serde_json::{Value, json};

use super::{
    access,
    answer::{ApiAnswer, iso},
    paging::{RequestedPage, SortKey},
    request::EndpointRequest,
    room_body,
    room_conditions::name_matches,
};
use crate::simulator::world::{Call, Direction, RoomCloser, World};

/// Closed calls, or open calls with `open=true`: the server treats an absent `open` as false.
pub(super) fn list(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    access::check_rooms(request)?;
    let page = RequestedPage::read(request, ("ts", false))?;
    let calls = world.calls.values().filter(|call| matches(request, call));
    let calls: Vec<&Call> = if asks_by_time(request) { Vec::new() } else { calls.collect() };
    Ok(page.answer("rooms", calls, |call, path| sort_key(call, path), |call| render(call)))
}

/// True if the request filters by time. The server parses `createdAt` and `closedAt` into text instead of a range
/// (`JSON.parse(JSON.stringify(text))`). The database then compares dates with `{}`, which matches no call. Every
/// release with this route does this.
fn asks_by_time(request: &EndpointRequest<'_>) -> bool {
    let is_given = |name| request.query.text(name).is_some_and(|text| !text.is_empty());
    is_given("createdAt") || is_given("closedAt")
}

fn matches(request: &EndpointRequest<'_>, call: &Call) -> bool {
    let query = &request.query;
    let agent = &call.served_by.agent;
    let listed = |name: &str, values: &[&str]| {
        query.list(name).is_none_or(|wanted| wanted.iter().any(|it| values.contains(it)))
    };
    let tags: Vec<&str> = call.tags.iter().map(String::as_str).collect();
    call.open == (query.text("open") == Some("true"))
        && listed("agents", &[&agent.id, &agent.username])
        && listed("tags", &tags)
        && query.text("queue").is_none_or(|queue| queue == call.queue)
        && query.text("visitorId").is_none_or(|id| id == call.visitor.id)
        && query.text("direction").is_none_or(|it| it == call.direction.as_str())
        && query.text("roomName").is_none_or(|it| name_matches(&name(call), it))
}

fn sort_key(call: &Call, path: &str) -> SortKey {
    match path {
        "_id" => SortKey::text(Some(&call.id)),
        "ts" => SortKey::time(Some(call.ts)),
        "closedAt" => SortKey::time(call.closed_at),
        "queue" => SortKey::text(Some(&call.queue)),
        _ => SortKey::Missing,
    }
}

/// One call by `rid` and `token`. A request with `token` and `agentId` creates a missing call.
pub(super) fn one(
    request: &EndpointRequest<'_>,
    world: &mut World,
) -> Result<ApiAnswer, ApiAnswer> {
    let query = &request.query;
    let known = ["token", "agentId", "direction", "rid"];
    if query.iter().any(|(name, _)| !known.contains(&name)) {
        let reason = "must NOT have additional properties";
        return Err(ApiAnswer::invalid_query(request.version, reason));
    }
    match (query.text("rid"), query.text("token"), query.text("agentId")) {
        (Some(rid), Some(token), None) => find(world, rid, token),
        (None, Some(token), Some(agent)) => find_or_create(request, world, token, agent),
        _ => {
            let reason = "must match exactly one schema in oneOf";
            Err(ApiAnswer::invalid_query(request.version, reason))
        }
    }
}

fn find(world: &World, rid: &str, token: &str) -> Result<ApiAnswer, ApiAnswer> {
    let call = world.calls.get(rid).filter(|call| call.visitor.token == token);
    call.map(|call| found(call, false)).ok_or_else(|| ApiAnswer::failure("invalid-room"))
}

fn find_or_create(
    request: &EndpointRequest<'_>,
    world: &mut World,
    token: &str,
    agent: &str,
) -> Result<ApiAnswer, ApiAnswer> {
    let direction = match request.query.text("direction") {
        Some("outbound") => Direction::Outbound,
        _ => Direction::Inbound,
    };
    let (call, new) = world
        .find_or_create_call(token, agent, direction)
        .ok_or_else(|| ApiAnswer::failure("agent-not-found"))?;
    Ok(found(&call, new))
}

fn found(call: &Call, new: bool) -> ApiAnswer {
    ApiAnswer::json(200, json!({ "room": render(call), "newRoom": new, "success": true }))
}

fn name(call: &Call) -> String {
    let event = call.unique_id.as_deref().unwrap_or("undefined");
    format!("{}-{event}", call.visitor.username)
}

/// The JSON of a call. Some keys are empty texts where other rooms have objects; a missed waiting time is null.
fn render(call: &Call) -> Value {
    let visitor = &call.visitor;
    let mut body = json!({
        "_id": call.id,
        "t": "v",
        "name": name(call),
        "fname": visitor.name,
        "ts": iso(call.ts),
        "lm": iso(call.closed_at.unwrap_or(call.ts)),
        "msgs": 0,
        "usersCount": 1,
        "u": room_body::person(&call.served_by.agent),
        "uids": [],
        "v": {
            "_id": visitor.id,
            "token": visitor.token,
            "status": if visitor.online { "online" } else { "offline" },
            "phone": visitor.phone,
            "username": visitor.username,
            "name": visitor.name,
        },
        "servedBy": room_body::serving(&call.served_by),
        "waitingResponse": true,
        "source": { "type": "api" },
        "queuedAt": iso(call.ts),
        "callStarted": iso(call.started),
        "queue": call.queue,
        "direction": call.direction.as_str(),
        "responseBy": "",
        "livechatData": "",
        "priorityId": "",
        "autoTranslateLanguage": "",
    });
    for (key, value) in optional_keys(call) {
        if let (Some(body), Some(value)) = (body.as_object_mut(), value) {
            body.insert(key.to_owned(), value);
        }
    }
    body
}

fn optional_keys(call: &Call) -> [(&'static str, Option<Value>); 8] {
    [
        ("open", call.open.then(|| true.into())),
        ("callUniqueId", call.unique_id.as_deref().map(Into::into)),
        ("closedAt", call.closed_at.map(|at| iso(at).into())),
        ("closer", call.closer.map(|it: RoomCloser| it.as_str().into())),
        ("closedBy", call.closed_by.as_ref().map(room_body::person)),
        ("callDuration", call.duration_ms.map(Into::into)),
        ("callTotalHoldTime", call.hold_ms.map(Into::into)),
        ("callWaitingTime", call.closed_at.map(|_| json!(call.waiting_ms))),
    ]
}
