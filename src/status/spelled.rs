//! Durations and optional values as short texts.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::omnichannel::business_hours::parse_time_zone;

/// A duration in the two largest units that it needs: `45 s`, `3 min 20 s`, `2 h 5 min`, `4 d 1 h`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "durations are not negative"
)]
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let (large, small) = match () {
        () if days > 0 => ((days, "d"), (hours % 24, "h")),
        () if hours > 0 => ((hours, "h"), (minutes % 60, "min")),
        () if minutes > 0 => ((minutes, "min"), (seconds % 60, "s")),
        () => ((seconds, "s"), (0, "")),
    };
    let (large, small, unit) = (format!("{} {}", large.0, large.1), small.0, small.1);
    if small == 0 { large } else { format!("{large} {small} {unit}") }
}

/// A time as hour and minute of a zone, with the zone's abbreviation; UTC if the zone is not known.
pub(super) fn time_of_day(at: Timestamp, zone: &str) -> String {
    let zone = parse_time_zone(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%H:%M %Z").to_string()
}

/// The text of a value; a dash if the value is not known.
pub(super) fn known(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_at_most_two_units() {
        for (seconds, text) in [
            (0.9, "0 s"),
            (59.0, "59 s"),
            (60.0, "1 min"),
            (200.0, "3 min 20 s"),
            (7_500.0, "2 h 5 min"),
            (349_200.0, "4 d 1 h"),
            (-1.0, "0 s"),
            (f64::NAN, "0 s"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
