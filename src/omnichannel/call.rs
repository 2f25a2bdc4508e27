//! A call as the metrics see it, made of a row of `voip/rooms`.
//!
//! Called by the gatherer for each row; it knows neither time nor other calls.

use std::sync::Arc;

use jiff::Timestamp;

use crate::rocketchat::voip_rooms::CallRow;

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
    /// The room's `_id`.
    pub id: Box<str>,
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
            id: row.id.clone(),
            active: row.open && row.closed_at.is_none(),
            queue: Arc::from(row.queue.as_deref().unwrap_or("default")),
            direction: match row.direction.as_deref() {
                Some("inbound") => Direction::Inbound,
                Some("outbound") => Direction::Outbound,
                _ => Direction::Unknown,
            },
            began: row.call_started.or(row.ts),
        }
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
