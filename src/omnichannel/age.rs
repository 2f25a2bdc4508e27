//! Ages by the server's clock, with protection against impossible times.

use jiff::Timestamp;

/// Ten years: an earlier beginning, such as 1970 or year 1, comes from a broken clock or import.
const LONGEST_AGE_SECONDS: f64 = 10.0 * 365.25 * 24.0 * 60.0 * 60.0;

/// True if something that goes on can have begun at this time: at most [`LONGEST_AGE_SECONDS`] ago.
pub(super) fn is_possible(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since).as_secs_f64() <= LONGEST_AGE_SECONDS
}

/// Age in seconds; 0 if the time is unknown, in the future because two clocks differ, or more than
/// [`LONGEST_AGE_SECONDS`] ago.
pub(super) fn age_seconds(since: Option<Timestamp>, now: Timestamp) -> f64 {
    let since = since.filter(|since| is_possible(*since, now));
    since.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begin_that_cannot_be_gives_no_age() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (since, expected) in [
            ("2026-11-21T09:59:00Z", 60.0),
            ("2026-11-21T10:01:00Z", 0.0),
            ("2025-11-21T10:00:00Z", 365.0 * 86_400.0),
            ("1970-01-01T00:00:00Z", 0.0),
            ("0001-01-01T00:00:00Z", 0.0),
        ] {
            let age = age_seconds(since.parse().ok(), now);
            assert!((age - expected).abs() < 1e-6, "{since}: {age}");
        }
    }
}
