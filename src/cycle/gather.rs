//! One round of requests: the routes run concurrently, the requests of one route follow each other.
//!
//! The `Gatherer` owns the routes, and with them every cursor and status of the workspace.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::calls::CallsRoute;
use super::directory::{AgentsRoute, DepartmentsRoute};
use super::loads::LoadsRoute;
use super::poll_context::{PollContext, PollOutcome};
use super::rooms::RoomsRoute;
use super::single::SingleList;
use super::status::ListStatus;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;

/// The routes of a workspace.
#[derive(Debug)]
pub(crate) struct Gatherer {
    pub(crate) rooms: RoomsRoute,
    loads: LoadsRoute,
    calls: CallsRoute,
    pub(crate) departments: DepartmentsRoute,
    agents: AgentsRoute,
}

impl Gatherer {
    /// `departments`: ids of the departments in the filter, if they were known before.
    pub(crate) fn new(interval: Duration, departments: Option<Vec<String>>) -> Self {
        Self {
            rooms: RoomsRoute::new(interval),
            loads: LoadsRoute::new(interval),
            calls: CallsRoute::new(interval),
            departments: DepartmentsRoute::new(interval, departments),
            agents: AgentsRoute::new(interval),
        }
    }

    /// Reads every other list that is due.
    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        // The list of agents decides if the members have to be asked for by department.
        let agents = async {
            let agents = self.agents.gather(context).await;
            if !self.agents.leaves_members_untold() {
                return agents;
            }
            let DepartmentsRoute { members, list, .. } = &mut self.departments;
            agents.join(members.gather(context, list).await)
        };
        let (rooms, loads, calls, agents) = tokio::join!(
            self.rooms.gather(context),
            self.loads.gather(context),
            self.calls.gather(context),
            agents,
        );
        let mut outcome = rooms.join(loads).join(calls).join(agents);
        self.rooms.judge_probe(context, &mut outcome);
        // A failure is taken for a missing endpoint only if the route of rooms answers in the same round.
        for list in [&mut self.calls.list, &mut self.departments.list, &mut self.agents.list] {
            list.judge(outcome.api_answers);
        }
        outcome
    }

    /// Records this failure for every mandatory list, because no list could be asked for.
    pub(crate) fn fail_all(&mut self, failure: &Failure) {
        let now = Instant::now();
        let loads = std::iter::once(&mut self.loads.list.status);
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
        for status in self.rooms.statuses_mut() {
            status.note_overdue(Endpoint::LivechatRooms, now);
        }
        let (departments, agents) = (&mut self.departments.list, &mut self.agents.list);
        for list in [&mut self.loads.list, &mut self.calls.list, departments, agents] {
            list.note_overdue(now);
        }
    }

    /// Status of every list.
    pub(crate) fn statuses(&self) -> Vec<ListStatus> {
        let single =
            [&self.loads.list, &self.calls.list, &self.departments.list, &self.agents.list];
        let single = single.into_iter().map(|list| &list.status);
        self.rooms.statuses().chain(single).cloned().collect()
    }

    /// True if both the agents and the members of departments can be read.
    pub(crate) fn reads_members(&self) -> bool {
        let is_listed = !self.agents.list.status.refused;
        is_listed && (self.agents.tells_members() || self.departments.members.are_told())
    }

    /// Earliest end of a pause after a failure.
    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        let now = Instant::now();
        let single =
            [&self.loads.list, &self.calls.list, &self.departments.list, &self.agents.list];
        let single = single.into_iter().flat_map(SingleList::resumptions);
        single.chain(self.rooms.resumptions()).filter(|at| *at > now).min()
    }
}
