//! The families to which an event adds, and the label sets that exist before the first event.
//!
//! This module adds methods to [`Totals`] and keeps no data.

use super::series::{Amount, join};
use super::{Measure, Totals, When};
use crate::omnichannel::event::Direction;
use crate::omnichannel::event::{
    CallEvent, CallEventKind, Closer, Closing, ENDINGS, Event, EventKind, QueueOutcome,
    ServiceLevelResult, Transfer,
};
use crate::omnichannel::labels::labelled::{Countable, EventLabels};

impl Totals {
    /// Counts an event of a chat under the labels of the event. Returns the number of impossible values (for example
    /// negative or not finite), which are left out.
    pub fn record(&mut self, event: &Event, labels: &EventLabels<'_>, when: When) -> u64 {
        let mut entry = Entry { totals: self, when, impossible: 0 };
        let d = labels.department;
        match &event.kind {
            EventKind::Started => entry.count(Measure::ChatsStarted, &[d, labels.source]),
            EventKind::LeftQueue { outcome, wait_seconds, is_estimated } => {
                entry.time(Measure::QueueWait, &[d, outcome.label()], *wait_seconds);
                if *is_estimated {
                    entry.count(Measure::EstimatedWaits, &[]);
                }
            }
            EventKind::FirstResponse { seconds, reaction_seconds } => {
                entry.time(Measure::FirstResponse, &[d], *seconds);
                entry.times(Measure::Reaction, Measure::AgentReaction, labels, *reaction_seconds);
            }
            EventKind::Responses { seconds, count } => entry.responses(labels, *seconds, *count),
            EventKind::Judged(verdict) => {
                entry.count(Measure::ServiceLevelChats, &[d, verdict.label()]);
            }
            EventKind::Transferred(kind) => entry.count(Measure::Transfers, &[d, kind.label()]),
            EventKind::Held => entry.count(Measure::OnHold, &[d]),
            EventKind::Closed(closing) => entry.closed(labels, closing),
        }
        entry.impossible
    }

    /// Counts an event of a call under the label of its queue. Returns the number of impossible values, which are left
    /// out.
    pub fn record_call(&mut self, event: &CallEvent, queue: &str, when: When) -> u64 {
        let mut entry = Entry { totals: self, when, impossible: 0 };
        let direction = event.direction.label();
        match &event.kind {
            CallEventKind::Started => entry.count(Measure::CallsStarted, &[queue, direction]),
            CallEventKind::Closed {
                closer,
                wait_seconds,
                duration_seconds,
                hold_seconds,
                lacks_pbx_event,
            } => {
                entry.count(Measure::CallsClosed, &[queue, direction, closer.label()]);
                let timed = [
                    (Measure::CallWait, &[queue][..], wait_seconds),
                    (Measure::CallDuration, &[queue, direction], duration_seconds),
                    (Measure::CallHold, &[queue], hold_seconds),
                ];
                for (measure, labels, seconds) in timed {
                    if let Some(seconds) = seconds {
                        entry.time(measure, labels, *seconds);
                    }
                }
                if *lacks_pbx_event {
                    entry.count(Measure::CallsWithoutPbxEvent, &[direction]);
                }
            }
        }
        entry.impossible
    }

    /// Creates, at 0, every label set that must exist before its first event, as far as there is room. Each call
    /// touches the label sets, so a label set that is introduced in each cycle is never dropped.
    pub fn introduce(&mut self, countable: &Countable<'_>, when: When) {
        let mut key = String::new();
        each(countable, |measure, labels| {
            join(labels, &mut key);
            self.meet(measure, &key, when);
        });
    }
}

/// The counting of one event.
struct Entry<'a> {
    totals: &'a mut Totals,
    when: When,
    impossible: u64,
}

impl Entry<'_> {
    fn add(&mut self, measure: Measure, labels: &[&str], amount: Amount) {
        let is_possible = self.totals.add(measure, labels, amount, self.when);
        self.impossible += u64::from(!is_possible);
    }

    fn count(&mut self, measure: Measure, labels: &[&str]) {
        self.add(measure, labels, Amount::Times(1));
    }

    fn time(&mut self, measure: Measure, labels: &[&str], seconds: f64) {
        self.add(measure, labels, Amount::Seconds(seconds));
    }

    /// Adds to the department, and to the agent if the labels name an agent.
    fn both(&mut self, all: Measure, own: Measure, labels: &EventLabels<'_>, amount: Amount) {
        let before = self.impossible;
        self.add(all, &[labels.department], amount);
        let is_possible = self.impossible == before;
        if let Some(agent) = labels.agent.filter(|_| is_possible) {
            self.add(own, &[agent, labels.department], amount);
        }
    }

    fn times(&mut self, all: Measure, own: Measure, to: &EventLabels<'_>, seconds: Option<f64>) {
        if let Some(seconds) = seconds {
            self.both(all, own, to, Amount::Seconds(seconds));
        }
    }

    fn responses(&mut self, labels: &EventLabels<'_>, seconds: f64, count: f64) {
        let amount = Amount::Several { seconds, count };
        self.both(Measure::Response, Measure::AgentResponse, labels, amount);
    }

    fn closed(&mut self, labels: &EventLabels<'_>, closing: &Closing) {
        let EventLabels { department, source, agent } = *labels;
        let (closer, outcome) = (closing.closer.label(), closing.outcome.label());
        self.count(Measure::ChatsClosed, &[department, source, closer, outcome]);
        if let Some(seconds) = closing.duration_seconds {
            self.time(Measure::ChatDuration, &[department], seconds);
        }
        self.times(Measure::Handle, Measure::AgentHandle, labels, closing.handle_seconds);
        self.add(Measure::ChatMessages, &[department], Amount::Times(closing.messages));
        for tag in &closing.tags {
            self.count(Measure::ChatsClosedByTag, &[tag]);
        }
        if let Some(agent) = agent {
            self.count(Measure::AgentChatsClosed, &[agent, department]);
        }
    }
}

/// The measures with one label set for each department.
const ONE_A_DEPARTMENT: [Measure; 7] = [
    Measure::OnHold,
    Measure::Response,
    Measure::ChatMessages,
    Measure::FirstResponse,
    Measure::Reaction,
    Measure::ChatDuration,
    Measure::Handle,
];

fn each(countable: &Countable<'_>, mut meet: impl FnMut(Measure, &[&str])) {
    for department in &countable.departments {
        each_of_department(department, countable, &mut meet);
    }
    for queue in &countable.call_queues {
        each_of_queue(queue, &mut meet);
    }
    // A server without calls has no call queue. Its page shows no series of calls.
    if !countable.call_queues.is_empty() {
        for direction in Direction::ALL {
            meet(Measure::CallsWithoutPbxEvent, &[direction.label()]);
        }
    }
    for tag in &countable.tags {
        meet(Measure::ChatsClosedByTag, &[tag]);
    }
    meet(Measure::EstimatedWaits, &[]);
}

fn each_of_department(
    department: &str,
    countable: &Countable<'_>,
    meet: &mut impl FnMut(Measure, &[&str]),
) {
    for source in countable.sources.iter().filter(|source| countable.has(department, source)) {
        meet(Measure::ChatsStarted, &[department, source]);
        for (closer, outcome) in ENDINGS {
            let labels = [department, source, closer.label(), outcome.label()];
            meet(Measure::ChatsClosed, &labels);
        }
    }
    for verdict in ServiceLevelResult::ALL {
        meet(Measure::ServiceLevelChats, &[department, verdict.label()]);
    }
    for kind in Transfer::ALL {
        meet(Measure::Transfers, &[department, kind.label()]);
    }
    for outcome in QueueOutcome::ALL {
        meet(Measure::QueueWait, &[department, outcome.label()]);
    }
    for measure in ONE_A_DEPARTMENT {
        meet(measure, &[department]);
    }
}

fn each_of_queue(queue: &str, meet: &mut impl FnMut(Measure, &[&str])) {
    for direction in Direction::ALL.iter().map(|direction| direction.label()) {
        meet(Measure::CallsStarted, &[queue, direction]);
        for closer in Closer::ALL {
            meet(Measure::CallsClosed, &[queue, direction, closer.label()]);
        }
        meet(Measure::CallDuration, &[queue, direction]);
    }
    meet(Measure::CallWait, &[queue]);
    meet(Measure::CallHold, &[queue]);
}
