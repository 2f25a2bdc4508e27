//! The statistics of the requests to one server: requests, durations, announced limits, waits for the budget.
//!
//! The module only counts and decides nothing. Every map has keys from closed sets, so its size is limited.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::endpoint::Endpoint;
use super::limiter::Announcement;
use crate::histogram::{Bounds, Buckets};

/// Upper bounds, in seconds, of the histogram of API request durations.
pub const REQUEST_SECONDS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The label `code` of a request: an HTTP status, or [`NO_ANSWER`].
pub type Code = u16;
/// The code of a request without an answer.
pub const NO_ANSWER: Code = 0;

/// The statistics of one workspace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Requests by endpoint and status.
    pub requests: BTreeMap<(Endpoint, Code), u64>,
    /// Requests by endpoint that were sent a second time, because their connection ended before the head of an answer
    /// was complete.
    pub retries: BTreeMap<Endpoint, u64>,
    /// Durations by endpoint, seconds.
    pub durations: BTreeMap<Endpoint, Buckets>,
    /// The last announced rate limit by endpoint, with the end of the window in epoch seconds.
    pub limits: BTreeMap<Endpoint, (Announcement, f64)>,
    /// Seconds of waiting for our own budget, by endpoint.
    pub throttled_seconds: BTreeMap<Endpoint, f64>,
}

/// The shared statistics of one workspace.
#[derive(Debug, Default)]
pub struct RequestStats {
    traffic: Mutex<Traffic>,
}

impl RequestStats {
    /// A copy of the statistics so far.
    pub fn traffic(&self) -> Traffic {
        self.traffic.lock().clone()
    }

    /// Counts a request that ended with this code after this time.
    pub fn requested(&self, endpoint: Endpoint, code: Code, took: Duration) {
        let mut traffic = self.traffic.lock();
        *traffic.requests.entry((endpoint, code)).or_default() += 1;
        let durations = traffic.durations.entry(endpoint);
        let durations = durations.or_insert_with(|| Buckets::new(&Bounds::new(REQUEST_SECONDS)));
        let _is_possible = durations.observe(took.as_secs_f64());
    }

    /// Counts a request that is sent a second time.
    pub fn retried(&self, endpoint: Endpoint) {
        *self.traffic.lock().retries.entry(endpoint).or_default() += 1;
    }

    /// Stores the limit that the server announced, or removes it if the server announced none; `reset_at` in epoch
    /// seconds.
    pub fn announced(&self, endpoint: Endpoint, announcement: Option<Announcement>, reset_at: f64) {
        let mut traffic = self.traffic.lock();
        match announcement {
            Some(announcement) => traffic.limits.insert(endpoint, (announcement, reset_at)),
            None => traffic.limits.remove(&endpoint),
        };
    }

    /// Adds the time that our own budget delayed a request.
    pub fn throttled(&self, endpoint: Endpoint, wait: Duration) {
        *self.traffic.lock().throttled_seconds.entry(endpoint).or_default() += wait.as_secs_f64();
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
