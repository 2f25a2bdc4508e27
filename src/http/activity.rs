//! The progress of one connection.
//!
//! The stream reports bytes that arrive and leave. The service reports complete requests and their answers. The
//! deadlines of `DeadlineStream` and the eviction priority follow from this progress.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The phase of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// A request, or the handshake before it, is arriving.
    Receiving,
    /// A complete request is being answered.
    Answering,
    /// The answer exists; the client has not taken all of it.
    Sending,
    /// All requests are answered, and all answers are taken.
    Resting,
}

/// The phase of one connection; clones share it.
#[derive(Clone, Debug)]
pub(super) struct ConnectionActivity(Arc<Mutex<Stage>>);

/// A phase and the time of its beginning. `Sending` keeps the time of `Answering`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    pub(super) phase: Phase,
    pub(super) since: Instant,
}

/// A connection that takes longer to send a request probably sends none.
const SLOW: Duration = Duration::from_millis(250);

/// Minimum age of an unfinished request before its connection may be closed. In a burst of connections, a valid request
/// that has arrived may not have been read yet.
const UNREAD: Duration = Duration::from_millis(20);

/// A client that takes longer to take its answer probably does not want the answer.
const STALLED: Duration = Duration::from_secs(5);

impl ConnectionActivity {
    /// A connection that was just accepted.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Stage { phase: Phase::Receiving, since: Instant::now() })))
    }

    pub(super) fn stage(&self) -> Stage {
        *self.0.lock()
    }

    /// Notes that bytes have arrived. The first bytes after a rest begin a request.
    pub(super) fn received(&self) {
        self.step(Phase::Resting, Phase::Receiving);
    }

    /// Notes that a request is complete.
    pub(super) fn asked(&self) {
        *self.0.lock() = Stage { phase: Phase::Answering, since: Instant::now() };
    }

    /// Notes that the answer of the request exists.
    pub(super) fn answered(&self) {
        let mut stage = self.0.lock();
        if stage.phase == Phase::Answering {
            stage.phase = Phase::Sending;
        }
    }

    /// Notes that all written bytes have been taken.
    pub(super) fn taken(&self) {
        self.step(Phase::Sending, Phase::Resting);
    }

    fn step(&self, from: Phase, phase: Phase) {
        let mut stage = self.0.lock();
        if stage.phase == from {
            *stage = Stage { phase, since: Instant::now() };
        }
    }
}

impl Stage {
    /// Eviction priority; `None` if the connection must not be closed. The lowest value is closed first, and the oldest
    /// of equal values.
    ///
    /// A client whose resting connection is closed sends its next request on a new connection. So resting connections
    /// are closed before requests that have just begun. A complete request always gets its answer, unless the client
    /// does not take it.
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
