//! The counted closes, remembered for as long as a list can show them again.
//!
//! The memory reaches 48 hours back, further than any window. It is measured from the newest close, so a wrong clock
//! cannot shorten it. An older close may have been counted and forgotten. Therefore an older close is not counted,
//! whichever list shows it, unless its chat or call is still followed.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rocketchat::instant::earlier;
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;

/// Twice `RETAINED`, the longest time that is read back after a downtime.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(48);
const REMEMBERED_FOR_IN_0_1_0: SignedDuration = SignedDuration::from_mins(150);
/// Most closes that are remembered. Beyond this number, the oldest closes are forgotten.
const MOST: usize = 50_000;
/// The sentence, for people, that more closes came within [`REMEMBERED_FOR`] than [`MOST`].
pub(crate) const MORE_THAN_MOST: &str = "More than 50,000 chats were closed within two days.";
/// Most closes that are remembered while the closes of one millisecond are read: until the last of them is read, none
/// of them is forgotten.
const MOST_WHILE_READ: usize = 2 * MOST;
/// Name of the key of `forgotten_up_to` among the closes of a state. No room has it as its id.
const FORGOTTEN: &str = "forgotten up to";

/// Counted closes, each with a further value. If a chat was closed several times, only its latest close is kept: the
/// server shows no other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecentlyClosed<V = ()> {
    counted: HashMap<Key, (UnixMillis, V)>,
    /// Time up to which closes were forgotten because there were more than are remembered.
    forgotten_up_to: Option<UnixMillis>,
    /// Time up to which a state of release 0.1.0 may have forgotten closes.
    doubted_up_to: Option<UnixMillis>,
    /// True if there are more recent closes than [`MOST`].
    pub(super) is_full: bool,
}

impl<V> Default for RecentlyClosed<V> {
    fn default() -> Self {
        let counted = HashMap::new();
        Self { counted, forgotten_up_to: None, doubted_up_to: None, is_full: false }
    }
}

impl<V: Copy> RecentlyClosed<V> {
    /// Time before which closes are forgotten, if closes have been read up to `read_until`.
    pub(super) fn forgotten_before(&self, read_until: Timestamp) -> UnixMillis {
        let by_time = UnixMillis::from(earlier(read_until, REMEMBERED_FOR));
        let after = |at: UnixMillis| at.later(SignedDuration::from_millis(1));
        let up_to = self.forgotten_up_to.max(self.doubted_up_to);
        up_to.map_or(by_time, |at| after(at).max(by_time))
    }

    pub(super) fn knows(&self, key: Key) -> bool {
        self.counted.contains_key(&key)
    }

    /// The latest close of this key, with its value.
    pub(super) fn latest(&self, key: Key) -> Option<(UnixMillis, V)> {
        self.counted.get(&key).copied()
    }

    pub(super) fn note(&mut self, key: Key, at: UnixMillis, value: V) {
        self.counted.insert(key, (at, value));
    }

    pub(super) fn within(&self, from: Timestamp, until: Timestamp) -> u64 {
        self.instants().filter(|at| (from..until).contains(&at.timestamp())).count() as u64
    }

    /// The newest close up to this time.
    pub(super) fn newest(&self, until: Timestamp) -> Option<Timestamp> {
        self.instants().map(UnixMillis::timestamp).filter(|at| *at <= until).max()
    }

    /// Forgets the closes that lie more than [`REMEMBERED_FOR`] before the newest close up to `read_until`. The newest close is
    /// the reference because a wrong clock must not erase recent closes.
    pub(super) fn prune(&mut self, read_until: Timestamp) {
        let newest = self.newest(read_until).unwrap_or(read_until);
        let horizon = UnixMillis::from(earlier(newest, REMEMBERED_FOR));
        self.counted.retain(|_, (at, _)| *at >= horizon);
        self.is_full = self.counted.len() > MOST;
        if let Some(last) = self.last_superfluous(read_until.into()) {
            self.counted.retain(|_, (at, _)| *at > last);
            self.forgotten_up_to = self.forgotten_up_to.max(Some(last));
        }
    }

    /// The time up to which closes are to be forgotten because there are too many. All closes of one millisecond are
    /// forgotten together, so that none of them is counted twice; those of `reading`, the millisecond up to which closes
    /// have been read, only if there are more than [`MOST_WHILE_READ`]: further closes of it may be unread.
    fn last_superfluous(&self, reading: UnixMillis) -> Option<UnixMillis> {
        let nth = |from_the_oldest: usize| {
            let mut instants: Vec<_> = self.instants().collect();
            *instants.select_nth_unstable(from_the_oldest).1
        };
        let last = nth(self.counted.len().checked_sub(MOST + 1)?);
        if last < reading || self.counted.len() > MOST_WHILE_READ {
            return Some(last);
        }
        self.instants().filter(|at| *at < reading).max()
    }

    /// Doubts closes up to the oldest known close, but at most up to 150 minutes before `read_until`. The kept memory may
    /// come from a release that remembered only 150 minutes, so an older close may have been counted.
    pub(super) fn doubt_older(&mut self, read_until: Timestamp) {
        let by_time = UnixMillis::from(earlier(read_until, REMEMBERED_FOR_IN_0_1_0));
        let oldest = self.instants().min().unwrap_or(by_time);
        self.doubted_up_to = Some(oldest.min(by_time));
    }

    fn instants(&self) -> impl Iterator<Item = UnixMillis> {
        self.counted.values().map(|(at, _)| *at)
    }
}

/// The closes, and `forgotten_up_to` as if it were a close: so a state has the form that earlier releases wrote.
impl<V: Serialize + Copy + Default> Serialize for RecentlyClosed<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counted = self.counted.iter().map(|(key, close)| (*key, *close));
        let forgotten = self.forgotten_up_to.map(|at| (Key::of(FORGOTTEN), (at, V::default())));
        serializer.collect_map(counted.chain(forgotten))
    }
}

impl<'de, V: Deserialize<'de> + Copy> Deserialize<'de> for RecentlyClosed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut counted = HashMap::<Key, (UnixMillis, V)>::deserialize(deserializer)?;
        let forgotten_up_to = counted.remove(&Key::of(FORGOTTEN)).map(|(at, _)| at);
        Ok(Self { counted, forgotten_up_to, doubted_up_to: None, is_full: false })
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
        assert!(!closed.is_full);
        closed.prune(at(more));
        assert!(closed.is_full && closed.counted.len() == MOST);
        assert!(!closed.knows(key(9)) && closed.knows(key(10)));
        assert_eq!(closed.forgotten_before(at(more)), at(9).later_by_a_millisecond());
        let read = kept_and_read(&closed);
        assert_eq!(read.forgotten_before(at(more)), closed.forgotten_before(at(more)));
    }

    fn kept_and_read(closed: &RecentlyClosed) -> RecentlyClosed {
        let mut read: RecentlyClosed =
            postcard::from_bytes(&postcard::to_allocvec(closed).unwrap()).unwrap();
        assert_eq!(read.counted, closed.counted);
        read.doubt_older(at(7_200));
        read
    }

    #[test]
    fn closes_of_the_millisecond_that_is_read_are_remembered_beyond_the_cap_until_all_are_read() {
        let (many, more) = (MOST + 10, MOST + 20);
        let mut closed = closed([-1, 1]);
        (2..many).for_each(|number| closed.note(key(number), at(0).into(), ()));
        closed.prune(at(0));
        assert!(closed.is_full && !closed.knows(key(0)));
        let mut closed = kept_and_read(&closed);
        assert!((1..many).all(|number| closed.knows(key(number))));
        assert_eq!(closed.forgotten_before(at(0)), at(-1).later_by_a_millisecond());
        (many..more).for_each(|number| closed.note(key(number), at(0).into(), ()));
        closed.prune(at(2));
        assert!(closed.is_full && closed.knows(key(1)) && !closed.knows(key(2)));
        assert_eq!(kept_and_read(&closed).forgotten_before(at(2)), at(0).later_by_a_millisecond());
    }

    #[test]
    fn no_millisecond_is_remembered_beyond_twice_the_cap() {
        let mut closed = closed(std::iter::repeat_n(0, MOST_WHILE_READ + 1));
        closed.prune(at(0));
        assert!(closed.is_full && closed.counted.is_empty());
        assert_eq!(closed.forgotten_before(at(0)), at(0).later_by_a_millisecond());
    }

    trait Later {
        fn later_by_a_millisecond(self) -> UnixMillis;
    }

    impl Later for Timestamp {
        fn later_by_a_millisecond(self) -> UnixMillis {
            UnixMillis::from(self).later(SignedDuration::from_millis(1))
        }
    }
}
