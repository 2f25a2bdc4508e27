//! A small list that is read beside the rounds of requests, so that a slow answer delays no other list.
//!
//! The reading is a task of its own. A round starts the task and takes the result of a task that has ended; no round
//! waits, except for the first answer after a start, because the answer decides labels. All these lists are optional.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::poll_context::{PollContext, PollOutcome, UNRESERVED};
use super::single::SingleList;
use super::status::Records;
use crate::omnichannel::list::List;
use crate::rocketchat::client::Client;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{OffsetPager, PageRequest};
use crate::rocketchat::query::Query;

/// Names, policies, hours and licences change rarely.
pub(crate) const LIST_INTERVAL: Duration = Duration::from_secs(600);
/// Longest wait of a round for the first answers after a start.
pub(crate) const FIRST_ANSWERS: Duration = Duration::from_secs(2);
/// Longest wait for the budget of the route; longer than any pause that an answer can impose.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// A list that is read beside the rounds.
#[derive(Debug)]
pub(crate) struct BackgroundList<R> {
    pub(crate) list: SingleList,
    /// The task of the reading; empty between two readings. A drop ends the task.
    task: JoinSet<Result<OffsetPager<R>, Failure>>,
}

impl<R: Row + 'static> BackgroundList<R> {
    /// A list that is read every ten minutes; `retry` is the pause after the first failure.
    pub(crate) fn new(list: List, endpoint: Endpoint, retry: Duration) -> Self {
        Self { list: SingleList::new(list, endpoint, LIST_INTERVAL, retry), task: JoinSet::new() }
    }

    /// Starts the reading of all pages if the list is due.
    pub(crate) fn begin_pages(
        &mut self,
        context: &PollContext<'_>,
        query: fn(PageRequest) -> Query,
    ) {
        let client = Arc::clone(context.client);
        let read = read_pages(client, self.list.endpoint, query, context.plan.max_pages);
        self.begin(read);
    }

    /// Starts the reading of a single object if the list is due.
    pub(crate) fn begin_object(&mut self, context: &PollContext<'_>, query: Query) {
        let (client, endpoint) = (Arc::clone(context.client), self.list.endpoint);
        self.begin(
            async move { Ok(OffsetPager::of_one_page(page(&client, endpoint, &query).await?)) },
        );
    }

    /// Starts a reading if the list is due.
    pub(crate) fn begin(
        &mut self,
        read: impl Future<Output = Result<OffsetPager<R>, Failure>> + Send + 'static,
    ) {
        let now = Instant::now();
        if self.task.is_empty() && self.list.is_due(now) {
            self.list.status.begin(now, now);
            self.task.spawn(read);
        }
    }

    /// The rows of a reading that has ended since the last call. Records a failure. The first answer is waited for,
    /// until `until`.
    pub(crate) async fn end(
        &mut self,
        context: &PollContext<'_>,
        until: Instant,
        outcome: &mut PollOutcome,
    ) -> Option<Vec<R>> {
        match self.ended(until).await? {
            Ok(read) => {
                let new = read.rows.len() as u64;
                let records = Records { new, duplicate: 0, invalid: read.invalid };
                self.list.status.count(records);
                self.list.complete(read.pages(), !read.is_complete(), context);
                Some(read.rows)
            }
            Err(failure) => {
                let (own, version) = (context.plan.own_chats_only, context.capabilities.version());
                self.list.fail_or_doubt(failure.of_server(own, version), outcome);
                None
            }
        }
    }

    async fn ended(&mut self, until: Instant) -> Option<Result<OffsetPager<R>, Failure>> {
        let status = &self.list.status;
        let was_answered = status.refreshed.is_some() || status.last_failure.is_some();
        let joined = if was_answered {
            self.task.try_join_next()?
        } else {
            timeout_at(until, self.task.join_next()).await.ok()??
        };
        match joined {
            Ok(read) => Some(read),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }
}

pub(crate) async fn read_pages<R: Row>(
    client: Arc<Client>,
    endpoint: Endpoint,
    query: fn(PageRequest) -> Query,
    max_pages: u32,
) -> Result<OffsetPager<R>, Failure> {
    let mut list = OffsetPager::default();
    while let Some(request) = list.next(max_pages) {
        list.absorb(page(&client, endpoint, &query(request)).await?);
    }
    Ok(list)
}

/// One page, as soon as the budget of the route allows the request.
async fn page<R: Row>(
    client: &Client,
    endpoint: Endpoint,
    query: &Query,
) -> Result<Page<R>, Failure> {
    let permit = client.permit(endpoint, UNRESERVED, LONGEST_WAIT).await;
    let none = || Failure::new(endpoint, Reason::Overdue, "no request within the budget");
    client.page(permit.ok_or_else(none)?, None, query).await
}
