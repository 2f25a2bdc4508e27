//! Walks over a list whose rows change during the walk.
//!
//! [`KeysetPager`] walks a list that can be requested by time, [`SortedOffsets`] a list that can only be sorted by
//! time, and [`OffsetPager`] the small lists without a time. [`ChangesPager`] walks the part of a list that changed lately.
//! All are pure: they return the next request and process its answer.

mod changes;
mod keyset;
mod offsets;
mod page_request;
mod pager;
mod seen_rows;
mod sorted_offsets;

pub use changes::{ChangesPager, ChangesUnknown};
pub use keyset::KeysetPager;
pub use offsets::OffsetPager;
pub use page_request::{PAGE_ROWS, PageRequest};
pub use pager::{Pager, WalkError};
pub use sorted_offsets::{Order, Position, SortedOffsets};
