//! A walk by offset over a small list without a time.
//!
//! A row that joins or leaves shifts the rows behind it, so that the next page would repeat a row or leave one out. So each
//! page begins with the last row of the page before it. If it begins with another row, the walk begins anew.

use super::page_request::{PAGE_ROWS, PageRequest};
use crate::rocketchat::page::{Page, Row};

/// Most new beginnings of a walk. After them, the walk takes the pages as they come: a list that changes between any two
/// pages would never be complete.
const MOST_NEW_BEGINNINGS: u32 = 3;

/// A walk by offset over a small list with a stable order, and the rows of its pages.
#[derive(Debug)]
pub struct OffsetPager<R> {
    /// The rows so far.
    pub rows: Vec<R>,
    /// Number of rows that could not be decoded.
    pub invalid: u64,
    offset: u64,
    /// True if the next page begins with the last row.
    overlaps: bool,
    is_done: bool,
    pages: u32,
    new_beginnings: u32,
    /// True if rows may be missing or repeated.
    is_doubtful: bool,
}

impl<R> Default for OffsetPager<R> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            invalid: 0,
            offset: 0,
            overlaps: false,
            is_done: false,
            pages: 0,
            new_beginnings: 0,
            is_doubtful: false,
        }
    }
}

impl<R: Row> OffsetPager<R> {
    /// The complete walk over a list that has no further page.
    pub fn of_one_page(page: Page<R>) -> Self {
        let Page { rows, invalid, .. } = page;
        Self { rows, invalid, is_done: true, pages: 1, ..Self::default() }
    }

    /// The next page to request; `None` if the walk is complete or has `max_pages` pages.
    pub fn next(&self, max_pages: u32) -> Option<PageRequest> {
        let goes_on = !self.is_done && self.pages < max_pages;
        goes_on.then_some(PageRequest::by_offset(self.offset, PAGE_ROWS))
    }

    /// Number of pages so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// True if the list was read to its end.
    pub fn is_complete(&self) -> bool {
        self.is_done
    }

    /// True if rows may be missing or repeated, because the list changed between the pages again and again.
    pub fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    /// Takes a page, and returns the number of its rows that are repeated. The walk advances by received rows, never by
    /// requested rows. Old servers send a directory whole and without `total`; then any page that is not exactly full is
    /// the last one.
    pub fn absorb(&mut self, page: Page<R>) -> u64 {
        self.pages += 1;
        let (received, count) = (page.received(), u64::from(PAGE_ROWS));
        let repeats = self.overlaps && self.begins_with_the_last_row(&page);
        // A row that could not be decoded may be the repeated one.
        let adjoins = !self.overlaps || repeats || page.invalid > 0;
        if !adjoins && self.new_beginnings < MOST_NEW_BEGINNINGS {
            return self.begin_anew(&page);
        }
        self.is_doubtful |= !adjoins;
        let end = self.offset + received;
        let at_end = match page.total {
            Some(total) => received != count && end >= total,
            None => received != count,
        };
        self.is_done = received == 0 || at_end;
        // A row that could not be decoded may be the last one. A page of one row that overlaps would be the same again.
        self.overlaps = page.invalid == 0 && received > 1;
        self.offset = end - u64::from(self.overlaps);
        self.invalid += page.invalid;
        self.rows.extend(page.rows.into_iter().skip(usize::from(repeats)));
        u64::from(repeats)
    }

    fn begins_with_the_last_row(&self, page: &Page<R>) -> bool {
        self.rows.last().zip(page.rows.first()).is_some_and(|(last, first)| last.is_same(first))
    }

    fn begin_anew(&mut self, page: &Page<R>) -> u64 {
        let (pages, new_beginnings) = (self.pages, self.new_beginnings + 1);
        *self = Self { pages, new_beginnings, ..Self::default() };
        page.rows.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
    struct Listed(u32);

    impl Row for Listed {
        const LIST_KEY: &'static str = "listed";

        fn is_same(&self, other: &Self) -> bool {
            self == other
        }
    }

    /// The answer of a server that sends at most `most` rows at once.
    fn answer(list: &[u32], request: PageRequest, most: usize) -> Page<Listed> {
        let (offset, count) = (usize::try_from(request.offset).unwrap(), request.count as usize);
        let rows = list.iter().skip(offset).take(count.min(most)).copied().map(Listed).collect();
        Page { rows, total: Some(list.len() as u64), invalid: 0 }
    }

    /// Walks to the end; `change` changes the list before each page.
    fn walked(
        list: &mut Vec<u32>,
        most: usize,
        mut change: impl FnMut(&mut Vec<u32>),
    ) -> OffsetPager<Listed> {
        let mut walk = OffsetPager::default();
        while let Some(request) = walk.next(1_000) {
            change(list);
            walk.absorb(answer(list, request, most));
        }
        assert!(walk.is_complete());
        walk
    }

    fn numbers(walk: &OffsetPager<Listed>) -> Vec<u32> {
        walk.rows.iter().map(|row| row.0).collect()
    }

    #[test]
    fn an_old_server_sends_the_list_whole() {
        for total in [None, Some(250)] {
            let mut walk = OffsetPager::default();
            let rows = (0..250).map(Listed).collect();
            assert_eq!(walk.absorb(Page { rows, total, invalid: 0 }), 0);
            assert!(walk.is_complete() && walk.rows.len() == 250);
        }
    }

    #[test]
    fn the_limit_of_pages_cuts_the_walk() {
        let list: Vec<u32> = (0..60).collect();
        let mut walk = OffsetPager::default();
        for offset in [0, 24] {
            assert_eq!(walk.next(2).unwrap().offset, offset);
            walk.absorb(answer(&list, walk.next(2).unwrap(), 25));
        }
        assert!(walk.next(2).is_none() && !walk.is_complete());
        walk.absorb(answer(&list, walk.next(3).unwrap(), 25));
        assert!(walk.next(4).is_none() && walk.is_complete());
        assert_eq!(numbers(&walk), list);
    }

    #[test]
    fn a_row_that_leaves_or_joins_between_two_pages_hides_and_repeats_no_other_row() {
        let leaves: fn(&mut Vec<u32>) = |list| {
            list.remove(5);
        };
        let joins: fn(&mut Vec<u32>) = |list| list.insert(0, 1_000);
        for shift in [leaves, joins] {
            let mut list: Vec<u32> = (0..150).collect();
            let mut page = 0;
            let walk = walked(&mut list, 100, |list| {
                page += 1;
                if page == 2 {
                    shift(list);
                }
            });
            assert_eq!(numbers(&walk), list);
            assert!(!walk.is_doubtful());
        }
    }

    #[test]
    fn a_list_that_changes_before_each_page_ends_the_walk_and_is_doubtful() {
        let mut list: Vec<u32> = (0..150).collect();
        let mut next = 1_000;
        let walk = walked(&mut list, 100, |list| {
            next += 1;
            list.insert(0, next);
        });
        assert!(walk.is_doubtful() && walk.pages() <= 12, "{}", walk.pages());
    }

    #[test]
    fn a_row_that_cannot_be_decoded_is_no_sign_of_a_shift() {
        let mut walk = OffsetPager::default();
        walk.absorb(Page { rows: (0..99).map(Listed).collect(), total: Some(150), invalid: 1 });
        assert_eq!(walk.next(9).unwrap().offset, 100);
        walk.absorb(Page { rows: (100..150).map(Listed).collect(), total: Some(150), invalid: 0 });
        assert!(walk.is_complete() && !walk.is_doubtful());
        assert_eq!((walk.rows.len(), walk.invalid), (149, 1));
    }

    proptest! {
        #[test]
        fn what_stays_is_read_once_whatever_changes(
            length in 0_u32..60,
            most in prop::sample::select(vec![1_usize, 2, 7, 25, 100]),
            changes in prop::collection::vec((any::<Index>(), any::<bool>(), any::<bool>()), 0..12),
        ) {
            let mut list: Vec<u32> = (0..length).collect();
            let (mut changes, mut next) = (changes.into_iter(), 1_000);
            let walk = walked(&mut list, most, |list| {
                let Some((at, joins, leaves)) = changes.next() else { return };
                if leaves && !list.is_empty() {
                    list.remove(at.index(list.len()));
                }
                if joins {
                    list.insert(at.index(list.len() + 1), next);
                    next += 1;
                }
            });
            let read = numbers(&walk);
            let distinct: BTreeSet<u32> = read.iter().copied().collect();
            // Pages of one row cannot overlap.
            if most > 1 && !walk.is_doubtful() {
                prop_assert_eq!(distinct.len(), read.len(), "{:?}", read);
                for number in list.iter().filter(|number| **number < 1_000) {
                    prop_assert!(distinct.contains(number), "{number} of {:?}", read);
                }
            }
        }
    }
}
