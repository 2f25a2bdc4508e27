//! The planned events of a workspace that runs by itself, and the rates of new events.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::world_settings::WorldSettings;

/// A planned event; the text is the id of its chat, agent or call.
#[derive(Debug)]
pub(super) enum PlannedEvent {
    Arrival,
    FirstMessage(String),
    Turn(String),
    Patience(String),
    Reopening(String),
    Shift(String),
    CallArrival,
    CallEnd(String),
    Sweep,
}

/// The planned events and the rates of new events.
#[derive(Debug)]
pub(super) struct Life {
    agenda: BTreeMap<(Timestamp, u64), PlannedEvent>,
    planned: u64,
    /// True if a change since the last routing may allow an assignment.
    pub(super) routing_due: bool,
    pub(super) arrivals_per_hour: f64,
    pub(super) calls: bool,
    pub(super) reopened_percent: u32,
    pub(super) retention: Duration,
}

impl Life {
    pub(super) fn new(settings: &WorldSettings) -> Self {
        Self {
            agenda: BTreeMap::new(),
            planned: 0,
            routing_due: false,
            arrivals_per_hour: settings.arrivals_per_hour,
            calls: settings.calls,
            reopened_percent: settings.reopened_percent,
            retention: settings.retention,
        }
    }

    pub(super) fn plan(&mut self, at: Timestamp, event: PlannedEvent) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), event);
    }

    /// Moves all planned events after a change of the clock, so that the remaining times stay the same.
    pub(super) fn shift(&mut self, by: SignedDuration) {
        let agenda = std::mem::take(&mut self.agenda).into_iter();
        self.agenda = agenda.map(|((at, number), event)| ((at + by, number), event)).collect();
    }

    pub(super) fn due(&mut self, until: Timestamp) -> Option<(Timestamp, PlannedEvent)> {
        let next = self.agenda.first_entry().filter(|entry| entry.key().0 <= until)?;
        let at = next.key().0;
        Some((at, next.remove()))
    }
}
