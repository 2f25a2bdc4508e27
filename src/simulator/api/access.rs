//! Who may ask what: the two headers, and the permissions behind the token.

use serde_json::json;

use super::{Answer, Incoming, Policy, Request, Route};

/// A permission of Rocket.Chat that decides about an endpoint here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `view-livechat-rooms`: every chat and call, since 3.10.
    ViewLivechatRooms,
    /// `view-livechat-manager`: every chat before 3.10 (server PR 19951).
    ViewLivechatManager,
    /// `view-l-room`: the queue, one's own chats, and departments without their members.
    ViewLRoom,
    /// `view-livechat-departments`: departments, and with any one of them its members.
    ViewLivechatDepartments,
    /// `transfer-livechat-guest`: the list of agents.
    TransferLivechatGuest,
    /// `edit-omnichannel-contact`: opens the list of agents too, in later releases.
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
    let own =
        || request.query.list("agents").is_some_and(|it| it == [request.policy.user_id.as_str()]);
    admit(if request.version.shows_rooms_to_managers() {
        has(request, Permission::ViewLivechatManager)
    } else {
        has(request, Permission::ViewLivechatRooms)
            || (has(request, Permission::ViewLRoom) && own())
    })
}

/// The handler of `livechat/users/agent` looks by itself, after the query was judged.
pub(super) fn check_agents(request: &Request<'_>) -> Result<(), Answer> {
    let transfers = has(request, Permission::TransferLivechatGuest);
    admit(if request.version.shows_agents_to_editors() {
        transfers || has(request, Permission::EditOmnichannelContact)
    } else {
        transfers && has(request, Permission::ViewLRoom)
    })
}

/// The token has a permission.
pub(super) fn has(request: &Request<'_>, permission: Permission) -> bool {
    !request.policy.refused.contains(&permission)
}

fn admit(may: bool) -> Result<(), Answer> {
    let refusal = || Answer::json(403, json!({ "success": false, "error": "unauthorized" }));
    if may { Ok(()) } else { Err(refusal()) }
}
