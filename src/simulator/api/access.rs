//! Access checks: the two authentication headers and the permissions of the token.

use serde_json::json;

use super::{
    answer::ApiAnswer, incoming::Incoming, permission::Permission, policy::Policy,
    request::EndpointRequest, route::Route,
};

pub(super) fn authenticates(policy: &Policy, incoming: &Incoming) -> bool {
    incoming.token.as_ref() == Some(&policy.token)
        && incoming.user_id.as_ref() == Some(&policy.user_id)
}

/// Permissions of a route; one of them is enough. An empty list means that the endpoint checks by itself.
const fn declared(route: Route) -> &'static [Permission] {
    match route {
        Route::Queue => &[Permission::ViewLRoom],
        Route::Departments | Route::Department => {
            &[Permission::ViewLivechatDepartments, Permission::ViewLRoom]
        }
        Route::Priorities => &[Permission::ManageLivechatPriorities, Permission::ViewLRoom],
        Route::Slas => &[Permission::ManageLivechatSla, Permission::ViewLRoom],
        Route::BusinessHour | Route::BusinessHours => &[Permission::ViewLivechatBusinessHours],
        Route::VoipRoom => &[Permission::InboundVoipCalls],
        _ => &[],
    }
}

pub(super) fn check_declared(policy: &Policy, route: Route) -> Result<(), ApiAnswer> {
    let any_of = declared(route);
    if any_of.is_empty() || any_of.iter().any(|it| !policy.refused.contains(it)) {
        return Ok(());
    }
    let body = json!({
        "success": false,
        "error": "User does not have the permissions required for this action [error-unauthorized]",
    });
    Err(ApiAnswer::json(403, body))
}

/// A manager gets all rooms. An agent gets only the agent's own rooms, and only if `agents` names exactly this agent.
pub(super) fn check_rooms(request: &EndpointRequest<'_>) -> Result<(), ApiAnswer> {
    let own =
        || request.query.list("agents").is_some_and(|it| it == [request.policy.user_id.as_str()]);
    admit(if request.version.shows_rooms_to_managers() {
        has(request, Permission::ViewLivechatManager)
    } else {
        has(request, Permission::ViewLivechatRooms)
            || (has(request, Permission::ViewLRoom) && own())
    })
}

/// The handler of `livechat/users/agent` checks permissions by itself, after the validation of the query.
pub(super) fn check_agents(request: &EndpointRequest<'_>) -> Result<(), ApiAnswer> {
    let transfers = has(request, Permission::TransferLivechatGuest);
    admit(if request.version.shows_agents_to_editors() {
        transfers || has(request, Permission::EditOmnichannelContact)
    } else {
        transfers && has(request, Permission::ViewLRoom)
    })
}

/// True if the token has the permission.
pub(super) fn has(request: &EndpointRequest<'_>, permission: Permission) -> bool {
    !request.policy.refused.contains(&permission)
}

fn admit(may: bool) -> Result<(), ApiAnswer> {
    let refusal = || ApiAnswer::json(403, json!({ "success": false, "error": "unauthorized" }));
    if may { Ok(()) } else { Err(refusal()) }
}
