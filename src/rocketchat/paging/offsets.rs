//! A walk by offset over a small, stably sorted list without a time.

use super::page_request::{PAGE_ROWS, PageRequest};

/// A walk by offset over a small list with a stable order.
#[derive(Debug, Default)]
pub struct OffsetPager {
    offset: u64,
    done: bool,
    pages: u32,
}

impl OffsetPager {
    /// The next page to request; `None` if the walk is complete.
    pub fn next(&self) -> Option<PageRequest> {
        (!self.done).then_some(PageRequest::by_offset(self.offset, PAGE_ROWS))
    }

    /// Number of pages so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Processes a page of `received` rows: the walk advances by received rows, never by requested rows. Old servers
    /// send a directory whole and without `total`; then any page that is not exactly full is the last one.
    pub fn absorb(&mut self, received: u64, total: Option<u64>) {
        self.offset += received;
        self.pages += 1;
        let count = u64::from(PAGE_ROWS);
        let at_end = match total {
            Some(total) => received < count && self.offset >= total,
            None => received != count,
        };
        self.done = received == 0 || at_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_advance_by_rows_received_and_end_where_total_says() {
        let mut walk = OffsetPager::default();
        walk.absorb(25, Some(60));
        assert_eq!(walk.next().unwrap().offset, 25);
        walk.absorb(25, Some(60));
        walk.absorb(10, Some(60));
        assert_eq!(walk.next(), None);
        let mut unpaged = OffsetPager::default();
        unpaged.absorb(250, None);
        assert_eq!(unpaged.next(), None);
    }
}
