//! Scans of rooms before they are due: the lists that the budget allows to read beside the planned scans.

use tokio::time::Instant;

use super::super::poll_context::PollContext;
use super::super::room_list::{RoomList, first_list, is_offered};
use super::super::schedule;
use super::RoomsRoute;
use crate::omnichannel::list::{List, Lists};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::limiter::RequestCount;

impl RoomsRoute {
    /// Start of the last scan that shows a change of this list: the waiting chats may be in the open list. `None` if the
    /// list was not read yet.
    pub(crate) fn started(&self, list: List, context: &PollContext<'_>) -> Option<Instant> {
        let shown_in = if list == List::Queued { first_list(context) } else { list };
        if !is_offered(shown_in, context) {
            // Nothing is to be read.
            return Some(Instant::now());
        }
        self.statuses().find(|status| status.list == shown_in).and_then(|status| status.started)
    }

    /// The lists among `wanted` that the budget allows to read now, in addition to the planned scans.
    pub(crate) fn affordable(&self, wanted: Lists, context: &PollContext<'_>) -> Vec<List> {
        let now = Instant::now();
        let (first, interval) = (first_list(context), context.plan.interval);
        if !self.pause.is_over(now) {
            return Vec::new();
        }
        let offered = || self.lists.iter().filter(|list| is_offered(list.list(), context));
        let first_demand = self.first_demand(context);
        let first_interval = schedule::first_interval(first_demand, context.rooms_budget());
        let reserved = schedule::reserved_per_minute(first_demand, context.rooms_budget());
        let planned = offered().map(|list| {
            let is_first = list.list() == first;
            list.planned(if is_first { first_interval } else { interval }, is_first, now)
        });
        let planned: Vec<_> = planned.collect();
        let is_wanted = |list: &&RoomList| {
            let holds_queue = list.list() == first && wanted.contains(List::Queued);
            (wanted.contains(list.list()) || holds_queue) && list.may_begin_early(now)
        };
        let (mut requests, mut lists) = (RequestCount::default(), Vec::new());
        for list in offered().filter(is_wanted) {
            let more = requests.and(list.status.pages, list.list() == first);
            if context.client.allows_extra(Endpoint::LivechatRooms, more, reserved, &planned) {
                requests = more;
                lists.push(list.list());
            }
        }
        lists
    }
}
