//! A chat as JSON: the raw document with a realistic size.
//!
//! Keys that a room does not have are absent, never null. Rooms of old servers have fewer keys.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::iso;
use crate::simulator::world::{
    LastMessage, Metrics, Person, ResponseBy, Room, Serving, Visitor, World,
};

/// Value of `estimatedWaitingTimeQueue` for "no service level", minutes.
const NO_ESTIMATE: u32 = 9_999_999;
/// Value of `priorityWeight` for "not specified".
const NO_PRIORITY: u32 = 99;

/// Inserts the value if there is one.
fn put(body: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    body.extend(value.map(|value| (key.to_owned(), value.into())));
}

pub(super) fn person(person: &Person) -> Value {
    json!({ "_id": person.id, "username": person.username })
}

pub(super) fn serving(serving: &Serving) -> Value {
    let agent = &serving.agent;
    json!({ "_id": agent.id, "username": agent.username, "ts": iso(serving.ts) })
}

/// The whole room, with the name of its department if the department still exists.
pub(super) fn render(room: &Room, world: &World) -> Value {
    let mut body = frame(room);
    put_state(&mut body, room);
    put_origin(&mut body, room, world);
    put(&mut body, "lastMessage", room.last_message.as_ref().map(|it| last_message(it, room)));
    put(&mut body, "metrics", metrics(&room.metrics));
    let department = room.department_id.as_ref().and_then(|id| world.departments.get(id));
    let joined = department.map(|it| json!({ "_id": it.id, "name": it.name }));
    put(&mut body, "department", joined);
    Value::Object(body)
}

fn frame(room: &Room) -> Map<String, Value> {
    let frame = json!({
        "_id": room.id,
        "t": "l",
        "fname": room.visitor.name,
        "name": room.visitor.name,
        "ts": iso(room.ts),
        "lm": iso(room.lm),
        "_updatedAt": iso(room.updated_at),
        "msgs": room.msgs,
        "usersCount": 1 + u8::from(room.served_by.is_some()),
        "cl": false,
        "ro": false,
        "default": false,
        "sysMes": true,
        "u": { "_id": "rocket.cat", "username": "rocket.cat", "name": "Rocket.Cat" },
        "v": visitor(&room.visitor),
        "livechatData": { "email": room.visitor.email, "phone": room.visitor.phone },
        "customFields": {},
    });
    match frame {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

fn visitor(visitor: &Visitor) -> Value {
    let mut body = Map::new();
    put(&mut body, "_id", Some(visitor.id.as_str()));
    put(&mut body, "username", Some(visitor.username.as_str()));
    put(&mut body, "name", Some(visitor.name.as_str()));
    put(&mut body, "token", Some(visitor.token.as_str()));
    put(&mut body, "phone", Some(visitor.phone.as_str()));
    put(&mut body, "status", Some(if visitor.online { "online" } else { "offline" }));
    put(&mut body, "lastMessageTs", visitor.last_message_at.map(iso));
    Value::Object(body)
}

fn put_state(body: &mut Map<String, Value>, room: &Room) {
    let present = |flag: bool| flag.then_some(true);
    put(body, "open", present(room.open));
    put(body, "onHold", present(room.on_hold));
    put(body, "waitingResponse", present(room.waiting_response));
    put(body, "servedBy", room.served_by.as_ref().map(serving));
    put(body, "responseBy", room.response_by.as_ref().map(response_by));
    put(body, "departmentId", room.department_id.as_deref());
    put(body, "closedAt", room.closed_at.map(iso));
    put(body, "closer", room.closer.map(crate::simulator::world::RoomCloser::as_str));
    put(body, "closedBy", room.closed_by.as_ref().map(person));
    put(body, "autoTransferredAt", room.auto_transferred_at.map(iso));
    put(body, "tags", Some(room.tags.clone()).filter(|tags| !tags.is_empty()));
}

fn response_by(response: &ResponseBy) -> Value {
    let mut body = person(&response.user);
    if let Some(body) = body.as_object_mut() {
        put(body, "firstResponseTs", response.first_at.map(iso));
        put(body, "lastMessageTs", response.last_at.map(iso));
    }
    body
}

fn put_origin(body: &mut Map<String, Value>, room: &Room, world: &World) {
    let version = world.version;
    let due = world.sla_of(room).map_or(NO_ESTIMATE, |policy| policy.due_minutes);
    put(body, "queuedAt", room.queued_at.map(iso));
    put(body, "priorityId", room.priority_id.as_deref());
    put(body, "slaId", room.sla_id.as_deref());
    let Some(source) = &room.source else { return };
    let mut origin = Map::new();
    put(&mut origin, "type", Some(source.channel.as_str()));
    put(&mut origin, "alias", source.alias.as_deref());
    put(body, "source", Some(origin));
    let weight = if room.priority_id.is_some() { 3 } else { NO_PRIORITY };
    put(body, "priorityWeight", Some(weight));
    put(body, "estimatedWaitingTimeQueue", Some(due));
    if version.verifies_visitors() {
        put(body, "verified", Some(false));
        put(body, "contactId", Some(format!("contact-{}", room.visitor.id)));
    }
}

fn last_message(message: &LastMessage, room: &Room) -> Value {
    let visitor = &room.visitor;
    let agent = room.served_by.as_ref().map(|serving| &serving.agent);
    let author = match agent.filter(|_| !message.from_visitor) {
        Some(agent) => person(agent),
        None => json!({
            "_id": visitor.id,
            "username": visitor.username,
            "name": visitor.name,
        }),
    };
    json!({
        "_id": message.id,
        "rid": room.id,
        "msg": message.text,
        "token": visitor.token,
        "alias": visitor.name,
        "ts": iso(message.ts),
        "u": author,
        "_updatedAt": iso(message.ts),
        "urls": [],
        "mentions": [],
        "channels": [],
        "md": [{
            "type": "PARAGRAPH",
            "value": [{ "type": "PLAIN_TEXT", "value": message.text }],
        }],
        "newRoom": room.msgs == 1,
        "showConnecting": room.served_by.is_none(),
    })
}

/// `metrics`; absent as a whole before the first message.
fn metrics(metrics: &Metrics) -> Option<Value> {
    let mut body = Map::new();
    let at = |key: &str, at: Timestamp| json!({ key: iso(at) });
    put(&mut body, "v", metrics.last_question.map(|it| at("lq", it)));
    put(&mut body, "servedBy", metrics.last_reply.map(|it| at("lr", it)));
    let response = metrics.response.map(|it| {
        json!({
            "fd": iso(it.first_at),
            "ft": it.first_seconds,
            "tt": it.total_seconds,
            "total": it.count,
            "avg": it.average_seconds,
        })
    });
    let reaction = metrics.reaction.map(
        |it| json!({ "fd": iso(it.first_at), "ft": it.first_seconds, "tt": it.total_seconds }),
    );
    put(&mut body, "response", response);
    put(&mut body, "reaction", reaction);
    put(&mut body, "chatDuration", metrics.chat_duration);
    put(&mut body, "serviceTimeDuration", metrics.service_time);
    put(&mut body, "visitorInactivity", metrics.visitor_inactivity);
    Some(Value::Object(body)).filter(|_| *metrics != Metrics::default())
}
