//! `livechat/rooms`: all chats of the workspace, filtered, sorted and paged.
//!
//! The handler validates the page, the order and the times before it checks the permissions, as the server does.

use super::{
    access,
    answer::ApiAnswer,
    paging::{RequestedPage, SortKey},
    request::EndpointRequest,
    room_body,
    room_conditions::{RoomConditions, TimeRanges},
};
use crate::simulator::world::{Room, World};

pub(super) fn list(request: &EndpointRequest<'_>, world: &World) -> Result<ApiAnswer, ApiAnswer> {
    let page = RequestedPage::read(request, ("ts", false))?;
    let times = TimeRanges::read(request)?;
    access::check_rooms(request)?;
    let filter = RoomConditions::read(request, times)?;
    let rooms = filter.of(world);
    let render = |room: &&Room| room_body::render(room, world);
    Ok(page.answer("rooms", rooms, |room, path| sort_key(room, path), render))
}

/// The sort keys that a client has reason to use. Any other key counts as absent from every room.
fn sort_key(room: &Room, path: &str) -> SortKey {
    match path {
        "_id" => SortKey::text(Some(&room.id)),
        "ts" => SortKey::time(Some(room.ts)),
        "lm" => SortKey::time(Some(room.lm)),
        "_updatedAt" => SortKey::time(Some(room.updated_at)),
        "queuedAt" => SortKey::time(room.queued_at),
        "closedAt" => SortKey::time(room.closed_at),
        "msgs" => SortKey::number(room.msgs),
        "fname" | "name" => SortKey::text(Some(&room.visitor.name)),
        "departmentId" => SortKey::text(room.department_id.as_ref()),
        "servedBy._id" => SortKey::text(room.served_by.as_ref().map(|it| &it.agent.id)),
        "servedBy.ts" => SortKey::time(room.served_by.as_ref().map(|it| it.ts)),
        _ => SortKey::Missing,
    }
}
