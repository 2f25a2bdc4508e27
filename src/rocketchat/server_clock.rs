//! The server's clock, computed from the `Date` header of its answers and the times in its rows.
//!
//! Ages are differences to times that the server wrote, so they are computed with the server's clock. Our own wall
//! clock may jump, for example when a virtual machine resumes. Once the server's clock is accepted, our wall clock has
//! no influence.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::instant::{earlier, later};
use super::server_time::{ClockSample, LASTING, ServerTime};
use crate::clock::Clock;

/// A release time of this exporter, epoch seconds: a wall clock before this time was never set.
const RELEASED_S: i64 = 1_793_000_000;

/// The server's clock as an offset to ours.
#[derive(Debug)]
pub struct ServerClock {
    clock: Clock,
    time: Mutex<ServerTime>,
}

impl ServerClock {
    /// A clock of a server that is assumed to agree with our clock until its answers say otherwise.
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
        let origin = self.time.lock().origin(self.wall_origin());
        later(origin, self.elapsed())
    }

    /// The time of a request that was sent at `asked_at` and is now answered: the answer corrects the server's time,
    /// because our own clock may have been set since the last answer.
    pub fn time_of_request(&self, asked_at: Timestamp) -> Timestamp {
        asked_at.min(self.now())
    }

    /// True if a clock is accepted, or if some cycles brought none. Before, the server's time is only the earlier of the
    /// clocks seen so far.
    pub fn is_settled(&self) -> bool {
        self.time.lock().is_settled()
    }

    /// The latest possible time at the server. If the accepted clock is far behind our own, rows from the time in
    /// between could still disprove it, so our own time is used.
    pub fn latest(&self) -> Timestamp {
        let now = self.now();
        self.wall().filter(|wall| wall.duration_since(now) > LASTING).unwrap_or(now)
    }

    /// The difference between the clock in answers and our clock, whether it is accepted or not; the largest if there
    /// are several.
    pub fn said_offset(&self) -> SignedDuration {
        let elapsed = self.elapsed();
        let wall = earlier(self.local(), elapsed);
        self.time.lock().said(wall).duration_since(wall)
    }

    /// Begins a new cycle.
    pub fn begin_cycle(&self) {
        self.time.lock().begin_cycle(self.elapsed());
    }

    /// Adds a sample: an answer of the API that has just arrived for a request sent at `sent` by [`Self::elapsed`].
    pub fn observe(&self, sample: ClockSample) {
        self.time.lock().observe(sample, self.wall_origin());
    }

    /// Uses the times in rows, if there is a doubt that rows can resolve.
    pub fn witness(&self, written: impl Iterator<Item = Timestamp>) {
        let (elapsed, wall) = (self.elapsed(), self.wall_origin());
        let mut time = self.time.lock();
        if time.needs_witnesses(wall) {
            written.for_each(|at| time.witness(at, elapsed, wall));
        }
    }

    /// Number of samples that disagreed and were never accepted.
    pub fn dropped(&self) -> u64 {
        self.time.lock().dropped
    }

    /// The difference between the clocks that answers keep showing.
    pub fn spread(&self) -> SignedDuration {
        self.time.lock().spread()
    }

    /// The time from which closes must be read again, returned once after the clocks agree again.
    pub fn take_reread(&self) -> Option<Timestamp> {
        self.time.lock().take_reread()
    }

    /// Our wall clock at the zero of our monotonic clock.
    fn wall_origin(&self) -> Timestamp {
        let wall = self.wall().unwrap_or(Timestamp::MAX);
        earlier(wall, self.clock.elapsed())
    }

    /// Our wall clock; `None` if it was never set: it would be the earliest of all clocks and so be used.
    fn wall(&self) -> Option<Timestamp> {
        let wall = self.clock.now();
        (!self.clock.is_real() || wall.as_second() >= RELEASED_S).then_some(wall)
    }
}
