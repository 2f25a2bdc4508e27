//! Behaviour shared by the routes that have one list: due time, pause, failure, refusal.
//!
//! The rows and the walk over pages stay in each route, because they differ.

use std::time::Duration;

use tokio::time::Instant;

use super::poll_context::{Pause, PollContext, PollOutcome};
use super::schedule::{self, Demand};
use super::status::ListStatus;
use crate::omnichannel::list::List;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::limiter::RequestCount;

/// The one list of a route.
#[derive(Debug)]
pub(crate) struct SingleList {
    pub(crate) status: ListStatus,
    pub(crate) endpoint: Endpoint,
    interval: Duration,
    pause: Pause,
    /// A failure that may mean that the endpoint does not exist; `judge` decides at the end of the round.
    doubtful: Option<Failure>,
}

impl SingleList {
    /// A list that is read every `interval`. `retry` is the polling interval that the backoff after a failure starts
    /// from.
    pub(crate) fn new(list: List, endpoint: Endpoint, interval: Duration, retry: Duration) -> Self {
        let mut status = ListStatus::new(list, retry);
        status.plan(interval);
        Self { status, endpoint, interval, pause: Pause::new(retry), doubtful: None }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.pause.is_over(now) && self.status.is_due(self.interval, now)
    }

    /// Begins a scan that is due or that webhooks ask for. Returns false if neither is so.
    pub(crate) fn begin(&mut self, context: &PollContext<'_>) -> bool {
        let now = Instant::now();
        match context.nudged {
            Some(nudged) if nudged.contains(self.status.list) => self.status.begin_early(now),
            None if self.is_due(now) => self.status.begin(context.began, now),
            _ => return false,
        }
        true
    }

    /// True if no failure pauses the list, and the budget allows to read it now, in addition to the planned polls.
    pub(crate) fn is_affordable(&self, context: &PollContext<'_>) -> bool {
        let now = Instant::now();
        let pages = self.status.pages;
        let planned = self.status.planned(self.interval, pages, true, now);
        let requests = RequestCount::default().and(pages, true);
        self.may_go_on(now) && context.client.allows_extra(self.endpoint, requests, 0, &[planned])
    }

    pub(crate) fn may_go_on(&self, now: Instant) -> bool {
        self.pause.is_over(now) && !self.status.is_paused(now)
    }

    /// Ends of the pauses after failures.
    pub(crate) fn resumptions(&self) -> impl Iterator<Item = Instant> {
        self.pause.until.into_iter().chain(self.status.resumes_at())
    }

    /// Records a complete scan of `pages` pages.
    pub(crate) fn complete(&mut self, pages: u32, is_truncated: bool, context: &PollContext<'_>) {
        self.pause.succeeded();
        let wall = context.client.clock().local();
        self.status.complete(pages, is_truncated, Instant::now(), wall);
        self.plan(pages, context);
    }

    /// Plans the interval of a scan that the budget has stopped after `pages` pages.
    pub(crate) fn wait_after(&mut self, pages: u32, context: &PollContext<'_>) {
        self.plan(self.status.pages.max(pages), context);
    }

    pub(crate) fn note_overdue(&mut self, now: Instant, blocking: Option<&Failure>) {
        self.status.note_overdue(self.endpoint, now, blocking);
    }

    fn plan(&mut self, pages: u32, context: &PollContext<'_>) {
        let demand = Demand { list: self.status.list, pages, interval: self.interval };
        let budget = f64::from(context.client.per_minute(self.endpoint));
        for (_, interval) in schedule::rest_intervals(&[demand], budget) {
            self.status.plan(interval);
        }
    }

    /// Records a failed attempt. For an optional list a 403 means that the token lacks a permission, which is a refusal
    /// and not a failure; `judge` decides about a 404.
    pub(crate) fn fail(&mut self, failure: Failure, outcome: &mut PollOutcome) {
        outcome.note(&failure);
        match failure.reason {
            _ if self.status.list.is_mandatory() => self.count_failure(&failure),
            Reason::Forbidden => self.status.refuse(&failure, Instant::now()),
            Reason::NotFound => self.doubtful = Some(failure),
            _ => self.count_failure(&failure),
        }
    }

    /// Records a failed attempt of a list that all other requests depend on. It is never a refusal.
    pub(crate) fn fail_as_mandatory(&mut self, failure: &Failure, outcome: &mut PollOutcome) {
        outcome.note(failure);
        self.count_failure(failure);
    }

    /// Records a failed attempt of a list whose endpoint some servers do not have. Old servers answer a path without a
    /// route with the page of the web client, which is not JSON. After a first answer it is an ordinary failure: one cut
    /// answer must not end the reading.
    pub(crate) fn fail_or_doubt(&mut self, failure: Failure, outcome: &mut PollOutcome) {
        if failure.reason == Reason::Decode && self.status.refreshed.is_none() {
            self.doubtful = Some(failure);
        } else {
            self.fail(failure, outcome);
        }
    }

    /// Decides about the kept failure: a refusal if the rest of the API answered in this round, otherwise a failure.
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
