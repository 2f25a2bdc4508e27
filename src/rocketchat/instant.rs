//! Times before and after a time, within the bounds of [`Timestamp`], and a time as a number of seconds.

use jiff::{Timestamp, TimestampArithmetic};

/// The time `by` after `at`, or the latest time that there is.
pub(crate) fn later(at: Timestamp, by: impl Into<TimestampArithmetic>) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The time `by` before `at`, or the earliest time that there is.
pub(crate) fn earlier(at: Timestamp, by: impl Into<TimestampArithmetic>) -> Timestamp {
    at.saturating_sub(by).unwrap_or(at)
}

/// Seconds since 1970, with milliseconds.
pub(crate) fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_time_beyond_the_bounds_is_the_bound() {
        for (by, after, before) in [
            (SignedDuration::MAX, Timestamp::MAX, Timestamp::MIN),
            (SignedDuration::MIN, Timestamp::MIN, Timestamp::MAX),
        ] {
            assert_eq!(later(Timestamp::UNIX_EPOCH, by), after);
            assert_eq!(earlier(Timestamp::UNIX_EPOCH, by), before);
        }
    }
}
