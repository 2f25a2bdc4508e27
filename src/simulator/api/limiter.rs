//! The server's rate limiter: a fixed window per route, in real time.
//!
//! Requests are counted even without a limit, so that tests can read the request rate of a client.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{answer::ApiAnswer, route::Route};
use crate::simulator::{version::ServerVersion, world::World};

/// Request counts of a route.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RouteUse {
    /// Requests answered with 429.
    pub refused: u32,
    /// Most requests in one window, refused requests included.
    pub busiest_window: u32,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    used: u32,
    total: RouteUse,
}

/// State of the limiter after one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    limit: u32,
    remaining: u32,
    until_reset: Duration,
}

#[derive(Debug)]
pub(super) struct ServerRateLimiter {
    limit: Option<u32>,
    length: Duration,
    windows: BTreeMap<Route, Window>,
}

impl ServerRateLimiter {
    pub(super) fn new(limit: Option<u32>, length: Duration) -> Self {
        Self { limit, length, windows: BTreeMap::new() }
    }

    pub(super) fn route_use(&self, route: Route) -> RouteUse {
        self.windows.get(&route).map(|window| window.total).unwrap_or_default()
    }

    /// Counts a request. If there is a limit, `allowance` receives the values for the headers of the answer.
    pub(super) fn admit(
        &mut self,
        version: ServerVersion,
        route: Route,
        allowance: &mut Option<Allowance>,
    ) -> Result<(), ApiAnswer> {
        let limit = self.limit.filter(|_| version.limits_requests());
        let limit = limit.map(|limit| route.own_limit().unwrap_or(limit));
        let window = self.count(route);
        let Some(limit) = limit else { return Ok(()) };
        let (used, elapsed) = (window.used, window.began.elapsed());
        let until_reset = self.length.saturating_sub(elapsed);
        *allowance = Some(Allowance { limit, remaining: limit.saturating_sub(used), until_reset });
        if used <= limit {
            return Ok(());
        }
        self.windows.entry(route).and_modify(|window| window.total.refused += 1);
        Err(too_many(until_reset))
    }

    fn count(&mut self, route: Route) -> &Window {
        let length = self.length;
        let fresh = || Window { began: Instant::now(), used: 0, total: RouteUse::default() };
        let window = self.windows.entry(route).or_insert_with(fresh);
        if window.began.elapsed() >= length {
            window.began = Instant::now();
            window.used = 0;
        }
        window.used += 1;
        window.total.busiest_window = window.total.busiest_window.max(window.used);
        window
    }
}

impl Allowance {
    /// Adds the rate limit headers. `x-ratelimit-reset` is an instant of the workspace's clock, in epoch
    /// milliseconds.
    pub(super) fn announce(&self, answer: ApiAnswer, world: &World) -> ApiAnswer {
        let reset = world.now() + self.until_reset;
        answer
            .with("x-ratelimit-limit", &self.limit)
            .with("x-ratelimit-remaining", &self.remaining)
            .with("x-ratelimit-reset", &reset.as_millisecond())
    }
}

fn too_many(until_reset: Duration) -> ApiAnswer {
    let seconds = until_reset.as_millis().div_ceil(1000);
    let error = format!(
        "Error, too many requests. Please slow down. You must wait {seconds} seconds before \
         trying this endpoint again. [error-too-many-requests]"
    );
    let body = json!({
        "success": false,
        "error": error,
        "errorType": "error-too-many-requests",
    });
    ApiAnswer::json(429, body)
}
