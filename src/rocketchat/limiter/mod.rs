//! The request budget of a route. The exporter must never be the cause of a 429 for people.
//!
//! Rocket.Chat counts calls by client address and route (10 in 60 s by default). Behind a proxy its users share our
//! count, so at most half of the announced limit is used. Without an announcement (a token with
//! `api-bypass-rate-limit`) our own cap applies, as a token bucket with a burst of one minute. The module is pure: the
//! caller passes the time.

mod extra;
mod window;

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

pub use extra::{PlannedPolls, RequestCount};
use window::{AGREEING, UNCONFIRMED, Window};

/// Limit that is assumed until a header announces another one (`…_Limit_Calls_Default`).
const DEFAULT_LIMIT: u32 = 10;
/// Longest pause that an answer can impose, unless the window is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Number of remembered requests, also older than the window: the window may turn out to be longer.
const MOST_REMEMBERED: usize = 600;

/// Priority of a request: the most important list, or a longer scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPriority {
    /// May use the whole budget.
    First,
    /// Keeps this many requests per minute free for [`RequestPriority::First`].
    Rest {
        /// Requests per minute kept for [`RequestPriority::First`].
        reserved: u32,
    },
}

/// The content of the `X-RateLimit-*` headers of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement {
    /// Calls per window, of all clients behind our address together.
    pub limit: u32,
    /// Calls left in this window.
    pub remaining: u32,
    /// Time until the window ends.
    pub reset_in: Duration,
}

/// The budget of one route.
#[derive(Debug)]
pub struct Limiter {
    cap_per_minute: u32,
    window: Window,
    held_since: Option<Instant>,
    /// Half of the announced limit, before the first answer half of the default limit; `None` if the server announces no
    /// limit.
    share: Option<u32>,
    sent: VecDeque<(Instant, bool)>,
    tokens: f64,
    refilled: Instant,
    paused_until: Option<Instant>,
    /// Number of consecutive answers that asked for a long pause.
    long_pauses: usize,
}

impl Limiter {
    /// A fresh budget; `cap_per_minute` is our own cap and at least 1.
    pub fn new(cap_per_minute: u32, now: Instant) -> Self {
        let cap_per_minute = cap_per_minute.max(1);
        Self {
            cap_per_minute,
            window: Window::default(),
            held_since: None,
            share: Some(DEFAULT_LIMIT / 2),
            sent: VecDeque::new(),
            tokens: f64::from(cap_per_minute),
            refilled: now,
            paused_until: None,
            long_pauses: 0,
        }
    }

    /// Requests per minute that this route may plan with.
    pub fn per_minute(&self) -> u32 {
        let Some(share) = self.share else {
            return self.cap_per_minute;
        };
        let windows_a_minute = window::DEFAULT.as_secs_f64() / self.window.length().as_secs_f64();
        whole(f64::from(share) * windows_a_minute).clamp(1, self.cap_per_minute)
    }

    /// True unless the server announces no limit; before its first answer the default limit is assumed.
    pub fn is_limited(&self) -> bool {
        self.share.is_some()
    }

    /// Time until a request of this priority may be sent; zero means at once.
    pub fn wait(&mut self, priority: RequestPriority, now: Instant) -> Duration {
        self.refill(now);
        let pause =
            self.paused_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        pause.max(self.wait_for_window(priority, now)).max(self.wait_for_token(priority))
    }

    fn wait_for_window(&self, priority: RequestPriority, now: Instant) -> Duration {
        let Some(share) = self.share else {
            return Duration::ZERO;
        };
        let all = self.wait_until_below(share, now, |_| true);
        match priority {
            RequestPriority::First => all,
            RequestPriority::Rest { reserved } => {
                let rest = share.saturating_sub(reserved).max(1);
                all.max(self.wait_until_below(rest, now, |first| !first))
            }
        }
    }

    /// Time until fewer than `limit` of the counted requests are in the window.
    fn wait_until_below(
        &self,
        limit: u32,
        now: Instant,
        counts: impl Fn(bool) -> bool,
    ) -> Duration {
        let counted = self.sent.iter().filter(|(_, first)| counts(*first)).rev();
        counted
            .map(|(at, _)| (*at + self.window.length()).saturating_duration_since(now))
            .nth(limit.saturating_sub(1) as usize)
            .unwrap_or_default()
    }

    fn wait_for_token(&self, priority: RequestPriority) -> Duration {
        let kept = match priority {
            RequestPriority::First => 0,
            RequestPriority::Rest { reserved } => reserved.min(self.cap_per_minute / 2),
        };
        let missing = 1.0 + f64::from(kept) - self.tokens;
        if missing <= 0.0 {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(missing * 60.0 / f64::from(self.cap_per_minute))
    }

    fn refill(&mut self, now: Instant) {
        let cap = f64::from(self.cap_per_minute);
        let elapsed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.tokens = (self.tokens + elapsed * cap / 60.0).min(cap);
        self.refilled = now;
        self.window.expire(now);
        let length = self.window.length();
        let age = |at: &Instant| now.saturating_duration_since(*at);
        while self.sent.len() > MOST_REMEMBERED
            && self.sent.front().is_some_and(|(at, _)| age(at) >= length)
        {
            self.sent.pop_front();
        }
    }

    /// Counts a request when it is sent, whatever its outcome. Returns the time that the budget delayed the request.
    pub fn sent(&mut self, priority: RequestPriority, now: Instant) -> Duration {
        self.refill(now);
        self.tokens = (self.tokens - 1.0).max(0.0);
        self.sent.push_back((now, priority == RequestPriority::First));
        let held_since = self.held_since.take();
        held_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// Notes that a request has to wait or is postponed.
    pub fn hold(&mut self, now: Instant) {
        self.held_since.get_or_insert(now);
    }

    /// Updates the limit from the headers of an answer; `None` means that the answer had no such headers.
    pub fn observe(&mut self, announcement: Option<Announcement>, now: Instant) {
        self.share = announcement.map(|announcement| (announcement.limit / 2).max(1));
        let Some(announcement) = announcement else { return };
        self.window.observe(announcement.reset_in, now);
        if announcement.remaining == 0 {
            self.pause(announcement.reset_in, UNCONFIRMED, now);
        }
    }

    /// Pauses the route for the time that an answer asks for; `None` if the answer asked for no pause. The pause is
    /// limited, and the limit is lower until several consecutive answers ask for a long pause.
    pub fn heed(&mut self, retry_after: Option<Duration>, now: Instant) {
        let is_long = retry_after.is_some_and(|wait| wait > UNCONFIRMED);
        self.long_pauses = if is_long { self.long_pauses.saturating_add(1) } else { 0 };
        let longest = if self.long_pauses >= AGREEING { LONGEST_PAUSE } else { UNCONFIRMED };
        if let Some(wait) = retry_after {
            self.pause(wait, longest, now);
        }
    }

    fn pause(&mut self, wait: Duration, longest: Duration, now: Instant) {
        let until = now + wait.min(longest.max(self.window.length()));
        self.paused_until = self.paused_until.max(Some(until));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn announce(limit: u32) -> Announcement {
        Announcement { limit, remaining: limit - 1, reset_in: Duration::from_secs(60) }
    }

    #[test]
    fn half_of_what_the_server_announces_is_the_budget_until_it_announces_nothing() {
        let now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        assert_eq!(limiter.per_minute(), 5);
        limiter.observe(Some(announce(600)), now);
        assert_eq!(limiter.per_minute(), 120);
        limiter.observe(Some(announce(30)), now);
        assert_eq!(limiter.per_minute(), 15);
        limiter.observe(None, now);
        assert_eq!(limiter.per_minute(), 120);
    }

    #[test]
    fn the_rest_leaves_the_reserved_requests_to_the_first() {
        let now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        let rest = RequestPriority::Rest { reserved: 2 };
        for _ in 0..3 {
            assert_eq!(limiter.wait(rest, now), Duration::ZERO);
            limiter.sent(rest, now);
        }
        assert!(limiter.wait(rest, now) > Duration::from_secs(59));
        assert_eq!(limiter.wait(RequestPriority::First, now), Duration::ZERO);
    }

    #[test]
    fn an_exhausted_window_and_a_refusal_are_waited_out_but_never_for_ever() {
        let now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        limiter.observe(
            Some(Announcement { limit: 10, remaining: 0, reset_in: Duration::from_secs(7) }),
            now,
        );
        assert_eq!(limiter.wait(RequestPriority::First, now), Duration::from_secs(7));
        for longest in [UNCONFIRMED, UNCONFIRMED, LONGEST_PAUSE] {
            limiter.heed(Some(Duration::from_secs(1_000_000)), now);
            assert_eq!(limiter.wait(RequestPriority::First, now), longest);
        }
    }

    #[test]
    fn a_window_longer_than_the_default_is_learned_and_half_of_it_kept() {
        let mut now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        let end = now + Duration::from_secs(600);
        for _ in 0..5 {
            assert!(limiter.wait(RequestPriority::First, now).is_zero());
            limiter.sent(RequestPriority::First, now);
            now += Duration::from_secs(1);
            let reset_in = end - now;
            limiter.observe(Some(Announcement { limit: 10, remaining: 5, reset_in }), now);
        }
        now += Duration::from_secs(300);
        assert!(limiter.wait(RequestPriority::First, now) > Duration::from_secs(290));
        assert_eq!(limiter.per_minute(), 1);
    }

    #[test]
    fn one_false_answer_holds_a_route_back_for_two_minutes_at_most() {
        let hour = Duration::from_secs(3_600);
        for remaining in [0, 9] {
            let mut now = Instant::now();
            let mut limiter = Limiter::new(120, now);
            limiter.observe(Some(Announcement { limit: 10, remaining, reset_in: hour }), now);
            limiter.heed(Some(hour), now);
            for _ in 0..100 {
                let wait = limiter.wait(RequestPriority::First, now);
                assert!(wait <= Duration::from_secs(120), "{wait:?}");
                now += wait;
                limiter.sent(RequestPriority::First, now);
                limiter.observe(Some(announce(10)), now);
                limiter.heed(None, now);
            }
            assert_eq!(limiter.per_minute(), 5);
        }
    }

    #[test]
    fn what_the_budget_held_back_is_told_when_it_goes_out() {
        let now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        limiter.hold(now);
        limiter.hold(now + Duration::from_secs(1));
        let held = limiter.sent(RequestPriority::First, now + Duration::from_secs(30));
        assert_eq!(held, Duration::from_secs(30));
        assert_eq!(
            limiter.sent(RequestPriority::First, now + Duration::from_secs(31)),
            Duration::ZERO
        );
    }

    proptest! {
        #[test]
        fn no_window_of_sixty_seconds_ever_holds_more_than_half_the_limit(
            limit in 2_u32..40, steps in prop::collection::vec((0_u64..9_000, any::<bool>()), 1..200)
        ) {
            let mut now = Instant::now();
            let mut limiter = Limiter::new(1_000, now);
            limiter.observe(Some(announce(limit)), now);
            let mut sent = Vec::new();
            for (pause_ms, first) in steps {
                now += Duration::from_millis(pause_ms);
                let priority = if first { RequestPriority::First } else { RequestPriority::Rest { reserved: limit / 5 } };
                if limiter.wait(priority, now).is_zero() {
                    limiter.sent(priority, now);
                    sent.push(now);
                }
                let recent = sent.iter().filter(|at| now - **at < Duration::from_secs(60)).count();
                prop_assert!(recent <= (limit / 2).max(1) as usize);
            }
        }

        #[test]
        fn no_window_of_a_server_ever_holds_more_than_half_once_three_answers_told_its_length(
            limit in 2_u32..40,
            length_s in prop_oneof![20_u64..60, 80_u64..1_500],
            steps in prop::collection::vec((0_u64..90_000, any::<bool>()), 1..300)
        ) {
            let mut now = Instant::now();
            let mut limiter = Limiter::new(1_000, now);
            let (mut end, mut used, mut answers) = (now, 0, 0);
            for (pause_ms, first) in steps {
                now += Duration::from_millis(pause_ms);
                let priority = if first { RequestPriority::First } else { RequestPriority::Rest { reserved: limit / 5 } };
                if !limiter.wait(priority, now).is_zero() {
                    continue;
                }
                if now >= end {
                    (end, used) = (now + Duration::from_secs(length_s), 0);
                }
                limiter.sent(priority, now);
                (used, answers) = (used + 1, answers + 1);
                let remaining = limit.saturating_sub(used);
                limiter.observe(Some(Announcement { limit, remaining, reset_in: end - now }), now);
                prop_assert!(answers <= 3 || used <= (limit / 2).max(3), "{} of {}", used, limit);
            }
        }

        #[test]
        fn a_wait_that_has_passed_is_enough(cap in 1_u32..200, count in 1_u32..300) {
            let mut now = Instant::now();
            let mut limiter = Limiter::new(cap, now);
            limiter.observe(None, now);
            for _ in 0..count {
                now += limiter.wait(RequestPriority::First, now) + Duration::from_millis(1);
                prop_assert!(limiter.wait(RequestPriority::First, now).is_zero());
                limiter.sent(RequestPriority::First, now);
            }
        }
    }
}
