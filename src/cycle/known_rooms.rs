//! The rooms of a list as their last rows showed them.
//!
//! A room enters a list only by a change. So after one reading of the whole list, the changes alone keep the known rooms
//! complete. A room that leaves the list is no longer in its answers: the list that it entered shows it, or its close. If
//! there are as many known rooms as the server counts, they are the list.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::omnichannel::chat::Chat;
use crate::omnichannel::observation::ChatObservation;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::instant::{earlier, later};
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::{RoomRow, RoomSelection};
use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::unix_millis::UnixMillis;

/// Part of the latest changes that is read again: nodes of the server write by their own clocks, and a change may become
/// visible after a later one.
const OVERLAP: SignedDuration = SignedDuration::from_secs(5);
/// Time that the beginning of a reading may be ahead of the server's clock: a `Date` header has whole seconds.
const UNCERTAINTY: SignedDuration = SignedDuration::from_secs(5);
/// Shortest time between two readings of a whole list whose changes are read. What no change shows is as old at most, such
/// as the new name of an agent, or a room that somebody removed from the database.
pub(super) const WHOLE_EVERY: Duration = Duration::from_secs(900);
/// The readings of a whole list take a tenth of the time at most.
const MOST_OF_THE_TIME: u32 = 10;

/// Longest time without a proof that the known rooms are the list, if reading the whole list takes less than half of it. With
/// a small budget, the other lists are seldom read in the same round.
const LONGEST_UNPROVEN: Duration = Duration::from_secs(300);

/// The rooms of a list.
#[derive(Debug)]
pub(super) struct KnownRooms {
    selection: RoomSelection,
    capabilities: Capabilities,
    /// In a fixed order, so that sums over the rooms do not differ by rounding.
    rooms: BTreeMap<Key, KnownRoom>,
    /// Every change up to this time was read.
    latest: UnixMillis,
    /// The beginning of the reading of the whole list, if no clock of the server was accepted then; `None` as soon as it is
    /// dated.
    undated_beginning: Option<UndatedBeginning>,
    /// End of the reading of the whole list.
    read_whole: Instant,
    took: Duration,
    pages: u32,
    /// The rooms have not been proven to be the list since then; `None` after a proof.
    unproven_since: Option<Instant>,
    /// The latest reading of the changes, while it may still be proven to be complete.
    unproven: Option<Unproven>,
}

/// The beginning of a reading before a clock of the server is accepted.
#[derive(Debug)]
struct UndatedBeginning {
    /// By our monotonic clock.
    elapsed: SignedDuration,
    /// By the latest answers, whether their clock is accepted later or not.
    shown: Timestamp,
}

/// A reading of the changes after which rooms were known that had left the list.
#[derive(Debug)]
struct Unproven {
    read_at: Timestamp,
    /// A room that left by then left before the reading, whatever node of the server wrote the time.
    left_by: Timestamp,
    /// Number of the rooms that had left and that no other list has shown.
    departed_unseen: u64,
}

#[derive(Debug)]
struct KnownRoom {
    observation: Arc<ChatObservation>,
    changed: UnixMillis,
    /// The last cycle in which the room was in the list for certain.
    read_in: u64,
}

impl KnownRooms {
    /// No rooms yet, at the beginning of a reading of the whole list.
    pub(super) fn new(
        selection: RoomSelection,
        capabilities: Capabilities,
        clock: &ServerClock,
    ) -> Self {
        Self {
            selection,
            capabilities,
            rooms: BTreeMap::new(),
            latest: earlier(clock.now(), UNCERTAINTY).into(),
            undated_beginning: (!clock.is_settled()).then(|| UndatedBeginning {
                elapsed: clock.elapsed(),
                shown: later(clock.local(), clock.said_offset()),
            }),
            read_whole: Instant::now(),
            took: Duration::ZERO,
            pages: 0,
            unproven_since: None,
            unproven: None,
        }
    }

    /// Takes the row of a room, with the time of its change.
    pub(super) fn take(
        &mut self,
        observation: Arc<ChatObservation>,
        changed: UnixMillis,
        read_in: u64,
    ) {
        let key = observation.key;
        self.rooms.insert(key, KnownRoom { observation, changed, read_in });
    }

    /// Notes the end of the reading of the whole list, which took this time and these pages.
    pub(super) fn read_whole(&mut self, took: Duration, pages: u32) {
        (self.read_whole, self.took, self.pages) = (Instant::now(), took, pages);
    }

    /// True if the changes of this selection are enough; false if the whole list must be read.
    pub(super) fn may_be_continued(
        &self,
        selection: RoomSelection,
        capabilities: Capabilities,
        now: Instant,
    ) -> bool {
        let longest = WHOLE_EVERY.max(self.took * MOST_OF_THE_TIME);
        self.selection == selection
            && self.capabilities == capabilities
            && now.saturating_duration_since(self.read_whole) < longest
    }

    /// Dates the beginning of the reading of the whole list, if a clock of the server was accepted only after it. Returns
    /// false if the list must be read whole: no clock is accepted yet, or the accepted clock is later than the clock that
    /// answers showed at the beginning, so that it was set forward in between, and changes have earlier times.
    pub(super) fn date_beginning(&mut self, clock: &ServerClock) -> bool {
        let Some(UndatedBeginning { elapsed, shown }) = self.undated_beginning else {
            return true;
        };
        let began = earlier(clock.now(), clock.elapsed() - elapsed);
        if !clock.is_settled() || began > later(shown, UNCERTAINTY) {
            return false;
        }
        self.latest = earlier(began, UNCERTAINTY).into();
        self.undated_beginning = None;
        true
    }

    /// The time since which changes may be unread. `spread` is the difference between the clocks of the server's nodes.
    pub(super) fn unread_since(&self, spread: SignedDuration) -> UnixMillis {
        earlier(earlier(self.latest.timestamp(), OVERLAP), spread).into()
    }

    /// True if the changes were read up to a time after `now`: the server's clock was set back.
    pub(super) fn is_later_than(&self, now: Timestamp) -> bool {
        self.latest > later(now, UNCERTAINTY).into()
    }

    /// Pages of the whole list.
    pub(super) fn pages(&self) -> u32 {
        self.pages
    }

    /// Notes a reading of the changes that began at `began`, by the server's clock. `latest` is the latest change that it
    /// shows; a node of the server whose clock is ahead writes times that are to come for the others.
    pub(super) fn read_up_to(&mut self, latest: UnixMillis, began: Timestamp) {
        let certain = earlier(began, UNCERTAINTY).into();
        self.latest = latest.min(began.into()).max(certain);
    }

    /// Compares the rooms with their number by the server at `read_at`. Returns the rooms if they are the list.
    pub(super) fn prove(
        &mut self,
        total: u64,
        read_at: Timestamp,
        spread: SignedDuration,
    ) -> Option<Vec<Arc<ChatObservation>>> {
        let left_by = earlier(earlier(read_at, UNCERTAINTY), spread);
        let departed_unseen = self.len().saturating_sub(total);
        self.unproven = Some(Unproven { read_at, left_by, departed_unseen });
        self.proven()
    }

    /// Forgets the latest reading of the changes: rows that are newer come now.
    pub(super) fn forget_unproven(&mut self) {
        self.unproven = None;
    }

    /// True if the rooms have not been proven to be the list for too long.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let longest = LONGEST_UNPROVEN.max(self.took * 2);
        self.unproven_since.is_some_and(|since| now.saturating_duration_since(since) >= longest)
    }

    /// The rooms, if the latest reading of the changes is proven to be complete by now.
    fn proven(&mut self) -> Option<Vec<Arc<ChatObservation>>> {
        self.unproven_since = self.unproven_since.or_else(|| Some(Instant::now()));
        let Unproven { read_at, .. } = self.unproven.take_if(|it| it.departed_unseen == 0)?;
        self.unproven_since = None;
        let observed = self.rooms.values_mut().map(|room| {
            // The row of an earlier round has no other holder and is changed in place; a row that this round has already
            // given away is copied.
            Arc::make_mut(&mut room.observation).read_at = read_at.into();
            Arc::clone(&room.observation)
        });
        Some(observed.collect())
    }

    pub(super) fn len(&self) -> u64 {
        self.rooms.len() as u64
    }

    /// True if this row is what is known of its room.
    pub(super) fn knows(&self, key: Key, changed: UnixMillis) -> bool {
        self.rooms.get(&key).is_some_and(|room| room.changed == changed)
    }

    /// Removes the rooms of which a row of another list shows a later change. Returns the rooms that remain if this proves the
    /// latest reading of the changes to be complete.
    pub(super) fn remove_departed(
        &mut self,
        rows: &[RoomRow],
    ) -> Option<Vec<Arc<ChatObservation>>> {
        for (key, changed) in
            rows.iter().filter_map(|row| Some((Key::of(&row.id), row.updated_at?)))
        {
            if self.rooms.get(&key).is_some_and(|room| changed > room.changed) {
                self.rooms.remove(&key);
                self.count_departed(changed);
            }
        }
        self.unproven.is_some().then(|| self.proven()).flatten()
    }

    /// Counts a room that another list shows, unless it may have left after the changes were read.
    fn count_departed(&mut self, left_at: UnixMillis) {
        if let Some(unproven) = &mut self.unproven
            && left_at.timestamp() <= unproven.left_by
        {
            unproven.departed_unseen = unproven.departed_unseen.saturating_sub(1);
        }
    }

    /// Notes that the rooms are in the list in cycle `read_in`.
    pub(super) fn confirm(&mut self, read_in: u64) {
        self.rooms.values_mut().for_each(|room| room.read_in = read_in);
    }

    pub(super) fn chats(&self) -> Vec<Chat> {
        self.rooms.values().map(|room| room.observation.chat(room.read_in)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::rocketchat::server_time::ClockSample;

    /// A `Date` has whole seconds.
    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    /// Two cycles of answers that show the server's clock, ten seconds from each other.
    fn answers(clock: &ServerClock, hands: &ManualClock, offset: SignedDuration) {
        for _ in 0..2 {
            clock.begin_cycle();
            hands.advance(SignedDuration::from_secs(10));
            (0..2).for_each(|_| answer(clock, offset));
        }
    }

    /// An answer with a row that the server has just written.
    fn answer(clock: &ServerClock, offset: SignedDuration) {
        let (sent, date) = (clock.elapsed(), clock.local() + offset);
        clock.observe(ClockSample { sent, received: sent, date });
        clock.witness(std::iter::once(date));
    }

    #[test]
    fn a_reading_that_began_before_the_servers_clock_is_accepted_is_dated_by_that_clock() {
        for offset in [-1, 1].map(SignedDuration::from_hours) {
            let (ours, hands) = Clock::manual(at(0));
            let clock = ServerClock::new(ours);
            clock.begin_cycle();
            answer(&clock, offset);
            let mut known = KnownRooms::new(RoomSelection::Open, Capabilities::of(None), &clock);
            assert!(!known.date_beginning(&clock));
            answers(&clock, &hands, offset);
            assert!(known.date_beginning(&clock));
            let unread_since = known.unread_since(clock.spread()).timestamp();
            let before = (at(0) + offset).duration_since(unread_since);
            let sure = UNCERTAINTY + OVERLAP;
            assert!((sure..=sure + SECOND).contains(&(before + SECOND)), "{before:?}");
            known.read_up_to(at(15).into(), at(30));
            assert!(known.date_beginning(&clock));
            assert_eq!(known.unread_since(clock.spread()).timestamp(), at(20));
        }
    }

    #[test]
    fn a_reading_is_not_dated_by_a_clock_that_was_set_forward_after_its_beginning() {
        let (ours, hands) = Clock::manual(at(0));
        let clock = ServerClock::new(ours);
        clock.begin_cycle();
        answer(&clock, SignedDuration::from_hours(-1));
        let mut known = KnownRooms::new(RoomSelection::Open, Capabilities::of(None), &clock);
        answers(&clock, &hands, SignedDuration::ZERO);
        assert!(clock.is_settled() && !known.date_beginning(&clock));
    }
}
