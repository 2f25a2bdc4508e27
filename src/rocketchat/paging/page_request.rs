//! The parameters of the request of a page.

use jiff::Timestamp;

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
