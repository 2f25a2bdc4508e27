//! The length of the server's window, as its recent answers announce it.
//!
//! A header tells the end of a window, so its length shows only at its beginning. An end that is far ahead is believed
//! once three answers in a row agree on it: until then a single answer counts for two minutes at most. What is believed
//! lasts for twice its length, and two answers in a row that tell an earlier end are enough to give it up.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The server's window (`API_Enable_Rate_Limiter_Limit_Time_Default`) and a margin for the way there.
pub(super) const DEFAULT: Duration = Duration::from_millis(60_250);
/// A window that ends later than this is longer than the default one; clocks may disagree by a little.
const CLEARLY_LONGER: Duration = Duration::from_secs(75);
/// The most that a single answer is believed.
pub(super) const UNCONFIRMED: Duration = Duration::from_secs(120);
/// Answers in a row that have to agree on more.
pub(super) const AGREEING: usize = 3;
/// The longest window that is believed.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Answers in a row that disprove what was believed.
const DISPROVING: u32 = 2;
/// Two ends that differ by less are the same: the server's clock is known to the second.
const SAME_END: Duration = Duration::from_secs(10);
/// Another client may have begun a window before us: as much of its length shows it as it was.
const NEARLY: f64 = 0.9;

/// The window of one route.
#[derive(Debug, Default)]
pub(super) struct Window {
    recent: VecDeque<Announced>,
    believed: Option<Belief>,
}

/// An answer that came `at` some instant and told the end of its window.
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

/// A window that is longer than the default one.
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

    /// An answer told that its window ends after `reset_in`.
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

    /// What was believed and not heard again for long is forgotten.
    pub(super) fn expire(&mut self, now: Instant) {
        let is_old =
            |belief: &Belief| now.saturating_duration_since(belief.since) > belief.length * 2;
        if self.believed.as_ref().is_some_and(is_old) {
            self.believed = None;
        }
    }

    /// The length and the end of the window, as far as this answer and those before it may be believed.
    fn said(&self, announced: Announced) -> (Duration, Instant) {
        let alone = announced.reset_in().min(UNCONFIRMED);
        let agreed = self.agreed().max(alone);
        let end = self.recent.iter().map(|it| it.end).min().unwrap_or(announced.end);
        (agreed, if agreed > alone { end } else { announced.at + alone })
    }

    /// The length that as many answers in a row tell as have to agree: each on its own, or all the same end.
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
