//! What this process counts of itself, one account a workspace.
//!
//! Filled by the client and the cycle while they work, read by `exposition::families` at each render.
//! Counts only; it decides nothing. Every map is bounded by closed sets of keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::limiter::Announcement;

/// Upper bounds, in seconds, of the histogram of API request durations.
pub const REQUEST_SECONDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// What became of a request, as the label `code`: an HTTP status or that there was none.
pub type Code = u16;
/// The code of a request that got no answer.
pub const NO_ANSWER: Code = 0;

/// Durations of one endpoint's requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Durations {
    /// Requests per bucket of [`REQUEST_SECONDS`], not cumulative; the last is `+Inf`.
    pub buckets: [u64; REQUEST_SECONDS.len() + 1],
    /// Sum of all durations, seconds.
    pub sum_seconds: f64,
}

impl Durations {
    fn observe(&mut self, seconds: f64) {
        let index = REQUEST_SECONDS.iter().position(|bound| seconds <= *bound);
        if let Some(bucket) = self.buckets.get_mut(index.unwrap_or(REQUEST_SECONDS.len())) {
            *bucket += 1;
        }
        self.sum_seconds += seconds;
    }
}

/// The traffic of one workspace with its server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Requests by endpoint and status.
    pub requests: BTreeMap<(Endpoint, Code), u64>,
    /// Durations by endpoint.
    pub durations: BTreeMap<Endpoint, Durations>,
    /// The last announced rate limit by endpoint, with the window's end in epoch seconds.
    pub limits: BTreeMap<Endpoint, (Announcement, f64)>,
    /// Seconds spent waiting for our own budget, by endpoint.
    pub throttled_seconds: BTreeMap<Endpoint, f64>,
}

/// The account of one workspace, shared by its client and its cycle.
#[derive(Debug, Default)]
pub struct Account {
    traffic: Mutex<Traffic>,
}

impl Account {
    /// Everything counted so far.
    pub fn traffic(&self) -> Traffic {
        self.locked(|traffic| traffic.clone())
    }

    /// A request ended with this code after this time.
    pub fn requested(&self, endpoint: Endpoint, code: Code, took: Duration) {
        self.locked(|traffic| {
            *traffic.requests.entry((endpoint, code)).or_default() += 1;
            traffic
                .durations
                .entry(endpoint)
                .or_default()
                .observe(took.as_secs_f64());
        });
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
    fn a_duration_lands_in_one_bucket_and_in_the_sum() {
        let account = Account::default();
        for millis in [4, 5, 30, 60_000] {
            account.requested(Endpoint::Me, 200, Duration::from_millis(millis));
        }
        let traffic = account.traffic();
        let durations = traffic.durations.get(&Endpoint::Me).unwrap();
        assert_eq!(durations.buckets, [2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert!((durations.sum_seconds - 60.039).abs() < 1e-9);
        assert_eq!(traffic.requests.get(&(Endpoint::Me, 200)), Some(&4));
    }
}
