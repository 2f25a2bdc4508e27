//! A scan of one list, resumable from page to page and from cycle to cycle.
//!
//! It combines the walk over pages with the items of the pages. It sends no request and is independent of the kind of
//! row.

use jiff::Timestamp;

use super::status::Records;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::{KeysetPager, PAGE_ROWS, PageRequest, Pager, WalkError};

/// Highest number of items for which memory is reserved in advance.
const MOST_EXPECTED: u64 = 65_536;

/// Progress of a scan after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanProgress {
    pub(crate) records: Records,
    /// True if the walk is complete, or cut at the page cap.
    pub(crate) is_complete: bool,
    pub(crate) is_truncated: bool,
}

/// A scan under way.
#[derive(Debug)]
pub(crate) struct Scan<T, W = KeysetPager> {
    walk: W,
    pub(crate) items: Vec<T>,
    /// The server's time at the beginning of the scan.
    pub(crate) began: Timestamp,
    /// Pages of the walk before its last cut by the page cap.
    cut_at: u32,
}

impl<T, W: Pager> Scan<T, W> {
    /// A scan over any walk, that begins at `began`.
    pub(crate) fn over(walk: W, began: Timestamp) -> Self {
        Self { walk, items: Vec::new(), began, cut_at: 0 }
    }

    pub(crate) fn next(&self) -> Option<PageRequest> {
        self.walk.next()
    }

    /// Pages since the scan began or was last cut.
    pub(crate) fn pages(&self) -> u32 {
        self.walk.pages() - self.cut_at
    }

    /// Resumes a scan that was cut, up to `end` and for as many pages again.
    pub(crate) fn go_on(&mut self, end: Timestamp) {
        self.walk.go_on(end);
        self.cut_at = self.walk.pages();
    }

    /// Takes a page. `key` returns the `_id` and the time of a row; `take` makes an item of a row that is new in this
    /// scan.
    pub(crate) fn absorb<R: Row>(
        &mut self,
        page: &Page<R>,
        max_pages: u32,
        key: fn(&R) -> (&str, Option<Timestamp>),
        mut take: impl FnMut(&R) -> Option<T>,
    ) -> Result<ScanProgress, WalkError> {
        let keys: Vec<_> = page.rows.iter().map(key).collect();
        let is_new = self.walk.absorb(&keys, page.received(), page.total)?;
        let mut records = Records { invalid: page.invalid, ..Records::default() };
        for (row, is_new) in page.rows.iter().zip(is_new) {
            records.new += u64::from(is_new);
            records.duplicate += u64::from(!is_new);
            let Some(item) = is_new.then(|| take(row)).flatten() else { continue };
            if self.items.is_empty() {
                // Growth by doubling takes up to twice the memory for a list of ten thousand rows.
                self.items.reserve_exact(expected(page.total, max_pages));
            }
            self.items.push(item);
        }
        let is_walked = self.walk.next().is_none();
        let is_truncated = !is_walked && self.pages() >= max_pages;
        Ok(ScanProgress { records, is_complete: is_walked || is_truncated, is_truncated })
    }
}

/// Expected number of rows. The server's `total` is limited, because it may be any number.
fn expected(total: Option<u64>, max_pages: u32) -> usize {
    let most = (u64::from(max_pages) * u64::from(PAGE_ROWS)).min(MOST_EXPECTED);
    usize::try_from(total.unwrap_or(0).min(most)).unwrap_or(0)
}
