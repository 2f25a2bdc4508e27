//! One round of asking: every route that is due, side by side; requests of one route in turn.
//!
//! Owns the routes and with them every cursor and status of the workspace. Called by the cycle.

use std::time::Duration;

use tokio::time::Instant;

use super::calls::CallsRoute;
use super::directory::{AgentsRoute, DepartmentsRoute};
use super::errand::{Errand, Harvest};
use super::loads::LoadsRoute;
use super::rooms::RoomsRoute;
use super::single::SingleList;
use super::status::ListStatus;
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
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            rooms: RoomsRoute::new(interval),
            loads: LoadsRoute::new(interval),
            calls: CallsRoute::new(interval),
            departments: DepartmentsRoute::new(),
            agents: AgentsRoute::new(interval),
        }
    }

    /// The departments, which come before anything that is shown by their names.
    pub(crate) async fn gather_departments(&mut self, errand: &Errand<'_>) -> Harvest {
        self.departments.gather(errand).await
    }

    /// Everything else that is due.
    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let (rooms, loads, calls, members, agents) = tokio::join!(
            self.rooms.gather(errand),
            self.loads.gather(errand),
            self.calls.gather(errand),
            self.departments.gather_members(errand),
            self.agents.gather(errand),
        );
        let mut harvest = rooms.join(loads).join(calls).join(members).join(agents);
        self.calls.judge(errand, &mut harvest);
        harvest
    }

    /// No list could be asked for: each mandatory one failed for this reason, told in one line.
    pub(crate) fn fail_all(&mut self, workspace: &str, failure: &Failure) {
        let now = Instant::now();
        let loads = std::iter::once(&mut self.loads.list.status);
        let mut is_news = false;
        for status in self.rooms.statuses_mut().chain(loads) {
            is_news |= status.succeeded != Some(false);
            status.note_failure(failure, now);
        }
        if is_news {
            tracing::warn!(workspace, "{failure}");
        } else {
            tracing::debug!(workspace, "still failing: {failure}");
        }
    }

    /// Every list's status.
    pub(crate) fn statuses(&self) -> Vec<ListStatus> {
        let single = [
            &self.loads.list,
            &self.calls.list,
            &self.departments.list,
            &self.agents.list,
        ];
        let single = single.into_iter().map(|list| &list.status);
        self.rooms.statuses().chain(single).cloned().collect()
    }

    /// Whether rows of rooms carried department names.
    pub(crate) fn names_departments(&self) -> bool {
        self.rooms.names_departments
    }

    /// The earliest end of a pause after a failure.
    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        let single = [
            &self.loads.list,
            &self.calls.list,
            &self.departments.list,
            &self.agents.list,
        ];
        let single = single.into_iter().filter_map(SingleList::resumes_at);
        single.chain(self.rooms.resumes_at()).min()
    }
}
