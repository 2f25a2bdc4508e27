//! The server's clock, read off the `Date` header of its answers.
//!
//! Ages are differences to times the server wrote, so they are taken against the server's clock. `Date`
//! has whole seconds: an answer says only that the offset lies in an interval, and the estimate moves no
//! further than that interval asks. Called by the client; the wall clock itself comes from `clock`.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

/// The server's clock as an offset to ours.
#[derive(Debug)]
pub struct ServerClock {
    clock: Clock,
    offset: Mutex<SignedDuration>,
}

impl ServerClock {
    /// A server assumed to agree with our clock until it says otherwise.
    pub fn new(clock: Clock) -> Self {
        Self { clock, offset: Mutex::new(SignedDuration::ZERO) }
    }

    /// Our own time.
    pub fn local(&self) -> Timestamp {
        self.clock.now()
    }

    /// The server's time.
    pub fn now(&self) -> Timestamp {
        let local = self.clock.now();
        local.checked_add(self.offset()).unwrap_or(local)
    }

    /// Server time minus our time.
    pub fn offset(&self) -> SignedDuration {
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from an answer that was asked for at `sent`, came at `received` (our clock) and says `date`.
    pub fn observe(&self, sent: Timestamp, received: Timestamp, date: Timestamp) {
        let least = date.duration_since(received);
        let most = date.duration_since(sent) + SignedDuration::from_secs(1);
        if least > most {
            return;
        }
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = (*offset).clamp(least, most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(seconds: f64) -> Timestamp {
        let base = Timestamp::from_second(1_700_000_000).unwrap();
        base + SignedDuration::from_secs_f64(seconds)
    }

    #[test]
    fn clocks_that_agree_stay_in_agreement() {
        let server = ServerClock::new(Clock::manual(second(0.0)).0);
        for (sent, received) in [(0.1, 0.2), (0.9, 0.95), (5.4, 5.6)] {
            server.observe(second(sent), second(received), second(f64::floor(received)));
        }
        assert_eq!(server.offset(), SignedDuration::ZERO);
    }

    #[test]
    fn a_server_that_is_ahead_is_followed_within_a_second_and_then_closer() {
        let server = ServerClock::new(Clock::manual(second(0.0)).0);
        let truth = 90.25;
        for sample in 0_u32..50 {
            let sent = f64::from(sample) * 7.3;
            server.observe(
                second(sent),
                second(sent + 0.02),
                second(f64::floor(sent + 0.01 + truth)),
            );
        }
        let error = (server.offset().as_secs_f64() - truth).abs();
        assert!(error < 0.1, "off by {error} s");
    }
}
