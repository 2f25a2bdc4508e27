//! The traffic with one server: requests, durations, announced limits, waits for the budget.
//!
//! Filled by the client while it works, read by `exposition::families` at each render.
//! Counts only; it decides nothing. Every map is bounded by closed sets of keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::endpoint::Endpoint;
use super::limiter::Announcement;
use crate::histogram::{Bounds, Buckets};

/// Upper bounds, in seconds, of the histogram of API request durations.
pub const REQUEST_SECONDS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What became of a request, as the label `code`: an HTTP status or that there was none.
pub type Code = u16;
/// The code of a request that got no answer.
pub const NO_ANSWER: Code = 0;

/// The traffic of one workspace with its server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Requests by endpoint and status.
    pub requests: BTreeMap<(Endpoint, Code), u64>,
    /// Requests by endpoint that were sent once more, because their connection ended before the head of an
    /// answer was complete.
    pub retries: BTreeMap<Endpoint, u64>,
    /// Durations by endpoint.
    pub durations: BTreeMap<Endpoint, Buckets>,
    /// The last announced rate limit by endpoint, with the window's end in epoch seconds.
    pub limits: BTreeMap<Endpoint, (Announcement, f64)>,
    /// Seconds spent waiting for our own budget, by endpoint.
    pub throttled_seconds: BTreeMap<Endpoint, f64>,
}

/// The account of one workspace, shared by its client and its cycle.
#[derive(Debug, Default)]
pub struct RequestStats {
    traffic: Mutex<Traffic>,
}

impl RequestStats {
    /// Everything counted so far.
    pub fn traffic(&self) -> Traffic {
        self.locked(|traffic| traffic.clone())
    }

    /// A request ended with this code after this time.
    pub fn requested(&self, endpoint: Endpoint, code: Code, took: Duration) {
        self.locked(|traffic| {
            *traffic.requests.entry((endpoint, code)).or_default() += 1;
            let durations = traffic.durations.entry(endpoint);
            let durations =
                durations.or_insert_with(|| Buckets::new(&Bounds::new(REQUEST_SECONDS)));
            let _is_possible = durations.observe(took.as_secs_f64());
        });
    }

    /// A request is sent once more.
    pub fn retried(&self, endpoint: Endpoint) {
        self.locked(|traffic| *traffic.retries.entry(endpoint).or_default() += 1);
    }

    /// The server announced its limit; `reset_at` in epoch seconds.
    pub fn announced(&self, endpoint: Endpoint, announcement: Option<Announcement>, reset_at: f64) {
        self.locked(|traffic| match announcement {
            Some(announcement) => {
                traffic.limits.insert(endpoint, (announcement, reset_at));
            }
            None => {
                traffic.limits.remove(&endpoint);
            }
        });
    }

    /// Our own budget made a request wait, or come later.
    pub fn throttled(&self, endpoint: Endpoint, wait: Duration) {
        self.locked(|traffic| {
            *traffic.throttled_seconds.entry(endpoint).or_default() += wait.as_secs_f64();
        });
    }

    fn locked<T>(&self, action: impl FnOnce(&mut Traffic) -> T) -> T {
        action(&mut self.traffic.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_endpoint_and_code_and_timed_by_endpoint() {
        let request_stats = RequestStats::default();
        for (code, millis) in [(200, 4), (200, 30), (NO_ANSWER, 60_000)] {
            request_stats.requested(Endpoint::Me, code, Duration::from_millis(millis));
        }
        let traffic = request_stats.traffic();
        let durations = traffic.durations.get(&Endpoint::Me).unwrap();
        assert_eq!((durations.count(), durations.cumulative().last()), (3, Some((10.0, 2))));
        assert!((durations.sum() - 60.034).abs() < 1e-9);
        assert_eq!(traffic.requests.get(&(Endpoint::Me, 200)), Some(&2));
        assert_eq!(traffic.requests.get(&(Endpoint::Me, NO_ANSWER)), Some(&1));
    }
}
