//! The length of the server's rate-limit window, as its recent answers announce it.
//!
//! A header announces the end of a window, so its length is visible only at its beginning. A distant end is accepted
//! once three consecutive answers agree on it; until then a single answer counts for two minutes at most. An accepted
//! length is used for twice its length. Two consecutive answers with an earlier end are enough to drop it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The server's default window (`API_Enable_Rate_Limiter_Limit_Time_Default`), plus a margin for the network.
pub(super) const DEFAULT: Duration = Duration::from_millis(60_250);
/// A window that ends later than this is longer than the default one; the clocks may differ a little.
const CLEARLY_LONGER: Duration = Duration::from_secs(75);
/// The longest window that a single answer can prove.
pub(super) const UNCONFIRMED: Duration = Duration::from_secs(120);
/// Number of consecutive answers that must agree on a longer window.
pub(super) const AGREEING: usize = 3;
/// The longest window that is accepted.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Number of consecutive answers that disprove an accepted window.
const DISPROVING: u32 = 2;
/// Two ends that differ by less are the same: the server's clock is known to the second only.
const SAME_END: Duration = Duration::from_secs(10);
/// Another client may have begun the window before us. A window is accepted as unchanged if this part of its length is
/// left.
const NEARLY: f64 = 0.9;

/// The window of one route.
#[derive(Debug, Default)]
pub(super) struct Window {
    recent: VecDeque<Announced>,
    believed: Option<Belief>,
}

/// An answer at the instant `at` that announced the end of its window.
#[derive(Debug, Clone, Copy)]
struct Announced {
    at: Instant,
    end: Instant,
}

impl Announced {
    fn reset_in(&self) -> Duration {
        self.end.saturating_duration_since(self.at)
    }
}

/// An accepted window that is longer than the default one.
#[derive(Debug, Clone, Copy)]
struct Belief {
    length: Duration,
    end: Instant,
    since: Instant,
    disproved: u32,
}

impl Window {
    /// The length that requests are counted over.
    pub(super) fn length(&self) -> Duration {
        self.believed.map_or(DEFAULT, |belief| belief.length)
    }

    /// Adds an answer that announced the end of its window after `reset_in`.
    pub(super) fn observe(&mut self, reset_in: Duration, now: Instant) {
        self.expire(now);
        let announced = Announced { at: now, end: now + reset_in.min(LONGEST) };
        if self.recent.len() == AGREEING {
            self.recent.pop_front();
        }
        self.recent.push_back(announced);
        self.note_disproof(announced);
        let (length, end) = self.said(announced);
        let known = self.believed.map_or(Duration::ZERO, |belief| belief.length);
        if length > CLEARLY_LONGER && length >= known.mul_f64(NEARLY) {
            let length = length.max(known);
            self.believed = Some(Belief { length, end, since: now, disproved: 0 });
        }
    }

    /// Drops an accepted window that was not confirmed for twice its length.
    pub(super) fn expire(&mut self, now: Instant) {
        let is_recent =
            |belief: &Belief| now.saturating_duration_since(belief.since) <= belief.length * 2;
        self.believed = self.believed.filter(is_recent);
    }

    /// The length and the end of the window that this answer and the answers before it prove.
    fn said(&self, announced: Announced) -> (Duration, Instant) {
        let alone = announced.reset_in().min(UNCONFIRMED);
        let agreed = self.agreed().max(alone);
        let end = self.recent.iter().map(|it| it.end).min().unwrap_or(announced.end);
        (agreed, if agreed > alone { end } else { announced.at + alone })
    }

    /// The length on which [`AGREEING`] consecutive answers agree: by the shortest of their times, or by the same end.
    fn agreed(&self) -> Duration {
        let Some(first) = self.recent.front().filter(|_| self.recent.len() == AGREEING) else {
            return Duration::ZERO;
        };
        let each = self.recent.iter().map(Announced::reset_in).min().unwrap_or_default();
        let is_same = |it: &Announced| it.end.max(first.end) - it.end.min(first.end) < SAME_END;
        if self.recent.iter().all(is_same) { first.reset_in() } else { each }
    }

    fn note_disproof(&mut self, announced: Announced) {
        let Some(belief) = self.believed.as_mut() else { return };
        let is_disproof = announced.at < belief.end && announced.end + SAME_END < belief.end;
        belief.disproved = if is_disproof { belief.disproved + 1 } else { 0 };
        if belief.disproved >= DISPROVING {
            self.believed = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(answers: &[(u64, u64)]) -> u64 {
        let (begin, mut window) = (Instant::now(), Window::default());
        for (at, reset_in) in answers {
            let at = begin + Duration::from_secs(*at);
            window.observe(Duration::from_secs(*reset_in), at);
        }
        window.length().as_secs()
    }

    #[test]
    fn a_window_is_as_long_as_three_answers_in_a_row_say() {
        assert_eq!(after(&[(0, 60), (30, 30), (60, 60)]), 60);
        assert_eq!(after(&[(0, 100)]), 100);
        assert_eq!(after(&[(0, 600), (20, 580)]), 120);
        assert_eq!(after(&[(0, 600), (20, 580), (40, 560)]), 600);
        assert_eq!(after(&[(0, 150), (30, 120), (60, 90)]), 150, "they tell the same end");
        assert_eq!(after(&[(0, 90_000), (20, 90_000), (40, 90_000)]), 3_600);
    }

    #[test]
    fn a_single_false_answer_counts_for_two_minutes_and_two_right_ones_undo_it() {
        assert_eq!(after(&[(0, 60), (30, 3_600)]), 120);
        assert_eq!(after(&[(0, 60), (30, 3_600), (60, 60)]), 120);
        assert_eq!(after(&[(0, 60), (30, 3_600), (60, 60), (90, 30)]), 60);
        assert_eq!(after(&[(0, 600), (30, 3_600), (60, 540)]), 540, "amid a window that is long");
    }

    #[test]
    fn a_long_window_lasts_from_one_to_the_next_and_is_given_up_when_answers_tell_of_none() {
        let slow = [(0, 600), (120, 480), (240, 360), (360, 240), (480, 120), (600, 600)];
        assert_eq!(after(&slow), 600);
        let lies = [(0, 3_600), (10, 3_590), (20, 3_580)];
        assert_eq!(after(&lies), 3_600);
        assert_eq!(after(&[&lies[..], &[(30, 50), (60, 20)]].concat()), 60);
        assert_eq!(after(&[&slow[..], &[(9_000, 60)]].concat()), 60, "not heard again for long");
    }
}
