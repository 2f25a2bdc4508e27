//! The business hours in which a department is expected to answer.
//!
//! The hours follow the civil clock of their time zone. A change to or from summer time therefore makes a span shorter
//! or longer: an hour that the clock skips is never open, and an hour that the clock repeats is open twice.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::closed_days::{self, ClosedDays};

const MINUTES_PER_DAY: u16 = 24 * 60;

/// The days of a week in the order in which spans are written.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The hours in which a service level applies.
#[derive(Debug, Clone, PartialEq)]
pub enum BusinessHours {
    /// Always open.
    Always,
    /// The same spans every week, by the civil clock of one zone.
    Weekly(WeeklyHours),
    /// The hours of the server, without these days. As long as the server's hours are not known, always open.
    Server(ClosedDays),
}

/// The reason for which business hours are refused; it contains no text of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusinessHoursError {
    /// The zone is in neither the system's IANA database nor the built-in one.
    #[error("unknown time zone; use an IANA name, e.g. \"Europe/Berlin\"")]
    UnknownTimeZone,
    /// The list of spans is empty.
    #[error(
        "must name at least one span, e.g. [\"mon-fri 09:00-18:00\"]; use `always` for all hours"
    )]
    NoSpans,
    /// A span is not `days HH:MM-HH:MM`.
    #[error("must be days and times, e.g. \"mon-fri 09:00-18:00\" or \"sat 22:00-06:00\"")]
    Span,
    /// A span ends at the minute of its beginning, which could mean an empty span or a whole day.
    #[error("opens and closes at the same time; a whole day is 00:00-24:00")]
    EmptySpan,
}

impl BusinessHours {
    /// The hours of an IANA zone name and of spans such as `mon-fri 09:00-18:00`.
    /// An unknown zone, an invalid span and an empty list of spans are errors.
    pub fn parse(time_zone: &str, spans: &[impl AsRef<str>]) -> Result<Self, BusinessHoursError> {
        let spans: Result<_, _> = spans.iter().map(|span| span.as_ref().parse()).collect();
        Self::weekly(parse_time_zone(time_zone)?, spans?)
    }

    /// The hours of a zone and its spans; [`BusinessHoursError::NoSpans`] without a span.
    pub fn weekly(zone: TimeZone, spans: Vec<Span>) -> Result<Self, BusinessHoursError> {
        if spans.is_empty() {
            return Err(BusinessHoursError::NoSpans);
        }
        Ok(Self::Weekly(WeeklyHours { zone, spans, closed: ClosedDays::default() }))
    }

    /// The weekly hours; `None` if the service is always open, and while the hours of the server are not known.
    pub fn as_weekly(&self) -> Option<&WeeklyHours> {
        match self {
            Self::Always | Self::Server(_) => None,
            Self::Weekly(hours) => Some(hours),
        }
    }

    /// True if the time is within the hours; a span includes its opening minute and excludes its closing minute.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.as_weekly().is_none_or(|hours| hours.is_open(at))
    }
}

/// Finds a zone by its IANA name: first in the system's database, because a law may have changed the rules of the zone
/// after the exporter was built, then in the built-in database.
pub fn parse_time_zone(name: &str) -> Result<TimeZone, BusinessHoursError> {
    let zone = TimeZone::get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
    zone.map_err(|_| BusinessHoursError::UnknownTimeZone)
}

/// The spans of a week in a zone, except on closed days.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyHours {
    /// The time zone.
    pub zone: TimeZone,
    /// The spans in the order of the configuration; without a span never open.
    pub spans: Vec<Span>,
    /// The days without hours.
    pub closed: ClosedDays,
}

impl WeeklyHours {
    /// The IANA name of the zone; `UTC` if the zone has no name.
    pub fn time_zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// True if the time is within a span and not on a closed day.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let local = self.zone.to_datetime(at);
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let is_open = || self.spans.iter().any(|span| span.holds(local.weekday(), minute));
        let is_closed = closed_days::contain(&self.closed, local.date());
        !is_closed && is_open()
    }
}

/// Days of a week with an opening and a closing minute.
///
/// `fri-mon` is Friday to Monday. A closing minute before the opening minute is on the following day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    first: Weekday,
    last: Weekday,
    open_minute: u16,
    close_minute: u16,
}

/// The parts of a span as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanText<'a> {
    /// The first day, such as `mon`.
    pub(super) first_day: &'a str,
    /// The last day.
    pub(super) last_day: &'a str,
    /// The opening time, `HH:MM`.
    pub(super) open: &'a str,
    /// The closing time, `HH:MM`.
    pub(super) close: &'a str,
}

impl SpanText<'_> {
    fn parse(self) -> Option<Span> {
        let open_minute = parse_minute(self.open).filter(|minute| *minute < MINUTES_PER_DAY)?;
        Some(Span {
            first: parse_day(self.first_day)?,
            last: parse_day(self.last_day)?,
            open_minute,
            close_minute: parse_minute(self.close)?,
        })
    }
}

impl Span {
    /// The span of these texts. A text of another form is an error, and so are equal times.
    pub(super) fn of(text: SpanText<'_>) -> Result<Self, BusinessHoursError> {
        let span = text.parse().ok_or(BusinessHoursError::Span)?;
        if span.open_minute == span.close_minute {
            return Err(BusinessHoursError::EmptySpan);
        }
        Ok(span)
    }

    fn holds(self, day: Weekday, minute: u16) -> bool {
        if self.open_minute < self.close_minute {
            return self.covers(day) && (self.open_minute..self.close_minute).contains(&minute);
        }
        let evening = self.covers(day) && minute >= self.open_minute;
        let morning_after = self.covers(day.previous()) && minute < self.close_minute;
        evening || morning_after
    }

    fn covers(self, day: Weekday) -> bool {
        self.first.until(day) <= self.first.until(self.last)
    }
}

impl FromStr for Span {
    type Err = BusinessHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (days, times) = text.trim().split_once(' ').ok_or(BusinessHoursError::Span)?;
        let (first_day, last_day) = days.split_once('-').unwrap_or((days, days));
        let (open, close) = times.trim_start().split_once('-').ok_or(BusinessHoursError::Span)?;
        Self::of(SpanText { first_day, last_day, open, close })
    }
}

fn parse_day(text: &str) -> Option<Weekday> {
    let position = DAYS.iter().position(|day| *day == text)?;
    Weekday::from_monday_zero_offset(i8::try_from(position).ok()?).ok()
}

/// The minute of the day of `HH:MM`, from `00:00` to `24:00`.
fn parse_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let minute_of_day =
        two_digits(hour)? * 60 + two_digits(minute).filter(|minute| *minute < 60)?;
    (minute_of_day <= MINUTES_PER_DAY).then_some(minute_of_day)
}

fn two_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: Weekday| DAYS.get(usize::from(day.to_monday_zero_offset().unsigned_abs()));
        f.write_str(name(self.first).unwrap_or(&""))?;
        if self.first != self.last {
            write!(f, "-{}", name(self.last).unwrap_or(&""))?;
        }
        let (open, close) = (self.open_minute, self.close_minute);
        write!(f, " {:02}:{:02}-{:02}:{:02}", open / 60, open % 60, close / 60, close % 60)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, ToSpan};
    use proptest::prelude::*;

    use super::*;

    fn hours(zone: &str, spans: &[&str]) -> BusinessHours {
        BusinessHours::parse(zone, spans).unwrap()
    }

    fn open(hours: &BusinessHours, at: &str) -> bool {
        hours.is_open(at.parse().unwrap())
    }

    fn open_minutes(hours: &BusinessHours, from: &str, to: &str) -> usize {
        let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
        from.series(1.minute()).take_while(|at| *at < to).filter(|at| hours.is_open(*at)).count()
    }

    #[test]
    fn a_span_includes_its_first_minute_and_not_its_last() {
        let hours = hours("Europe/Berlin", &["mon-fri 09:00-18:00"]);
        assert!(!open(&hours, "2026-11-20T07:59:59Z"));
        assert!(open(&hours, "2026-11-20T08:00:00Z"));
        assert!(open(&hours, "2026-11-20T16:59:59Z"));
        assert!(!open(&hours, "2026-11-20T17:00:00Z"));
        assert!(!open(&hours, "2026-11-21T08:00:00Z"), "a Saturday");
    }

    #[test]
    fn a_close_before_the_open_is_on_the_following_day() {
        let hours = hours("UTC", &["fri-mon 22:00-06:00"]);
        assert!(!open(&hours, "2026-11-20T05:59:00Z"), "Friday morning");
        assert!(open(&hours, "2026-11-20T22:00:00Z"), "Friday night");
        assert!(open(&hours, "2026-11-21T05:59:00Z"), "Saturday morning");
        assert!(!open(&hours, "2026-11-21T06:00:00Z"));
        assert!(open(&hours, "2026-11-24T05:59:00Z"), "Tuesday morning");
        assert!(!open(&hours, "2026-11-24T22:00:00Z"), "Tuesday night");
    }

    #[test]
    fn the_hour_that_summer_time_skips_is_never_open() {
        let day = ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        let skipped = hours("Europe/Berlin", &["sun 02:00-03:00"]);
        assert_eq!(open_minutes(&skipped, day.0, day.1), 0);
        let around = hours("Europe/Berlin", &["sun 01:00-04:00"]);
        assert_eq!(open_minutes(&around, day.0, day.1), 120);
    }

    #[test]
    fn the_hour_that_winter_time_repeats_is_open_twice() {
        let repeated = hours("Europe/Berlin", &["sun 02:00-03:00"]);
        let minutes = open_minutes(&repeated, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        assert_eq!(minutes, 120);
    }

    #[test]
    fn a_whole_day_ends_at_twenty_four() {
        let hours = hours("UTC", &["mon-sun 00:00-24:00"]);
        assert_eq!(open_minutes(&hours, "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"), 7 * 1440);
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "mon",
            "mon 9:00-18:00",
            "mon 09:00",
            "mon-fri-sat 09:00-18:00",
            "mon 09:60-18:00",
            "mon 24:00-06:00",
            "mon 09:00-24:01",
            "montag 09:00-18:00",
            "mon 09:00-18:00 utc",
            "mon +9:00-18:00",
        ] {
            assert_eq!(text.parse::<Span>(), Err(BusinessHoursError::Span), "{text}");
        }
        assert_eq!("mon 09:00-09:00".parse::<Span>(), Err(BusinessHoursError::EmptySpan));
    }

    #[test]
    fn hours_need_a_known_zone_and_a_span() {
        let none: [&str; 0] = [];
        assert_eq!(BusinessHours::parse("Europe/Berlin", &none), Err(BusinessHoursError::NoSpans));
        assert_eq!(
            BusinessHours::parse("Europe/Bielefeld", &["mon 09:00-18:00"]),
            Err(BusinessHoursError::UnknownTimeZone)
        );
    }

    fn span() -> impl Strategy<Value = (usize, usize, u16, u16)> {
        (0..7usize, 0..7usize, 0..1440u16, 0..=1440u16)
            .prop_filter("empty", |span| span.2 != span.3)
    }

    fn written((first, last, open, close): (usize, usize, u16, u16)) -> String {
        let (first, last) = (DAYS[first], DAYS[last]);
        format!(
            "{first}-{last} {:02}:{:02}-{:02}:{:02}",
            open / 60,
            open % 60,
            close / 60,
            close % 60
        )
    }

    /// Every minute of a week, true if open; computed minute by minute, independently of `holds`.
    fn walked(spans: &[(usize, usize, u16, u16)]) -> Vec<bool> {
        let mut week = vec![false; 7 * 1440];
        for &(first, last, open, close) in spans {
            let mut day = first;
            loop {
                let mut minute = usize::from(open);
                while minute % 1440 != usize::from(close) % 1440 || minute == usize::from(open) {
                    week[(day * 1440 + minute) % (7 * 1440)] = true;
                    minute += 1;
                }
                if day == last {
                    break;
                }
                day = (day + 1) % 7;
            }
        }
        week
    }

    proptest! {
        #[test]
        fn hours_are_what_a_walk_through_the_week_finds(
            spans in prop::collection::vec(span(), 1..4),
            zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]),
            start in 1_700_000_000i64..1_900_000_000,
        ) {
            let texts: Vec<_> = spans.iter().copied().map(written).collect();
            let hours = BusinessHours::parse(zone, &texts).unwrap();
            let (week, zone) = (walked(&spans), TimeZone::get(zone).unwrap());
            for step in 0..200 {
                let at = Timestamp::from_second(start).unwrap() + SignedDuration::from_mins(step * 53);
                let local = at.as_second() + i64::from(zone.to_offset(at).seconds());
                // The epoch was a Thursday, the fourth day of a week that begins on Monday.
                let minute = (local.div_euclid(60) + 3 * 1440).rem_euclid(7 * 1440);
                prop_assert_eq!(hours.is_open(at), week[usize::try_from(minute).unwrap()]);
            }
        }

        #[test]
        fn a_span_reads_back_what_it_shows(parts in span()) {
            let span: Span = written(parts).parse().unwrap();
            prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        }
    }
}
