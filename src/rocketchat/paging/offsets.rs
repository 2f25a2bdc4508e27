//! Walking a small, stably sorted list that has no time, by offset.

use super::PageRequest;

/// A walk by offset over a small list with a stable order.
#[derive(Debug)]
pub struct OffsetPager {
    offset: u64,
    count: u32,
    done: bool,
    pages: u32,
}

impl OffsetPager {
    /// A walk from the first row, `count` (at least 1) rows a page.
    pub fn new(count: u32) -> Self {
        Self { offset: 0, count: count.max(1), done: false, pages: 0 }
    }

    /// The next page to ask for; `None` when the walk is complete.
    pub fn next(&self) -> Option<PageRequest> {
        (!self.done).then_some(PageRequest::by_offset(self.offset, self.count))
    }

    /// Pages taken so far.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Goes no further.
    pub fn end(&mut self) {
        self.done = true;
    }

    /// Takes a page of `received` rows: the walk advances by rows received, never by rows asked for.
    /// Old servers send a directory whole and without `total`: any page but a full one is then the last.
    pub fn absorb(&mut self, received: u64, total: Option<u64>) {
        self.offset += received;
        self.pages += 1;
        let count = u64::from(self.count);
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
        let mut walk = OffsetPager::new(100);
        walk.absorb(25, Some(60));
        assert_eq!(walk.next().unwrap().offset, 25);
        walk.absorb(25, Some(60));
        walk.absorb(10, Some(60));
        assert_eq!(walk.next(), None);
        let mut unpaged = OffsetPager::new(100);
        unpaged.absorb(250, None);
        assert_eq!(unpaged.next(), None);
    }
}
