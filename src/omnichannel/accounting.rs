//! The accounting of a workspace: ledgers of counted chats and calls, and the totals of their events.
//!
//! Ledgers and totals are written to the disk together: otherwise a restart could count an event again that a total
//! already contains. The module reads no clock and no disk.

use std::sync::Arc;

use jiff::Timestamp;

use super::call::CallObservation;
use super::event::{CallEvent, Event};
use super::labels::labelled::Labelled;
use super::labels::names::KnownIds;
use super::labels::registry::LabelRegistry;
use super::ledger::{CallLedger, Ledger, ServiceLevelsById};
use super::observation::ChatObservation;
use super::rules::Rules;
use super::totals::{CountingTime, HistogramBuckets, Totals};

/// Observations of one cycle, in the order of fetching.
#[derive(Debug)]
pub struct NewObservations {
    /// Observations of chats.
    pub chats: Vec<ObservedChats>,
    /// Observations of calls, one vector for each page.
    pub calls: Vec<Vec<CallObservation>>,
}

impl NewObservations {
    /// Observations of a single page of chats and a single page of calls.
    pub fn of_one_page(chats: Vec<ChatObservation>, calls: Vec<CallObservation>) -> Self {
        let chats = chats.into_iter().map(Arc::new).collect();
        Self { chats: vec![ObservedChats::Page(chats)], calls: vec![calls] }
    }
}

/// Chats that were observed together.
#[derive(Debug)]
pub enum ObservedChats {
    /// The rows of a page.
    Page(Vec<Arc<ChatObservation>>),
    /// Open chats that have not changed since the server last sent their rows. Their `read_at` is the time at which the
    /// server's list proved this.
    Unchanged(Vec<Arc<ChatObservation>>),
}

impl ObservedChats {
    /// The rows, if they come from a page.
    pub fn of_page(&self) -> &[Arc<ChatObservation>] {
        match self {
            Self::Page(chats) => chats,
            Self::Unchanged(_) => &[],
        }
    }
}

/// Events that one cycle found.
#[derive(Debug)]
pub struct NewEvents {
    /// Events of chats.
    pub chats: Vec<Event>,
    /// Events of calls.
    pub calls: Vec<CallEvent>,
}

/// Ledgers and totals of a workspace.
#[derive(Debug)]
pub struct Accounting {
    /// The counted chats.
    pub chats: Ledger,
    /// The counted calls.
    pub calls: CallLedger,
    /// The totals of all counted events.
    pub totals: Totals,
    /// Number of impossible values of chats, such as negative durations, since the start of the process.
    pub impossible_chats: u64,
    /// Number of impossible values of calls since the start of the process.
    pub impossible_calls: u64,
}

impl Accounting {
    /// An empty accounting: counting begins at `now`, a time of the server's clock.
    pub fn begin(now: Timestamp, histogram_buckets: HistogramBuckets) -> Self {
        Self::of(Ledger::begin(now), CallLedger::begin(now), Totals::new(histogram_buckets))
    }

    /// The accounting that continues stored ledgers and totals.
    pub fn of(mut chats: Ledger, mut calls: CallLedger, totals: Totals) -> Self {
        chats.resume();
        calls.resume();
        Self { chats, calls, totals, impossible_chats: 0, impossible_calls: 0 }
    }

    /// The later one of the watermarks of chats and calls: closed rows have been read up to this time at most.
    pub fn watermark(&self) -> Timestamp {
        self.chats.coverage.watermark().max(self.calls.coverage.watermark())
    }

    /// Sets the ledgers back to a time that is not after `now`: the server's clock was ahead when they were written.
    pub fn take_back(&mut self, now: Timestamp, began: Timestamp) {
        self.chats.take_back(now, began);
        self.calls.take_back(now, began);
    }

    /// Advances the ledgers and returns the events that the observations prove for the first time.
    pub fn advance(
        &mut self,
        observations: NewObservations,
        departments: &KnownIds,
        rules: &Rules,
    ) -> NewEvents {
        let service_levels = ServiceLevelsById { levels: &rules.service_levels, departments };
        let mut chats = Vec::new();
        for observed in observations.chats {
            let (ObservedChats::Page(rows) | ObservedChats::Unchanged(rows)) = observed;
            chats.extend(self.chats.advance(rows.iter().map(Arc::as_ref), service_levels));
        }
        let calls = observations.calls.into_iter();
        let calls = calls.flat_map(|page| self.calls.advance(&page)).collect();
        NewEvents { chats, calls }
    }

    /// Counts the events. The labels note their departments, agents, sources and queues first, because only a noted id
    /// has a label of its own.
    pub fn record(
        &mut self,
        events: &NewEvents,
        labels: &mut LabelRegistry,
        rules: &Rules,
        tags: &[Arc<str>],
        when: CountingTime,
    ) {
        labels.see_events(&events.chats, &events.calls, when.now);
        let labelled = Labelled::of(labels, rules);
        self.totals.begin_history(when.now);
        self.totals.introduce(&labelled.countable(tags), when);
        for event in &events.chats {
            self.impossible_chats += self.totals.record(event, &labelled.event(event), when);
        }
        for event in &events.calls {
            let queue = labelled.call_queue(&event.queue);
            self.impossible_calls += self.totals.record_call(event, queue, when);
        }
        self.chats.prune(when.now);
        self.calls.prune(when.now);
        self.totals.drop_untouched(when.now);
    }
}
