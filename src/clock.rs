//! The wall clock. It is read in this module only, so that time is an argument everywhere else.
//!
//! Tests use a manual clock. Elapsed time for timeouts is not measured here (that is `tokio::time::Instant`). The clock
//! of a server is not here either: ages of chats are differences to the `Date` header of the server.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::time::Instant;

/// A clock: the system's, or a manual one for tests.
#[derive(Debug, Clone)]
pub struct Clock(TimeSource);

#[derive(Debug, Clone)]
enum TimeSource {
    /// The wall clock of the machine, and its monotonic clock since this instant.
    System(std::time::Instant),
    Manual(ManualClock),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(TimeSource::System(std::time::Instant::now()))
    }

    /// A clock that stays at `start` until [`ManualClock`] moves it.
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let hands = Hands { wall: start, elapsed: SignedDuration::ZERO };
        let hands = ManualClock(Arc::new(Mutex::new(hands)));
        (Self(TimeSource::Manual(hands.clone())), hands)
    }

    /// The present instant.
    #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            TimeSource::System(_) => Timestamp::now(),
            TimeSource::Manual(hands) => hands.0.lock().wall,
        }
    }

    /// Time since this clock was made. It is monotonic: changes of the wall clock do not affect it.
    pub fn elapsed(&self) -> SignedDuration {
        match &self.0 {
            TimeSource::System(since) => since.elapsed().try_into().unwrap_or(SignedDuration::MAX),
            TimeSource::Manual(hands) => hands.0.lock().elapsed,
        }
    }

    /// True if this is the clock of the machine.
    pub(crate) fn is_real(&self) -> bool {
        matches!(self.0, TimeSource::System(_))
    }
}

#[derive(Debug)]
struct Hands {
    wall: Timestamp,
    elapsed: SignedDuration,
}

/// The control of a manual [`Clock`]; every clone moves the same clock.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Hands>>);

impl ManualClock {
    /// Moves the wall clock and the elapsed time by `step`, backwards if it is negative. Stops at the limits of
    /// [`Timestamp`].
    pub fn advance(&self, step: SignedDuration) {
        let end = if step.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
        let to = self.0.lock().wall.checked_add(step).unwrap_or(end);
        self.set(to);
    }

    /// Moves the wall clock to an instant, and the elapsed time by the same step.
    pub fn set(&self, instant: Timestamp) {
        let mut hands = self.0.lock();
        hands.elapsed = hands.elapsed.saturating_add(instant.duration_since(hands.wall));
        hands.wall = instant;
    }

    /// Sets the wall clock to an instant; the elapsed time does not change.
    pub fn put(&self, instant: Timestamp) {
        self.0.lock().wall = instant;
    }
}

/// Waits until this instant; for ever if it is `None`.
pub(crate) async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-03-29T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_moved() {
        let (clock, hands) = Clock::manual(noon());
        assert_eq!(clock.now(), noon());
        hands.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now().to_string(), "2026-03-29T12:01:30Z");
        hands.advance(SignedDuration::from_secs(-90));
        assert_eq!(clock.now(), noon());
    }

    #[test]
    fn every_clone_shows_the_same_time() {
        let (clock, hands) = Clock::manual(noon());
        let other = clock.clone();
        hands.set(Timestamp::UNIX_EPOCH);
        assert_eq!(other.now(), Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), other.now());
    }

    #[test]
    fn a_step_beyond_the_end_of_time_stops_there() {
        let (clock, hands) = Clock::manual(noon());
        hands.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        hands.advance(SignedDuration::MIN);
        assert_eq!(clock.now(), Timestamp::MIN);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the clock is compared with that of the machine")]
    fn the_system_clock_shows_the_time_of_the_machine_and_measures_the_time_since_it_was_made() {
        let before = std::time::Instant::now();
        let clock = Clock::system();
        let after = std::time::Instant::now();
        let (least, elapsed) = (after.elapsed(), clock.elapsed().unsigned_abs());
        let most = before.elapsed();
        assert!((least..=most).contains(&elapsed), "{least:?} {elapsed:?} {most:?}");
        let (before, now, after) = (Timestamp::now(), clock.now(), Timestamp::now());
        assert!((before..=after).contains(&now), "{before} {now} {after}");
    }
}
