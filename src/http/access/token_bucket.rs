//! The rate limit for all clients together: a token bucket that gains one request per interval.

use std::time::Instant;

use parking_lot::Mutex;

use crate::http::web_config::RateLimit;

/// The token bucket.
pub(super) struct TokenBucket {
    pub(super) limit: RateLimit,
    /// Time at which the bucket is full again.
    full_at: Mutex<Instant>,
}

impl TokenBucket {
    pub(super) fn new(limit: RateLimit, now: Instant) -> Self {
        Self { limit, full_at: Mutex::new(now) }
    }

    /// True if one more request is allowed at `now`; an allowed request is counted.
    pub(super) fn allows(&self, now: Instant) -> bool {
        let RateLimit { interval, burst } = self.limit;
        let mut full_at = self.full_at.lock();
        let begun = (*full_at).max(now);
        let is_allowed = begun - now <= interval * burst.saturating_sub(1);
        if is_allowed {
            *full_at = begun + interval;
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let (start, interval) = (Instant::now(), Duration::from_secs(10));
        let rate = TokenBucket::new(RateLimit { interval, burst: 3 }, start);
        let passed = |at: Duration| (0..5).filter(|_| rate.allows(start + at)).count();
        assert_eq!(passed(Duration::ZERO), 3);
        assert_eq!(passed(interval / 2), 0);
        assert_eq!(passed(interval), 1);
        assert_eq!(passed(interval * 3), 2);
        assert_eq!(passed(interval * 100), 3, "no more than a burst is saved up");
    }

    #[test]
    fn the_largest_limit_does_not_overflow() {
        let limit = RateLimit { interval: Duration::from_secs(86_400), burst: u32::MAX };
        let rate = TokenBucket::new(limit, Instant::now());
        assert!((0..3).all(|_| rate.allows(Instant::now())));
    }
}
