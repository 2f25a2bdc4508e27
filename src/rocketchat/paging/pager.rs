//! A walk over a list whose rows have a time, and its failure.

use jiff::Timestamp;

use super::page_request::PageRequest;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};

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

impl WalkError {
    /// The failure of a walk over the list of this endpoint.
    pub fn failure(self, endpoint: Endpoint) -> Failure {
        Failure::new(endpoint, Reason::FilterIgnored, self.to_string())
    }
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
