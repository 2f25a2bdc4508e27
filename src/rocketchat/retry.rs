//! When a list that failed is tried again.
//!
//! Exponential with full jitter above the polling interval, capped at the larger of 60 s and two
//! intervals, reset by the first success. A request whose connection died is not meant: it is sent once more at once.

use std::time::Duration;

/// The delay before the next attempt of something that keeps failing.
#[derive(Debug, Clone)]
pub struct Backoff {
    interval: Duration,
    failures: u32,
}

impl Backoff {
    /// A backoff that has seen no failure.
    pub fn new(interval: Duration) -> Self {
        Self { interval, failures: 0 }
    }

    /// The longest delay: the larger of 60 s and two intervals.
    pub fn cap(&self) -> Duration {
        Duration::from_secs(60).max(self.interval * 2)
    }

    /// Forgets the failures.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// One more failure; `dice` in 0..1 spreads the delay between the interval and its bound.
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
