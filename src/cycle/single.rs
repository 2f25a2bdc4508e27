//! What the routes with one list of their own share: due, asked for, failed, refused.
//!
//! Used by the routes of loads, calls and the directory. The list's rows and walk are the route's own.

use std::time::Duration;

use tokio::time::Instant;

use super::errand::{Errand, Harvest, Pause};
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
}

impl SingleList {
    /// A list wanted every `interval`; after a failure it is retried as the polling interval `retry` asks.
    pub(crate) fn new(list: List, endpoint: Endpoint, interval: Duration, retry: Duration) -> Self {
        let mut status = ListStatus::new(list, retry);
        status.plan(interval);
        Self { status, endpoint, interval, pause: Pause::new(retry) }
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
    pub(crate) fn complete(&mut self, pages: u32, is_truncated: bool, errand: &Errand<'_>) {
        self.pause.succeeded();
        let wall = errand.client.clock().local();
        self.status.complete(pages, is_truncated, Instant::now(), wall);
        let demand = Demand { list: self.status.list, pages, interval: self.interval };
        let budget = f64::from(errand.client.per_minute(self.endpoint));
        for (_, interval) in schedule::rest_intervals(&[demand], budget) {
            self.status.plan(interval);
        }
    }

    /// An attempt failed. A 403 on an optional list is how this token is, not a failure.
    pub(crate) fn fail(&mut self, failure: &Failure, harvest: &mut Harvest) {
        let now = Instant::now();
        harvest.note(failure);
        if !self.status.list.is_mandatory() && failure.reason == Reason::Forbidden {
            return self.status.refuse(failure, now);
        }
        self.status.fail(failure, now);
        if failure.reason.concerns_the_route() {
            self.pause.failed(now);
        }
    }
}
