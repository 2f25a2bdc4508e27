//! The span of a backfill: its days, and the times of its samples.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::omnichannel::ledger::SETTLE;
use crate::rocketchat::instant::{earlier, later};

/// Time before the end of the span at which new label sets are shown as 0, so that their values at the end are an
/// increase.
const LAST_ZERO: SignedDuration = SignedDuration::from_secs(1);

/// The span of time of a backfill, and the time between two samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BackfillSpan {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) step: SignedDuration,
}

/// The day in UTC that contains this time.
pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Time after a close within which its row may become visible: the resolution of the server's clock, and the time that
/// live counting waits too.
const UNTIL_VISIBLE: SignedDuration = SignedDuration::from_secs(1 + SETTLE.as_secs());

impl BackfillSpan {
    /// Start of the list of chats that were closed after the span. It repeats the last seconds of the span: a row of them
    /// may have become visible after the closed chats were read.
    pub(super) fn closed_later_from(&self) -> Timestamp {
        earlier(self.to, UNTIL_VISIBLE)
    }

    /// The days of the span, in order.
    pub(super) fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.last_day();
        std::iter::successors(Some(day_of(self.from)), |day| day.tomorrow().ok())
            .take_while(move |day| *day <= last)
    }

    /// The day of the last file. A span that ends at midnight has its end in the file of the day before.
    fn last_day(&self) -> Date {
        day_of(earlier(self.to, SignedDuration::from_millis(1)))
    }

    /// Times of the samples of a day, in order: the multiples of the step, the start of the span, and its end.
    pub(super) fn samples(&self, day: Date) -> Vec<Timestamp> {
        let step = self.step.as_secs().max(1);
        let begin = day.to_zoned(TimeZone::UTC).map_or(self.from, |day| day.timestamp());
        let begin = begin.max(self.from);
        let first = begin.as_second().div_euclid(step) * step;
        let multiples =
            (0..).map_while(|number| Timestamp::from_second(first + number * step).ok());
        let inside = multiples.skip_while(|at| *at < begin).take_while(|at| day_of(*at) == day);
        let mut samples: Vec<_> = inside.take_while(|at| *at < self.to).collect();
        if day == day_of(self.from) && samples.first() != Some(&self.from) {
            samples.insert(0, self.from);
        }
        if day == self.last_day() {
            let zero = earlier(self.to, LAST_ZERO);
            if zero > self.from && samples.last().is_some_and(|last| *last < zero) {
                samples.push(zero);
            }
            samples.push(self.to);
        }
        samples
    }

    /// The time up to which events belong to the sample at this time.
    pub(super) fn events_until(&self, sample: Timestamp) -> Timestamp {
        if later(sample, LAST_ZERO) >= self.to { self.to } else { sample }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> BackfillSpan {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        BackfillSpan { from, to, step: SignedDuration::from_hours(6) }
    }

    fn all(span: BackfillSpan) -> Vec<String> {
        let samples = span.days().flat_map(|day| span.samples(day));
        samples.map(|at| at.to_string()).collect()
    }

    #[test]
    fn samples_are_multiples_of_the_step_and_both_ends() {
        let expected = [
            "2026-01-05T13:00:00Z",
            "2026-01-05T18:00:00Z",
            "2026-01-06T00:00:00Z",
            "2026-01-06T06:00:00Z",
            "2026-01-06T06:59:59Z",
            "2026-01-06T07:00:00Z",
        ];
        assert_eq!(all(span("2026-01-05T13:00:00Z", "2026-01-06T07:00:00Z")), expected);
    }

    #[test]
    fn a_span_that_ends_at_midnight_has_its_end_in_the_file_of_the_day_before() {
        let span = span("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
        assert_eq!(span.days().count(), 1);
        let last = &all(span)[4..];
        assert_eq!(last, ["2026-01-05T23:59:59Z", "2026-01-06T00:00:00Z"]);
    }
}
