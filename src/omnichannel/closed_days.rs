//! The days on which nobody is expected to answer, such as public holidays.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A leap year, so that 29 February is a valid day of every year.
const LEAP_YEAR: i16 = 2000;

/// A day without business hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedDay {
    /// A day of every year, such as `12-25`: month and day.
    Yearly(i8, i8),
    /// One date, such as `2026-04-03`.
    Once(Date),
}

/// The text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a day of every year, e.g. \"12-25\", or a date, e.g. \"2026-04-03\"")]
pub struct NoDay;

impl FromStr for ClosedDay {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let has_digits = |length| text.len() == length && !text.contains(['+', ' ']);
        if has_digits(10) {
            return text.parse().map(Self::Once).map_err(|_| NoDay);
        }
        let date = format!("{LEAP_YEAR}-{text}").parse::<Date>().ok().filter(|_| has_digits(5));
        date.map(|date| Self::Yearly(date.month(), date.day())).ok_or(NoDay)
    }
}

impl fmt::Display for ClosedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yearly(month, day) => write!(f, "{month:02}-{day:02}"),
            Self::Once(date) => write!(f, "{date}"),
        }
    }
}

/// The closed days of a service level.
pub type ClosedDays = BTreeSet<ClosedDay>;

/// True if the date is a closed day.
pub(super) fn contain(days: &ClosedDays, date: Date) -> bool {
    let yearly = ClosedDay::Yearly(date.month(), date.day());
    days.contains(&yearly) || days.contains(&ClosedDay::Once(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_every_year_and_a_date_are_closed() {
        let days: ClosedDays =
            ["12-25", "2026-04-03", "02-29"].iter().map(|it| it.parse().unwrap()).collect();
        let is_closed = |date: &str| contain(&days, date.parse().unwrap());
        for closed in ["2026-12-25", "2031-12-25", "2026-04-03", "2028-02-29"] {
            assert!(is_closed(closed), "{closed}");
        }
        for open in ["2026-12-24", "2027-04-03", "2026-02-28", "2026-03-01"] {
            assert!(!is_closed(open), "{open}");
        }
        let shown: Vec<_> = days.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["02-29", "12-25", "2026-04-03"]);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "25-12",
            "12-32",
            "1-1",
            "2026-02-30",
            "2026-4-3",
            "christmas",
            "12-25 ",
            "+2026-1-1",
        ] {
            assert_eq!(text.parse::<ClosedDay>(), Err(NoDay), "{text}");
        }
    }
}
