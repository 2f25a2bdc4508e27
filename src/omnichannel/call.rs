//! A call and its observation, made of a row of `voip/rooms`.
//!
//! The result depends only on the row and on the time of its request, never on other calls or on a clock.

use std::sync::Arc;

use jiff::Timestamp;

use super::event::{CallEvent, CallEventKind, Direction, SERVER_BOT, closer};
use crate::rocketchat::key::Key;
use crate::rocketchat::voip_rooms::{CallRow, WaitingTime};

/// A call at the moment its row was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// True while the call goes on.
    pub active: bool,
    /// The PBX queue's name; `default` if the row names no queue.
    pub queue: Arc<str>,
    /// The direction of the call.
    pub direction: Direction,
    /// Time of the answer (`callStarted ?? ts`).
    pub began: Option<Timestamp>,
}

impl Call {
    /// The call that a row describes.
    pub fn of(row: &CallRow) -> Self {
        Self {
            active: row.open && row.closed_at.is_none(),
            queue: queue(row),
            direction: direction(row),
            began: row.call_started.or(row.ts),
        }
    }
}

/// A call at the moment its row was requested, with the facts from which events follow.
#[derive(Debug, Clone, PartialEq)]
pub struct CallObservation {
    /// The key of the call.
    pub key: Key,
    /// Time of the request for the row, by the server's clock.
    pub read_at: Timestamp,
    /// Time of the answer (`ts ?? callStarted`).
    pub began: Timestamp,
    /// Time and event of the end; `None` while the call goes on.
    pub ending: Option<(Timestamp, CallEventKind)>,
    queue: Arc<str>,
    direction: Direction,
}

impl CallObservation {
    /// The observation of a row; `None` if the row has no time of the answer, or if a closed row has no time of the
    /// close.
    pub fn of(row: &CallRow, read_at: Timestamp) -> Option<Self> {
        let is_active = row.open && row.closed_at.is_none();
        let ending = if is_active { None } else { Some((row.closed_at?, ended(row))) };
        let began = row.ts.or(row.call_started)?;
        let (key, queue, direction) = (Key::of(&row.id), queue(row), direction(row));
        Some(Self { key, read_at, began, ending, queue, direction })
    }

    /// The observation of the call at this time before its end.
    #[must_use]
    pub fn before_end(&self, at: Timestamp) -> Self {
        Self { read_at: at, ending: None, ..self.clone() }
    }

    /// The call before its end.
    pub fn active(&self) -> Call {
        let (queue, direction) = (Arc::clone(&self.queue), self.direction);
        Call { active: true, queue, direction, began: Some(self.began) }
    }

    /// An event of this call.
    pub fn event(&self, kind: CallEventKind) -> CallEvent {
        CallEvent { kind, queue: Arc::clone(&self.queue), direction: self.direction }
    }
}

fn queue(row: &CallRow) -> Arc<str> {
    Arc::from(row.queue.as_deref().unwrap_or("default"))
}

fn direction(row: &CallRow) -> Direction {
    match row.direction.as_deref() {
        Some("inbound") => Direction::Inbound,
        Some("outbound") => Direction::Outbound,
        _ => Direction::Unknown,
    }
}

/// The end of a call. Only inbound calls wait in a queue of the PBX; the wait comes from the events of the PBX.
fn ended(row: &CallRow) -> CallEventKind {
    let seconds = |ms: f64| ms / 1000.0;
    let is_inbound = direction(row) == Direction::Inbound;
    let wait_ms = match row.waiting_ms {
        WaitingTime::Known(ms) if is_inbound => Some(ms),
        _ => None,
    };
    let by = row.closed_by.as_ref().and_then(|by| by.name.as_deref());
    CallEventKind::Closed {
        closer: closer(row.closer, by == Some(SERVER_BOT)),
        wait_seconds: wait_ms.map(seconds),
        duration_seconds: row.duration_ms.map(seconds),
        hold_seconds: row.hold_ms.map(seconds),
        lacks_pbx_event: row.call_unique_id.is_none()
            || (is_inbound && row.waiting_ms == WaitingTime::Missed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_active_until_it_is_closed_and_has_a_queue_in_any_case() {
        let call = |json: &str| Call::of(&serde_json::from_str(json).unwrap());
        let active = call(r#"{"_id":"a","open":true,"direction":"inbound","queue":"sales"}"#);
        assert!(active.active && &*active.queue == "sales");
        let closed = call(r#"{"_id":"a","closedAt":"2026-01-01T00:00:00Z","queue":""}"#);
        assert!(!closed.active);
        assert_eq!((&*closed.queue, closed.direction), ("default", Direction::Unknown));
    }
}
