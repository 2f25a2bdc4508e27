//! A time with millisecond precision in eight bytes; an `Option` of it needs eight bytes too.
//!
//! The API and the durable state have milliseconds. Chats, observations and ledgers hold tens of thousands of these
//! times, so that their size matters; a time of which there is only one is a [`Timestamp`].

use std::num::NonZeroU64;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::instant::later;

/// The sign bit. With this bit inverted, signed numbers have the order of unsigned numbers.
const SIGN: u64 = 1 << 63;

/// A point in time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub struct UnixMillis(NonZeroU64);

impl UnixMillis {
    /// The same time as a [`Timestamp`], for computations.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.into()).unwrap_or(Timestamp::MIN)
    }

    /// Duration from another time to this time, seconds; negative if the other time is later.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.timestamp().duration_since(earlier.timestamp()).as_secs_f64()
    }

    /// The time that is later by `by`; [`Timestamp::MAX`] if the result is out of range.
    #[must_use]
    pub fn later(self, by: SignedDuration) -> Self {
        later(self.timestamp(), by).into()
    }
}

impl From<Timestamp> for UnixMillis {
    fn from(at: Timestamp) -> Self {
        let turned = at.as_millisecond().cast_unsigned() ^ SIGN;
        Self(NonZeroU64::new(turned).unwrap_or(NonZeroU64::MIN))
    }
}

impl From<UnixMillis> for i64 {
    fn from(at: UnixMillis) -> Self {
        (at.0.get() ^ SIGN).cast_signed()
    }
}

impl TryFrom<i64> for UnixMillis {
    type Error = jiff::Error;

    fn try_from(milliseconds: i64) -> Result<Self, jiff::Error> {
        Timestamp::from_millisecond(milliseconds).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_or_none_takes_eight_bytes() {
        assert_eq!(size_of::<Option<UnixMillis>>(), 8);
    }

    #[test]
    fn a_number_that_is_no_time_is_refused_and_the_first_instant_is_not() {
        let first = UnixMillis::from(Timestamp::MIN);
        let kept = |milliseconds: i64| {
            let bytes = postcard::to_allocvec(&milliseconds).unwrap();
            postcard::from_bytes::<UnixMillis>(&bytes).ok()
        };
        assert_eq!(kept(first.into()), Some(first));
        assert_eq!(kept(i64::from(first) - 1), None);
        assert_eq!(kept(i64::MIN), None);
    }

    proptest! {
        #[test]
        fn instants_keep_their_order_and_come_back_from_the_state_as_they_were(
            one in -1_000_000_000_000_i64..4_000_000_000_000,
            other in -1_000_000_000_000_i64..4_000_000_000_000,
        ) {
            let at = |ms| Timestamp::from_millisecond(ms).unwrap();
            let [kept, next] = [one, other].map(|ms| UnixMillis::from(at(ms)));
            prop_assert_eq!(kept.cmp(&next), one.cmp(&other));
            prop_assert_eq!(kept.timestamp(), at(one));
            let bytes = postcard::to_allocvec(&kept).unwrap();
            prop_assert_eq!(postcard::to_allocvec(&one).unwrap(), bytes.clone());
            prop_assert_eq!(postcard::from_bytes::<UnixMillis>(&bytes).unwrap(), kept);
        }
    }
}
