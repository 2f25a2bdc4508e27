//! Who may ask what: the two headers, and the permissions behind the token.

use serde_json::json;

use super::{Answer, Incoming, Policy, Request, Route};

/// A permission of Rocket.Chat that decides about an endpoint here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `view-livechat-rooms`: every chat and call.
    ViewLivechatRooms,
    /// `view-l-room`: the queue, and one's own chats.
    ViewLRoom,
    /// `view-livechat-departments`; `view-l-room` opens the same doors.
    ViewLivechatDepartments,
    /// `transfer-livechat-guest`: the list of agents.
    TransferLivechatGuest,
    /// `edit-omnichannel-contact`: opens the list of agents too.
    EditOmnichannelContact,
    /// `inbound-voip-calls`: `voip/room`.
    InboundVoipCalls,
    /// `view-statistics`: the full version in `/api/info`.
    ViewStatistics,
}

pub(super) fn authenticates(policy: &Policy, incoming: &Incoming) -> bool {
    incoming.token.as_ref() == Some(&policy.token)
        && incoming.user_id.as_ref() == Some(&policy.user_id)
}

/// Any one of these admits; none declared means the endpoint looks by itself.
const fn declared(route: Route) -> &'static [Permission] {
    match route {
        Route::Queue => &[Permission::ViewLRoom],
        Route::Departments | Route::Department => {
            &[Permission::ViewLivechatDepartments, Permission::ViewLRoom]
        }
        Route::Agents => &[Permission::TransferLivechatGuest, Permission::EditOmnichannelContact],
        Route::VoipRoom => &[Permission::InboundVoipCalls],
        _ => &[],
    }
}

pub(super) fn check_declared(policy: &Policy, route: Route) -> Result<(), Answer> {
    let any_of = declared(route);
    if any_of.is_empty() || any_of.iter().any(|it| !policy.refused.contains(it)) {
        return Ok(());
    }
    let body = json!({
        "success": false,
        "error": "User does not have the permissions required for this action [error-unauthorized]",
    });
    Err(Answer::json(403, body))
}

/// All rooms for a manager; for an agent only the own ones, and only when asked for exactly those.
pub(super) fn check_rooms(request: &Request<'_>) -> Result<(), Answer> {
    let policy = request.policy;
    let has = |permission| !policy.refused.contains(&permission);
    let own = || request.query.list("agents").is_some_and(|it| it == [policy.user_id.as_str()]);
    if has(Permission::ViewLivechatRooms) || (has(Permission::ViewLRoom) && own()) {
        return Ok(());
    }
    Err(Answer::json(403, json!({ "success": false, "error": "unauthorized" })))
}
