//! How far a connection has come, told by those who drive it to those who bound it.
//!
//! The stream tells when bytes arrive and leave, the service when a request is complete and when it is answered; the
//! deadlines of `DeadlineStream` and the choice of who makes room follow from it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A request is under way to us, or the handshake before it.
    Receiving,
    /// A complete request is being answered.
    Answering,
    /// The answer exists; not all of it has been taken.
    Sending,
    /// Everything is answered and taken.
    Resting,
}

/// The phase of one connection; clones share it.
#[derive(Clone, Debug)]
pub(super) struct ConnectionActivity(Arc<Mutex<Stage>>);

/// A phase and when it began; sending goes on where answering began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    pub(super) phase: Phase,
    pub(super) since: Instant,
}

/// A request that takes longer to arrive is probably none.
const SLOW: Duration = Duration::from_millis(250);

/// Before this, nobody may have looked at what has arrived: in a burst of connections an honest request would go
/// unread.
const UNREAD: Duration = Duration::from_millis(20);

/// An answer that exists is taken at once by those who want it.
const STALLED: Duration = Duration::from_secs(5);

impl ConnectionActivity {
    /// A connection that was just accepted.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Stage { phase: Phase::Receiving, since: Instant::now() })))
    }

    pub(super) fn stage(&self) -> Stage {
        *self.lock()
    }

    /// Bytes have arrived: the first after a rest begin a request.
    pub(super) fn received(&self) {
        self.step(Phase::Resting, Phase::Receiving);
    }

    /// A request is complete.
    pub(super) fn asked(&self) {
        *self.lock() = Stage { phase: Phase::Answering, since: Instant::now() };
    }

    /// Its answer exists.
    pub(super) fn answered(&self) {
        let mut stage = self.lock();
        if stage.phase == Phase::Answering {
            stage.phase = Phase::Sending;
        }
    }

    /// All that was written has been taken.
    pub(super) fn taken(&self) {
        self.step(Phase::Sending, Phase::Resting);
    }

    fn step(&self, from: Phase, phase: Phase) {
        let mut stage = self.lock();
        if stage.phase == from {
            *stage = Stage { phase, since: Instant::now() };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        // A stage is written whole, so a poisoned lock guards good data.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Who makes room first, the lowest first and the oldest among equals; `None` for who need not.
    ///
    /// A client whose resting connection is closed asks again on a new one, so resting ones go before requests that
    /// have just begun. Nobody loses an answer that was asked for, except who does not take it.
    pub(super) fn eviction_priority(self, now: Instant) -> Option<(u8, Instant)> {
        let age = now.saturating_duration_since(self.since);
        let rank = match self.phase {
            Phase::Receiving if age >= SLOW => 0,
            Phase::Resting => 1,
            Phase::Receiving if age >= UNREAD => 2,
            Phase::Sending if age >= STALLED => 3,
            Phase::Receiving | Phase::Sending | Phase::Answering => return None,
        };
        Some((rank, self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_round_from_request_to_rest() {
        let activity = ConnectionActivity::new();
        let phase = || activity.stage().phase;
        activity.received();
        activity.taken();
        assert_eq!(phase(), Phase::Receiving, "no answer, no rest");
        activity.asked();
        activity.received();
        assert_eq!(phase(), Phase::Answering, "a second request that was sent along waits");
        activity.taken();
        assert_eq!(phase(), Phase::Answering);
        let asked = activity.stage().since;
        activity.answered();
        assert_eq!(activity.stage(), Stage { phase: Phase::Sending, since: asked });
        activity.taken();
        assert_eq!(phase(), Phase::Resting);
        activity.received();
        assert_eq!(phase(), Phase::Receiving);
    }

    #[test]
    fn unfinished_requests_make_room_before_resting_connections_and_answers_do_not() {
        let start = Instant::now();
        let now = start + STALLED;
        let rank = |phase, age: Duration| {
            Stage { phase, since: now - age }.eviction_priority(now).map(|(rank, _)| rank)
        };
        let (new, old) = (Duration::ZERO, STALLED);
        let order = [
            rank(Phase::Receiving, old),
            rank(Phase::Resting, new),
            rank(Phase::Receiving, UNREAD),
            rank(Phase::Sending, old),
        ];
        assert_eq!(order, [0, 1, 2, 3].map(Some));
        assert_eq!(rank(Phase::Receiving, new), None);
        assert_eq!(rank(Phase::Sending, new), None);
        assert_eq!(rank(Phase::Answering, old), None);
        let of = |age| Stage { phase: Phase::Resting, since: now - age }.eviction_priority(now);
        assert!(of(old) < of(new), "the oldest first");
    }
}
