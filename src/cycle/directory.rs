//! The routes of the directory: departments, and all agents with the departments of each agent.
//!
//! Departments are read every ten minutes; agents every interval, because idle agents are in no other list. Both are
//! optional, because a token may lack the permission. Only a filter by departments makes the departments necessary:
//! without their ids no request is possible.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::list_scans::ListScans;
use super::members::Members;
use super::poll_context::{PollContext, PollOutcome, UNRESERVED};
use super::resolution;
use super::single::SingleList;
use crate::omnichannel::agent::Agent;
use crate::omnichannel::labels::names::{called, is_called};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::agents::{self, AgentRow};
use crate::rocketchat::departments::{self, DepartmentRow};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};

/// Names and members of departments change rarely.
const DEPARTMENTS_EVERY: Duration = Duration::from_secs(600);

/// Removes duplicates: a row that moves to the next page during the scan comes twice.
fn distinct<R>(rows: Vec<R>, id: fn(&R) -> &str) -> Vec<R> {
    let mut seen = HashSet::new();
    rows.into_iter().filter(|row| seen.insert(id(row).to_owned())).collect()
}

/// The departments, and the ids of the departments in the filter.
#[derive(Debug)]
pub(crate) struct DepartmentsRoute {
    pub(crate) scans: ListScans<DepartmentRow>,
    pub(crate) members: Members,
    /// Ids of the departments in the filter, from the last directory or from a saved state.
    filter: Option<Vec<String>>,
    /// The reason why the ids of the filter are not known, until it is reported for the other lists.
    trouble: Option<Failure>,
}

impl DepartmentsRoute {
    /// `remembered`: ids of the departments in the filter, if they were known before.
    pub(crate) fn new(retry: Duration, remembered: Option<Vec<String>>) -> Self {
        let (kind, endpoint) = (List::Departments, Endpoint::Departments);
        let list = SingleList::new(kind, endpoint, DEPARTMENTS_EVERY, retry);
        Self {
            scans: ListScans::new(list, UNRESERVED),
            members: Members::new(DEPARTMENTS_EVERY),
            filter: remembered,
            trouble: None,
        }
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        // A filter may name an archived department: its chats continue.
        let is_filtered = !context.plan.departments.is_empty();
        let with_archived = is_filtered && context.capabilities.archived_departments();
        let query = |_, page| departments::query(page, with_archived);
        match self.scans.run(query, |_| {}, context).await {
            Ok(Some([rows])) => self.take(&distinct(rows, |row| &row.id), context, &mut outcome),
            Ok(None) => {}
            Err(failure) if is_filtered && self.filter.is_none() => {
                self.fail_the_filter(&context.plan.departments, failure, &mut outcome);
            }
            Err(failure) => self.scans.list.fail(failure, &mut outcome),
        }
        // Every round records the departments of the filter as seen: they are not forgotten, and a saved state has them.
        for id in self.filter.iter().flatten() {
            outcome.seen_names.departments.note(id, None);
        }
        outcome
    }

    fn take(
        &mut self,
        rows: &[DepartmentRow],
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let (mut ids, mut chat_limits) = (Vec::<Arc<str>>::new(), BTreeMap::new());
        for row in rows.iter().filter(|row| is_wanted(row, context)) {
            let id = outcome.seen_names.departments.note(&row.id, row.name.as_deref());
            let limit = row.chat_limit.filter(|limit| *limit > 0);
            chat_limits.extend(limit.map(|limit| (Arc::clone(&id), limit)));
            ids.push(id);
        }
        self.members.list(&ids);
        outcome.updates.push(Update::Departments(ids));
        outcome.updates.push(Update::ChatLimits(chat_limits));
        let known = || rows.iter().map(|row| (&*row.id, row.name.as_deref()));
        match resolution::resolve(&context.plan.departments, |word| called(known(), word)) {
            Ok(ids) => self.filter = Some(ids),
            Err(unknown) => {
                let failure = resolution::not_listed(&unknown, rows.len());
                if self.filter.is_some() && self.scans.has_gaps {
                    // A department that was known may be in a row that was not read.
                    return self.scans.list.fail(failure, outcome);
                }
                self.scans.list.fail_as_mandatory(&failure, outcome);
                (self.filter, self.trouble) = (None, Some(failure));
            }
        }
    }

    /// Records a failure while the ids of the filter are unknown. No other request is possible without them, so the
    /// retry follows the backoff and not the ten minutes of a refusal.
    fn fail_the_filter(&mut self, named: &[String], failure: Failure, outcome: &mut PollOutcome) {
        self.scans.list.fail_as_mandatory(&failure, outcome);
        self.trouble = Some(match failure.reason {
            Reason::Forbidden | Reason::NotFound => resolution::not_readable(named, &failure),
            _ => failure,
        });
    }

    /// Ids of the departments in the filter. `Err` holds the reason why they are not known, if it was not reported
    /// before.
    pub(crate) fn wanted(&mut self, named: &[String]) -> Result<Vec<String>, Option<Failure>> {
        match &self.filter {
            _ if named.is_empty() => Ok(Vec::new()),
            Some(ids) => Ok(ids.clone()),
            None => Err(self.trouble.take()),
        }
    }
}

fn is_wanted(row: &DepartmentRow, context: &PollContext<'_>) -> bool {
    let wanted = &context.plan.departments;
    wanted.is_empty() || wanted.iter().any(|wanted| is_called(&row.id, row.name.as_deref(), wanted))
}

/// All agents.
#[derive(Debug)]
pub(crate) struct AgentsRoute {
    pub(crate) scans: ListScans<AgentRow>,
    /// True if the rows contain the departments of each agent; `None` before the first complete list.
    contains_members: Option<bool>,
}

impl AgentsRoute {
    pub(crate) fn new(interval: Duration) -> Self {
        let list = SingleList::new(List::Agents, Endpoint::Agents, interval, interval);
        Self { scans: ListScans::new(list, UNRESERVED), contains_members: None }
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        let query = |_, page| agents::query(page);
        match self.scans.run(query, |_| {}, context).await {
            Ok(Some([rows])) => self.take(&distinct(rows, |row| &row.id), context, &mut outcome),
            Ok(None) => {}
            Err(failure) => self.scans.list.fail(failure, &mut outcome),
        }
        outcome
    }

    fn take(&mut self, rows: &[AgentRow], context: &PollContext<'_>, outcome: &mut PollOutcome) {
        let contains_members = agents::contain_departments(rows);
        let (mut agents, mut members) = (Vec::new(), BTreeMap::<Arc<str>, Vec<Arc<str>>>::new());
        for row in rows.iter().filter(|row| context.plan.wants_agent(Some(&row.id))) {
            let agent = Agent::of(row, &mut outcome.seen_names);
            let departments = row.departments.iter().flatten();
            for department in departments.filter(|id| context.wants_department(Some(id))) {
                let members = members.entry(Arc::from(&**department)).or_default();
                members.push(Arc::clone(&agent.id));
            }
            agents.push(agent);
        }
        self.contains_members = Some(contains_members);
        outcome.updates.push(Update::Agents(agents));
        outcome.updates.extend(contains_members.then_some(Update::AllMembers(members)));
    }

    /// True if the list can be read and contains the members of departments.
    pub(crate) fn contains_members(&self) -> bool {
        self.contains_members == Some(true) && !self.scans.list.status.refused
    }

    /// True if the members must be asked for by department.
    pub(crate) fn must_ask_by_department(&self) -> bool {
        self.contains_members == Some(false) || self.scans.list.status.refused
    }
}
