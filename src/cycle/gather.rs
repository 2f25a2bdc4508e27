//! One round of asking: every route that is due, side by side; requests of one route in turn.
//!
//! Owns the routes and with them every cursor and status of the workspace. Called by the cycle.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::audit::Audited;
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
    rooms: RoomsRoute,
    loads: LoadsRoute,
    calls: CallsRoute,
    departments: DepartmentsRoute,
    agents: AgentsRoute,
}

impl Gatherer {
    /// `departments`: ids of those that the filter names, as far as they were known before.
    pub(crate) fn new(interval: Duration, departments: Option<Vec<String>>) -> Self {
        Self {
            rooms: RoomsRoute::new(interval),
            loads: LoadsRoute::new(interval),
            calls: CallsRoute::new(interval),
            departments: DepartmentsRoute::new(interval, departments),
            agents: AgentsRoute::new(interval),
        }
    }

    /// The departments, which come before anything that is shown by their names.
    pub(crate) async fn gather_departments(&mut self, context: &PollContext<'_>) -> PollOutcome {
        self.departments.gather(context).await
    }

    /// Ids of the departments that the filter names, before which nothing may be asked; `Err` says why they are not
    /// known, where that is news.
    pub(crate) fn departments_wanted(
        &mut self,
        named: &[String],
    ) -> Result<Vec<String>, Option<Failure>> {
        self.departments.wanted(named)
    }

    /// Everything else that is due.
    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        // Whether departments have to be asked for their members, the list of agents tells.
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
        // "No such endpoint" is believed only while other routes answer.
        for list in [&mut self.calls.list, &mut self.departments.list, &mut self.agents.list] {
            list.judge(outcome.api_answers);
        }
        outcome
    }

    /// No list could be asked for: each mandatory one failed for this reason.
    pub(crate) fn fail_all(&mut self, failure: &Failure) {
        let now = Instant::now();
        let loads = std::iter::once(&mut self.loads.list.status);
        for status in self.rooms.statuses_mut().chain(loads) {
            status.fail(failure, now);
        }
    }

    /// The clocks of the server's nodes agree again: what was closed since this instant is read once more.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        self.rooms.reread(from);
        self.calls.reread(from);
    }

    /// The clocks of the server's nodes are so far apart that closes may lie where no window looks.
    pub(crate) fn doubt_clocks(&mut self) {
        self.rooms.doubt_clocks();
    }

    /// Notes which lists have waited too long for their turn.
    pub(crate) fn note_overdue(&mut self, now: Instant) {
        for status in self.rooms.statuses_mut() {
            status.note_overdue(Endpoint::LivechatRooms, now);
        }
        let (departments, agents) = (&mut self.departments.list, &mut self.agents.list);
        for list in [&mut self.loads.list, &mut self.calls.list, departments, agents] {
            list.note_overdue(now);
        }
    }

    /// Every list's status.
    pub(crate) fn statuses(&self) -> Vec<ListStatus> {
        let single =
            [&self.loads.list, &self.calls.list, &self.departments.list, &self.agents.list];
        let single = single.into_iter().map(|list| &list.status);
        self.rooms.statuses().chain(single).cloned().collect()
    }

    /// What the last audit found.
    pub(crate) fn audited(&self) -> Option<Audited> {
        self.rooms.audit.found
    }

    /// Whether rows of rooms carried department names.
    pub(crate) fn names_departments(&self) -> bool {
        self.rooms.names_departments
    }

    /// The members of departments can be read, and the agents they are counted among.
    pub(crate) fn reads_members(&self) -> bool {
        let is_listed = !self.agents.list.status.refused;
        is_listed && (self.agents.tells_members() || self.departments.members.are_told())
    }

    /// The next end of a pause after a failure.
    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        let now = Instant::now();
        let single =
            [&self.loads.list, &self.calls.list, &self.departments.list, &self.agents.list];
        let single = single.into_iter().flat_map(SingleList::resumptions);
        single.chain(self.rooms.resumptions()).filter(|at| *at > now).min()
    }
}
