//! The requests of a backfill: one at a time, at its own rate, and again after a failure that passes.
//!
//! Every request goes through the client of the workspace and the limiter of its route. The rate of the backfill leaves
//! the rest of the server's limit to a running exporter and to people.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::operator::client::{OperatorClient, QueryError};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{OffsetPager, PageRequest};
use crate::rocketchat::query::Query;
use crate::rocketchat::retry::Backoff;

/// The backfill uses this part of the budget of a limited route: with the default limit of 10 a minute, 2 of our 5.
const SHARE: (u32, u32) = (2, 5);
/// Consecutive failures after which the run stops; with their pauses, about ten minutes.
const MOST_FAILURES: u32 = 12;
/// Longest wait of one request for the budget of its route, which a server can pause for five minutes.
const PATIENCE: Duration = Duration::from_secs(600);
/// Shortest pause after a failure.
const PAUSE: Duration = Duration::from_secs(5);
const MINUTE: Duration = Duration::from_secs(60);
/// The lists of rows, which decide the time of a run.
const ROW_LISTS: [Endpoint; 2] = [Endpoint::LivechatRooms, Endpoint::VoipRooms];

/// The requests of a run.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) client: OperatorClient,
    wanted_per_minute: Option<u32>,
    /// The last request of each route; the server limits each route by itself.
    last: BTreeMap<Endpoint, Instant>,
    backoff: Backoff,
    failures: u32,
    /// True if the log says that the server's limit is lower than the wanted rate.
    has_logged_limit: bool,
    /// Requests for rows that were sent. Those for names and hours are few, and have routes of their own.
    pub(super) sent: u64,
    /// Times of the first and the latest request for rows.
    span: Option<(Instant, Instant)>,
}

impl Requests {
    /// No request yet; `wanted_per_minute` is the rate on the command line.
    pub(super) fn new(mut client: OperatorClient, wanted_per_minute: Option<u32>) -> Self {
        client.patience = PATIENCE;
        Self {
            client,
            wanted_per_minute,
            last: BTreeMap::new(),
            backoff: Backoff::new(PAUSE),
            failures: 0,
            has_logged_limit: false,
            sent: 0,
            span: None,
        }
    }

    /// Requests per minute of this route: the wanted rate, as far as the server's limit allows.
    pub(super) fn per_minute(&self, endpoint: Endpoint) -> u32 {
        let client = &self.client.workspace_client.client;
        let allowed = client.per_minute(endpoint);
        let by_default =
            if client.is_limited(endpoint) { allowed * SHARE.0 / SHARE.1 } else { allowed };
        self.wanted_per_minute.unwrap_or(by_default).min(allowed).max(1)
    }

    /// Tells once that the server's limit is lower than the wanted rate.
    fn tell_limit(&mut self, endpoint: Endpoint) {
        let allowed = self.per_minute(endpoint);
        let Some(wanted) = self.wanted_per_minute.filter(|wanted| *wanted > allowed) else {
            return;
        };
        if !std::mem::replace(&mut self.has_logged_limit, true) {
            let route = endpoint.route();
            tracing::warn!(
                "--requests-per-minute {wanted}: half of the server's limit for {route} is {allowed}, which is \
                 used; for more, grant the permission api-bypass-rate-limit to the user."
            );
        }
    }

    /// The rows of a small list.
    pub(super) async fn leaf_through<R: Row>(
        &mut self,
        endpoint: Endpoint,
        query: impl Fn(PageRequest) -> Query,
    ) -> Result<Vec<R>, QueryError> {
        let mut list = OffsetPager::default();
        while let Some(request) = list.next(u32::MAX) {
            list.absorb(self.page(endpoint, &query(request)).await?.0);
        }
        Ok(list.rows)
    }

    /// One page of a list, and the time of its request by the server's clock.
    pub(super) async fn page<R: Row>(
        &mut self,
        endpoint: Endpoint,
        query: &Query,
    ) -> Result<(Page<R>, Timestamp), QueryError> {
        let has_rows = ROW_LISTS.contains(&endpoint);
        loop {
            self.wait(endpoint).await;
            let asked_at = self.client.workspace_client.clock.now();
            if has_rows {
                self.count();
            }
            match self.client.page(endpoint, None, query).await {
                Ok(page) => {
                    self.failures = 0;
                    self.backoff.succeeded();
                    if has_rows {
                        self.tell_limit(endpoint);
                    }
                    let clock = &self.client.workspace_client.clock;
                    return Ok((page, clock.time_of_request(asked_at)));
                }
                Err(QueryError::Failed(failure)) if self.may_try_again(&failure) => {
                    self.pause(&failure).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until the rate of the route allows a request.
    async fn wait(&mut self, endpoint: Endpoint) {
        let interval = MINUTE / self.per_minute(endpoint);
        if let Some(last) = self.last.get(&endpoint) {
            tokio::time::sleep_until(*last + interval).await;
        }
        self.last.insert(endpoint, Instant::now());
    }

    fn count(&mut self) {
        let now = Instant::now();
        self.sent += 1;
        self.span = Some((self.span.map_or(now, |(first, _)| first), now));
    }

    /// Requests a minute so far, as measured; `None` before the second request.
    pub(super) fn sent_per_minute(&self) -> Option<u64> {
        let (first, last) = self.span?;
        let milliseconds = u64::try_from(last.duration_since(first).as_millis()).ok()?;
        let distances = 60_000 * self.sent.saturating_sub(1);
        (distances + milliseconds / 2).checked_div(milliseconds)
    }

    fn may_try_again(&self, failure: &Failure) -> bool {
        use Reason::{Connect, Dns, RateLimited, Server, Timeout};
        let passes = matches!(failure.reason, Connect | Dns | RateLimited | Server | Timeout);
        passes && self.failures < MOST_FAILURES
    }

    async fn pause(&mut self, failure: &Failure) {
        self.failures += 1;
        let pause =
            self.backoff.failed(fastrand::f64()).max(failure.retry_after.unwrap_or_default());
        let pause_seconds = pause.as_secs();
        tracing::warn!(pause_seconds, "A request failed and is sent again: {failure}.");
        tokio::time::sleep(pause.min(PATIENCE)).await;
    }
}
