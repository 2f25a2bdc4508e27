//! The routes of the directory: departments, their members, and all agents.
//!
//! Departments come every ten minutes, their members one department at a time; agents every interval,
//! because idle ones are visible nowhere else. All of it is optional: a token may lack the permission.
//! Called by the gatherer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::errand::{Asked, Errand, Harvest, PAGE_ROWS};
use super::single::SingleList;
use super::status::Records;
use crate::omnichannel::agent::Agent;
use crate::omnichannel::floor::Update;
use crate::omnichannel::list::List;
use crate::rocketchat::agents::{self, AgentRow};
use crate::rocketchat::departments::{self, DepartmentRow, MemberRow};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{Offsets, PageRequest};
use crate::rocketchat::query::Query;

/// Names change rarely and members seldom.
const DEPARTMENTS_EVERY: Duration = Duration::from_secs(600);
const REST: Priority = Priority::Rest { reserved: 0 };

/// A row of the directory, known by its id.
trait Listed: Row {
    fn id(&self) -> &str;
}

impl Listed for DepartmentRow {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for AgentRow {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Rows that moved to the next page while it was asked for come twice.
fn distinct<R: Listed>(rows: Vec<R>) -> Vec<R> {
    let mut seen = std::collections::HashSet::new();
    rows.into_iter().filter(|row| seen.insert(row.id().to_owned())).collect()
}

/// A scan of a small list by offset.
#[derive(Debug)]
struct Listing<R> {
    endpoint: Endpoint,
    query: fn(PageRequest) -> Query,
    under_way: Option<(Offsets, Vec<R>)>,
}

impl<R: Listed> Listing<R> {
    fn new(endpoint: Endpoint, query: fn(PageRequest) -> Query) -> Self {
        Self { endpoint, query, under_way: None }
    }

    /// Goes on until the listing is complete or the round allows no more; the rows of a complete one.
    async fn run(
        &mut self,
        errand: &Errand<'_>,
        list: &mut SingleList,
        harvest: &mut Harvest,
    ) -> Option<Vec<R>> {
        let now = Instant::now();
        if self.under_way.is_none() && list.is_due(now) {
            self.under_way = Some((Offsets::new(PAGE_ROWS), Vec::new()));
            list.status.begin(now);
        }
        while list.may_go_on(Instant::now()) {
            let (walk, _) = self.under_way.as_ref()?;
            let is_truncated = walk.pages() >= errand.plan.max_pages && walk.next().is_some();
            let Some(page) = walk.next().filter(|_| !is_truncated) else {
                list.complete(walk.pages(), is_truncated, errand);
                return self.under_way.take().map(|(_, rows)| distinct(rows));
            };
            match errand.page::<R>(self.endpoint, REST, None, &(self.query)(page)).await {
                Asked::Later => return None,
                Asked::Page(page, _) => self.absorb(page, list),
                Asked::Failed(failure) => {
                    self.under_way = None;
                    list.fail(failure, harvest);
                }
            }
        }
        None
    }

    fn absorb(&mut self, page: Page<R>, list: &mut SingleList) {
        let Some((walk, rows)) = self.under_way.as_mut() else {
            return;
        };
        let (new, invalid) = (page.rows.len() as u64, page.invalid);
        list.status.count(Records { new, duplicate: 0, invalid });
        walk.absorb(page.received(), page.total);
        rows.extend(page.rows);
    }
}

/// Departments and their members.
#[derive(Debug)]
pub(crate) struct DepartmentsRoute {
    pub(crate) list: SingleList,
    listing: Listing<DepartmentRow>,
    /// When the members of each department were last asked for.
    members_asked: BTreeMap<Arc<str>, Option<Instant>>,
}

impl DepartmentsRoute {
    pub(crate) fn new(retry: Duration) -> Self {
        Self {
            list: SingleList::new(
                List::Departments,
                Endpoint::Departments,
                DEPARTMENTS_EVERY,
                retry,
            ),
            listing: Listing::new(Endpoint::Departments, departments::query),
            members_asked: BTreeMap::new(),
        }
    }

    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        if let Some(rows) = self.listing.run(errand, &mut self.list, &mut harvest).await {
            self.take(&rows, errand, &mut harvest);
        }
        harvest
    }

    fn take(&mut self, rows: &[DepartmentRow], errand: &Errand<'_>, harvest: &mut Harvest) {
        warn_of_unknown(rows, errand);
        let wanted = rows.iter().filter(|row| is_wanted(row, errand));
        let ids: Vec<Arc<str>> =
            wanted.map(|row| harvest.sightings.department(&row.id, row.name.as_deref())).collect();
        self.members_asked.retain(|id, _| ids.contains(id));
        for id in &ids {
            self.members_asked.entry(Arc::clone(id)).or_default();
        }
        harvest.updates.push(Update::Departments(ids));
    }

    /// Asks for members, one department at a time, the one that waits longest first.
    pub(crate) async fn gather_members(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        while self.list.may_go_on(Instant::now()) {
            let Some(id) = self.next_without_members() else {
                break;
            };
            match errand.page(Endpoint::Department, REST, Some(&id), &Query::default()).await {
                Asked::Later => break,
                Asked::Page(page, _) => {
                    self.members_asked.insert(Arc::clone(&id), Some(Instant::now()));
                    let row = |row: &MemberRow| {
                        harvest.sightings.agent(&row.agent_id, row.username.as_deref())
                    };
                    let members = page.rows.iter().map(row).collect();
                    harvest.updates.push(Update::Members(id, members));
                }
                Asked::Failed(failure) => {
                    self.fail_members(id, failure, errand, &mut harvest);
                    break;
                }
            }
        }
        harvest
    }

    fn next_without_members(&self) -> Option<Arc<str>> {
        let now = Instant::now();
        let due = |asked: &Option<Instant>| {
            asked.is_none_or(|at| now.saturating_duration_since(at) >= DEPARTMENTS_EVERY)
        };
        let waiting = self.members_asked.iter().filter(|(_, asked)| due(asked));
        waiting.min_by_key(|(_, asked)| **asked).map(|(id, _)| Arc::clone(id))
    }

    /// A department whose members are not told (deleted meanwhile, or hidden) is no failure of the list.
    fn fail_members(
        &mut self,
        id: Arc<str>,
        failure: Failure,
        errand: &Errand<'_>,
        harvest: &mut Harvest,
    ) {
        if failure.reason.concerns_the_route() {
            self.list.fail(failure, harvest);
            return;
        }
        tracing::debug!(workspace = &*errand.plan.workspace, "no members: {failure}");
        self.members_asked.insert(id, Some(Instant::now()));
    }

    /// Whether names of departments can be told from ids: the directory was read, or never can be.
    pub(crate) fn knows_names(&self) -> bool {
        self.list.status.refreshed.is_some() || self.list.status.refused
    }

    /// Why the directory could not be read.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.list.status.last_failure.as_ref().filter(|_| self.list.status.succeeded == Some(false))
    }
}

/// A configured department may be an id or a name.
fn is_named(row: &DepartmentRow, wanted: &str) -> bool {
    &*row.id == wanted || row.name.as_deref() == Some(wanted)
}

fn is_wanted(row: &DepartmentRow, errand: &Errand<'_>) -> bool {
    let wanted = &errand.plan.departments;
    wanted.is_empty() || wanted.iter().any(|wanted| is_named(row, wanted))
}

/// A misspelt department would show as an empty one for ever.
fn warn_of_unknown(rows: &[DepartmentRow], errand: &Errand<'_>) {
    let is_unknown = |wanted: &&String| !rows.iter().any(|row| is_named(row, wanted));
    for department in errand.plan.departments.iter().filter(is_unknown) {
        tracing::warn!(
            workspace = &*errand.plan.workspace,
            department,
            "filter.departments names a department that the server does not list"
        );
    }
}

/// All agents.
#[derive(Debug)]
pub(crate) struct AgentsRoute {
    pub(crate) list: SingleList,
    listing: Listing<AgentRow>,
}

impl AgentsRoute {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            list: SingleList::new(List::Agents, Endpoint::Agents, interval, interval),
            listing: Listing::new(Endpoint::Agents, agents::query),
        }
    }

    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        if let Some(rows) = self.listing.run(errand, &mut self.list, &mut harvest).await {
            let agents = rows.iter().filter(|row| errand.wants_agent(&row.id));
            let agents = agents.map(|row| Agent::of(row, &mut harvest.sightings)).collect();
            harvest.updates.push(Update::Agents(agents));
        }
        harvest
    }
}
