//! The route `livechat/rooms`: which of its lists asks next.
//!
//! What pages people comes first: the waiting chats. The longer scans share what the budget leaves, page
//! by page, and resume next cycle where they stopped. Called by the gatherer.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::audit::Audit;
use super::errand::{Asked, Errand, Harvest, Pause};
use super::probe;
use super::room_list::{RoomList, first_list, is_filtered_whole, is_offered, query};
use super::schedule::{self, Demand};
use super::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::Sign;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::page::Page;

/// The route and its four lists.
#[derive(Debug)]
pub(crate) struct RoomsRoute {
    lists: [RoomList; 4],
    pause: Pause,
    pub(crate) audit: Audit,
    /// The capabilities that the lists were last asked by.
    asked_by: Option<Capabilities>,
    /// The probe for the queue was refused in this round.
    refusal: Option<Failure>,
    /// Rows carried a department's name.
    pub(crate) names_departments: bool,
    has_advised: bool,
}

impl RoomsRoute {
    pub(crate) fn new(interval: Duration) -> Self {
        let lists = [List::Queued, List::Closed, List::OnHold, List::Open];
        Self {
            lists: lists.map(|list| RoomList::new(list, interval)),
            pause: Pause::new(interval),
            audit: Audit::default(),
            asked_by: None,
            refusal: None,
            names_departments: false,
            has_advised: false,
        }
    }

    pub(crate) fn statuses(&self) -> impl Iterator<Item = &ListStatus> {
        self.lists.iter().map(|list| &list.status)
    }

    pub(crate) fn statuses_mut(&mut self) -> impl Iterator<Item = &mut ListStatus> {
        self.lists.iter_mut().map(|list| &mut list.status)
    }

    /// What was closed since this instant is read once more.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        if let Some(closed) = self.lists.iter_mut().find(|list| list.list() == List::Closed) {
            closed.window.reread(from);
        }
    }

    /// Closes may lie where no window looks: it is counted as a failure of a list that goes on.
    pub(crate) fn doubt_clocks(&mut self) {
        if let Some(closed) = self.statuses_mut().find(|status| status.list == List::Closed) {
            closed.note(Reason::Clock);
        }
    }

    /// When pauses after failures end.
    pub(crate) fn resumptions(&self) -> impl Iterator<Item = Instant> {
        self.pause.ends_at().into_iter().chain(self.statuses().filter_map(ListStatus::resumes_at))
    }

    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        self.follow_queue(errand, &mut harvest);
        if !self.pause.is_over(Instant::now()) {
            return harvest;
        }
        self.begin_due(errand, &mut harvest);
        while let Some(index) = self.pick(errand) {
            if !self.ask(index, errand, &mut harvest).await {
                break;
            }
        }
        self.probe_again(errand, &mut harvest).await;
        self.audit(errand).await;
        self.plan_intervals(errand);
        harvest.chats.saw_all_since = self.saw_all_since(errand);
        harvest
    }

    /// A list read from a server of another version shows no queue, or the queue of the past.
    fn follow_queue(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) {
        let earlier = self.asked_by.replace(errand.capabilities);
        if earlier.is_some_and(|earlier| errand.capabilities.moves_queue_of(earlier)) {
            let holds_queue =
                |list: &&mut RoomList| matches!(list.list(), List::Queued | List::Open);
            let moved = self.lists.iter_mut().filter(holds_queue);
            harvest.updates.extend(moved.filter_map(RoomList::withdraw));
        }
    }

    async fn probe_again(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) {
        if !probe::is_due_again(errand, harvest) {
            return;
        }
        let (select, page) = probe::request();
        let query = query(select, page, errand);
        let asked = errand.page(Endpoint::LivechatRooms, Priority::First, None, &query).await;
        if let Some(sign) = probe::sign_of(&asked) {
            harvest.signs.note(sign);
        }
    }

    /// Judges the probe for the queue by the signs that the whole round has met.
    pub(crate) fn judge_probe(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) {
        let refusal = self.refusal.take();
        let is_ignored = probe::is_ignored(errand.capabilities, harvest.signs);
        if refusal.is_none() && !is_ignored {
            return;
        }
        let learned = errand.capabilities.with(harvest.signs);
        let others_answer = self.statuses().any(|status| status.succeeded == Some(true));
        let seen = probe::judge(refusal, learned, others_answer || harvest.api_answers);
        let Some(list) = self.lists.iter_mut().find(|list| list.list() == List::Queued) else {
            return;
        };
        // Rows of an ignored probe stand in the open list as well, and nothing would refresh them here.
        if is_ignored || seen.is_ok() {
            harvest.updates.extend(list.withdraw());
        }
        if let Err(failure) = seen {
            harvest.note(&failure);
            list.status.fail(&failure, Instant::now());
        }
    }

    /// Comes when nothing else wants the route.
    async fn audit(&mut self, errand: &Errand<'_>) {
        let now = errand.client.clock().now();
        let is_idle = self.pause.is_over(Instant::now()) && self.pick(errand).is_none();
        let due = self.audit.due(&errand.book.chats, now);
        let Some(hour) = due.filter(|_| is_idle && is_filtered_whole(errand)) else {
            return;
        };
        let (select, page) = Audit::request(hour);
        let (query, priority) = (query(select, page, errand), self.priority_of_the_rest(errand));
        match errand.page::<RoomRow>(Endpoint::LivechatRooms, priority, None, &query).await {
            Asked::Later => {}
            Asked::Failed(_) => self.audit.fail(now),
            Asked::Page(page, _) => {
                let total = page.total.unwrap_or(page.received());
                let reread = self.audit.take(hour, total, &errand.book.chats);
                let closed = self.lists.iter_mut().filter(|list| list.list() == List::Closed);
                reread.iter().zip(closed).for_each(|(hour, list)| list.window.reread(*hour));
            }
        }
    }

    /// Since when every open chat has been read; unknown where a filter lets chats come in that began long ago.
    fn saw_all_since(&self, errand: &Errand<'_>) -> Option<Timestamp> {
        if !errand.plan.rooms.agents.is_empty() {
            return None;
        }
        let open = [List::Queued, List::OnHold, List::Open];
        let is_open = |list: &&RoomList| open.contains(&list.list());
        let lists =
            self.lists.iter().filter(is_open).filter(|list| is_offered(list.list(), errand));
        lists.map(|list| list.read_since).min().flatten()
    }

    fn begin_due(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) {
        let now = Instant::now();
        let first = first_list(errand);
        let first_interval =
            schedule::first_interval(self.first_demand(errand), errand.rooms_budget());
        let shares = self.lists.iter().filter(|list| list.is_scanning()).map(|list| list.share);
        let least_share = shares.fold(f64::MAX, f64::min);
        let least_share = if least_share < f64::MAX { least_share } else { 0.0 };
        for list in &mut self.lists {
            if is_offered(list.list(), errand) {
                let interval =
                    if list.list() == first { first_interval } else { errand.plan.interval };
                list.begin_if_due(errand, interval, least_share, now);
            } else {
                harvest.updates.extend(list.withdraw());
            }
        }
    }

    fn first_demand(&self, errand: &Errand<'_>) -> Demand {
        let (first, interval) = (first_list(errand), errand.plan.interval);
        let list = self.lists.iter().find(|list| list.list() == first);
        list.map_or(Demand { list: first, pages: 1, interval }, |list| list.demand(interval))
    }

    /// The first list while it wants a page, else the one that had the least.
    fn pick(&self, errand: &Errand<'_>) -> Option<usize> {
        let now = Instant::now();
        let first = first_list(errand);
        let wants = |list: &RoomList| list.is_scanning() && !list.status.is_paused(now);
        let order = |list: &RoomList| {
            if list.list() == first { -1.0 } else { list.share }
        };
        let wanting = self.lists.iter().enumerate().filter(|(_, list)| wants(list));
        wanting.min_by(|(_, a), (_, b)| order(a).total_cmp(&order(b))).map(|(index, _)| index)
    }

    /// Asks for the next page of a list; `false` ends the round of this route.
    async fn ask(&mut self, index: usize, errand: &Errand<'_>, harvest: &mut Harvest) -> bool {
        let priority = self.priority(index, errand);
        let Some(list) = self.lists.get_mut(index) else {
            return false;
        };
        let Some(query) = list.next_query(errand) else {
            return true;
        };
        match errand.page(Endpoint::LivechatRooms, priority, None, &query).await {
            Asked::Later => false,
            Asked::Failed(failure) => self.failed(index, &failure, errand, harvest),
            Asked::Page(page, read_at) => {
                self.pause.succeeded();
                harvest.api_answers = true;
                self.absorb(index, &page, read_at, errand, harvest);
                true
            }
        }
    }

    fn priority(&self, index: usize, errand: &Errand<'_>) -> Priority {
        let first = first_list(errand);
        if self.lists.get(index).is_some_and(|list| list.list() == first) {
            return Priority::First;
        }
        self.priority_of_the_rest(errand)
    }

    fn priority_of_the_rest(&self, errand: &Errand<'_>) -> Priority {
        let reserved =
            schedule::reserved_per_minute(self.first_demand(errand), errand.rooms_budget());
        Priority::Rest { reserved }
    }

    fn absorb(
        &mut self,
        index: usize,
        page: &Page<RoomRow>,
        read_at: Timestamp,
        errand: &Errand<'_>,
        harvest: &mut Harvest,
    ) {
        self.names_departments |= page
            .rows
            .iter()
            .any(|row| row.department.as_ref().is_some_and(|department| department.name.is_some()));
        let Some(list) = self.lists.get_mut(index) else {
            return;
        };
        if let Err(failure) = list.absorb(page, read_at, errand, harvest) {
            list.abandon_scan();
            list.status.fail(&failure, Instant::now());
        }
    }

    fn failed(
        &mut self,
        index: usize,
        failure: &Failure,
        errand: &Errand<'_>,
        harvest: &mut Harvest,
    ) -> bool {
        let now = Instant::now();
        let Some(list) = self.lists.get_mut(index) else {
            return false;
        };
        if failure.unknown_parameter && list.list() == List::Queued {
            harvest.signs.note(Sign::QueuedRefused);
        }
        let is_refusal = probe::is_refusal(list.list(), failure, errand.capabilities);
        if failure.unknown_parameter || is_refusal {
            list.abandon_scan();
        }
        if is_refusal {
            self.refusal = Some(failure.clone());
            return true;
        }
        harvest.note(failure);
        list.window.fail();
        list.status.fail(failure, now);
        if failure.reason.concerns_the_route() {
            self.pause.failed(now);
        }
        !failure.reason.concerns_the_route()
    }

    /// Says once what keeps the lists from their interval, and what to do about it.
    fn advise(&mut self, planned: &[(List, Duration)], errand: &Errand<'_>) {
        let longest = longest(planned);
        if self.has_advised || longest <= errand.plan.interval {
            return;
        }
        self.has_advised = true;
        let workspace = &*errand.plan.workspace;
        let (budget_per_minute, longest_interval_seconds) =
            (errand.rooms_budget(), longest.as_secs());
        tracing::info!(
            workspace,
            budget_per_minute,
            longest_interval_seconds,
            "The request budget makes the longer lists come less often; \
             grant the exporter's role api-bypass-rate-limit to keep the interval."
        );
    }

    /// Says how often each list comes with what the route may spend.
    fn plan_intervals(&mut self, errand: &Errand<'_>) {
        let (budget, interval) = (errand.rooms_budget(), errand.plan.interval);
        let first = self.first_demand(errand);
        let left = f64::from(budget) - schedule::first_per_minute(first, budget);
        let rest: Vec<Demand> = self
            .lists
            .iter()
            .filter(|list| list.list() != first.list && is_offered(list.list(), errand))
            .map(|list| list.demand(interval))
            .collect();
        let mut planned = schedule::rest_intervals(&rest, left);
        planned.push((first.list, schedule::first_interval(first, budget)));
        self.advise(&planned, errand);
        for (list, interval) in planned {
            if let Some(listed) = self.lists.iter_mut().find(|listed| listed.list() == list) {
                listed.status.plan(interval);
            }
        }
    }
}

/// The longest any of these lists takes to come again.
fn longest(planned: &[(List, Duration)]) -> Duration {
    planned.iter().map(|(_, interval)| *interval).max().unwrap_or_default()
}
