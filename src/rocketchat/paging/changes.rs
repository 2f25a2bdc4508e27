//! A walk over the rows of a list that changed lately: the list by the time of the last change, the latest first.
//!
//! The list changes during the walk. A row that changes moves to the front, and no later page shows it; so the walk
//! begins again at the front until one page is enough. A row that leaves shifts the rows behind it, so that the next page
//! would leave one out; so each page begins with the last row of the page before it.

use std::collections::HashSet;

use super::page_request::{PAGE_ROWS, PageRequest};
use crate::rocketchat::key::Key;
use crate::rocketchat::unix_millis::UnixMillis;

/// Most passes of a walk. After them, the list changes faster than it can be read in this order.
const MOST_PASSES: u32 = 5;

/// The walk cannot tell which rows changed: the rows lack the time of the change, they are in another order, some of them
/// could not be decoded, or the list changes too fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesUnknown;

/// A walk over the rows that changed at a given time or later.
#[derive(Debug)]
pub struct ChangesPager {
    /// This pass ends at the first row that changed before this time.
    since: UnixMillis,
    /// Rows of this pass.
    seen: HashSet<Key>,
    offset: u64,
    passes: u32,
    pages_of_pass: u32,
    pages: u32,
    is_done: bool,
    /// The latest change that a row shows.
    latest: UnixMillis,
    /// Number of rows of the whole list at the last page.
    total: u64,
}

impl ChangesPager {
    /// A walk over the rows that changed at `since` or later.
    pub fn new(since: UnixMillis) -> Self {
        Self {
            since,
            seen: HashSet::new(),
            offset: 0,
            passes: 1,
            pages_of_pass: 0,
            pages: 0,
            is_done: false,
            latest: since,
            total: 0,
        }
    }

    /// The next page to request; `None` if the walk is complete.
    pub fn next(&self) -> Option<PageRequest> {
        (!self.is_done).then_some(PageRequest::by_offset(self.offset, PAGE_ROWS))
    }

    /// Number of pages so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// The latest change that a row shows; the beginning of the walk if no row is later.
    pub fn latest(&self) -> UnixMillis {
        self.latest
    }

    /// Number of rows of the whole list at the last page. If the walk is complete, every row that had changed by then was
    /// read after its change.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Takes a page: `rows` as (key, time of the change) in the server's order, `received` with the rows that could not be
    /// decoded, `total` of the list.
    pub fn absorb(
        &mut self,
        rows: &[(Key, Option<UnixMillis>)],
        received: u64,
        total: Option<u64>,
    ) -> Result<(), ChangesUnknown> {
        self.total = total.ok_or(ChangesUnknown)?;
        let changed: Option<Vec<UnixMillis>> = rows.iter().map(|(_, changed)| *changed).collect();
        let changed = changed.filter(|it| it.is_sorted_by(|a, b| a >= b)).ok_or(ChangesUnknown)?;
        if rows.len() as u64 != received {
            return Err(ChangesUnknown);
        }
        (self.pages, self.pages_of_pass) = (self.pages + 1, self.pages_of_pass + 1);
        let (front, back) = (changed.first(), changed.last());
        let adjoins = rows.first().is_none_or(|(key, _)| self.seen.contains(key));
        if self.offset > 0 && !adjoins {
            return self.begin_pass(self.since);
        }
        if self.offset == 0 {
            self.latest = front.copied().unwrap_or(self.latest).max(self.latest);
        }
        self.seen.extend(rows.iter().map(|(key, _)| *key));
        let end = self.offset + received;
        let is_at_end = end >= self.total || received <= u64::from(self.offset > 0);
        if !is_at_end && back.is_some_and(|back| *back >= self.since) {
            self.offset = end - 1;
            return Ok(());
        }
        if self.pages_of_pass == 1 {
            self.is_done = true;
            return Ok(());
        }
        self.begin_pass(self.latest)
    }

    /// Looks at the front of the list once more, after a complete walk.
    pub fn look_again(&mut self) -> Result<(), ChangesUnknown> {
        self.is_done = false;
        self.begin_pass(self.latest)
    }

    fn begin_pass(&mut self, since: UnixMillis) -> Result<(), ChangesUnknown> {
        if self.passes >= MOST_PASSES {
            return Err(ChangesUnknown);
        }
        self.passes += 1;
        (self.since, self.offset, self.pages_of_pass) = (since, 0, 0);
        self.seen.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    fn at(millisecond: u32) -> UnixMillis {
        i64::from(millisecond).try_into().unwrap()
    }

    fn key(room: u32) -> Key {
        Key::of(&room.to_string())
    }

    /// A list of rooms, each with the time of its last change.
    #[derive(Debug, Clone, Default)]
    struct Rooms {
        changed: BTreeMap<u32, u32>,
        now: u32,
    }

    impl Rooms {
        fn of(rooms: u32) -> Self {
            Self { changed: (0..rooms).map(|room| (room, room)).collect(), now: rooms }
        }

        fn change(&mut self, room: u32) {
            self.now += 1;
            self.changed.insert(room, self.now);
        }

        fn page(&self, request: PageRequest, most: usize) -> Vec<(u32, u32)> {
            let mut rows: Vec<(u32, u32)> =
                self.changed.iter().map(|(room, at)| (*room, *at)).collect();
            rows.sort_by_key(|(room, at)| (std::cmp::Reverse(*at), *room));
            let (offset, count) =
                (usize::try_from(request.offset).unwrap(), request.count as usize);
            rows.into_iter().skip(offset).take(count.min(most)).collect()
        }
    }

    type Known = BTreeMap<u32, u32>;

    /// Walks to the end, and lets the list change before each page. Returns what the rows show, merged into `known`.
    fn walked(
        rooms: &mut Rooms,
        mut known: Known,
        since: u32,
        most: usize,
        mut change: impl FnMut(&mut Rooms),
    ) -> Result<(Known, ChangesPager), ChangesUnknown> {
        let mut walk = ChangesPager::new(at(since));
        while let Some(request) = walk.next() {
            change(rooms);
            let rows = rooms.page(request, most);
            let keys: Vec<_> =
                rows.iter().map(|(room, when)| (key(*room), Some(at(*when)))).collect();
            known.extend(rows);
            walk.absorb(&keys, keys.len() as u64, Some(rooms.changed.len() as u64))?;
        }
        Ok((known, walk))
    }

    #[test]
    fn one_page_is_enough_for_few_changes() {
        let mut rooms = Rooms::of(1_000);
        let (known, since) = (rooms.changed.clone(), rooms.now);
        (0..30).for_each(|room| rooms.change(room));
        let (known, walk) = walked(&mut rooms, known, since, 100, |_| ()).unwrap();
        assert_eq!((walk.pages(), walk.total(), walk.latest()), (1, 1_000, at(1_030)));
        assert_eq!(known, rooms.changed);
    }

    #[test]
    fn many_changes_take_more_pages_and_one_more_look_at_the_front() {
        let mut rooms = Rooms::of(1_000);
        let (known, since) = (rooms.changed.clone(), rooms.now);
        (0..150).for_each(|room| rooms.change(room));
        let (known, walk) = walked(&mut rooms, known, since, 100, |_| ()).unwrap();
        assert_eq!((walk.pages(), known), (3, rooms.changed));
    }

    #[test]
    fn rows_in_another_order_without_a_time_or_that_are_not_decoded_end_the_walk() {
        let of = |rows: &[Option<u32>], received, total| {
            let rows: Vec<_> =
                (0..).zip(rows).map(|(room, when)| (key(room), when.map(at))).collect();
            ChangesPager::new(at(0)).absorb(&rows, received, total)
        };
        assert_eq!(of(&[Some(2), Some(1)], 2, Some(2)), Ok(()));
        assert_eq!(of(&[Some(1), Some(2)], 2, Some(2)), Err(ChangesUnknown));
        assert_eq!(of(&[Some(1), None], 2, Some(2)), Err(ChangesUnknown));
        assert_eq!(of(&[Some(1)], 2, Some(2)), Err(ChangesUnknown));
        assert_eq!(of(&[Some(1)], 1, None), Err(ChangesUnknown));
    }

    #[test]
    fn a_list_that_changes_at_every_page_ends_the_walk() {
        let mut rooms = Rooms::of(50);
        let changed = |rooms: &mut Rooms| (0..10).for_each(|room| rooms.change(room));
        let walk = walked(&mut rooms, Known::new(), 50, 5, changed);
        assert_eq!(walk.err(), Some(ChangesUnknown));
    }

    /// An event before a page: a room changes, joins or leaves.
    fn happen(rooms: &mut Rooms, size: u32, (chosen, leaves): (Index, bool)) {
        let room = (0..size + 10).nth(chosen.index(size as usize + 10)).unwrap();
        if leaves {
            rooms.changed.remove(&room);
        } else {
            rooms.change(room);
        }
    }

    proptest! {
        /// A room of the list is known as it is; a known room beside the list has left.
        #[test]
        fn a_complete_walk_knows_every_change(
            size in 1_u32..80,
            before in prop::collection::vec(any::<Index>(), 0..40),
            during in prop::collection::vec(prop::option::of((any::<Index>(), any::<bool>())), 0..12),
            most in 2_usize..12,
        ) {
            let mut rooms = Rooms::of(size);
            let (known, since) = (rooms.changed.clone(), rooms.now);
            for chosen in before {
                happen(&mut rooms, size, (chosen, false));
            }
            let mut during = during.into_iter();
            let change = |rooms: &mut Rooms| {
                during.next().flatten().into_iter().for_each(|it| happen(rooms, size, it));
            };
            if let Ok((known, walk)) = walked(&mut rooms, known, since, most, change) {
                for (room, changed) in &rooms.changed {
                    prop_assert_eq!(known.get(room), Some(changed));
                }
                prop_assert_eq!(walk.total(), rooms.changed.len() as u64);
            }
        }
    }
}
