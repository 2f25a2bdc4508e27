//! The delay before a failed list is tried again.
//!
//! The delay is exponential with full jitter above the polling interval, limited to the larger of 60 s and two
//! intervals, and reset by the first success. It does not apply to a request whose connection ended: that request is
//! sent again at once.

use std::time::Duration;

/// The delay before the next attempt of something that keeps failing.
#[derive(Debug, Clone)]
pub struct Backoff {
    interval: Duration,
    failures: u32,
}

impl Backoff {
    /// A backoff without failures.
    pub fn new(interval: Duration) -> Self {
        Self { interval, failures: 0 }
    }

    /// The longest delay: the larger of 60 s and two intervals.
    pub fn cap(&self) -> Duration {
        Duration::from_secs(60).max(self.interval * 2)
    }

    /// Resets the number of failures.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Counts a failure and returns the delay; `dice` in 0..1 selects it between the interval and its upper limit.
    pub fn failed(&mut self, dice: f64) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let bound = self.interval.saturating_mul(1 << self.failures.min(16)).min(self.cap());
        let spread = bound.saturating_sub(self.interval);
        self.interval + spread.mul_f64(dice.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delay_lies_between_the_interval_and_the_cap(
            interval_s in 1_u64..600, failures in 1_u32..80, dice in 0.0_f64..1.0
        ) {
            let interval = Duration::from_secs(interval_s);
            let mut backoff = Backoff::new(interval);
            for _ in 0..failures {
                let delay = backoff.failed(dice);
                prop_assert!(delay >= interval && delay <= backoff.cap());
            }
        }
    }

    #[test]
    fn success_begins_anew() {
        let mut backoff = Backoff::new(Duration::from_secs(10));
        let first = backoff.failed(1.0);
        assert_eq!(first, Duration::from_secs(20));
        assert_eq!(backoff.failed(1.0), Duration::from_secs(40));
        backoff.succeeded();
        assert_eq!(backoff.failed(1.0), first);
    }
}
