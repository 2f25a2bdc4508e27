//! A fast parser for timestamps in the form that Rocket.Chat writes.
//!
//! JavaScript prints each date as `YYYY-MM-DDTHH:MM:SS.mmmZ`: 24 characters at fixed positions. A page of 100 rooms
//! contains several hundred of them. Any other text goes to the general parser of ISO 8601, which alone decides that a
//! text is not a timestamp.

use jiff::{Timestamp, TimestampArithmetic};

/// The instant, in any form that the general parser accepts; `None` for anything else.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    printed(text.as_bytes()).or_else(|| text.parse().ok())
}

/// The time `by` after `at`, or the latest time that there is.
pub(crate) fn later(at: Timestamp, by: impl Into<TimestampArithmetic>) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// The time `by` before `at`, or the earliest time that there is.
pub(crate) fn earlier(at: Timestamp, by: impl Into<TimestampArithmetic>) -> Timestamp {
    at.saturating_sub(by).unwrap_or(at)
}

/// Parses the form of JavaScript's `toISOString`; `None` if the date or the time does not exist.
fn printed(text: &[u8]) -> Option<Timestamp> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b'.',
        f0,
        f1,
        f2,
        b'Z',
    ] = text
    else {
        return None;
    };
    let (year, month) = (number([y0, y1, y2, y3])?, number([m0, m1])?);
    let (day, hour) = (number([d0, d1])?, number([h0, h1])?);
    let (minute, second) = (number([n0, n1])?, number([s0, s1])?);
    let exists = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let milliseconds = seconds * 1000 + number([f0, f1, f2])?;
    exists.then(|| Timestamp::from_millisecond(milliseconds).ok()).flatten()
}

fn number<const N: usize>(digits: [u8; N]) -> Option<i64> {
    digits.into_iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    })
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar. Years begin in March, so that a leap day is the last day of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 719_469
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn general(text: &str) -> Option<Timestamp> {
        text.parse().ok()
    }

    proptest! {
        #[test]
        fn the_printed_form_reads_as_the_general_parser_reads_it(
            milliseconds in -62_167_219_200_000_i64..=253_402_207_200_999,
        ) {
            let text = format!("{:.3}", Timestamp::from_millisecond(milliseconds).unwrap());
            prop_assert_eq!(text.len(), 24);
            prop_assert_eq!(printed(text.as_bytes()).map(Timestamp::as_millisecond), Some(milliseconds));
            prop_assert_eq!(read(&text), general(&text));
        }

        #[test]
        fn a_date_that_does_not_exist_is_none_to_either(
            text in "[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z",
        ) {
            prop_assert_eq!(read(&text), general(&text));
            let quick = printed(text.as_bytes());
            prop_assert!(quick.is_none() || quick == general(&text), "{text}");
        }

        #[test]
        fn one_wrong_character_is_left_to_the_general_parser(
            place in 0_usize..24,
            character in "[ -~é]",
        ) {
            let good = "2021-07-09T20:19:29.422Z";
            let text = format!("{}{character}{}", &good[..place], &good[place + 1..]);
            prop_assert_eq!(read(&text), general(&text));
        }
    }

    #[test]
    fn other_forms_of_iso_8601_are_read_too() {
        let expected = general("2021-07-09T20:19:29.422Z");
        for text in ["2021-07-09T22:19:29.422+02:00", "20210709T201929.422Z"] {
            assert!(printed(text.as_bytes()).is_none() && read(text) == expected, "{text}");
        }
    }
}
