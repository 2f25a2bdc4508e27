//! The filter of `livechat/rooms`, per server version.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{answer::ApiAnswer, query, request::EndpointRequest};
use crate::simulator::{
    version::ServerVersion,
    world::{Room, World},
};

/// A range of instants. Both ends are inclusive and optional; a range without any end contains no instant.
#[derive(Debug, Clone, Copy, Default)]
struct Interval {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Interval {
    /// Reads `{"start":…,"end":…}`. An absent or empty parameter and JSON null give `None`.
    fn read(request: &EndpointRequest<'_>, name: &str) -> Result<Option<Self>, ApiAnswer> {
        let Some(text) = request.query.text(name) else {
            return Ok(None);
        };
        let ends: Value =
            serde_json::from_str(text).map_err(|error| ApiAnswer::failure(&error.to_string()))?;
        let end = |key: &str| match ends.get(key).and_then(Value::as_str) {
            Some("") | None => Ok(None),
            Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| invalid_date(name, key)),
        };
        let interval = Self { start: end("start")?, end: end("end")? };
        Ok(Some(interval).filter(|_| !ends.is_null()))
    }

    fn contains(&self, at: Timestamp) -> bool {
        (self.start.is_some() || self.end.is_some())
            && self.start.is_none_or(|start| at >= start)
            && self.end.is_none_or(|end| at <= end)
    }
}

fn invalid_date(name: &str, end: &str) -> ApiAnswer {
    ApiAnswer::failure(&format!("The \"{name}.{end}\" query parameter must be a valid date."))
}

/// The state part of the filter: the result of the flags `open`, `onhold` and `queued`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StateFilter {
    /// No flag: open and closed chats.
    Any,
    /// `open=true` before 6.11: waiting chats are included.
    Open,
    Served,
    Closed,
    Queued,
}

/// All conditions of a request.
#[derive(Debug)]
pub(super) struct RoomConditions<'a> {
    state: StateFilter,
    on_hold: bool,
    agents: Option<Vec<&'a str>>,
    departments: Option<Vec<&'a str>>,
    tags: Option<Vec<&'a str>>,
    has_units: bool,
    times: TimeRanges,
    custom_fields: Map<String, Value>,
    room_name: Option<&'a str>,
    version: ServerVersion,
}

impl<'a> RoomConditions<'a> {
    /// Reads the filter. The times are read earlier, because a request with a wrong time and without permission gets
    /// the error about the time.
    pub(super) fn read(
        request: &'a EndpointRequest<'_>,
        times: TimeRanges,
    ) -> Result<Self, ApiAnswer> {
        let version = request.version;
        let listed = |name| listed(request.query.value(name)?, version);
        Ok(Self {
            state: state_filter(request),
            on_hold: version.knows_onhold() && request.query.flag("onhold"),
            agents: listed("agents").filter(|it| !it.is_empty()),
            departments: listed("departmentId").filter(|_| !is_undefined(request)),
            tags: listed("tags"),
            has_units: version.filters_by_unit() && listed("units").is_some(),
            times,
            custom_fields: custom_fields(request)?,
            room_name: request.query.text("roomName"),
            version,
        })
    }

    /// The chats of the workspace that the filter admits, ordered by id.
    pub(super) fn of<'w>(&self, world: &'w World) -> Vec<&'w Room> {
        let admits = |room: &&Room| self.admits(room);
        match self.state {
            StateFilter::Any | StateFilter::Closed => world.shown_rooms().filter(admits).collect(),
            StateFilter::Open | StateFilter::Served | StateFilter::Queued => {
                world.shown_open_rooms().filter(admits).collect()
            }
        }
    }

    fn admits(&self, room: &Room) -> bool {
        self.admits_state(room)
            && self.admits_people(room)
            && self.admits_time(room)
            && self.admits_content(room)
    }

    /// `onhold` alone requires neither an open chat nor a chat with an agent.
    fn admits_state(&self, room: &Room) -> bool {
        let served = room.served_by.is_some();
        let hold_matches = self.on_hold == room.on_hold;
        match self.state {
            StateFilter::Any => !self.on_hold || room.on_hold,
            StateFilter::Open => room.open && hold_matches,
            StateFilter::Served => room.open && hold_matches && served,
            StateFilter::Closed => !room.open && hold_matches,
            StateFilter::Queued => room.open && !room.on_hold && !served,
        }
    }

    fn admits_people(&self, room: &Room) -> bool {
        let agents = self.agents.as_deref().is_none_or(|wanted| {
            room.served_by.as_ref().map(|serving| &serving.agent).is_some_and(|agent| {
                wanted.contains(&agent.id.as_str())
                    || (self.version.finds_agents_by_username()
                        && wanted.contains(&agent.username.as_str()))
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
        self.times.created.is_none_or(|interval| interval.contains(room.ts))
            && self.times.closed.is_none_or(closed)
    }

    fn admits_content(&self, room: &Room) -> bool {
        let tagged = |wanted: &[&str]| room.tags.iter().any(|tag| wanted.contains(&tag.as_str()));
        self.tags.as_deref().is_none_or(tagged)
            && self.admits_name(&room.visitor.name)
            && self.custom_fields.iter().all(|(key, value)| custom_field_matches(room, key, value))
    }

    fn admits_name(&self, name: &str) -> bool {
        let Some(wanted) = self.room_name else { return true };
        let quoted = wanted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match quoted.filter(|_| self.version.knows_quoted_names()) {
            Some(exact) => name == exact,
            None => name_matches(name, wanted),
        }
    }
}

/// The ranges of the times of creation and of close.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TimeRanges {
    created: Option<Interval>,
    closed: Option<Interval>,
}

impl TimeRanges {
    pub(super) fn read(request: &EndpointRequest<'_>) -> Result<Self, ApiAnswer> {
        let created = Interval::read(request, "createdAt")?;
        Ok(Self { created, closed: Interval::read(request, "closedAt")? })
    }
}

/// A list as the handler receives it. A scalar is a list of one element. An empty scalar is no list until the
/// validator turns it into a list.
fn listed(value: &query::ParameterValue, version: ServerVersion) -> Option<Vec<&str>> {
    match value {
        query::ParameterValue::Text(text) if text.is_empty() && !version.coerces_queries() => None,
        query::ParameterValue::Text(text) => Some(vec![text]),
        query::ParameterValue::List(texts) => Some(texts.iter().map(String::as_str).collect()),
        query::ParameterValue::Object => None,
    }
}

/// The text `undefined` as `departmentId` means no filter, as long as the validator leaves it a text.
fn is_undefined(request: &EndpointRequest<'_>) -> bool {
    !request.version.coerces_queries() && request.query.text("departmentId") == Some("undefined")
}

fn state_filter(request: &EndpointRequest<'_>) -> StateFilter {
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

fn custom_fields(request: &EndpointRequest<'_>) -> Result<Map<String, Value>, ApiAnswer> {
    let Some(text) = request.query.text("customFields") else {
        return Ok(Map::new());
    };
    let invalid = "The \"customFields\" query parameter must be a valid JSON.";
    serde_json::from_str(text).map_err(|_| ApiAnswer::failure(invalid))
}

/// A part of the name, without case. The real server uses the text as a regular expression.
pub(super) fn name_matches(name: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(&wanted.to_lowercase())
}

/// The only custom field of the simulated workspace is the visitor's e-mail address.
fn custom_field_matches(room: &Room, key: &str, value: &Value) -> bool {
    key == "email" && value.as_str().is_some_and(|part| room.visitor.email.contains(part))
}
