//! The window of closed chats, or calls, that is read next.
//!
//! It reaches back over what was read already: a close may become visible late, and the ledger knows what it
//! has counted. Far back after a start, a failure, and every few minutes; a little each time. It asks
//! nothing itself.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::omnichannel::ledger::{OVERLAP, RETAINED, SETTLE};
use crate::rocketchat::page::Page;

/// How far each window reaches back.
const SHORT_OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// How often a window reaches back the whole overlap.
const LONG_EVERY: Duration = Duration::from_secs(300);
/// `Date` has whole seconds: what was closed within the last one may not be complete.
const RESOLUTION: SignedDuration = SignedDuration::from_secs(1);

/// Which part of the past is read next.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// When the whole overlap was last read completely; `None` after a failure.
    overlapped: Option<Instant>,
    /// The window under way reaches back the whole overlap.
    is_long: bool,
    /// Rows of the window under way could not be read.
    has_gaps: bool,
    /// An audit found chats missing from here on.
    reread_from: Option<Timestamp>,
}

impl Window {
    /// The next window, inclusive on both ends. `watermark`: how far has been read; `now`: the server's clock.
    pub(crate) fn next(&mut self, watermark: Timestamp, now: Timestamp) -> (Timestamp, Timestamp) {
        let is_old = |at: Instant| at.elapsed() >= LONG_EVERY;
        let end = Self::latest_end(now);
        // A server whose clock was put back closes chats behind the watermark.
        let read = watermark.min(end);
        self.is_long = self.overlapped.is_none_or(is_old) || end < watermark;
        self.has_gaps = false;
        let overlap = if self.is_long { OVERLAP } else { SHORT_OVERLAP };
        let start = before(read, overlap).max(before(now, RETAINED));
        (self.reread_from.map_or(start, |from| from.min(start)), end)
    }

    /// How far a window that ended at `end` has really read. `now`: the server's clock after its last answer,
    /// which may show that our own was ahead when the window was chosen.
    pub(crate) fn end(end: Timestamp, now: Timestamp) -> Timestamp {
        end.min(Self::latest_end(now))
    }

    /// The latest end of a window at this time of the server's clock.
    pub(crate) fn latest_end(now: Timestamp) -> Timestamp {
        before(now, RESOLUTION + SETTLE)
    }

    /// The window was read to its end.
    pub(crate) fn complete(&mut self) {
        if self.has_gaps {
            self.overlapped = None;
        } else if self.is_long {
            self.overlapped = Some(Instant::now());
        }
        self.reread_from = None;
    }

    /// Takes note of a page of the window that ends at `end`; returns when its last row closed. Rows that could
    /// not be read are looked for again, for as long as the overlap reaches back.
    pub(crate) fn absorb<Row>(
        &mut self,
        page: &Page<Row>,
        end: Timestamp,
        closed_at: impl Fn(&Row) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        self.note_gaps(page.invalid);
        page.rows.iter().filter_map(closed_at).max().map(|last| last.min(end))
    }

    /// Takes note of rows that could not be read.
    pub(crate) fn note_gaps(&mut self, invalid: u64) {
        self.has_gaps |= invalid > 0;
    }

    /// The window could not be read.
    pub(crate) fn fail(&mut self) {
        self.overlapped = None;
    }

    /// The next window begins no later than this.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        self.reread_from = Some(from);
    }
}

fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_first_window_and_one_after_a_failure_reach_back_the_whole_overlap() {
        let mut window = Window::default();
        assert_eq!(window.next(at(0), at(36)), (at(-900), at(30)));
        window.complete();
        assert_eq!(window.next(at(30), at(66)), (at(-30), at(60)));
        window.fail();
        assert_eq!(window.next(at(30), at(66)), (at(-870), at(60)));
    }

    #[test]
    fn a_page_tells_when_its_last_row_closed_but_not_behind_the_end_of_the_window() {
        let mut window = Window::default();
        let page = |rows| Page { rows, total: None, invalid: 0 };
        let last = page(vec![at(27), at(29)]);
        assert_eq!(window.absorb(&last, at(30), |at| Some(*at)), Some(at(29)));
        assert_eq!(window.absorb(&page(vec![at(31)]), at(30), |at| Some(*at)), Some(at(30)));
        assert_eq!(window.absorb(&page(Vec::new()), at(30), |at| Some(*at)), None);
    }

    #[test]
    fn rows_that_could_not_be_read_are_looked_for_again_until_they_can() {
        let mut window = Window::default();
        window.next(at(0), at(36));
        let page = Page { rows: vec![at(29)], total: None, invalid: 1 };
        window.absorb(&page, at(30), |at| Some(*at));
        window.complete();
        assert_eq!(window.next(at(30), at(66)), (at(-870), at(60)));
        window.complete();
        assert_eq!(window.next(at(60), at(96)), (at(0), at(90)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_hide_what_is_closed_after_it() {
        let mut window = Window::default();
        window.next(at(600), at(606));
        window.complete();
        assert_eq!(window.next(at(600), at(306)), (at(-600), at(300)));
        assert_eq!(Window::end(at(300), at(106)), at(100), "our clock was ahead");
    }

    #[test]
    fn an_hour_with_missing_chats_is_read_again_once() {
        let mut window = Window::default();
        window.next(at(0), at(36));
        window.complete();
        window.reread(at(-7_200));
        assert_eq!(window.next(at(30), at(66)).0, at(-7_200));
        window.complete();
        assert_eq!(window.next(at(60), at(96)).0, at(0));
    }
}
