//! The server's clock, as the `Date` of its answers and what its rows say have earned it.
//!
//! Ages are differences to times the server wrote, so they are taken against the server's clock. Our own wall clock may
//! jump, as when a virtual machine wakes up: once a belief is earned it decides nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::server_time::{LASTING, Sample, ServerTime};
use crate::clock::Clock;

/// No release of this exporter is older: a wall clock before this was never set.
const RELEASED_S: i64 = 1_793_000_000;

/// The server's clock as an offset to ours.
#[derive(Debug)]
pub struct ServerClock {
    clock: Clock,
    time: Mutex<ServerTime>,
}

impl ServerClock {
    /// A server assumed to agree with our clock until it says otherwise.
    pub fn new(clock: Clock) -> Self {
        Self { clock, time: Mutex::default() }
    }

    /// Our own time.
    pub fn local(&self) -> Timestamp {
        self.clock.now()
    }

    /// Our monotonic clock.
    pub fn elapsed(&self) -> SignedDuration {
        self.clock.elapsed()
    }

    /// The server's time.
    pub fn now(&self) -> Timestamp {
        let origin = self.locked().origin(self.wall_origin());
        origin.checked_add(self.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// The server's time is more than the earlier of the clocks that were met so far.
    pub fn is_earned(&self) -> bool {
        self.locked().is_earned()
    }

    /// The latest time that it may be at the server: where a belief lies far behind our own clock, rows from in between
    /// would prove it wrong.
    pub fn latest(&self) -> Timestamp {
        let now = self.now();
        self.wall().filter(|wall| wall.duration_since(now) > LASTING).unwrap_or(now)
    }

    /// Server time minus our time.
    pub fn offset(&self) -> SignedDuration {
        self.now().duration_since(self.local())
    }

    /// The clock that answers have shown, believed or not, minus ours: the one that differs most.
    pub fn said_offset(&self) -> SignedDuration {
        let elapsed = self.elapsed();
        let wall = self.local().checked_sub(elapsed).unwrap_or(Timestamp::MIN);
        self.locked().said(wall).duration_since(wall)
    }

    /// A new cycle begins.
    pub fn begin_cycle(&self) {
        self.locked().begin_cycle(self.elapsed());
    }

    /// Learns from an answer of the API that was asked for at `sent` by [`Self::elapsed`] and has just come.
    pub fn observe(&self, sample: Sample) {
        self.locked().observe(sample, self.wall_origin());
    }

    /// Learns from the times that rows tell, where there is a doubt that they can settle.
    pub fn witness(&self, written: impl Iterator<Item = Timestamp>) {
        let (elapsed, wall) = (self.elapsed(), self.wall_origin());
        let mut time = self.locked();
        if time.needs_witnesses(wall) {
            written.for_each(|at| time.witness(at, elapsed, wall));
        }
    }

    /// Samples that disagreed and came to nothing.
    pub fn dropped(&self) -> u64 {
        self.locked().dropped()
    }

    /// The difference between the clocks that answers keep showing.
    pub fn spread(&self) -> SignedDuration {
        self.locked().spread()
    }

    /// The time from which on closes are to be read again, once, now that the clocks agree.
    pub fn take_reread(&self) -> Option<Timestamp> {
        self.locked().take_reread()
    }

    /// Our wall clock when our monotonic clock was zero.
    fn wall_origin(&self) -> Timestamp {
        let wall = self.wall().unwrap_or(Timestamp::MAX);
        wall.checked_sub(self.clock.elapsed()).unwrap_or(Timestamp::MIN)
    }

    /// Our wall clock. One that was never set is no witness: it would be the earliest.
    fn wall(&self) -> Option<Timestamp> {
        let wall = self.clock.now();
        (!self.clock.is_real() || wall.as_second() >= RELEASED_S).then_some(wall)
    }

    fn locked(&self) -> MutexGuard<'_, ServerTime> {
        self.time.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
