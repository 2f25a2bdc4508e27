//! Walks over a list whose rows change during the walk.
//!
//! [`KeysetPager`] walks a list that can be requested by time, [`SortedOffsets`] a list that can only be sorted by
//! time, and [`OffsetPager`] the small lists without a time. All are pure: they return the next request and process its
//! answer.

mod keyset;
mod offsets;
mod sorted_offsets;

use std::collections::HashSet;

use jiff::Timestamp;

pub use keyset::KeysetPager;
pub use offsets::OffsetPager;
pub use sorted_offsets::{Order, Position, SortedOffsets};

use crate::rocketchat::key::Key;

/// Rows per page: the server's own default for its upper limit. Old servers may send more.
pub const PAGE_ROWS: u32 = 100;

/// The parameters of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Earliest time, inclusive.
    pub start: Option<Timestamp>,
    /// Latest time, inclusive.
    pub end: Option<Timestamp>,
    /// Rows to skip.
    pub offset: u64,
    /// Requested number of rows; the server may send fewer.
    pub count: u32,
}

impl PageRequest {
    /// A single row, to check that a list may be read, or to get its length.
    pub const ONE_ROW: Self = Self::by_offset(0, 1);

    /// A page of a list that is not requested by time.
    pub const fn by_offset(offset: u64, count: u32) -> Self {
        Self { start: None, end: None, offset, count }
    }
}

/// The server violated a condition of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// The rows are in another order than requested.
    #[error("the rows are not in the requested order")]
    Unsorted,
    /// Rows are from before the requested start.
    #[error("the rows begin before the requested time")]
    FilterIgnored,
}

/// A walk over a list whose rows have a time.
pub trait Pager {
    /// The next page to request; `None` if the walk is complete.
    fn next(&self) -> Option<PageRequest>;

    /// Number of pages so far.
    fn pages(&self) -> u32;

    /// Processes a page: `rows` as (`_id`, time) in the server's order, `received` with the rows that could not be
    /// decoded. Returns for each row if it is new.
    fn absorb(
        &mut self,
        rows: &[(&str, Option<Timestamp>)],
        received: u64,
        total: Option<u64>,
    ) -> Result<Vec<bool>, WalkError>;

    /// Continues the walk after a pause, up to `end` if the requests have an end.
    fn go_on(&mut self, end: Timestamp);
}

/// Most rows that a walk remembers over a pause; with more, all rows are new again.
const MOST_RECOGNISED: usize = 50_000;

/// Clears the memory of the walk if it is large: on an endless list it would grow without limit.
fn forget_if_many(seen: &mut HashSet<Key>) {
    if seen.len() > MOST_RECOGNISED {
        *seen = HashSet::new();
    }
}
