//! The families to which an event adds, and the label sets that exist before the first event.
//!
//! This module adds methods to [`Totals`] and keeps no data.

use std::sync::Arc;

use strum::VariantArray;

use super::series::Amount;
use super::{CountingTime, Totals};
use crate::catalog::label_set::join;
use crate::catalog::{self, Counter, Family, Histogram, Summary, Total};
use crate::omnichannel::event::Direction;
use crate::omnichannel::event::{
    CallEvent, CallEventKind, Closer, Closing, ENDINGS, Event, EventKind, QueueOutcome,
    ServiceLevelResult, Transfer,
};
use crate::omnichannel::labels::labelled::{Countable, EventLabels};

impl Totals {
    /// Counts an event of a chat under the labels of the event. Returns the number of impossible values (for example
    /// negative or not finite), which are left out.
    pub fn record(&mut self, event: &Event, labels: &EventLabels<'_>, when: CountingTime) -> u64 {
        let mut recorder = EventRecorder { totals: self, when, impossible: 0 };
        let d = labels.department;
        match &event.kind {
            EventKind::Started => recorder.count(catalog::CHATS_STARTED_TOTAL, [d, labels.source]),
            EventKind::LeftQueue { outcome, wait_seconds, is_estimated } => {
                recorder.time(catalog::QUEUE_WAIT_SECONDS, [d, outcome.as_ref()], *wait_seconds);
                if *is_estimated {
                    recorder.count(catalog::ESTIMATED_WAITS_TOTAL, []);
                }
            }
            EventKind::FirstResponse { seconds, reaction_seconds } => {
                recorder.time(catalog::FIRST_RESPONSE_SECONDS, [d], *seconds);
                let (all, own) = (catalog::REACTION_SECONDS, catalog::AGENT_REACTION_SECONDS);
                recorder.both(all, own, labels, reaction_seconds.map(Amount::Seconds));
            }
            EventKind::Responses { seconds, count } => {
                let (all, own) = (catalog::RESPONSE_SECONDS, catalog::AGENT_RESPONSE_SECONDS);
                let amount = Amount::Several { seconds: *seconds, count: *count };
                recorder.both(all, own, labels, Some(amount));
            }
            EventKind::Judged(result) => {
                recorder.count(catalog::SERVICE_LEVEL_CHATS_TOTAL, [d, result.as_ref()]);
                Arc::make_mut(&mut recorder.totals.service_level_history).add(d, *result, when.now);
            }
            EventKind::Transferred(kind) => {
                recorder.count(catalog::TRANSFERS_TOTAL, [d, kind.as_ref()]);
            }
            EventKind::Held => recorder.count(catalog::ON_HOLD_TOTAL, [d]),
            EventKind::Closed(closing) => recorder.closed(labels, closing),
        }
        recorder.impossible
    }

    /// Counts an event of a call under the label of its queue. Returns the number of impossible values, which are left
    /// out.
    pub fn record_call(&mut self, event: &CallEvent, queue: &str, when: CountingTime) -> u64 {
        let mut recorder = EventRecorder { totals: self, when, impossible: 0 };
        let direction = event.direction.as_ref();
        match &event.kind {
            CallEventKind::Started => {
                recorder.count(catalog::VOIP_CALLS_STARTED_TOTAL, [queue, direction]);
            }
            CallEventKind::Closed {
                closer,
                wait_seconds,
                duration_seconds,
                hold_seconds,
                lacks_pbx_event,
            } => {
                recorder
                    .count(catalog::VOIP_CALLS_CLOSED_TOTAL, [queue, direction, closer.as_ref()]);
                recorder.time(catalog::VOIP_WAIT_SECONDS, [queue], *wait_seconds);
                recorder.time(
                    catalog::VOIP_CALL_DURATION_SECONDS,
                    [queue, direction],
                    *duration_seconds,
                );
                recorder.time(catalog::VOIP_HOLD_SECONDS, [queue], *hold_seconds);
                if *lacks_pbx_event {
                    recorder.count(catalog::VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL, [direction]);
                }
            }
        }
        recorder.impossible
    }

    /// Creates, at 0, every label set that must exist before its first event, as far as there is room. Each call
    /// touches the label sets, so a label set that is introduced in each cycle is never dropped.
    pub fn introduce(&mut self, countable: &Countable<'_>, when: CountingTime) {
        let mut introduction = Introduction { totals: self, key: String::new(), when };
        for department in &countable.departments {
            introduction.chats_of(department, countable);
        }
        for queue in &countable.call_queues {
            introduction.calls_of(queue);
        }
        // A server without calls has no call queue. Its page shows no series of calls.
        for direction in Direction::VARIANTS.iter().filter(|_| !countable.call_queues.is_empty()) {
            introduction.meet(catalog::VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL, [direction.as_ref()]);
        }
        for tag in &countable.tags {
            introduction.meet(catalog::CHATS_CLOSED_BY_TAG_TOTAL, [tag]);
        }
        introduction.meet(catalog::ESTIMATED_WAITS_TOTAL, []);
    }
}

/// Adds one event to the totals; `impossible` counts its values that are left out.
struct EventRecorder<'a> {
    totals: &'a mut Totals,
    when: CountingTime,
    impossible: u64,
}

impl EventRecorder<'_> {
    fn add<K: Copy, const N: usize>(
        &mut self,
        family: Family<Total<K>, N>,
        labels: [&str; N],
        amount: Amount,
    ) -> bool {
        let is_possible = self.totals.add(family.metric, &labels, amount, self.when);
        self.impossible += u64::from(!is_possible);
        is_possible
    }

    fn count<const N: usize>(&mut self, family: Family<Total<Counter>, N>, labels: [&str; N]) {
        self.add(family, labels, Amount::Times(1));
    }

    fn time<const N: usize>(
        &mut self,
        family: Family<Total<Histogram>, N>,
        labels: [&str; N],
        seconds: impl Into<Option<f64>>,
    ) {
        if let Some(seconds) = seconds.into() {
            self.add(family, labels, Amount::Seconds(seconds));
        }
    }

    /// Adds to the department, and to the agent if the labels name an agent.
    fn both<K: Copy>(
        &mut self,
        all: Family<Total<K>, 1>,
        own: Family<Total<Summary>, 2>,
        labels: &EventLabels<'_>,
        amount: Option<Amount>,
    ) {
        if let Some(amount) = amount
            && self.add(all, [labels.department], amount)
            && let Some(agent) = labels.agent
        {
            self.add(own, [agent, labels.department], amount);
        }
    }

    fn closed(&mut self, labels: &EventLabels<'_>, closing: &Closing) {
        let EventLabels { department, source, agent } = *labels;
        let (closer, outcome) = (closing.closer.as_ref(), closing.outcome.as_ref());
        self.count(catalog::CHATS_CLOSED_TOTAL, [department, source, closer, outcome]);
        self.time(catalog::CHAT_DURATION_SECONDS, [department], closing.duration_seconds);
        let handled = closing.handle_seconds.map(Amount::Seconds);
        self.both(catalog::HANDLE_SECONDS, catalog::AGENT_HANDLE_SECONDS, labels, handled);
        self.add(catalog::CHAT_MESSAGES_TOTAL, [department], Amount::Times(closing.messages));
        for tag in &closing.tags {
            self.count(catalog::CHATS_CLOSED_BY_TAG_TOTAL, [tag]);
        }
        if let Some(agent) = agent {
            self.count(catalog::AGENT_CHATS_CLOSED_TOTAL, [agent, department]);
        }
    }
}

/// The introduction of label sets at 0.
struct Introduction<'a> {
    totals: &'a mut Totals,
    key: String,
    when: CountingTime,
}

impl Introduction<'_> {
    fn meet<K: Copy, const N: usize>(&mut self, family: Family<Total<K>, N>, labels: [&str; N]) {
        join(&labels, &mut self.key);
        self.totals.meet(family.metric, &self.key, self.when);
    }

    fn chats_of(&mut self, department: &str, countable: &Countable<'_>) {
        for source in countable.sources.iter().filter(|source| countable.has(department, source)) {
            self.meet(catalog::CHATS_STARTED_TOTAL, [department, source]);
            for (closer, outcome) in ENDINGS {
                let labels = [department, source, closer.as_ref(), outcome.as_ref()];
                self.meet(catalog::CHATS_CLOSED_TOTAL, labels);
            }
        }
        for result in ServiceLevelResult::VARIANTS {
            self.meet(catalog::SERVICE_LEVEL_CHATS_TOTAL, [department, result.as_ref()]);
        }
        for kind in Transfer::VARIANTS {
            self.meet(catalog::TRANSFERS_TOTAL, [department, kind.as_ref()]);
        }
        for outcome in QueueOutcome::VARIANTS {
            self.meet(catalog::QUEUE_WAIT_SECONDS, [department, outcome.as_ref()]);
        }
        self.meet(catalog::ON_HOLD_TOTAL, [department]);
        self.meet(catalog::RESPONSE_SECONDS, [department]);
        self.meet(catalog::CHAT_MESSAGES_TOTAL, [department]);
        self.meet(catalog::FIRST_RESPONSE_SECONDS, [department]);
        self.meet(catalog::REACTION_SECONDS, [department]);
        self.meet(catalog::CHAT_DURATION_SECONDS, [department]);
        self.meet(catalog::HANDLE_SECONDS, [department]);
    }

    fn calls_of(&mut self, queue: &str) {
        for direction in Direction::VARIANTS.iter().map(AsRef::as_ref) {
            self.meet(catalog::VOIP_CALLS_STARTED_TOTAL, [queue, direction]);
            for closer in Closer::VARIANTS {
                self.meet(catalog::VOIP_CALLS_CLOSED_TOTAL, [queue, direction, closer.as_ref()]);
            }
            self.meet(catalog::VOIP_CALL_DURATION_SECONDS, [queue, direction]);
        }
        self.meet(catalog::VOIP_WAIT_SECONDS, [queue]);
        self.meet(catalog::VOIP_HOLD_SECONDS, [queue]);
    }
}
