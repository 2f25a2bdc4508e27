//! The warning that Prometheus may delete the imported blocks.

use jiff::{SignedDuration, Timestamp};

/// Retention of Prometheus without a setting.
const DEFAULT: SignedDuration = SignedDuration::from_hours(15 * 24);

/// The warning for a history that begins at this time; `None` if the default retention keeps all of it.
pub(super) fn warning(from: Timestamp, now: Timestamp) -> Option<String> {
    let age = now.duration_since(from);
    let days = age.as_hours() / 24 + 1;
    (age > DEFAULT).then(|| {
        format!(
            "--from is {days} days ago. Prometheus keeps 15 days by default and deletes older blocks at once: before the \
             import, start it with --storage.tsdb.retention.time={}d or longer.",
            days + 1
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_beyond_fifteen_days_needs_a_longer_retention() {
        let now: Timestamp = "2026-11-28T09:00:00Z".parse().unwrap();
        let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
        assert_eq!(warning(days_ago(15), now), None);
        let warning = warning(days_ago(100), now).unwrap();
        assert!(warning.contains("--storage.tsdb.retention.time=102d"), "{warning}");
    }
}
