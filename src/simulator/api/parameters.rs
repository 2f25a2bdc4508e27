//! The query parameters that each endpoint accepts in each server version.
//!
//! Each endpoint has one table. Servers before 5.0 ignore unknown parameters; later servers refuse unknown parameters
//! with the words of their validator.

use super::{answer::ApiAnswer, query::ParameterValue, request::EndpointRequest, route::Route};
use crate::simulator::version::ServerVersion;

/// The accepted form of a value.
#[derive(Debug, Clone, Copy)]
enum ParameterForm {
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
    kind: ParameterForm,
    known: fn(ServerVersion) -> bool,
}

const fn always(_: ServerVersion) -> bool {
    true
}

const fn of(name: &'static str, kind: ParameterForm) -> Parameter {
    Parameter { name, kind, known: always }
}

const fn since(
    name: &'static str,
    kind: ParameterForm,
    known: fn(ServerVersion) -> bool,
) -> Parameter {
    Parameter { name, kind, known }
}

const ROOMS: &[Parameter] = &[
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
    since("fields", ParameterForm::Text, ServerVersion::tolerates_fields),
    since("query", ParameterForm::Text, ServerVersion::tolerates_query),
    of("open", ParameterForm::Text),
    of("onhold", ParameterForm::Text),
    since("queued", ParameterForm::Text, ServerVersion::knows_queued),
    of("agents", ParameterForm::List),
    of("tags", ParameterForm::List),
    of("departmentId", ParameterForm::TextOrList),
    since("units", ParameterForm::List, ServerVersion::accepts_department_lists),
    of("roomName", ParameterForm::Text),
    of("customFields", ParameterForm::Text),
    of("createdAt", ParameterForm::Text),
    of("closedAt", ParameterForm::Text),
];

const QUEUE: &[Parameter] = &[
    of("agentId", ParameterForm::Text),
    of("departmentId", ParameterForm::Text),
    of("includeOfflineAgents", ParameterForm::Text),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
];

const DEPARTMENTS: &[Parameter] = &[
    of("text", ParameterForm::Text),
    of("onlyMyDepartments", ParameterForm::OneOf(&["true", "false"])),
    of("enabled", ParameterForm::Text),
    of("excludeDepartmentId", ParameterForm::Text),
    since("showArchived", ParameterForm::Text, ServerVersion::archives_departments),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
    since("query", ParameterForm::Text, ServerVersion::tolerates_fields),
];

const AGENTS: &[Parameter] = &[
    of("text", ParameterForm::Text),
    since("onlyAvailable", ParameterForm::Boolean, ServerVersion::filters_agents),
    since("excludeId", ParameterForm::Text, ServerVersion::filters_agents),
    since("showIdleAgents", ParameterForm::Boolean, ServerVersion::filters_agents),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
    since("fields", ParameterForm::Text, ServerVersion::tolerates_fields),
    since("query", ParameterForm::Text, ServerVersion::tolerates_fields),
];

const VOIP_ROOMS: &[Parameter] = &[
    of("agents", ParameterForm::List),
    of("open", ParameterForm::OneOf(&["true", "false"])),
    of("createdAt", ParameterForm::Text),
    of("closedAt", ParameterForm::Text),
    of("tags", ParameterForm::List),
    of("queue", ParameterForm::Text),
    of("visitorId", ParameterForm::Text),
    of("direction", ParameterForm::OneOf(&["inbound", "outbound"])),
    of("roomName", ParameterForm::Text),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
    of("query", ParameterForm::Text),
];

/// Priorities and SLA policies.
const POLICIES: &[Parameter] = &[
    of("text", ParameterForm::Text),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
];

const LICENCE: &[Parameter] = &[of("loadValues", ParameterForm::Boolean)];

const BUSINESS_HOUR: &[Parameter] =
    &[of("_id", ParameterForm::Text), of("type", ParameterForm::Text)];

const BUSINESS_HOURS: &[Parameter] = &[
    of("name", ParameterForm::Text),
    of("count", ParameterForm::Number),
    of("offset", ParameterForm::Number),
    of("sort", ParameterForm::Text),
];

const WIDGET: &[Parameter] = &[
    of("token", ParameterForm::Text),
    of("department", ParameterForm::Text),
    of("businessUnit", ParameterForm::Text),
];

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
pub(super) fn check(route: Route, request: &EndpointRequest<'_>) -> Result<(), ApiAnswer> {
    let version = request.version;
    let Some(table) = table(route).filter(|_| version.validates_queries()) else {
        return Ok(());
    };
    for (name, value) in request.query.iter() {
        let parameter = table.iter().find(|it| it.name == name && (it.known)(version));
        let checked = parameter.map_or(Err("must NOT have additional properties"), |parameter| {
            parameter.kind.check(value, version)
        });
        checked.map_err(|reason| ApiAnswer::invalid_query(version, reason))?;
    }
    Ok(())
}

impl ParameterForm {
    fn check(self, value: &ParameterValue, version: ServerVersion) -> Result<(), &'static str> {
        let is_valid = match (self, value) {
            (Self::Text | Self::TextOrList, ParameterValue::Text(_))
            | (Self::List, ParameterValue::List(_)) => true,
            (Self::TextOrList, ParameterValue::List(_)) => version.accepts_department_lists(),
            (Self::List, ParameterValue::Text(text)) => {
                version.coerces_queries() || text.is_empty()
            }
            (Self::Number, ParameterValue::Text(text)) => is_number(text),
            (Self::Boolean, ParameterValue::Text(text)) => {
                ["true", "false", ""].contains(&text.as_str())
            }
            (Self::OneOf(words), ParameterValue::Text(text)) => words.contains(&text.as_str()),
            _ => false,
        };
        if is_valid { Ok(()) } else { Err(self.complaint(value)) }
    }

    fn complaint(self, value: &ParameterValue) -> &'static str {
        match (self, value) {
            (Self::Number, _) => "must be number",
            (Self::Boolean, _) => "must be boolean",
            (Self::List, _) => "must be array",
            (Self::OneOf(_), ParameterValue::Text(_)) => {
                "must be equal to one of the allowed values"
            }
            (Self::Text | Self::TextOrList | Self::OneOf(_), _) => "must be string",
        }
    }
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>().is_ok()
}
