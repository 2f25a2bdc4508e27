//! The route `livechat/rooms`: four lists, and the order of their requests.
//!
//! The list behind the alerts that call people comes first: the waiting chats. The longer scans share the rest of the
//! budget page by page and resume in the next cycle at the same position.

mod early;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::audit::Audit;
use super::plan::filters_whole;
use super::poll_context::{PageOutcome, Pause, PollContext, PollOutcome};
use super::probe;
use super::room_list::{RoomList, first_list, is_offered};
use super::room_scan::query;
use super::schedule::{self, Demand};
use super::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::Sign;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::livechat_rooms::RoomRow;

/// The route and its four lists.
#[derive(Debug)]
pub(crate) struct RoomsRoute {
    lists: [RoomList; 4],
    pause: Pause,
    pub(crate) audit: Audit,
    /// Capabilities of the last round.
    asked_by: Option<Capabilities>,
    /// Refusal of the queue probe in this round.
    refusal: Option<Failure>,
    /// True if rows carried the name of a department.
    pub(crate) names_departments: bool,
    has_advised: bool,
    /// The last time at which the budget, or the end of a round, kept a list waiting.
    cut_at: Option<Instant>,
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
            cut_at: None,
        }
    }

    pub(crate) fn statuses(&self) -> impl Iterator<Item = &ListStatus> {
        self.lists.iter().map(|list| &list.status)
    }

    pub(crate) fn statuses_mut(&mut self) -> impl Iterator<Item = &mut ListStatus> {
        self.lists.iter_mut().map(|list| &mut list.status)
    }

    /// Makes the next window of closed chats begin no later than `from`.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        if let Some(closed) = self.lists.iter_mut().find(|list| list.list() == List::Closed) {
            closed.window.reread(from);
        }
    }

    /// Makes the next scans read whole lists: the rows of this round were not counted.
    pub(crate) fn forget_known(&mut self) {
        self.lists.iter_mut().for_each(RoomList::forget_known);
    }

    /// Records that a close may lie outside every window. It counts as a failure of the list, but the list is still
    /// read.
    pub(crate) fn doubt_clocks(&mut self) {
        if let Some(closed) = self.statuses_mut().find(|status| status.list == List::Closed) {
            closed.note(Reason::Clock);
        }
    }

    /// The failure that the other lists of the route wait for; `None` after an answer of the route.
    pub(crate) fn blocking_failure(&self) -> Option<&Failure> {
        self.pause.until?;
        let mut failures = self.statuses().filter_map(ListStatus::failure_of_last_attempt);
        failures.find(|failure| failure.reason.concerns_the_route())
    }

    /// Ends of the pauses after failures.
    pub(crate) fn resumptions(&self) -> impl Iterator<Item = Instant> {
        self.pause.until.into_iter().chain(self.statuses().filter_map(ListStatus::resumes_at))
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        self.follow_queue(context, &mut outcome);
        if !self.pause.is_over(Instant::now()) {
            return outcome;
        }
        self.begin_due(context, &mut outcome);
        loop {
            self.ask_all(context, &mut outcome).await;
            if !self.conclude_changes(context, &mut outcome) {
                break;
            }
        }
        self.probe_again(context, &mut outcome).await;
        self.audit(context).await;
        self.plan_intervals(context);
        outcome.chats.saw_all_since = self.saw_all_since(context);
        outcome
    }

    /// Withdraws the lists that can hold the queue if another version of the server has moved it: they show no queue,
    /// or an old one.
    fn follow_queue(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        let earlier = self.asked_by.replace(context.capabilities);
        if earlier.is_some_and(|earlier| context.capabilities.moves_queue_of(earlier)) {
            let holds_queue =
                |list: &&mut RoomList| matches!(list.list(), List::Queued | List::Open);
            let moved = self.lists.iter_mut().filter(holds_queue);
            outcome.updates.extend(moved.filter_map(RoomList::withdraw));
        }
    }

    async fn ask_all(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        while let Some(index) = self.pick(context) {
            if !self.ask(index, context, outcome).await {
                return;
            }
        }
    }

    /// Returns true if lists must be read whole now.
    fn conclude_changes(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) -> bool {
        let was_read = |list: &RoomList| {
            let started = list.status.started.is_some_and(|at| at >= context.began);
            started && !list.is_scanning() && list.status.succeeded != Some(false)
        };
        let all_were_read =
            self.lists.iter().filter(|list| is_offered(list.list(), context)).all(was_read);
        let lists = self.lists.iter_mut();
        let concluded = lists.map(|list| list.conclude_changes(all_were_read, context, outcome));
        concluded.fold(false, |any, is_read_whole| any | is_read_whole)
    }

    async fn probe_again(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        if !probe::is_due_again(context, outcome) {
            return;
        }
        let (selection, page) = probe::request();
        let query = query(selection, page, context);
        let asked =
            context.page(Endpoint::LivechatRooms, RequestPriority::First, None, &query).await;
        if let Some(sign) = probe::sign_of(&asked) {
            outcome.signs.note(sign);
        }
    }

    /// Judges the queue probe by the signs of the whole round.
    pub(crate) fn judge_probe(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        let refusal = self.refusal.take();
        let is_ignored = probe::is_ignored(context.capabilities, outcome.signs);
        if refusal.is_none() && !is_ignored {
            return;
        }
        let learned = context.capabilities.with(outcome.signs);
        let others_answer = self.statuses().any(|status| status.succeeded == Some(true));
        let seen = probe::judge(refusal, learned, others_answer || outcome.api_answers);
        let Some(list) = self.lists.iter_mut().find(|list| list.list() == List::Queued) else {
            return;
        };
        // The open list holds the rows of an ignored probe as well, and nothing would refresh them in the queued list.
        if is_ignored || seen.is_ok() {
            outcome.updates.extend(list.withdraw());
        }
        if let Err(failure) = seen {
            outcome.note(&failure);
            list.status.fail(&failure, Instant::now());
        }
    }

    /// Sends the audit only if no list wants the route.
    async fn audit(&mut self, context: &PollContext<'_>) {
        let now = context.client.clock().now();
        let is_idle = self.pause.is_over(Instant::now()) && self.pick(context).is_none();
        let due = self.audit.due(&context.accounting.chats, now);
        let is_whole = filters_whole(&context.departments, context.capabilities);
        let Some(hour) = due.filter(|_| is_idle && is_whole) else {
            return;
        };
        let (selection, page) = Audit::request(hour);
        let (query, priority) =
            (query(selection, page, context), self.priority_of_the_rest(context));
        match context.page::<RoomRow>(Endpoint::LivechatRooms, priority, None, &query).await {
            PageOutcome::Later => {}
            PageOutcome::Failed(_) => self.audit.fail(now),
            PageOutcome::Page(page, _) => {
                let total = page.total.unwrap_or(page.received());
                let reread = self.audit.take(hour, total, &context.accounting.chats);
                if let Some(hour) = reread {
                    self.reread(hour);
                }
            }
        }
    }

    /// Time since which every open chat has been read. `None` before each list of open chats is complete, and with a
    /// filter by agents: a chat that began long ago may enter such a filter.
    fn saw_all_since(&self, context: &PollContext<'_>) -> Option<Timestamp> {
        if !context.plan.rooms.agents.is_empty() {
            return None;
        }
        let open = [List::Queued, List::OnHold, List::Open];
        let is_open = |list: &&RoomList| open.contains(&list.list());
        let lists =
            self.lists.iter().filter(is_open).filter(|list| is_offered(list.list(), context));
        lists.map(|list| list.read_since).min().flatten()
    }

    fn begin_due(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        let now = Instant::now();
        let first = first_list(context);
        let first_interval =
            schedule::first_interval(self.first_demand(context), context.rooms_budget());
        let shares = self.lists.iter().filter(|list| list.is_scanning()).map(|list| list.share);
        let least_share = shares.fold(f64::MAX, f64::min);
        let least_share = if least_share < f64::MAX { least_share } else { 0.0 };
        for list in &mut self.lists {
            if !is_offered(list.list(), context) {
                outcome.updates.extend(list.withdraw());
            } else if let Some(nudged) = context.nudged {
                if nudged.contains(list.list()) {
                    list.begin_early(context, least_share, now);
                }
            } else {
                let interval =
                    if list.list() == first { first_interval } else { context.plan.interval };
                list.begin_if_due(context, interval, least_share, now);
            }
        }
    }

    fn first_demand(&self, context: &PollContext<'_>) -> Demand {
        let (first, interval) = (first_list(context), context.plan.interval);
        let list = self.lists.iter().find(|list| list.list() == first);
        list.map_or(Demand { list: first, pages: 1, interval }, |list| list.demand(interval))
    }

    /// The first list if it wants a page, otherwise the list with the smallest share. If the rounds are long enough for all
    /// lists, a list whose changes are read comes before the others: they show where its rooms went.
    fn pick(&self, context: &PollContext<'_>) -> Option<usize> {
        let now = Instant::now();
        let first = first_list(context);
        let wants = |list: &RoomList| list.is_scanning() && !list.status.is_paused(now);
        let is_short = self.cut_at.is_some_and(|at| now - at <= context.plan.interval * 2);
        let order = |list: &RoomList| match (list.list() == first, list.reads_changes()) {
            (true, _) => -2.0,
            (false, true) if !is_short => -1.0,
            (false, _) => list.share,
        };
        let wanting = self.lists.iter().enumerate().filter(|(_, list)| wants(list));
        wanting.min_by(|(_, a), (_, b)| order(a).total_cmp(&order(b))).map(|(index, _)| index)
    }

    /// Sends the request for the next page of a list. `false` ends the round of this route.
    async fn ask(
        &mut self,
        index: usize,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> bool {
        let rest = self.priority_of_the_rest(context);
        let Some(list) = self.lists.get_mut(index) else {
            return false;
        };
        let is_first = list.list() == first_list(context);
        let priority = if is_first { RequestPriority::First } else { rest };
        let Some(query) = list.next_query(context) else {
            return true;
        };
        match context.page(Endpoint::LivechatRooms, priority, None, &query).await {
            PageOutcome::Later => {
                self.cut_at = Some(Instant::now());
                false
            }
            PageOutcome::Failed(failure) => self.failed(index, &failure, context, outcome),
            PageOutcome::Page(page, read_at) => {
                self.pause.succeeded();
                outcome.api_answers = true;
                let has_name =
                    |row: &RoomRow| row.department.as_ref().is_some_and(|it| it.name.is_some());
                self.names_departments |= page.rows.iter().any(has_name);
                if let Err(failure) = list.absorb(&page, read_at, context, outcome) {
                    list.abandon_scan();
                    list.status.fail(&failure, Instant::now());
                }
                let others = self.lists.iter_mut().enumerate();
                for (_, other) in others.filter(|(other, _)| *other != index) {
                    other.see_elsewhere(&page.rows, outcome);
                }
                true
            }
        }
    }

    fn priority_of_the_rest(&self, context: &PollContext<'_>) -> RequestPriority {
        let reserved =
            schedule::reserved_per_minute(self.first_demand(context), context.rooms_budget());
        RequestPriority::Rest { reserved }
    }

    fn failed(
        &mut self,
        index: usize,
        failure: &Failure,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> bool {
        let now = Instant::now();
        let Some(list) = self.lists.get_mut(index) else {
            return false;
        };
        if failure.unknown_parameter && list.list() == List::Queued {
            outcome.signs.note(Sign::QueuedRefused);
        }
        let is_refusal = probe::is_refusal(list.list(), failure, context.capabilities);
        if failure.unknown_parameter || is_refusal {
            list.abandon_scan();
        }
        if is_refusal {
            self.refusal = Some(failure.clone());
            return true;
        }
        outcome.note(failure);
        list.window.fail();
        list.drop_changes();
        list.status.fail(failure, now);
        if failure.reason.concerns_the_route() {
            self.pause.failed(now);
        }
        !failure.reason.concerns_the_route()
    }

    /// Logs once that the budget makes lists come less often than the interval, and the remedy.
    fn advise(&mut self, planned: &[(List, Duration)], context: &PollContext<'_>) {
        let longest = planned.iter().map(|(_, interval)| *interval).max().unwrap_or_default();
        if self.has_advised || longest <= context.plan.interval {
            return;
        }
        self.has_advised = true;
        let workspace = &*context.plan.workspace;
        let (budget_per_minute, longest_interval_seconds) =
            (context.rooms_budget(), longest.as_secs());
        tracing::info!(
            workspace,
            budget_per_minute,
            longest_interval_seconds,
            "The request budget does not allow all lists at every interval: lists with more pages are polled less \
             often. Grant the exporter's role the permission api-bypass-rate-limit to poll all lists at the interval."
        );
    }

    /// Sets the interval of each list within the budget of the route.
    fn plan_intervals(&mut self, context: &PollContext<'_>) {
        let (budget, interval) = (context.rooms_budget(), context.plan.interval);
        let first = self.first_demand(context);
        let left = f64::from(budget) - schedule::first_per_minute(first, budget);
        let rest: Vec<Demand> = self
            .lists
            .iter()
            .filter(|list| list.list() != first.list && is_offered(list.list(), context))
            .map(|list| list.demand(interval))
            .collect();
        let mut planned = schedule::rest_intervals(&rest, left);
        planned.push((first.list, schedule::first_interval(first, budget)));
        self.advise(&planned, context);
        for (list, interval) in planned {
            if let Some(listed) = self.lists.iter_mut().find(|listed| listed.list() == list) {
                listed.status.plan(interval);
            }
        }
    }
}
