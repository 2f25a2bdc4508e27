//! Manual requests to a workspace: one at a time, in the form of the cycle's requests and within the same budget.
//!
//! The module decides neither which requests are sent nor what an answer means.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::config::Workspace;
use crate::cycle::Plan;
use crate::omnichannel::labels::names::called;
use crate::rocketchat::departments::{self, DepartmentRow};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::http_settings::HttpSettingsError;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{OffsetPager, PageRequest, Pager};
use crate::rocketchat::query::Query;
use crate::rocketchat::visitor::{VisitorRow, WithVisitor};
use crate::wiring::{self, RateLimiters, WorkspaceClient};

/// A request without a usable answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueryError {
    /// The exporter's own budget allows no request for now.
    #[error(
        "{}: the request budget of this route is used up; wait a minute or grant the permission api-bypass-rate-limit",
        .0.route()
    )]
    Budget(Endpoint),
    /// The request was sent, and no usable answer came.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The completeness of lists that were read, the least complete last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Completeness {
    /// All rows were read.
    Whole,
    /// Only a part was read: the wanted rows, or as many as page limit and budget allow.
    Part,
}

/// A row, with its visitor if visitors were requested.
pub(crate) type Seen<R> = (R, Option<VisitorRow>);

/// A list, and the part of it that is read.
pub(crate) struct Walk<R, Q, P> {
    pub(crate) endpoint: Endpoint,
    /// Builds the query of a page.
    pub(crate) query: Q,
    /// The id of a row, and the time in whose order the list is.
    pub(crate) key: fn(&R) -> (&str, Option<Timestamp>),
    /// The sequence of its pages.
    pub(crate) pager: P,
    /// True if the visitors are read too.
    pub(crate) visitors: bool,
}

/// The client for manual requests to one workspace.
#[derive(Debug)]
pub(crate) struct OperatorClient {
    pub(crate) workspace_client: WorkspaceClient,
    pub(crate) plan: Plan,
    /// Longest wait of one request for the budget.
    pub(crate) patience: Duration,
}

impl OperatorClient {
    /// Reads the certificate files; sends no request yet.
    pub(crate) fn new(
        workspace: &Workspace,
        clock: &Clock,
        rate_limiters: &mut RateLimiters,
    ) -> Result<Self, HttpSettingsError> {
        let transport = wiring::transport(workspace)?;
        let client = wiring::client_over(workspace, clock.clone(), rate_limiters, transport);
        Ok(Self::of(client, workspace))
    }

    /// The client that sends its requests by this client of the workspace.
    pub(crate) fn of(workspace_client: WorkspaceClient, workspace: &Workspace) -> Self {
        let plan = wiring::plan(workspace);
        Self { workspace_client, plan, patience: workspace.poll.timeout }
    }

    /// One page of a list.
    pub(crate) async fn page<R: Row>(
        &self,
        endpoint: Endpoint,
        id: Option<&str>,
        query: &Query,
    ) -> Result<Page<R>, QueryError> {
        let client = &self.workspace_client.client;
        let permit = client.permit(endpoint, RequestPriority::First, self.patience).await;
        let permit = permit.ok_or(QueryError::Budget(endpoint))?;
        let page = client.page(permit, id, query).await;
        Ok(page.map_err(|failure| failure.of_server(self.plan.own_chats_only, None))?)
    }

    /// One page of a list, with the visitors if they are requested; else their data is not decoded.
    pub(crate) async fn seen_page<R: Row>(
        &self,
        endpoint: Endpoint,
        query: &Query,
        visitors: bool,
    ) -> Result<Page<Seen<R>>, QueryError> {
        if visitors {
            let page = self.page::<WithVisitor<R>>(endpoint, None, query).await?;
            return Ok(of_rows(page, |it| (it.row, Some(it.visitor))));
        }
        Ok(of_rows(self.page(endpoint, None, query).await?, |row| (row, None)))
    }

    /// Passes the rows of a list to `take`, page by page and each row once, together with the latest time so far. Stops
    /// when `take` returns `true` because it has enough.
    pub(crate) async fn walk<R: Row>(
        &self,
        walk: Walk<R, impl Fn(PageRequest) -> Query, impl Pager>,
        mut take: impl FnMut(Vec<Seen<R>>, Option<Timestamp>) -> Result<bool, Failure>,
    ) -> Result<Completeness, QueryError> {
        let Walk { endpoint, query, key, mut pager, visitors } = walk;
        let mut last = None;
        while let Some(request) = pager.next() {
            if pager.pages() >= self.plan.max_pages {
                return Ok(Completeness::Part);
            }
            let page = self.seen_page(endpoint, &query(request), visitors).await;
            let Some(page) = unless_ended(pager.pages(), page)? else {
                return Ok(Completeness::Part);
            };
            let keys: Vec<_> = page.rows.iter().map(|(row, _)| key(row)).collect();
            last = keys.iter().filter_map(|(_, at)| *at).max().or(last);
            let is_new = pager
                .absorb(&keys, page.received(), page.total)
                .map_err(|error| error.failure(endpoint))?;
            let new = page.rows.into_iter().zip(is_new).filter(|(_, is_new)| *is_new);
            let new = new.map(|(row, _)| row).collect();
            if take(new, last)? && pager.next().is_some() {
                return Ok(Completeness::Part);
            }
        }
        Ok(Completeness::Whole)
    }

    /// The rows of a small list.
    pub(crate) async fn leaf_through<R: Row>(
        &self,
        endpoint: Endpoint,
        query: impl Fn(PageRequest) -> Query,
    ) -> Result<(Vec<R>, Completeness), QueryError> {
        let mut list = OffsetPager::default();
        while let Some(request) = list.next(self.plan.max_pages) {
            let page = self.page(endpoint, None, &query(request)).await;
            let Some(page) = unless_ended(list.pages(), page)? else { break };
            list.absorb(page);
        }
        let is_whole = list.is_complete();
        Ok((list.rows, if is_whole { Completeness::Whole } else { Completeness::Part }))
    }

    /// The departments that the server lists, archived ones included if `with_archived`.
    pub(crate) async fn departments(&self, with_archived: bool) -> Result<Departments, QueryError> {
        let query = |page| departments::query(page, with_archived);
        let (rows, completeness) =
            self.leaf_through::<DepartmentRow>(Endpoint::Departments, query).await?;
        let chat_limits = rows.iter().filter_map(|row| row.chat_limit.filter(|limit| *limit > 0));
        let chat_limits = chat_limits.collect();
        let names = rows.into_iter().map(|row| (row.id, row.name)).collect();
        Ok(Departments { names, chat_limits, completeness })
    }
}

/// The page after `pages` pages of a list; `None` if the budget ends the list there.
fn unless_ended<R>(
    pages: u32,
    page: Result<Page<R>, QueryError>,
) -> Result<Option<Page<R>>, QueryError> {
    match page {
        Err(QueryError::Budget(_)) if pages > 0 => Ok(None),
        outcome => outcome.map(Some),
    }
}

fn of_rows<A, B>(page: Page<A>, row: impl FnMut(A) -> B) -> Page<B> {
    let Page { rows, total, invalid } = page;
    Page { rows: rows.into_iter().map(row).collect(), total, invalid }
}

/// The departments by id, as far as they were read.
#[derive(Debug)]
pub(crate) struct Departments {
    /// The ids, each with its name if it has one.
    pub(crate) names: BTreeMap<Box<str>, Option<Box<str>>>,
    /// The limits of chats of the departments that have one.
    pub(crate) chat_limits: Vec<u64>,
    /// `Whole` if all departments were read.
    pub(crate) completeness: Completeness,
}

impl Departments {
    /// An empty list in the place of a list that could not be read.
    pub(crate) const fn unknown() -> Self {
        Self { names: BTreeMap::new(), chat_limits: Vec::new(), completeness: Completeness::Part }
    }

    /// The first id; `None` if no department was read.
    pub(crate) fn first(&self) -> Option<&str> {
        self.names.keys().next().map(|id| &**id)
    }

    /// The ids of the departments that have this name or this id; a name is not unique.
    pub(crate) fn named(&self, wanted: &str) -> Vec<String> {
        called(self.names.iter().map(|(id, name)| (&**id, name.as_deref())), wanted)
    }
}
