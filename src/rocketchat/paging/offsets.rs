//! A walk by offset over a small, stably sorted list without a time.

use super::page_request::{PAGE_ROWS, PageRequest};
use crate::rocketchat::page::Page;

/// A walk by offset over a small list with a stable order, and the rows of its pages.
#[derive(Debug)]
pub struct OffsetPager<R> {
    /// The rows so far.
    pub rows: Vec<R>,
    /// Number of rows that could not be decoded.
    pub invalid: u64,
    offset: u64,
    is_done: bool,
    pages: u32,
}

impl<R> Default for OffsetPager<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), invalid: 0, offset: 0, is_done: false, pages: 0 }
    }
}

impl<R> OffsetPager<R> {
    /// The complete walk over a list that has no further page.
    pub fn of_one_page(page: Page<R>) -> Self {
        Self { rows: page.rows, invalid: page.invalid, offset: 0, is_done: true, pages: 1 }
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

    /// Takes a page: the walk advances by received rows, never by requested rows. Old servers send a directory whole and
    /// without `total`; then any page that is not exactly full is the last one.
    pub fn absorb(&mut self, page: Page<R>) {
        let (received, count) = (page.received(), u64::from(PAGE_ROWS));
        self.offset += received;
        self.pages += 1;
        let at_end = match page.total {
            Some(total) => received < count && self.offset >= total,
            None => received != count,
        };
        self.is_done = received == 0 || at_end;
        self.invalid += page.invalid;
        self.rows.extend(page.rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(rows: usize, total: Option<u64>) -> Page<()> {
        Page { rows: vec![(); rows], total, invalid: 0 }
    }

    #[test]
    fn offsets_advance_by_rows_received_and_end_where_total_says() {
        let mut walk = OffsetPager::default();
        walk.absorb(page(25, Some(60)));
        assert_eq!(walk.next(2).unwrap().offset, 25);
        walk.absorb(page(25, Some(60)));
        assert!(walk.next(2).is_none() && !walk.is_complete());
        walk.absorb(page(10, Some(60)));
        assert!(walk.next(4).is_none() && walk.is_complete());
        assert_eq!(walk.rows.len(), 60);
        let mut unpaged = OffsetPager::default();
        unpaged.absorb(page(250, None));
        assert!(unpaged.is_complete());
    }
}
