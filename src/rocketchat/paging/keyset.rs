//! A walk over a list by the time of its rows, ascending.
//!
//! The last time that was seen is the next inclusive start, and rows that were already seen are dropped by `_id`. So a
//! row that joins or leaves the list shifts no other row. There are no deep offsets. Offsets are used only if rows of
//! one millisecond fill a page: these rows are read upwards and then downwards, so that a row that leaves between two
//! pages hides no other row.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::page_request::{PAGE_ROWS, PageRequest};
use super::pager::{Pager, WalkError};
use super::seen_rows::forget_if_many;
use crate::rocketchat::key::Key;

/// Most consecutive pages without a new row: then the server ignores the offset, and further pages would show no more.
const MOST_REPEATED: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeysetPosition {
    /// From a time on; an offset is used only after rows without a time.
    From {
        start: Option<Timestamp>,
        offset: u64,
    },
    /// Rows of one instant, upwards.
    TieUp {
        at: Timestamp,
        offset: u64,
    },
    /// The same rows again, downwards: a row that left in between shifted the others towards the start.
    TieDown {
        at: Timestamp,
        offset: u64,
    },
    Done,
}

/// A walk over rows with a time, ascending.
#[derive(Debug)]
pub struct KeysetPager {
    cursor: KeysetPosition,
    end: Option<Timestamp>,
    seen: HashSet<Key>,
    largest_page: u64,
    pages: u32,
    repeated: u32,
}

impl KeysetPager {
    /// A walk over all rows between `start` and `end`, inclusive and to the millisecond.
    pub fn new(start: Option<Timestamp>, end: Option<Timestamp>) -> Self {
        Self {
            cursor: KeysetPosition::From { start: start.map(asked), offset: 0 },
            end: end.map(asked),
            seen: HashSet::new(),
            largest_page: 1,
            pages: 0,
            repeated: 0,
        }
    }
}

impl Pager for KeysetPager {
    fn next(&self) -> Option<PageRequest> {
        let (start, end, offset) = match self.cursor {
            KeysetPosition::From { start, offset } => (start, self.end, offset),
            KeysetPosition::TieUp { at, offset } | KeysetPosition::TieDown { at, offset } => {
                (Some(at), Some(at), offset)
            }
            KeysetPosition::Done => return None,
        };
        Some(PageRequest { start, end, offset, count: PAGE_ROWS })
    }

    fn pages(&self) -> u32 {
        self.pages
    }

    fn absorb(
        &mut self,
        rows: &[(&str, Option<Timestamp>)],
        received: u64,
        total: Option<u64>,
    ) -> Result<Vec<bool>, WalkError> {
        let times: Vec<Timestamp> = rows.iter().filter_map(|(_, at)| *at).collect();
        self.verify(&times)?;
        self.pages += 1;
        self.largest_page = self.largest_page.max(received);
        let is_new: Vec<bool> = rows.iter().map(|(id, _)| self.seen.insert(Key::of(id))).collect();
        let is_repeated = !rows.is_empty() && !is_new.contains(&true);
        self.repeated = if is_repeated { self.repeated + 1 } else { 0 };
        self.cursor = self.after(&times, received, total);
        Ok(is_new)
    }

    fn go_on(&mut self, end: Timestamp) {
        self.end = self.end.map(|_| asked(end));
        forget_if_many(&mut self.seen);
    }
}

impl KeysetPager {
    fn verify(&self, times: &[Timestamp]) -> Result<(), WalkError> {
        if !times.is_sorted() {
            return Err(WalkError::Unsorted);
        }
        let start = self.next().and_then(|request| request.start);
        match (start, times.first()) {
            (Some(start), Some(first)) if *first < start => Err(WalkError::FilterIgnored),
            _ => Ok(()),
        }
    }

    fn after(&self, times: &[Timestamp], received: u64, total: Option<u64>) -> KeysetPosition {
        match self.cursor {
            KeysetPosition::From { start, offset } => {
                self.after_page((start, offset), times, received, total)
            }
            KeysetPosition::TieUp { at, .. } if self.repeated >= MOST_REPEATED => {
                next_millisecond(at)
            }
            KeysetPosition::TieUp { at, offset } if received > 0 => {
                KeysetPosition::TieUp { at, offset: offset + received }
            }
            KeysetPosition::TieDown { at, offset: 0 } => next_millisecond(at),
            KeysetPosition::TieUp { at, offset } | KeysetPosition::TieDown { at, offset } => {
                KeysetPosition::TieDown { at, offset: offset.saturating_sub(self.largest_page) }
            }
            KeysetPosition::Done => KeysetPosition::Done,
        }
    }

    fn after_page(
        &self,
        (start, offset): (Option<Timestamp>, u64),
        times: &[Timestamp],
        received: u64,
        total: Option<u64>,
    ) -> KeysetPosition {
        if is_last(received, total.map(|total| total.saturating_sub(offset))) {
            return KeysetPosition::Done;
        }
        match (times.first(), times.last()) {
            (Some(first), Some(last))
                if first == last && start.is_none_or(|start| start <= *last) =>
            {
                KeysetPosition::TieUp { at: *last, offset: received }
            }
            (_, Some(last)) => KeysetPosition::From { start: Some(*last), offset: 0 },
            _ if self.repeated >= MOST_REPEATED => KeysetPosition::Done,
            _ => KeysetPosition::From { start, offset: offset + received },
        }
    }
}

/// The time in whole milliseconds, as the server uses it: a row of the millisecond in which a walk begins belongs to
/// the walk.
fn asked(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn next_millisecond(at: Timestamp) -> KeysetPosition {
    at.checked_add(SignedDuration::from_millis(1))
        .map_or(KeysetPosition::Done, |next| KeysetPosition::From { start: Some(next), offset: 0 })
}

/// True if the page is the last one. A short page is the last one only if the server's `total` agrees: the server may
/// lower `count`.
fn is_last(received: u64, total: Option<u64>) -> bool {
    received == 0
        || (received < u64::from(PAGE_ROWS) && total.is_some_and(|total| total == received))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
    }

    /// A server's answer to a request over rows (id, ms), at most `clamp` rows.
    fn answer(rows: &[(u32, i64)], request: PageRequest, clamp: usize) -> (Vec<(u32, i64)>, u64) {
        let mut matching: Vec<_> = rows
            .iter()
            .copied()
            .filter(|(_, ms)| request.start.is_none_or(|start| at(*ms) >= start))
            .filter(|(_, ms)| request.end.is_none_or(|end| at(*ms) <= end))
            .collect();
        matching.sort_by_key(|(id, ms)| (*ms, *id));
        let total = matching.len() as u64;
        let count = (request.count as usize).min(clamp);
        (
            matching
                .into_iter()
                .skip(usize::try_from(request.offset).unwrap())
                .take(count)
                .collect(),
            total,
        )
    }

    /// Walks to the end; `disturb` changes the rows before each page.
    fn walk(
        rows: &mut Vec<(u32, i64)>,
        clamp: usize,
        mut disturb: impl FnMut(&mut Vec<(u32, i64)>),
    ) -> (HashSet<u32>, u32) {
        let mut scan = KeysetPager::new(None, None);
        let mut found = HashSet::new();
        while let Some(request) = scan.next() {
            disturb(rows);
            let (page, total) = answer(rows, request, clamp);
            let texts: Vec<_> = page.iter().map(|(id, ms)| (id.to_string(), at(*ms))).collect();
            let keys: Vec<_> = texts.iter().map(|(id, at)| (id.as_str(), Some(*at))).collect();
            let new = scan.absorb(&keys, keys.len() as u64, Some(total)).unwrap();
            for ((id, _), new) in page.iter().zip(new) {
                assert_eq!(found.insert(*id), new, "{id} is new exactly once");
            }
            assert!(scan.pages() < 5_000, "the walk ends");
        }
        (found, scan.pages())
    }

    proptest! {
        #[test]
        fn a_quiet_list_is_walked_whole_with_any_page_size(
            times in prop::collection::vec(0_i64..40, 0..60),
            clamp in prop::sample::select(vec![1_usize, 2, 7, 25, 100])
        ) {
            let mut rows: Vec<_> = (0..).zip(times).collect();
            let all: HashSet<u32> = rows.iter().map(|(id, _)| *id).collect();
            prop_assert_eq!(walk(&mut rows, clamp, |_| ()).0, all);
        }

        #[test]
        fn rows_that_stay_are_seen_whatever_leaves_meanwhile(
            times in prop::collection::vec(0_i64..40, 1..60),
            clamp in prop::sample::select(vec![1_usize, 2, 7, 25, 100]),
            leaving in prop::collection::vec(any::<prop::sample::Index>(), 1..40)
        ) {
            let mut rows: Vec<_> = (0..).zip(times).collect();
            let mut next_id = 10_000;
            let mut leaving = leaving.into_iter();
            let (found, _) = walk(&mut rows, clamp, |rows| {
                if let Some(index) = leaving.next() && !rows.is_empty() {
                    rows.remove(index.index(rows.len()));
                    next_id += 1;
                    rows.push((next_id, i64::from(next_id)));
                }
            });
            for (id, _) in rows.iter().filter(|(id, _)| *id < 10_000) {
                prop_assert!(found.contains(id), "{} was there all the time", id);
            }
        }
    }

    #[test]
    fn a_list_that_fits_takes_one_page_and_a_full_page_asks_for_more() {
        let mut rows: Vec<_> = (0..60).map(|id| (id, i64::from(id))).collect();
        assert_eq!(walk(&mut rows, 100, |_| ()).1, 1);
        assert_eq!(walk(&mut rows, 25, |_| ()).1, 3);
        assert_eq!(walk(&mut Vec::new(), 25, |_| ()).1, 1);
    }

    #[test]
    fn a_total_that_lies_costs_requests_but_no_rows() {
        for lie in [Some(0), Some(3), Some(1_000_000), None] {
            let rows: Vec<_> = (0..30).map(|id| (id, i64::from(id))).collect();
            let mut scan = KeysetPager::new(None, None);
            let mut found = 0;
            while let Some(request) = scan.next() {
                let (page, _) = answer(&rows, request, 7);
                let texts: Vec<_> = page.iter().map(|(id, ms)| (id.to_string(), at(*ms))).collect();
                let keys: Vec<_> = texts.iter().map(|(id, at)| (id.as_str(), Some(*at))).collect();
                let new = scan.absorb(&keys, keys.len() as u64, lie).unwrap();
                found += new.into_iter().filter(|new| *new).count();
            }
            assert_eq!(found, 30, "{lie:?}");
        }
    }

    #[test]
    fn a_server_that_heeds_no_offset_ends_no_walk_for_ever() {
        for time in [Some(at(5)), None] {
            let mut scan = KeysetPager::new(Some(at(0)), Some(at(9)));
            let keys = [("a", time), ("b", time)];
            let mut starts = Vec::new();
            while let Some(request) = scan.next() {
                starts.push(request.start);
                let rows = if request.start <= Some(at(5)) { &keys[..] } else { &[] };
                scan.absorb(rows, rows.len() as u64, None).unwrap();
                assert!(scan.pages() < 20, "the walk ends");
            }
            let last = if time.is_some() { at(6) } else { at(0) };
            assert_eq!(starts.last(), Some(&Some(last)));
        }
    }

    #[test]
    fn rows_without_a_time_hide_none_behind_them() {
        let rows: Vec<_> = (0..9).map(|id| (id, i64::from(id))).collect();
        for undated in [1_u32, 3, 7] {
            let mut scan = KeysetPager::new(None, None);
            let mut found = 0;
            while let Some(request) = scan.next() {
                let (page, total) = answer(&rows, request, 1);
                let texts: Vec<_> =
                    page.iter().map(|(id, ms)| (*id, id.to_string(), at(*ms))).collect();
                let time = |id: u32, at| (id >= undated).then_some(at);
                let keys: Vec<_> =
                    texts.iter().map(|(id, text, at)| (text.as_str(), time(*id, *at))).collect();
                let new = scan.absorb(&keys, keys.len() as u64, Some(total)).unwrap();
                found += new.into_iter().filter(|new| *new).count();
                assert!(scan.pages() < 100, "the walk ends");
            }
            assert_eq!(found, 9, "{undated} undated");
        }
    }

    #[test]
    fn a_server_that_ignores_sort_or_start_is_found_out() {
        let mut scan = KeysetPager::new(Some(at(5)), None);
        assert_eq!(
            scan.absorb(&[("a", Some(at(7))), ("b", Some(at(6)))], 2, Some(2)),
            Err(WalkError::Unsorted)
        );
        assert_eq!(scan.absorb(&[("a", Some(at(4)))], 1, Some(1)), Err(WalkError::FilterIgnored));
    }

    #[test]
    fn a_row_of_the_millisecond_the_walk_begins_in_shows_no_ignored_filter() {
        let within = at(5).checked_add(SignedDuration::from_micros(700)).unwrap();
        let mut scan = KeysetPager::new(Some(within), Some(within));
        let request = scan.next().unwrap();
        assert_eq!((request.start, request.end), (Some(at(5)), Some(at(5))));
        assert_eq!(scan.absorb(&[("a", Some(at(5)))], 1, Some(1)), Ok(vec![true]));
    }
}
