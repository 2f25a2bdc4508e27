//! Spare requests of the budget, for requests in addition to the planned ones.
//!
//! An additional request takes a place in the window that a planned request may need later. So a request is spare only
//! if every planned request of the next window still finds its place in time.

use std::time::Duration;

use tokio::time::Instant;

use super::Limiter;

/// Delay of a planned request that does not count: requests of one poll do not leave at the same instant.
const TOLERANCE: Duration = Duration::from_secs(1);

/// The polls of a list that are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPolls {
    /// Time of the next poll.
    pub next: Instant,
    /// Time from one poll to the next.
    pub every: Duration,
    /// Requests of each poll.
    pub requests: u32,
    /// True if the requests have the priority [`First`](super::RequestPriority::First).
    pub is_first: bool,
}

/// A number of requests, and those of them that have the priority [`Rest`](super::RequestPriority::Rest).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCount {
    all: u32,
    rest: u32,
}

impl RequestCount {
    /// The sum with these requests of one priority.
    #[must_use]
    pub fn and(self, requests: u32, is_first: bool) -> Self {
        let rest = if is_first { 0 } else { requests };
        Self { all: self.all.saturating_add(requests), rest: self.rest.saturating_add(rest) }
    }
}

impl Limiter {
    /// True if `extra` requests may be sent now and delay no planned request. `reserved` is the number of requests per
    /// minute that the rest keeps free.
    pub fn allows_extra(
        &mut self,
        extra: RequestCount,
        reserved: u32,
        planned: &[PlannedPolls],
        now: Instant,
    ) -> bool {
        self.refill(now);
        let is_paused = self.paused_until.is_some_and(|until| until > now);
        let due = self.due_in_window(planned, now);
        !is_paused
            && self.tokens_allow(extra, reserved, &due)
            && self.window_allows(extra, reserved, &due, now)
    }

    /// The planned requests of the next window, in their order.
    fn due_in_window(
        &self,
        planned: &[PlannedPolls],
        now: Instant,
    ) -> Vec<(Instant, RequestCount)> {
        let end = now + self.window.length();
        let mut due = Vec::new();
        for polls in planned {
            let every = polls.every.max(TOLERANCE);
            let requests = RequestCount::default().and(polls.requests, polls.is_first);
            let mut at = polls.next.max(now);
            while at <= end {
                due.push((at, requests));
                at += every;
            }
        }
        due.sort_by_key(|(at, _)| *at);
        due
    }

    fn tokens_allow(
        &self,
        extra: RequestCount,
        reserved: u32,
        due: &[(Instant, RequestCount)],
    ) -> bool {
        let planned: u32 = due.iter().map(|(_, requests)| requests.all).sum();
        let kept = reserved.min(self.cap_per_minute / 2);
        f64::from(extra.all) + f64::from(planned) + f64::from(kept) <= self.tokens
    }

    fn window_allows(
        &self,
        extra: RequestCount,
        reserved: u32,
        due: &[(Instant, RequestCount)],
        now: Instant,
    ) -> bool {
        let Some(share) = self.share else {
            return true;
        };
        let share_of_rest = share.saturating_sub(reserved).max(1);
        let mut used = extra;
        let fits = |used: RequestCount, at: Instant| {
            let counted = self.counted_at(at);
            used.all + counted.all <= share
                && (extra.rest == 0 || used.rest + counted.rest <= share_of_rest)
        };
        fits(used, now)
            && due.iter().all(|(at, requests)| {
                used = used.and(requests.all - requests.rest, true).and(requests.rest, false);
                fits(used, *at + TOLERANCE)
            })
    }

    /// The requests sent so far that still count at this time.
    fn counted_at(&self, at: Instant) -> RequestCount {
        let counts = |sent: &&(Instant, bool)| sent.0 + self.window.length() > at;
        let counted = self.sent.iter().rev().take_while(counts);
        counted.fold(RequestCount::default(), |sum, (_, is_first)| sum.and(1, *is_first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Announcement, RequestPriority};
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn polls(next: Instant, every: u64, is_first: bool) -> PlannedPolls {
        PlannedPolls { next, every: seconds(every), requests: 1, is_first }
    }

    fn one(is_first: bool) -> RequestCount {
        RequestCount::default().and(1, is_first)
    }

    fn priority(is_first: bool, reserved: u32) -> RequestPriority {
        if is_first { RequestPriority::First } else { RequestPriority::Rest { reserved } }
    }

    #[test]
    fn a_budget_that_the_plan_uses_up_allows_no_extra_request_and_a_longer_interval_allows_some() {
        let now = Instant::now();
        for (every, expected) in [(30, false), (60, true)] {
            let mut limiter = Limiter::new(120, now);
            for is_first in [true, false, false, false] {
                limiter.sent(priority(is_first, 1), now);
            }
            let next = now + seconds(every);
            let planned = [true, false, false, false].map(|first| polls(next, every, first));
            let later = now + seconds(10);
            assert_eq!(limiter.allows_extra(one(true), 1, &planned, later), expected, "{every}");
            limiter.sent(RequestPriority::First, later);
            assert!(!limiter.allows_extra(one(true), 1, &planned, later + seconds(1)), "{every}");
        }
    }

    #[test]
    fn without_an_announced_limit_the_own_cap_counts() {
        let now = Instant::now();
        let planned = [polls(now + seconds(30), 30, true)];
        for (cap, expected) in [(60_000, true), (3, false)] {
            let mut limiter = Limiter::new(cap, now);
            limiter.observe(None, now);
            assert_eq!(limiter.allows_extra(one(true), 1, &planned, now), expected, "{cap}");
        }
    }

    #[test]
    fn a_pause_allows_no_extra_request() {
        let now = Instant::now();
        let mut limiter = Limiter::new(120, now);
        limiter.observe(Some(Announcement { limit: 600, remaining: 0, reset_in: seconds(7) }), now);
        assert!(!limiter.allows_extra(one(true), 0, &[], now));
        assert!(limiter.allows_extra(one(true), 0, &[], now + seconds(7)));
    }

    proptest! {
        /// A second limiter gets the planned requests alone: with the additional ones they are as early as without.
        #[test]
        fn an_additional_request_delays_no_planned_one(
            limit in 4_u32..60,
            every in 10_u64..90,
            rests in 0_usize..5,
            wishes in prop::collection::vec((0_u64..20_000, any::<bool>()), 1..60),
        ) {
            let begin = Instant::now();
            let per_window = u32::try_from(61_u64.div_ceil(every)).unwrap();
            let (reserved, rests) = (per_window, u32::try_from(rests).unwrap());
            // The pacing of lists keeps the plan within the budget.
            prop_assume!((1 + rests) * per_window <= limit / 2);
            let mut limiters = [Limiter::new(1_000, begin), Limiter::new(1_000, begin)];
            let announced = Announcement { limit, remaining: limit, reset_in: seconds(60) };
            for limiter in &mut limiters {
                limiter.observe(Some(announced), begin);
            }
            let mut planned = vec![polls(begin, every, true)];
            planned.extend((0..rests).map(|_| polls(begin, every, false)));
            let mut now = begin;
            for (pause, is_first) in wishes {
                now += Duration::from_millis(pause);
                while let Some(polls) = planned.iter_mut().min_by_key(|polls| polls.next)
                    && polls.next <= now
                {
                    let priority = priority(polls.is_first, reserved);
                    let waits = limiters.each_mut().map(|it| it.wait(priority, polls.next));
                    prop_assert!(waits[0] <= waits[1].max(TOLERANCE), "{:?}", waits);
                    for (limiter, wait) in limiters.iter_mut().zip(waits) {
                        limiter.sent(priority, polls.next + wait);
                    }
                    polls.next += polls.every;
                }
                if limiters[0].allows_extra(one(is_first), reserved, &planned, now) {
                    let priority = priority(is_first, reserved);
                    prop_assert!(limiters[0].wait(priority, now).is_zero());
                    limiters[0].sent(priority, now);
                }
            }
        }
    }
}
