//! `info` and `me`: the version of the server and the user of the token.

use serde_json::json;

use super::{answer::ApiAnswer, permission::Permission, request::EndpointRequest};
use crate::simulator::world::World;

/// `/api/info`. The patch number requires `view-statistics`.
pub(super) fn info(request: &EndpointRequest<'_>) -> ApiAnswer {
    let version = request.version;
    let exact =
        request.authenticated && !request.policy.refused.contains(&Permission::ViewStatistics);
    let body = if request.policy.version_hidden {
        json!({ "success": true })
    } else if exact {
        let full = version.to_string();
        json!({ "version": full, "info": { "version": full }, "success": true })
    } else {
        json!({ "version": format!("{}.{}", version.major, version.minor), "success": true })
    };
    ApiAnswer::json(200, body)
}

pub(super) fn me(request: &EndpointRequest<'_>, world: &World) -> ApiAnswer {
    let id = &request.policy.user_id;
    let username = world.agents.get(id).map_or("exporter", |agent| agent.username.as_str());
    let body = json!({
        "_id": id,
        "username": username,
        "name": username,
        "emails": [{ "address": format!("{username}@example.org"), "verified": true }],
        "status": "online",
        "active": true,
        "roles": ["user", "livechat-agent", "livechat-manager"],
        "success": true,
    });
    ApiAnswer::json(200, body)
}
