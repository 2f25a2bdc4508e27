//! Which chats a request to `livechat/rooms` selects, per server generation.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Answer, Request};
use crate::simulator::world::Room;

/// An instant range, both ends inclusive and optional.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Interval {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Interval {
    /// Reads `{"start":…,"end":…}`; an absent or empty parameter is no interval.
    pub(super) fn read(request: &Request<'_>, name: &str) -> Result<Option<Self>, Answer> {
        let Some(text) = request.query.text(name) else {
            return Ok(None);
        };
        let invalid = || Answer::failure(&format!("the parameter {name} holds no valid interval"));
        let ends: Map<String, Value> = serde_json::from_str(text).map_err(|_| invalid())?;
        let end = |key: &str| match ends.get(key).and_then(Value::as_str) {
            Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| invalid()),
            None => Ok(None),
        };
        Ok(Some(Self { start: end("start")?, end: end("end")? }))
    }

    pub(super) fn contains(&self, at: Timestamp) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at <= end)
    }
}

/// The state part of the filter, after the server has read its three flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StateFilter {
    /// No flag: the whole history.
    Any,
    /// `open` before 6.11: waiting chats are included.
    Open,
    Served,
    Closed,
    Queued,
}

/// Everything a request can ask of a chat.
#[derive(Debug)]
pub(super) struct RoomFilter<'a> {
    state: StateFilter,
    on_hold: bool,
    agents: Option<Vec<&'a str>>,
    agents_by_username: bool,
    departments: Option<Vec<&'a str>>,
    tags: Option<Vec<&'a str>>,
    has_units: bool,
    created: Option<Interval>,
    closed: Option<Interval>,
    custom_fields: Map<String, Value>,
    room_name: Option<&'a str>,
}

impl<'a> RoomFilter<'a> {
    pub(super) fn read(request: &'a Request<'_>) -> Result<Self, Answer> {
        let (query, version) = (&request.query, request.version);
        let departments = query.list("departmentId").filter(|it| it != &["undefined"]);
        Ok(Self {
            state: state_filter(request),
            on_hold: version.knows_onhold() && query.flag("onhold"),
            agents: query.list("agents").filter(|it| !it.is_empty()),
            agents_by_username: version.finds_agents_by_username(),
            departments: departments.filter(|it| it != &[""]),
            tags: query.list("tags"),
            has_units: version.accepts_department_lists() && query.list("units").is_some(),
            created: Interval::read(request, "createdAt")?,
            closed: Interval::read(request, "closedAt")?,
            custom_fields: custom_fields(request)?,
            room_name: query.text("roomName"),
        })
    }

    pub(super) fn admits(&self, room: &Room) -> bool {
        self.admits_state(room)
            && self.admits_people(room)
            && self.admits_time(room)
            && self.admits_content(room)
    }

    fn admits_state(&self, room: &Room) -> bool {
        let served = room.served_by.is_some();
        let hold_matches = self.on_hold == room.on_hold;
        match self.state {
            StateFilter::Any => !self.on_hold || room.on_hold,
            StateFilter::Open => room.open && hold_matches,
            StateFilter::Served => room.open && hold_matches && served,
            StateFilter::Closed => !room.open && hold_matches,
            StateFilter::Queued => room.open && hold_matches && !served,
        }
    }

    fn admits_people(&self, room: &Room) -> bool {
        let agents = self.agents.as_deref().is_none_or(|wanted| {
            room.served_by.as_ref().map(|serving| &serving.agent).is_some_and(|agent| {
                wanted.contains(&agent.id.as_str())
                    || (self.agents_by_username && wanted.contains(&agent.username.as_str()))
            })
        });
        let department = room.department_id.as_deref();
        let departments = self.departments.as_deref();
        agents
            && !self.has_units
            && departments.is_none_or(|wanted| department.is_some_and(|it| wanted.contains(&it)))
    }

    fn admits_time(&self, room: &Room) -> bool {
        let closed = |interval: Interval| room.closed_at.is_some_and(|at| interval.contains(at));
        self.created.is_none_or(|interval| interval.contains(room.ts))
            && self.closed.is_none_or(closed)
    }

    fn admits_content(&self, room: &Room) -> bool {
        let tagged = |wanted: &[&str]| room.tags.iter().any(|tag| wanted.contains(&tag.as_str()));
        self.tags.as_deref().is_none_or(tagged)
            && self.room_name.is_none_or(|name| name_matches(&room.visitor.name, name))
            && self.custom_fields.iter().all(|(key, value)| custom_field_matches(room, key, value))
    }
}

fn state_filter(request: &Request<'_>) -> StateFilter {
    let inverted = request.policy.open_inverted;
    if request.version.knows_queued() && request.query.flag("queued") {
        return StateFilter::Queued;
    }
    let open = if request.version.knows_queued() { StateFilter::Served } else { StateFilter::Open };
    match request.query.text("open") {
        Some("true") if inverted => StateFilter::Closed,
        Some("false") if inverted => open,
        Some("true") => open,
        Some("false") => StateFilter::Closed,
        _ => StateFilter::Any,
    }
}

fn custom_fields(request: &Request<'_>) -> Result<Map<String, Value>, Answer> {
    let Some(text) = request.query.text("customFields") else {
        return Ok(Map::new());
    };
    serde_json::from_str(text)
        .map_err(|_| Answer::failure("the parameter customFields holds no JSON object"))
}

/// The server takes the text as a regular expression; here it is a part of the name, and the whole
/// name where it is quoted.
pub(super) fn name_matches(name: &str, wanted: &str) -> bool {
    let quoted = wanted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted
        .map_or_else(|| name.to_lowercase().contains(&wanted.to_lowercase()), |exact| name == exact)
}

/// The one custom field of this workspace is the visitor's address.
fn custom_field_matches(room: &Room, key: &str, value: &Value) -> bool {
    key == "email" && value.as_str().is_some_and(|part| room.visitor.email.contains(part))
}
