//! The times at which the regular cycles of a workspace begin.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};

/// The ticks of a workspace.
#[derive(Debug)]
pub(super) struct Ticks {
    ticks: Interval,
    next: Instant,
}

impl Ticks {
    /// The first tick comes after one interval, shortened by a random 0 to 10 %, so that many exporters do not send
    /// requests in step. A missed tick is skipped, so that no burst follows a slow cycle.
    pub(super) fn new(interval: Duration) -> Self {
        let phase = interval.mul_f64(fastrand::f64() * 0.1);
        let next = Instant::now() + interval - phase;
        let mut ticks = tokio::time::interval_at(next, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { ticks, next }
    }

    /// Waits for the next tick.
    pub(super) async fn tick(&mut self) {
        self.next = self.ticks.tick().await + self.ticks.period();
    }

    /// Time of the next tick; a time in the past if it was missed.
    pub(super) fn next(&self) -> Instant {
        self.next
    }
}
