//! The window of closed chats, or calls, that is read next.
//!
//! A window overlaps the time that was already read, because a close may become visible late; the ledger does not count
//! an event twice. The overlap is long after a start, after a failure and every few minutes, otherwise short. A window
//! sends no request.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::omnichannel::ledger::{OVERLAP, RETAINED, SETTLE};
use crate::rocketchat::instant::{earlier, later};
use crate::rocketchat::page::Page;

/// Overlap of an ordinary window.
const SHORT_OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// Interval of the windows with the whole overlap.
const LONG_EVERY: Duration = Duration::from_secs(300);
/// `Date` has whole seconds: the closes of the last second may be incomplete.
const RESOLUTION: SignedDuration = SignedDuration::from_secs(1);

/// Time after the end of a window whose closes are read with it: these closes show where open chats went. They may still
/// change, and the next window has them again.
const READ_AFTER_END: SignedDuration = SignedDuration::from_secs(60);

/// The state that decides the next window of closes.
#[derive(Debug, Default)]
pub(crate) struct NextWindow {
    /// Time of the last complete reading of the whole overlap; `None` after a failure.
    overlapped: Option<Instant>,
    /// True if the present window has the whole overlap.
    is_long: bool,
    /// True if rows of the present window could not be decoded.
    has_gaps: bool,
    /// The end of the present window, since a later close was left out.
    cut_at: Option<Timestamp>,
    /// Latest start of the next window: an audit found chats missing after it, or the clocks of the server's nodes
    /// differed.
    reread_from: Option<Timestamp>,
    /// The window in progress begins no later than `reread_from`.
    covers_reread: bool,
}

impl NextWindow {
    /// The next window, inclusive on both ends. `watermark` is the time up to which closes have been read; `now` is the
    /// server's clock.
    pub(crate) fn next(&mut self, watermark: Timestamp, now: Timestamp) -> (Timestamp, Timestamp) {
        let is_old = |at: Instant| at.elapsed() >= LONG_EVERY;
        let end = Self::latest_end(now);
        // A server whose clock was set back closes chats before the watermark.
        let read = watermark.min(end);
        self.is_long = self.overlapped.is_none_or(is_old) || end < watermark;
        (self.has_gaps, self.cut_at) = (false, None);
        let overlap = if self.is_long { OVERLAP } else { SHORT_OVERLAP };
        let start = earlier(read, overlap).max(earlier(now, RETAINED));
        self.covers_reread = true;
        (self.reread_from.map_or(start, |from| from.min(start)), end)
    }

    /// The time up to which a window that ended at `end` has really been read. `now` is the server's clock after its
    /// last answer, which may show that our own clock was ahead when the window was chosen. The time does not move past
    /// a close that was left out.
    pub(crate) fn end(&self, end: Timestamp, now: Timestamp) -> Timestamp {
        self.cut_at.unwrap_or_else(|| end.min(Self::latest_end(now)))
    }

    /// The latest end of a window at this time of the server's clock.
    pub(crate) fn latest_end(now: Timestamp) -> Timestamp {
        earlier(now, RESOLUTION + SETTLE)
    }

    /// The end of the request for a window that ends at `end`.
    pub(crate) fn requested_end(end: Timestamp) -> Timestamp {
        later(end, READ_AFTER_END)
    }

    /// Records that the window was read to its end.
    pub(crate) fn complete(&mut self) {
        if self.has_gaps {
            self.overlapped = None;
        } else if self.is_long {
            self.overlapped = Some(Instant::now());
        }
        // A request that came while the window was read is for the next one.
        if self.covers_reread {
            self.reread_from = None;
        }
    }

    /// Records a page of the window that ends at `end`. Returns the close of the last row, at most `end`. After rows
    /// that could not be decoded, the next window has the whole overlap.
    pub(crate) fn absorb<Row>(
        &mut self,
        page: &Page<Row>,
        end: Timestamp,
        closed_at: impl Fn(&Row) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        self.note_gaps(page.invalid);
        page.rows.iter().filter_map(closed_at).max().map(|last| last.min(end))
    }

    /// True if this close is in the window that ends at `end`. A later close may still change, and is read again.
    pub(crate) fn settles(&mut self, closed_at: Option<Timestamp>, end: Timestamp) -> bool {
        let is_later = closed_at.is_some_and(|at| at > end);
        if is_later {
            self.cut_at = Some(end);
        }
        !is_later
    }

    /// True if a later scan may continue the window behind its last row. It would miss the closes after the end.
    pub(crate) fn may_continue(&self) -> bool {
        self.cut_at.is_none()
    }

    /// Records rows that could not be decoded.
    pub(crate) fn note_gaps(&mut self, invalid: u64) {
        self.has_gaps |= invalid > 0;
    }

    /// Records that the window could not be read.
    pub(crate) fn fail(&mut self) {
        self.overlapped = None;
    }

    /// Makes the next window begin no later than `from`.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        self.reread_from = Some(self.reread_from.map_or(from, |earlier| earlier.min(from)));
        self.covers_reread = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_first_window_and_one_after_a_failure_reach_back_the_whole_overlap() {
        let mut window = NextWindow::default();
        assert_eq!(window.next(at(0), at(36)), (at(-900), at(30)));
        window.complete();
        assert_eq!(window.next(at(30), at(66)), (at(-30), at(60)));
        window.fail();
        assert_eq!(window.next(at(30), at(66)), (at(-870), at(60)));
    }

    #[test]
    fn what_is_to_be_read_again_is_not_lost_to_a_window_that_was_chosen_before() {
        let mut window = NextWindow::default();
        window.next(at(0), at(36));
        window.reread(at(-3_600));
        window.reread(at(-1_800));
        window.complete();
        assert_eq!(window.next(at(30), at(66)), (at(-3_600), at(60)));
        window.complete();
        assert_eq!(window.next(at(60), at(96)), (at(0), at(90)));
    }

    #[test]
    fn a_page_tells_when_its_last_row_closed_but_not_behind_the_end_of_the_window() {
        let mut window = NextWindow::default();
        let page = |rows| Page { rows, total: None, invalid: 0 };
        let last = page(vec![at(27), at(29)]);
        assert_eq!(window.absorb(&last, at(30), |at| Some(*at)), Some(at(29)));
        assert_eq!(window.absorb(&page(vec![at(31)]), at(30), |at| Some(*at)), Some(at(30)));
        assert_eq!(window.absorb(&page(Vec::new()), at(30), |at| Some(*at)), None);
    }

    #[test]
    fn rows_that_could_not_be_read_are_looked_for_again_until_they_can() {
        let mut window = NextWindow::default();
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
        let mut window = NextWindow::default();
        window.next(at(600), at(606));
        window.complete();
        assert_eq!(window.next(at(600), at(306)), (at(-600), at(300)));
        assert_eq!(window.end(at(300), at(106)), at(100), "our clock was ahead");
    }

    #[test]
    fn the_time_up_to_which_is_read_does_not_move_past_a_close_that_was_left_out() {
        let mut window = NextWindow::default();
        window.next(at(0), at(36));
        let end = window.end(at(300), at(31));
        assert!(window.settles(Some(at(20)), end) && window.settles(None, end));
        assert!(window.may_continue());
        assert!(!window.settles(Some(at(28)), end));
        assert_eq!(window.end(at(300), at(60)), end, "a later page");
        assert!(!window.may_continue());
        window.next(end, at(66));
        assert_eq!(window.end(at(60), at(66)), at(60));
        assert!(window.may_continue());
    }

    #[test]
    fn an_hour_with_missing_chats_is_read_again_once() {
        let mut window = NextWindow::default();
        window.next(at(0), at(36));
        window.complete();
        window.reread(at(-7_200));
        assert_eq!(window.next(at(30), at(66)).0, at(-7_200));
        window.complete();
        assert_eq!(window.next(at(60), at(96)).0, at(0));
    }
}
