//! One round of requests: the routes run concurrently, the requests of one route follow each other.
//!
//! The `Gatherer` owns the routes, and with them every cursor and status of the workspace.

use jiff::Timestamp;
use tokio::time::Instant;

use super::calls::CallsRoute;
use super::directory::{AgentsRoute, DepartmentsRoute};
use super::loads::LoadsRoute;
use super::optional::OptionalLists;
use super::plan::Plan;
use super::poll_context::{PollContext, PollOutcome};
use super::rooms::RoomsRoute;
use super::single::SingleList;
use super::status::ListStatus;
use super::widget::WidgetRoute;
use crate::omnichannel::list::{List, Lists};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::webhook::nudges::Nudges;

/// The routes of a workspace.
#[derive(Debug)]
pub(crate) struct Gatherer {
    pub(crate) rooms: RoomsRoute,
    loads: LoadsRoute,
    calls: CallsRoute,
    pub(crate) departments: DepartmentsRoute,
    agents: AgentsRoute,
    optional: OptionalLists,
    /// `None` unless the configuration wants the widgets.
    widget: Option<WidgetRoute>,
    /// The failure that stops the requests for all lists: of the session, or of the departments in the filter. `None`
    /// once lists are asked for.
    failure_of_all: Option<Failure>,
}

impl Gatherer {
    /// `departments`: ids of the departments in the filter, if they were known before.
    pub(crate) fn new(plan: &Plan, departments: Option<Vec<String>>) -> Self {
        let interval = plan.interval;
        Self {
            rooms: RoomsRoute::new(interval),
            loads: LoadsRoute::new(interval),
            calls: CallsRoute::new(interval),
            departments: DepartmentsRoute::new(interval, departments),
            agents: AgentsRoute::new(interval),
            optional: OptionalLists::new(plan),
            widget: plan.widget.then(|| WidgetRoute::new(interval)),
            failure_of_all: None,
        }
    }

    /// Reads every other list that is due, or the lists that webhooks ask for.
    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        self.failure_of_all = None;
        let nudged = context.nudged.is_some();
        if !nudged {
            self.optional.begin(context);
        }
        let Self { rooms, loads, calls, departments, agents, .. } = self;
        let rest = async {
            if nudged {
                return PollOutcome::default();
            }
            let (calls, agents) =
                tokio::join!(calls.gather(context), gather_agents(agents, departments, context));
            calls.join(agents)
        };
        let (rooms, loads, rest) = tokio::join!(rooms.gather(context), loads.gather(context), rest);
        let mut outcome = rooms.join(loads).join(rest);
        if !nudged {
            let optional = self.optional.end(context).await;
            outcome = outcome.join(optional).join(self.gather_widget(context).await);
        }
        self.rooms.judge_probe(context, &mut outcome);
        // A failure is taken for a missing endpoint only if the route of rooms answers in the same round.
        for list in self.single_lists_mut() {
            list.judge(outcome.api_answers);
        }
        outcome
    }

    /// The lists that webhooks still ask for and that the budget allows to read now, in addition to the planned polls;
    /// and true if webhooks ask for any list.
    pub(crate) fn nudged(&self, nudges: &Nudges, context: &PollContext<'_>) -> (Lists, bool) {
        let wanted = nudges.unanswered(|list| match list {
            List::Queue => self.loads.scans.list.status.started,
            list => self.rooms.started(list, context),
        });
        let rooms = self.rooms.affordable(wanted, context);
        let loads = wanted.contains(List::Queue) && self.loads.scans.is_affordable(context);
        let loads = loads.then_some(List::Queue);
        (rooms.into_iter().chain(loads).collect(), !wanted.is_empty())
    }

    async fn gather_widget(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let Some(widget) = &mut self.widget else { return PollOutcome::default() };
        let departments = self.departments.members.departments();
        widget.list(departments, context.plan.departments.is_empty());
        widget.gather(context).await
    }

    /// Records this failure for every mandatory list, because no list could be asked for.
    pub(crate) fn fail_all(&mut self, failure: &Failure) {
        self.failure_of_all = Some(failure.clone());
        let now = Instant::now();
        let loads = std::iter::once(&mut self.loads.scans.list.status);
        for status in self.rooms.statuses_mut().chain(loads) {
            status.fail(failure, now);
        }
    }

    /// Makes the next windows begin no later than `from`: the clocks of the server's nodes agree again.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        self.rooms.reread(from);
        self.calls.reread(from);
    }

    /// Marks the lists that were not read for too long.
    pub(crate) fn note_overdue(&mut self, now: Instant) {
        let of_all = self.failure_of_all.clone();
        let of_route = of_all.clone().or_else(|| self.rooms.blocking_failure().cloned());
        for status in self.rooms.statuses_mut() {
            status.note_overdue(Endpoint::LivechatRooms, now, of_route.as_ref());
        }
        for list in self.single_lists_mut() {
            list.note_overdue(now, of_all.as_ref());
        }
    }

    /// Status of every list.
    pub(crate) fn statuses(&self) -> Vec<ListStatus> {
        let single = self.single_lists().map(|list| &list.status);
        self.rooms.statuses().chain(single).cloned().collect()
    }

    fn single_lists(&self) -> impl Iterator<Item = &SingleList> {
        let (departments, agents) = (&self.departments.scans.list, &self.agents.scans.list);
        let single = [&self.loads.scans.list, &self.calls.list, departments, agents];
        let widget = self.widget.iter().map(|widget| &widget.list);
        single.into_iter().chain(self.optional.lists()).chain(widget)
    }

    fn single_lists_mut(&mut self) -> impl Iterator<Item = &mut SingleList> {
        let (loads, calls) = (&mut self.loads.scans.list, &mut self.calls.list);
        let (departments, agents) = (&mut self.departments.scans, &mut self.agents.scans);
        let single = [loads, calls, &mut departments.list, &mut agents.list];
        let widget = self.widget.iter_mut().map(|widget| &mut widget.list);
        single.into_iter().chain(self.optional.lists_mut()).chain(widget)
    }

    /// True if both the agents and the members of departments can be read.
    pub(crate) fn reads_members(&self) -> bool {
        let is_listed = !self.agents.scans.list.status.refused;
        is_listed && (self.agents.contains_members() || self.departments.members.are_sent())
    }

    /// Earliest end of a pause after a failure.
    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        let now = Instant::now();
        let single = self.single_lists().flat_map(SingleList::resumptions);
        single.chain(self.rooms.resumptions()).filter(|at| *at > now).min()
    }
}

/// The list of agents decides if the members have to be asked for by department.
async fn gather_agents(
    agents: &mut AgentsRoute,
    departments: &mut DepartmentsRoute,
    context: &PollContext<'_>,
) -> PollOutcome {
    let outcome = agents.gather(context).await;
    if !agents.must_ask_by_department() {
        return outcome;
    }
    let DepartmentsRoute { members, scans, .. } = departments;
    outcome.join(members.gather(context, &mut scans.list).await)
}
