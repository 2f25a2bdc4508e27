//! A walk by offset over a list sorted by a time that cannot be a parameter of the request.
//!
//! A row that joins or leaves shifts all rows behind it. After a row joined, the next page repeats rows; they are
//! dropped by `_id`. A row that leaves would hide another row between two pages. So each page begins with the last row
//! of the page before it. If a page begins behind that row, rows have left, and the walk steps back until a page
//! overlaps the rows that were read. Rows without a time count as older than all others, as the database sorts them. A
//! page with rows that cannot be decoded is not evidence of a gap.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::page_request::{PAGE_ROWS, PageRequest};
use super::pager::{Pager, WalkError};
use super::seen_rows::forget_if_many;
use crate::rocketchat::key::Key;

/// Most steps back without progress. A walk that steps back makes progress, unless rows join and leave at each step.
/// After this number, the walk accepts a page although rows may be missing before it.
const MOST_DOUBTS: u32 = 6;

/// The order of a list: by time, then by `_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest row first.
    Ascending,
    /// The newest row first.
    Descending,
}

impl Order {
    fn is_before<T: PartialOrd>(self, one: &T, other: &T) -> bool {
        match self {
            Self::Ascending => one < other,
            Self::Descending => one > other,
        }
    }
}

/// The position of a row in the list.
type RowPosition = (Option<Timestamp>, String);

/// The position of a walk in its list, from which a later walk can go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    offset: u64,
    reached: Option<RowPosition>,
}

/// The properties of a page that the walk needs.
#[derive(Debug)]
struct Stretch {
    offset: u64,
    end: u64,
    last: Option<RowPosition>,
    /// True if no wanted row follows the page.
    is_final: bool,
}

/// A walk over a list that is sorted by a time and by `_id`.
#[derive(Debug)]
pub struct SortedOffsets {
    order: Order,
    until: Option<Timestamp>,
    offset: u64,
    is_done: bool,
    /// The position up to which no row is missing.
    reached: Option<RowPosition>,
    /// The page that began behind `reached`.
    ahead: Option<Stretch>,
    /// Number of steps back since the last progress.
    doubts: u32,
    largest_page: u64,
    seen: HashSet<Key>,
    pages: u32,
}

impl SortedOffsets {
    /// A walk from the first row to the last row with the time `until`, or to the end.
    pub fn new(order: Order, until: Option<Timestamp>) -> Self {
        Self {
            order,
            until,
            offset: 0,
            is_done: false,
            reached: None,
            ahead: None,
            doubts: 0,
            largest_page: 1,
            seen: HashSet::new(),
            pages: 0,
        }
    }

    /// The position from which the walk goes on.
    pub fn position(&self) -> Position {
        Position { offset: self.offset, reached: self.reached.clone() }
    }

    /// Sets the walk to the position of an earlier walk over the same list. Rows that came in the meantime shift known
    /// rows, which are repeated.
    #[must_use]
    pub fn at(self, position: Position) -> Self {
        Self { offset: position.offset, reached: position.reached, ..self }
    }

    fn verify(&self, rows: &[(&str, Option<Timestamp>)]) -> Result<(), WalkError> {
        let times = rows.iter().filter_map(|(_, at)| *at);
        if times.is_sorted_by(|one, other| !self.order.is_before(other, one)) {
            Ok(())
        } else {
            Err(WalkError::Unsorted)
        }
    }

    /// True if the page begins behind the rows that were read: there may be hidden rows in between.
    fn is_apart(&self, rows: &[(&str, Option<Timestamp>)], received: u64) -> bool {
        let Some(reached) = self.reached.as_ref().filter(|_| self.offset > 0) else {
            return false;
        };
        let is_behind =
            |(id, at): &(&str, _)| self.order.is_before(&(reached.0, &*reached.1), &(*at, *id));
        received == rows.len() as u64 && rows.first().is_none_or(is_behind)
    }

    fn step_back(&mut self, page: Stretch) {
        self.offset = page.offset.saturating_sub((self.largest_page - 1).max(1));
        self.doubts += u32::from(self.ahead.is_none());
        self.ahead = Some(page);
    }

    /// Continues behind a page that overlaps the rows that were read.
    fn step_on(&mut self, page: Stretch) {
        let least = page.offset + 1;
        // Pages of a single row cannot overlap. In this case the page behind was read before this page: if rows had
        // left in between, the two pages would not be adjacent.
        let meets = |ahead: &Stretch| ahead.offset == page.end;
        let ahead = self.ahead.take().filter(meets);
        self.reach(page.last);
        let (mut end, mut is_final) = (page.end, page.is_final);
        if let Some(ahead) = ahead {
            (end, is_final) = (ahead.end, is_final || ahead.is_final);
            self.reach(ahead.last);
        }
        self.is_done = is_final;
        let overlap = u64::from(self.largest_page > 1);
        self.offset = end.saturating_sub(overlap).max(least);
    }

    fn reach(&mut self, place: Option<RowPosition>) {
        let is_further = |place: &RowPosition| {
            self.reached.as_ref().is_none_or(|it| self.order.is_before(it, place))
        };
        if let Some(place) = place.filter(is_further) {
            self.reached = Some(place);
            self.doubts = 0;
        }
    }

    /// True if the page is the last one: `total` agrees and the page is not full. The server may lower `count`, and a
    /// `total` that is too low would agree with a full page sooner or later.
    fn is_last(&self, received: u64, total: Option<u64>) -> bool {
        let is_full =
            received == u64::from(PAGE_ROWS) || (self.offset > 0 && received == self.largest_page);
        let is_rest = total.is_some_and(|total| total.saturating_sub(self.offset) == received);
        received == 0 || (is_rest && !is_full)
    }

    fn is_beyond(&self, at: Option<Timestamp>) -> bool {
        self.until.zip(at).is_some_and(|(until, at)| self.order.is_before(&until, &at))
    }
}

impl Pager for SortedOffsets {
    fn next(&self) -> Option<PageRequest> {
        (!self.is_done).then_some(PageRequest::by_offset(self.offset, PAGE_ROWS))
    }

    fn pages(&self) -> u32 {
        self.pages
    }

    fn absorb(
        &mut self,
        rows: &[(&str, Option<Timestamp>)],
        received: u64,
        total: Option<u64>,
    ) -> Result<Vec<bool>, WalkError> {
        self.verify(rows)?;
        self.pages += 1;
        self.largest_page = self.largest_page.max(received);
        let last = rows.last().map(|(id, at)| (*at, (*id).to_owned()));
        let is_final =
            self.is_last(received, total) || rows.iter().any(|row| self.is_beyond(row.1));
        let page = Stretch { offset: self.offset, end: self.offset + received, last, is_final };
        let may_step_back = self.doubts < MOST_DOUBTS || self.ahead.is_some();
        if may_step_back && self.is_apart(rows, received) {
            self.step_back(page);
        } else {
            self.step_on(page);
        }
        Ok(rows.iter().map(|(id, _)| self.seen.insert(Key::of(id))).collect())
    }

    fn go_on(&mut self, _end: Timestamp) {
        forget_if_many(&mut self.seen);
    }
}

#[cfg(test)]
mod tests;
