//! The label sets of one family, with their values.
//!
//! A label set is one shared text, and a day is one number. Therefore thousands of series need little memory, and a
//! copy of a family copies no text.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::histogram::Buckets;

/// Largest count, 2^53: an `f64` does not distinguish larger neighbouring integers.
pub(super) const MOST: u64 = 1 << 53;

/// The value of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// A number of events.
    Count(u64),
    /// A sum of durations.
    Sum {
        /// The sum, seconds.
        seconds: f64,
        /// Number of durations in the sum.
        count: u64,
    },
    /// Durations in buckets.
    Distribution(Box<Buckets>),
}

/// Longest possible duration, twenty years: no chat is older than its server.
const LONGEST_SECONDS: f64 = 20.0 * 365.25 * 86_400.0;

/// The amount that an event adds to a series.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amount {
    Times(u64),
    Seconds(f64),
    Several { seconds: f64, count: f64 },
}

impl Amount {
    /// True if the duration is possible. One impossible duration would spoil a sum for ever.
    fn is_possible(self) -> bool {
        match self {
            Self::Times(_) => true,
            Self::Seconds(seconds) | Self::Several { seconds, .. } => {
                (0.0..=LONGEST_SECONDS).contains(&seconds)
            }
        }
    }
}

impl Value {
    /// Adds the amount. False if the amount is impossible; then the value does not change.
    pub(super) fn add(&mut self, amount: Amount) -> bool {
        if !amount.is_possible() {
            return false;
        }
        match (self, amount) {
            (Self::Count(count), Amount::Times(times)) => add_count(count, times),
            (Self::Distribution(buckets), Amount::Seconds(seconds)) => buckets.observe(seconds),
            (Self::Sum { seconds, count }, Amount::Seconds(one)) => add_sum(seconds, count, one, 1),
            (Self::Sum { seconds, count }, Amount::Several { seconds: all, count: of }) => {
                whole(of).is_some_and(|of| add_sum(seconds, count, all, of))
            }
            _ => false,
        }
    }
}

fn add_count(count: &mut u64, times: u64) -> bool {
    let sum = count.checked_add(times).filter(|sum| *sum <= MOST);
    *count = sum.unwrap_or(*count);
    sum.is_some()
}

fn add_sum(seconds: &mut f64, count: &mut u64, more: f64, times: u64) -> bool {
    let is_possible = more >= 0.0 && (*seconds + more).is_finite() && add_count(count, times);
    if is_possible {
        *seconds += more;
    }
    is_possible
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole, not negative and small enough"
)]
fn whole(number: f64) -> Option<u64> {
    let is_whole = number >= 0.0 && number <= MOST as f64 && number.fract() == 0.0;
    is_whole.then_some(number as u64)
}

/// A day of the server's clock, in days since 1970. Label sets are dropped by days, so a finer time is not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) u32);

impl Day {
    pub(super) fn of(now: Timestamp) -> Self {
        Self(u32::try_from(now.as_second() / 86_400).unwrap_or_default())
    }

    pub(super) fn before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) value: Value,
    pub(super) touched: Day,
}

/// All label sets of one family.
pub(super) type AllSeries = BTreeMap<Arc<str>, Series>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_add_nothing() {
        let refused = [
            (Value::Count(MOST), Amount::Times(1)),
            (Value::Count(1), Amount::Times(u64::MAX)),
            (Value::Sum { seconds: 1.0, count: 1 }, Amount::Seconds(-1.0)),
            (Value::Sum { seconds: 1.0, count: 1 }, Amount::Seconds(f64::NAN)),
            (Value::Sum { seconds: f64::MAX, count: 1 }, Amount::Seconds(f64::MAX)),
        ];
        let several =
            [(1.0, -1.0), (1.0, 1.5), (1.0, f64::NAN), (f64::INFINITY, 1.0), (1.0, 1e300)].map(
                |(seconds, count)| {
                    (Value::Sum { seconds: 1.0, count: 1 }, Amount::Several { seconds, count })
                },
            );
        for (value, amount) in refused.into_iter().chain(several) {
            let mut after = value.clone();
            assert!(!after.add(amount), "{amount:?}");
            assert_eq!(after, value);
        }
    }
}
