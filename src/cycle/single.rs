//! What the routes with one list of their own share: due, asked for, failed, refused.
//!
//! Used by the routes of loads, calls and the directory. The list's rows and walk are the route's own.

use std::time::Duration;

use tokio::time::Instant;

use super::poll_context::{Pause, PollContext, PollOutcome};
use super::schedule::{self, Demand};
use super::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};

/// The one list of a route.
#[derive(Debug)]
pub(crate) struct SingleList {
    pub(crate) status: ListStatus,
    endpoint: Endpoint,
    interval: Duration,
    pause: Pause,
    /// A failure that may mean that there is no such endpoint.
    doubtful: Option<Failure>,
}

impl SingleList {
    /// A list wanted every `interval`; after a failure it is retried as the polling interval `retry` asks.
    pub(crate) fn new(list: List, endpoint: Endpoint, interval: Duration, retry: Duration) -> Self {
        let mut status = ListStatus::new(list, retry);
        status.plan(interval);
        Self { status, endpoint, interval, pause: Pause::new(retry), doubtful: None }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.pause.is_over(now) && self.status.is_due(self.interval, now)
    }

    pub(crate) fn may_go_on(&self, now: Instant) -> bool {
        self.pause.is_over(now) && !self.status.is_paused(now)
    }

    /// When pauses after failures end.
    pub(crate) fn resumptions(&self) -> impl Iterator<Item = Instant> {
        self.pause.ends_at().into_iter().chain(self.status.resumes_at())
    }

    /// A scan of `pages` pages is complete.
    pub(crate) fn complete(&mut self, pages: u32, is_truncated: bool, context: &PollContext<'_>) {
        self.pause.succeeded();
        let wall = context.client.clock().local();
        self.status.complete(pages, is_truncated, Instant::now(), wall);
        self.plan(pages, context);
    }

    /// The budget holds back a scan that has taken so many pages.
    pub(crate) fn wait_after(&mut self, pages: u32, context: &PollContext<'_>) {
        self.plan(self.status.pages.max(pages), context);
    }

    pub(crate) fn note_overdue(&mut self, now: Instant) {
        self.status.note_overdue(self.endpoint, now);
    }

    fn plan(&mut self, pages: u32, context: &PollContext<'_>) {
        let demand = Demand { list: self.status.list, pages, interval: self.interval };
        let budget = f64::from(context.client.per_minute(self.endpoint));
        for (_, interval) in schedule::rest_intervals(&[demand], budget) {
            self.status.plan(interval);
        }
    }

    /// An attempt failed. A 403 on an optional list is how this token is, not a failure; a 404 is judged later.
    pub(crate) fn fail(&mut self, failure: Failure, outcome: &mut PollOutcome) {
        outcome.note(&failure);
        match failure.reason {
            _ if self.status.list.is_mandatory() => self.count_failure(&failure),
            Reason::Forbidden => self.status.refuse(&failure, Instant::now()),
            Reason::NotFound => self.doubt(failure),
            _ => self.count_failure(&failure),
        }
    }

    /// An attempt failed, and so long as it does nothing else can be asked.
    pub(crate) fn fail_as_mandatory(&mut self, failure: &Failure, outcome: &mut PollOutcome) {
        outcome.note(failure);
        self.count_failure(failure);
    }

    /// This failure may mean that there is no such endpoint: the end of the round tells.
    pub(crate) fn doubt(&mut self, failure: Failure) {
        self.doubtful = Some(failure);
    }

    /// Judges what was in doubt, by whether the rest of the API answered meanwhile.
    pub(crate) fn judge(&mut self, api_answers: bool) {
        match self.doubtful.take() {
            Some(failure) if api_answers => self.status.refuse(&failure, Instant::now()),
            Some(failure) => self.count_failure(&failure),
            None => {}
        }
    }

    fn count_failure(&mut self, failure: &Failure) {
        let now = Instant::now();
        self.status.fail(failure, now);
        if failure.reason.concerns_the_route() {
            self.pause.failed(now);
        }
    }
}
