//! The book of a workspace: what has been counted, and what it comes to.
//!
//! Ledgers and totals stand and fall together: they become durable as one, so that nothing is shown that a
//! restart would count again. It reads no clock and no disk.

use std::sync::Arc;

use jiff::Timestamp;

use super::call::CallObservation;
use super::event::{CallEvent, Event};
use super::gauges::Rules;
use super::labelled::Labelled;
use super::ledger::{CallLedger, Ledger, Promises};
use super::live_state::LiveState;
use super::names::Names;
use super::observation::ChatObservation;
use super::totals::{HistogramBuckets, Totals, When};

/// What a round brought for the book, in the order it was fetched.
#[derive(Debug)]
pub struct NewObservations {
    /// Rows of chats, page by page.
    pub chats: Vec<Vec<ChatObservation>>,
    /// Rows of calls, page by page.
    pub calls: Vec<Vec<CallObservation>>,
}

/// Events of a round.
#[derive(Debug)]
pub struct Told {
    /// Those of chats.
    pub chats: Vec<Event>,
    /// Those of calls.
    pub calls: Vec<CallEvent>,
}

/// Ledgers and totals of a workspace.
#[derive(Debug)]
pub struct Accounting {
    /// What has been counted of chats.
    pub chats: Ledger,
    /// What has been counted of calls.
    pub calls: CallLedger,
    /// What it comes to.
    pub totals: Totals,
    impossible_chats: u64,
    impossible_calls: u64,
}

impl Accounting {
    /// An empty book: counting begins at this instant of the server's clock.
    pub fn begin(now: Timestamp, histogram_buckets: HistogramBuckets) -> Self {
        Self::of(Ledger::begin(now), CallLedger::begin(now), Totals::new(histogram_buckets))
    }

    /// A book that was kept.
    pub fn of(mut chats: Ledger, mut calls: CallLedger, totals: Totals) -> Self {
        chats.resume();
        calls.resume();
        Self { chats, calls, totals, impossible_chats: 0, impossible_calls: 0 }
    }

    /// How far has been read, at most.
    pub fn watermark(&self) -> Timestamp {
        self.chats.coverage.watermark().max(self.calls.coverage.watermark())
    }

    /// The clock that this was counted by was ahead of `now`.
    pub fn take_back(&mut self, now: Timestamp) {
        self.chats.take_back(now);
        self.calls.take_back(now);
    }

    /// Advances the ledgers; gives what the rows tell for the first time.
    pub fn advance(&mut self, news: NewObservations, departments: &Names, rules: &Rules) -> Told {
        let promises = Promises { levels: &rules.service_levels, departments };
        let chats = news.chats.into_iter();
        let chats = chats.flat_map(|page| self.chats.advance(&page, promises)).collect();
        let calls = news.calls.into_iter();
        let calls = calls.flat_map(|page| self.calls.advance(&page)).collect();
        Told { chats, calls }
    }

    /// Counts what was told. Whom it tells of is noted on the floor, which has to know them to call them by name.
    pub fn record(
        &mut self,
        told: &Told,
        live_state: &mut LiveState,
        rules: &Rules,
        tags: &[Arc<str>],
        when: When,
    ) {
        live_state.see_events(&told.chats, &told.calls, when.now);
        let labelled = Labelled::of(live_state, rules);
        self.totals.introduce(&labelled.countable(live_state, tags), when);
        self.count(&told.chats, &told.calls, &labelled, when);
        self.chats.prune(when.now);
        self.calls.prune(when.now);
        self.totals.drop_untouched(when.now);
    }

    fn count(&mut self, chats: &[Event], calls: &[CallEvent], labelled: &Labelled, when: When) {
        for event in chats {
            self.impossible_chats += self.totals.record(event, &labelled.event(event), when);
        }
        for event in calls {
            let queue = labelled.call_queue(&event.queue);
            self.impossible_calls += self.totals.record_call(event, queue, when);
        }
    }

    /// Values of chats that cannot be, such as negative durations, since the start of the process.
    pub fn impossible_of_chats(&self) -> u64 {
        self.impossible_chats
    }

    /// The same of calls.
    pub fn impossible_of_calls(&self) -> u64 {
        self.impossible_calls
    }
}
