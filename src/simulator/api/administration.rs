//! The endpoints that tell the settings of an administrator: priorities, SLA policies, business hours, the licence, and
//! the configuration of the visitors' widget.

use serde_json::{Map, Value, json};

use super::{
    access,
    answer::ApiAnswer,
    paging::{RequestedPage, SortKey},
    permission::Permission,
    request::EndpointRequest,
};
use crate::simulator::world::{BusinessHour, Licence, Priority, SlaPolicy, WorkDay, World};

/// `livechat/priorities`.
pub(super) fn priorities(
    request: &EndpointRequest<'_>,
    world: &World,
) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("sortItem", true))?;
    let rows: Vec<&Priority> = world.administration.priorities.iter().collect();
    let key = |it: &&Priority, path: &str| match path {
        "_id" => SortKey::text(Some(&it.id)),
        "name" => SortKey::text(it.name.as_ref()),
        "sortItem" => SortKey::number(it.weight),
        _ => SortKey::Missing,
    };
    Ok(page.answer("priorities", rows, key, |it| render_priority(it)))
}

fn render_priority(priority: &Priority) -> Value {
    let mut body = json!({
        "_id": priority.id,
        "i18n": priority.level,
        "sortItem": priority.weight,
        "dirty": priority.name.is_some(),
    });
    if let (Some(body), Some(name)) = (body.as_object_mut(), &priority.name) {
        body.insert("name".to_owned(), name.as_str().into());
    }
    body
}

/// `livechat/sla`.
pub(super) fn slas(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("name", true))?;
    let rows: Vec<&SlaPolicy> = world.administration.slas.iter().collect();
    let key = |it: &&SlaPolicy, path: &str| match path {
        "_id" => SortKey::text(Some(&it.id)),
        "name" => SortKey::text(Some(&it.name)),
        "dueTimeInMinutes" => SortKey::number(it.due_minutes),
        _ => SortKey::Missing,
    };
    Ok(page.answer("sla", rows, key, |it| {
        json!({
            "_id": it.id,
            "name": it.name,
            "description": "",
            "dueTimeInMinutes": it.due_minutes,
            "_updatedAt": "2026-01-01T00:00:00.000Z",
        })
    }))
}

/// `licenses.info`: the limits only with `view-privileged-setting`, and the used contacts only if they are asked for.
pub(super) fn licence(request: &EndpointRequest<'_>, world: &World) -> ApiAnswer {
    let may = access::has(request, Permission::ViewPrivilegedSetting);
    let wants_values = request.query.text("loadValues") == Some("true");
    let licence = world.administration.licence;
    let prevented = json!({
        "activeUsers": false,
        "guestUsers": false,
        "roomsPerGuest": false,
        "privateApps": false,
        "marketplaceApps": false,
        "monthlyActiveContacts": licence.stops_the_queue(),
    });
    let body = json!({
        "license": {
            "activeModules": ["livechat-enterprise"],
            "externalModules": [],
            "preventedActions": prevented,
            "limits": if may { limits(licence, wants_values) } else { json!({}) },
            "tags": [],
            "trial": false,
        },
        "success": true,
    });
    ApiAnswer::json(200, body)
}

fn limits(licence: Licence, wants_values: bool) -> Value {
    let limit = licence.contacts_limit.map_or(json!(-1), |limit| json!(limit));
    let mut contacts = Map::from_iter([("max".to_owned(), limit)]);
    if wants_values {
        contacts.insert("value".to_owned(), licence.contacts_used.into());
    }
    json!({ "activeUsers": { "max": -1 }, "monthlyActiveContacts": contacts })
}

/// `livechat/business-hour`: the default hours; null for any other type.
pub(super) fn default_hour(request: &EndpointRequest<'_>, world: &World) -> ApiAnswer {
    let wants_default = request.query.text("type") == Some("default");
    let hour = world.administration.business_hours.iter().find(|it| it.is_default && wants_default);
    ApiAnswer::json(200, json!({ "businessHour": hour.map(render_hour), "success": true }))
}

/// `livechat/business-hours`: all hours, each with the departments that have it.
pub(super) fn hours(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("name", true))?;
    let rows: Vec<&BusinessHour> = world.administration.business_hours.iter().collect();
    let key = |it: &&BusinessHour, path: &str| match path {
        "_id" => SortKey::text(Some(&it.id)),
        "name" => SortKey::text(Some(&it.name)),
        _ => SortKey::Missing,
    };
    Ok(page.answer("businessHours", rows, key, |it| {
        let mut body = render_hour(it);
        let departments: Vec<Value> =
            it.departments.iter().map(|id| json!({ "_id": id })).collect();
        if let Some(body) = body.as_object_mut().filter(|_| !departments.is_empty()) {
            body.insert("departments".to_owned(), departments.into());
        }
        body
    }))
}

fn render_hour(hour: &BusinessHour) -> Value {
    let day = |it: &WorkDay| {
        let time = |time: &str| {
            let at = json!({ "dayOfWeek": it.day, "time": time });
            json!({ "time": time, "utc": at, "cron": at })
        };
        json!({ "day": it.day, "start": time(&it.start), "finish": time(&it.finish), "code": "",
            "open": it.open })
    };
    json!({
        "_id": hour.id,
        "name": hour.name,
        "active": hour.active,
        "type": if hour.is_default { "default" } else { "custom" },
        "timezone": { "name": hour.time_zone, "utc": "+00:00" },
        "ts": "2026-01-01T00:00:00.000Z",
        "workHours": hour.days.iter().map(day).collect::<Vec<Value>>(),
    })
}

/// `livechat/config`: public, with texts and colours of the widget.
pub(super) fn widget(request: &EndpointRequest<'_>, world: &World) -> ApiAnswer {
    let online = world.is_widget_online(request.query.text("department"));
    let config = json!({
        "enabled": true,
        "settings": { "registrationForm": true, "displayOfflineForm": true },
        "theme": { "title": "Rocket.Chat", "color": "#C1272D" },
        "departments": [],
        "online": online,
    });
    ApiAnswer::json(200, json!({ "config": config, "success": true }))
}
