//! The counted closes, remembered for as long as a list can show them again.
//!
//! The memory reaches 48 hours back, further than any window. It is measured from the newest close, so a wrong clock
//! cannot shorten it. An older close may have been counted and forgotten. Therefore an older close is not counted,
//! whichever list shows it, unless its chat or call is still followed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::coverage::earlier;
use crate::omnichannel::millisecond::Millisecond;
use crate::rocketchat::key::Key;

/// Twice `RETAINED`, the longest time that is read back after a downtime.
const MEMORY: SignedDuration = SignedDuration::from_hours(48);
const MEMORY_OF_0_1_0: SignedDuration = SignedDuration::from_mins(150);
/// Most closes that are remembered. Beyond this number, the oldest closes are forgotten.
const MOST: usize = 50_000;
/// From this number on, kept closes may be the rest after a cut: all closes of one millisecond are forgotten together.
const NEARLY_MOST: usize = MOST - MOST / 10;

/// Counted closes, each with a further value. If a chat was closed several times, only its latest close is kept: the
/// server shows no other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecentlyClosed<V = ()> {
    counted: HashMap<Key, (Millisecond, V)>,
    /// Time up to which closes were forgotten for another reason than their age.
    forgotten_up_to: Option<Millisecond>,
    /// More closes are recent than are remembered.
    is_full: bool,
}

impl<V> Default for RecentlyClosed<V> {
    fn default() -> Self {
        Self { counted: HashMap::new(), forgotten_up_to: None, is_full: false }
    }
}

impl<V: Copy> RecentlyClosed<V> {
    /// Time before which closes are forgotten, if closes have been read up to `read_until`.
    pub(super) fn forgotten_before(&self, read_until: Timestamp) -> Millisecond {
        let by_time = Millisecond::from(earlier(read_until, MEMORY));
        let after = |at: Millisecond| at.later(SignedDuration::from_millis(1));
        self.forgotten_up_to.map_or(by_time, |at| after(at).max(by_time))
    }

    pub(super) fn knows(&self, key: Key) -> bool {
        self.counted.contains_key(&key)
    }

    /// The latest close of this key, with its value.
    pub(super) fn latest(&self, key: Key) -> Option<(Millisecond, V)> {
        self.counted.get(&key).copied()
    }

    pub(super) fn note(&mut self, key: Key, at: Millisecond, value: V) {
        self.counted.insert(key, (at, value));
    }

    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> u64 {
        self.instants().filter(|at| (from..until).contains(&at.timestamp())).count() as u64
    }

    /// The newest close up to this time.
    pub(super) fn newest(&self, until: Timestamp) -> Option<Timestamp> {
        self.instants().map(Millisecond::timestamp).filter(|at| *at <= until).max()
    }

    /// True if more closes are recent than are remembered.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Forgets the closes that lie more than [`MEMORY`] before the newest close up to `read_until`. The newest close is
    /// the reference because a wrong clock must not erase recent closes.
    pub(super) fn prune(&mut self, read_until: Timestamp) {
        let newest = self.newest(read_until).unwrap_or(read_until);
        let horizon = Millisecond::from(earlier(newest, MEMORY));
        self.counted.retain(|_, (at, _)| *at >= horizon);
        self.is_full = false;
        if let Some(superfluous) = self.counted.len().checked_sub(MOST + 1) {
            let mut instants: Vec<_> = self.instants().collect();
            let (_, last, _) = instants.select_nth_unstable(superfluous);
            let last = *last;
            self.counted.retain(|_, (at, _)| *at > last);
            (self.forgotten_up_to, self.is_full) = (Some(last), true);
        }
    }

    /// Treats closes as forgotten up to the oldest known close, but at most up to 150 minutes before `read_until`. The
    /// kept memory may come from a release that remembered only 150 minutes, so an older close may have been counted. A memory
    /// that was full has forgotten closes that are older than the oldest known close, whenever they were.
    pub(super) fn doubt_older(&mut self, read_until: Timestamp) {
        let by_time = Millisecond::from(earlier(read_until, MEMORY_OF_0_1_0));
        let oldest = self.instants().min().unwrap_or(by_time);
        let is_cut = self.counted.len() >= NEARLY_MOST;
        self.forgotten_up_to = Some(if is_cut { oldest } else { oldest.min(by_time) });
    }

    fn instants(&self) -> impl Iterator<Item = Millisecond> {
        self.counted.values().map(|(at, _)| *at)
    }
}

impl<V: Serialize> Serialize for RecentlyClosed<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.counted.serialize(serializer)
    }
}

impl<'de, V: Deserialize<'de> + Copy> Deserialize<'de> for RecentlyClosed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let counted = HashMap::deserialize(deserializer)?;
        Ok(Self { counted, forgotten_up_to: None, is_full: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn key(number: usize) -> Key {
        Key::of(&number.to_string())
    }

    fn closed(instants: impl IntoIterator<Item = i64>) -> RecentlyClosed {
        let mut closed = RecentlyClosed::default();
        for (number, second) in instants.into_iter().enumerate() {
            closed.note(key(number), at(second).into(), ());
        }
        closed
    }

    #[test]
    fn a_clock_that_was_days_ahead_has_forgotten_nothing() {
        let mut closed = closed(0..100);
        closed.prune(at(10 * 86_400));
        assert!((0..100).all(|number| closed.knows(key(number))));
        assert!(closed.forgotten_before(at(200)) < at(0).into());
    }

    #[test]
    fn what_lies_two_days_behind_the_newest_close_is_forgotten_and_not_counted_again() {
        let mut closed = closed([0, 1, 2 * 86_400 + 1]);
        closed.prune(at(2 * 86_400 + 60));
        assert!(!closed.knows(key(0)) && closed.knows(key(1)) && closed.knows(key(2)));
        assert!(closed.forgotten_before(at(2 * 86_400 + 60)) > at(0).into());
    }

    #[test]
    fn beyond_the_cap_the_newest_are_remembered_and_older_ones_not_counted_again() {
        let more = i64::try_from(MOST).unwrap() + 10;
        let mut closed = closed(0..more);
        assert!(!closed.is_full());
        closed.prune(at(more));
        assert!(closed.is_full() && closed.counted.len() == MOST);
        assert!(!closed.knows(key(9)) && closed.knows(key(10)));
        assert_eq!(closed.forgotten_before(at(more)), at(9).later_by_a_millisecond());
        let kept = postcard::to_allocvec(&closed).unwrap();
        let mut read: RecentlyClosed = postcard::from_bytes(&kept).unwrap();
        read.doubt_older(at(more));
        assert!(read.forgotten_before(at(more)) > at(9).into());
        let mut quick = RecentlyClosed::default();
        (0..MOST).for_each(|number| quick.note(key(number), at(0).into(), ()));
        quick.doubt_older(at(60));
        assert!(
            quick.forgotten_before(at(60)) > at(-1).into(),
            "a full memory knows no older ones"
        );
    }

    trait Later {
        fn later_by_a_millisecond(self) -> Millisecond;
    }

    impl Later for Timestamp {
        fn later_by_a_millisecond(self) -> Millisecond {
            Millisecond::from(self).later(SignedDuration::from_millis(1))
        }
    }
}
