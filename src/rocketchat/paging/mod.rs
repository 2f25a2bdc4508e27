//! Walking a list whose rows come and go while it is walked.
//!
//! [`KeysetPager`] walks a list that can be asked for by time, [`SortedOffsets`] one that can only be sorted by it, and
//! [`OffsetPager`] the small lists that have no time. All are pure: they say what is asked next and learn what came.

mod keyset;
mod offsets;
mod sorted_offsets;

use std::collections::HashSet;

use jiff::Timestamp;

pub use keyset::KeysetPager;
pub use offsets::OffsetPager;
pub use sorted_offsets::{Order, SortedOffsets};

use crate::rocketchat::key::Key;

/// Rows asked for in a page: the server's own default for its upper limit.
pub const PAGE_ROWS: u32 = 100;

/// The bounds of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Earliest time, inclusive.
    pub start: Option<Timestamp>,
    /// Latest time, inclusive.
    pub end: Option<Timestamp>,
    /// Rows to skip.
    pub offset: u64,
    /// Rows wanted; the server may send fewer than there are.
    pub count: u32,
}

impl PageRequest {
    /// A single row, to see whether a list may be read, or how long it is.
    pub const ONE_ROW: Self = Self::by_offset(0, 1);

    /// A page of a list that is not asked for by time.
    pub const fn by_offset(offset: u64, count: u32) -> Self {
        Self { start: None, end: None, offset, count }
    }
}

/// The server did not do what a walk depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// Rows came in another order than asked for.
    #[error("the rows are not in the order that was asked for")]
    Unsorted,
    /// Rows came from before the start that was asked for.
    #[error("the rows begin before the time that was asked for")]
    FilterIgnored,
}

/// A walk over a list whose rows have a time.
pub trait Pager {
    /// The next page to ask for; `None` when the walk is complete.
    fn next(&self) -> Option<PageRequest>;

    /// Pages taken so far.
    fn pages(&self) -> u32;

    /// Takes a page: `rows` as (`_id`, time) in the server's order, `received` with the undecodable ones.
    /// Returns for each row whether it is new.
    fn absorb(
        &mut self,
        rows: &[(&str, Option<Timestamp>)],
        received: u64,
        total: Option<u64>,
    ) -> Result<Vec<bool>, WalkError>;

    /// Goes on where it is after a pause, up to `end` where the server is asked for one.
    fn go_on(&mut self, end: Timestamp);
}

/// Rows that a walk recognises after a pause: beyond, they are new to it again.
const MOST_RECOGNISED: usize = 50_000;

/// What a walk has seen, forgotten where it would grow for as long as a list without end goes on.
fn forget_if_many(seen: &mut HashSet<Key>) {
    if seen.len() > MOST_RECOGNISED {
        *seen = HashSet::new();
    }
}
