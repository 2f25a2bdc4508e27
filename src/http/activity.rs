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
pub(super) enum ConnectionPhase {
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
pub(super) struct ConnectionActivity(Arc<Mutex<TimedPhase>>);

/// A phase and the time of its beginning. `Sending` keeps the time of `Answering`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimedPhase {
    pub(super) phase: ConnectionPhase,
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
        Self(Arc::new(Mutex::new(TimedPhase {
            phase: ConnectionPhase::Receiving,
            since: Instant::now(),
        })))
    }

    pub(super) fn timed_phase(&self) -> TimedPhase {
        *self.0.lock()
    }

    /// Notes that bytes have arrived. The first bytes after a rest begin a request.
    pub(super) fn received(&self) {
        self.step(ConnectionPhase::Resting, ConnectionPhase::Receiving);
    }

    /// Notes that a request is complete.
    pub(super) fn asked(&self) {
        *self.0.lock() = TimedPhase { phase: ConnectionPhase::Answering, since: Instant::now() };
    }

    /// Notes that the answer of the request exists.
    pub(super) fn answered(&self) {
        let mut timed_phase = self.0.lock();
        if timed_phase.phase == ConnectionPhase::Answering {
            timed_phase.phase = ConnectionPhase::Sending;
        }
    }

    /// Notes that all written bytes have been taken.
    pub(super) fn taken(&self) {
        self.step(ConnectionPhase::Sending, ConnectionPhase::Resting);
    }

    fn step(&self, from: ConnectionPhase, phase: ConnectionPhase) {
        let mut timed_phase = self.0.lock();
        if timed_phase.phase == from {
            *timed_phase = TimedPhase { phase, since: Instant::now() };
        }
    }
}

impl TimedPhase {
    /// Eviction priority; `None` if the connection must not be closed. The lowest value is closed first, and the oldest
    /// of equal values.
    ///
    /// A client whose resting connection is closed sends its next request on a new connection. So resting connections
    /// are closed before requests that have just begun. A complete request always gets its answer, unless the client
    /// does not take it.
    pub(super) fn eviction_priority(self, now: Instant) -> Option<(u8, Instant)> {
        let age = now.saturating_duration_since(self.since);
        let rank = match self.phase {
            ConnectionPhase::Receiving if age >= SLOW => 0,
            ConnectionPhase::Resting => 1,
            ConnectionPhase::Receiving if age >= UNREAD => 2,
            ConnectionPhase::Sending if age >= STALLED => 3,
            ConnectionPhase::Receiving | ConnectionPhase::Sending | ConnectionPhase::Answering => {
                return None;
            }
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
        let phase = || activity.timed_phase().phase;
        activity.received();
        activity.taken();
        assert_eq!(phase(), ConnectionPhase::Receiving, "no answer, no rest");
        activity.asked();
        activity.received();
        assert_eq!(
            phase(),
            ConnectionPhase::Answering,
            "a second request that was sent along waits"
        );
        activity.taken();
        assert_eq!(phase(), ConnectionPhase::Answering);
        let asked = activity.timed_phase().since;
        activity.answered();
        assert_eq!(
            activity.timed_phase(),
            TimedPhase { phase: ConnectionPhase::Sending, since: asked }
        );
        activity.taken();
        assert_eq!(phase(), ConnectionPhase::Resting);
        activity.received();
        assert_eq!(phase(), ConnectionPhase::Receiving);
    }

    #[test]
    fn unfinished_requests_make_room_before_resting_connections_and_answers_do_not() {
        let start = Instant::now();
        let now = start + STALLED;
        let rank = |phase, age: Duration| {
            TimedPhase { phase, since: now - age }.eviction_priority(now).map(|(rank, _)| rank)
        };
        let (new, old) = (Duration::ZERO, STALLED);
        let order = [
            rank(ConnectionPhase::Receiving, old),
            rank(ConnectionPhase::Resting, new),
            rank(ConnectionPhase::Receiving, UNREAD),
            rank(ConnectionPhase::Sending, old),
        ];
        assert_eq!(order, [0, 1, 2, 3].map(Some));
        assert_eq!(rank(ConnectionPhase::Receiving, new), None);
        assert_eq!(rank(ConnectionPhase::Sending, new), None);
        assert_eq!(rank(ConnectionPhase::Answering, old), None);
        let of = |age| {
            TimedPhase { phase: ConnectionPhase::Resting, since: now - age }.eviction_priority(now)
        };
        assert!(of(old) < of(new), "the oldest first");
    }
}
