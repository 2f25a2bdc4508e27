//! The query parameters that each endpoint accepts in each server version.
//!
//! Each endpoint has one table. Servers before 5.0 ignore unknown parameters; later servers refuse unknown parameters
//! with the words of their validator.

use super::{answer::Answer, query::Value, request::Request, route::Route};
use crate::simulator::version::ServerVersion;

/// The accepted form of a value.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// Digits or empty text.
    Number,
    /// `true`, `false` or empty text.
    Boolean,
    /// A list or empty text.
    List,
    /// Text on all versions; also a list if the version accepts department lists.
    TextOrList,
    OneOf(&'static [&'static str]),
}

struct Parameter {
    name: &'static str,
    kind: Kind,
    known: fn(ServerVersion) -> bool,
}

const fn always(_: ServerVersion) -> bool {
    true
}

const fn of(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, known: always }
}

const fn since(name: &'static str, kind: Kind, known: fn(ServerVersion) -> bool) -> Parameter {
    Parameter { name, kind, known }
}

const ROOMS: &[Parameter] = &[
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
    since("fields", Kind::Text, ServerVersion::tolerates_fields),
    since("query", Kind::Text, ServerVersion::tolerates_query),
    of("open", Kind::Text),
    of("onhold", Kind::Text),
    since("queued", Kind::Text, ServerVersion::knows_queued),
    of("agents", Kind::List),
    of("tags", Kind::List),
    of("departmentId", Kind::TextOrList),
    since("units", Kind::List, ServerVersion::accepts_department_lists),
    of("roomName", Kind::Text),
    of("customFields", Kind::Text),
    of("createdAt", Kind::Text),
    of("closedAt", Kind::Text),
];

const QUEUE: &[Parameter] = &[
    of("agentId", Kind::Text),
    of("departmentId", Kind::Text),
    of("includeOfflineAgents", Kind::Text),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
];

const DEPARTMENTS: &[Parameter] = &[
    of("text", Kind::Text),
    of("onlyMyDepartments", Kind::OneOf(&["true", "false"])),
    of("enabled", Kind::Text),
    of("excludeDepartmentId", Kind::Text),
    since("showArchived", Kind::Text, ServerVersion::archives_departments),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
    since("query", Kind::Text, ServerVersion::tolerates_fields),
];

const AGENTS: &[Parameter] = &[
    of("text", Kind::Text),
    since("onlyAvailable", Kind::Boolean, ServerVersion::filters_agents),
    since("excludeId", Kind::Text, ServerVersion::filters_agents),
    since("showIdleAgents", Kind::Boolean, ServerVersion::filters_agents),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
    since("fields", Kind::Text, ServerVersion::tolerates_fields),
    since("query", Kind::Text, ServerVersion::tolerates_fields),
];

const VOIP_ROOMS: &[Parameter] = &[
    of("agents", Kind::List),
    of("open", Kind::OneOf(&["true", "false"])),
    of("createdAt", Kind::Text),
    of("closedAt", Kind::Text),
    of("tags", Kind::List),
    of("queue", Kind::Text),
    of("visitorId", Kind::Text),
    of("direction", Kind::OneOf(&["inbound", "outbound"])),
    of("roomName", Kind::Text),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
    of("query", Kind::Text),
];

/// Priorities and SLA policies.
const POLICIES: &[Parameter] = &[
    of("text", Kind::Text),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
];

const LICENCE: &[Parameter] = &[of("loadValues", Kind::Boolean)];

const BUSINESS_HOUR: &[Parameter] = &[of("_id", Kind::Text), of("type", Kind::Text)];

const BUSINESS_HOURS: &[Parameter] = &[
    of("name", Kind::Text),
    of("count", Kind::Number),
    of("offset", Kind::Number),
    of("sort", Kind::Text),
];

const WIDGET: &[Parameter] =
    &[of("token", Kind::Text), of("department", Kind::Text), of("businessUnit", Kind::Text)];

/// Endpoints without a table validate nothing or validate by themselves.
const fn table(route: Route) -> Option<&'static [Parameter]> {
    match route {
        Route::Rooms => Some(ROOMS),
        Route::Queue => Some(QUEUE),
        Route::Departments => Some(DEPARTMENTS),
        Route::Agents => Some(AGENTS),
        Route::VoipRooms => Some(VOIP_ROOMS),
        Route::Priorities | Route::Slas => Some(POLICIES),
        Route::Licence => Some(LICENCE),
        Route::BusinessHour => Some(BUSINESS_HOUR),
        Route::BusinessHours => Some(BUSINESS_HOURS),
        Route::Widget => Some(WIDGET),
        Route::Info | Route::Me | Route::Department | Route::VoipRoom | Route::Unknown => None,
    }
}

/// Refuses a query as the validator of this server version does.
pub(super) fn check(route: Route, request: &Request<'_>) -> Result<(), Answer> {
    let version = request.version;
    let Some(table) = table(route).filter(|_| version.validates_queries()) else {
        return Ok(());
    };
    for (name, value) in request.query.iter() {
        let parameter = table.iter().find(|it| it.name == name && (it.known)(version));
        let checked = parameter.map_or(Err("must NOT have additional properties"), |parameter| {
            parameter.kind.check(value, version)
        });
        checked.map_err(|reason| Answer::invalid_query(version, reason))?;
    }
    Ok(())
}

impl Kind {
    fn check(self, value: &Value, version: ServerVersion) -> Result<(), &'static str> {
        let is_valid = match (self, value) {
            (Self::Text | Self::TextOrList, Value::Text(_)) | (Self::List, Value::List(_)) => true,
            (Self::TextOrList, Value::List(_)) => version.accepts_department_lists(),
            (Self::List, Value::Text(text)) => version.coerces_queries() || text.is_empty(),
            (Self::Number, Value::Text(text)) => is_number(text),
            (Self::Boolean, Value::Text(text)) => ["true", "false", ""].contains(&text.as_str()),
            (Self::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        };
        if is_valid { Ok(()) } else { Err(self.complaint(value)) }
    }

    fn complaint(self, value: &Value) -> &'static str {
        match (self, value) {
            (Self::Number, _) => "must be number",
            (Self::Boolean, _) => "must be boolean",
            (Self::List, _) => "must be array",
            (Self::OneOf(_), Value::Text(_)) => "must be equal to one of the allowed values",
            (Self::Text | Self::TextOrList | Self::OneOf(_), _) => "must be string",
        }
    }
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>().is_ok()
}
