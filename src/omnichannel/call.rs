//! A call as the metrics see it, made of a row of `voip/rooms`.
//!
//! Called by the gatherer for each row; it knows neither time nor other calls.

use std::sync::Arc;

use jiff::Timestamp;

use super::event::{CallEvent, CallEventKind};
use super::observation;
use crate::rocketchat::key::Key;
use crate::rocketchat::voip_rooms::{CallRow, WaitingTime};

/// The value of the label `direction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Somebody called us.
    Inbound,
    /// We called somebody.
    Outbound,
    /// The server does not say.
    Unknown,
}

impl Direction {
    /// Every direction.
    pub const ALL: [Self; 3] = [Self::Inbound, Self::Outbound, Self::Unknown];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Unknown => "unknown",
        }
    }
}

/// A call at the moment its row was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whether it goes on.
    pub active: bool,
    /// The PBX queue's name; `default` where the PBX named none.
    pub queue: Arc<str>,
    /// Which way it went.
    pub direction: Direction,
    /// When it was answered.
    pub began: Option<Timestamp>,
}

impl Call {
    /// The call a row describes.
    pub fn of(row: &CallRow) -> Self {
        Self {
            active: row.open && row.closed_at.is_none(),
            queue: queue(row),
            direction: direction(row),
            began: row.call_started.or(row.ts),
        }
    }
}

/// A call's row as the ledger reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallObservation {
    /// The call.
    pub key: Key,
    /// When the row was asked for, the server's clock.
    pub read_at: Timestamp,
    /// When it was answered.
    pub began: Timestamp,
    /// When and how it ended; `None` while it goes on.
    pub ending: Option<(Timestamp, CallEventKind)>,
    queue: Arc<str>,
    direction: Direction,
}

impl CallObservation {
    /// What a row tells; `None` of a row without a beginning and of a closed one without an end.
    pub fn of(row: &CallRow, read_at: Timestamp) -> Option<Self> {
        let is_active = row.open && row.closed_at.is_none();
        let ending = if is_active { None } else { Some((row.closed_at?, ended(row))) };
        let began = row.ts.or(row.call_started)?;
        let (key, queue, direction) = (Key::of(&row.id), queue(row), direction(row));
        Some(Self { key, read_at, began, ending, queue, direction })
    }

    /// Something that happened to this call.
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

/// Only who calls us waits in a queue of the PBX; its events tell how long.
fn ended(row: &CallRow) -> CallEventKind {
    let seconds = |ms: f64| ms / 1000.0;
    let is_inbound = direction(row) == Direction::Inbound;
    let wait_ms = match row.waiting_ms {
        WaitingTime::Known(ms) if is_inbound => Some(ms),
        _ => None,
    };
    let by = row.closed_by.as_ref().and_then(|by| by.name.as_deref());
    CallEventKind::Closed {
        closer: observation::closer(row.closer, by == Some(observation::SERVER_BOT)),
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
