//! A chat's stay in the queue, from the start of the wait until an agent takes the chat or the visitor leaves.
//!
//! The end of a stay is reported once. A new stay begins when the server shows a new `queuedAt ?? ts`, or when a row
//! shows no agent after an earlier row showed an agent.

use serde::{Deserialize, Serialize};

use super::beginning::Beginning;
use crate::omnichannel::event::{Closer, EventKind, QueueOutcome};
use crate::omnichannel::observation::ChatObservation;
use crate::rocketchat::unix_millis::UnixMillis;

/// The latest stay of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct QueueStay {
    /// Start of the wait.
    pub(super) began: UnixMillis,
    /// `queuedAt ?? ts` of the last row.
    pub(super) queued_at: UnixMillis,
    is_over: bool,
}

impl QueueStay {
    pub(super) fn new(observation: &ChatObservation, beginning: Beginning) -> Self {
        let queued_at = observation.queued_at;
        match beginning {
            // The server keeps no time of the reopening. It keeps the time of a later return to the queue.
            Beginning::Reopened(_) => {
                let is_requeued =
                    observation.closed_before_at().is_some_and(|closed| queued_at > closed);
                let began = if is_requeued { queued_at } else { observation.reopened_at() };
                Self { began, queued_at, is_over: observation.agent.is_some() }
            }
            _ => Self { began: queued_at, queued_at, is_over: false },
        }
    }

    /// True if the row shows another stay than this one.
    pub(super) fn is_another(&self, observation: &ChatObservation) -> bool {
        observation.queued_at != self.queued_at
    }

    /// The end of the stay, at the first row that shows it. `was_served`: an agent had the chat in the row before.
    pub(super) fn see(
        &mut self,
        observation: &ChatObservation,
        was_served: bool,
        reported_until: UnixMillis,
    ) -> Option<EventKind> {
        let queued_at = observation.queued_at;
        if self.is_another(observation) {
            *self = Self { began: queued_at, queued_at, is_over: false };
        } else if was_served && observation.agent.is_none() && observation.ending.is_none() {
            *self = Self { began: observation.read_at, queued_at, is_over: false };
        }
        if self.is_over {
            return None;
        }
        if observation.agent.is_some() {
            return self.assigned(observation, was_served, reported_until);
        }
        let ending = observation.ending.as_ref()?;
        self.is_over = true;
        let gave_up = ending.closer == Closer::Visitor && ending.at > reported_until;
        gave_up.then(|| EventKind::LeftQueue {
            outcome: QueueOutcome::Abandoned,
            wait_seconds: ending.at.seconds_since(self.began),
            is_estimated: false,
        })
    }

    /// The end of the stay of a chat that has an agent.
    ///
    /// A transfer overwrites `servedBy.ts`, and an App may delete it. Therefore the earliest of three times ends the
    /// stay: `servedBy.ts`, the first response, and, if `servedBy.ts` is missing, the poll that first saw the agent. If
    /// no time is known, the stay goes on. If the chat ends without a known time, the wait is NaN, which the totals
    /// refuse.
    fn assigned(
        &mut self,
        observation: &ChatObservation,
        was_served: bool,
        reported_until: UnixMillis,
    ) -> Option<EventKind> {
        let answered = observation.answers.first_at.filter(|at| *at >= self.began);
        let seen = (observation.taken_at.is_none() && !was_served).then_some(observation.read_at);
        let left = [observation.taken_at, answered, seen].into_iter().flatten().min();
        self.is_over = left.is_some() || observation.ending.is_some();
        let departs = |wait_seconds, is_estimated| EventKind::LeftQueue {
            outcome: QueueOutcome::Assigned,
            wait_seconds,
            is_estimated,
        };
        match left {
            Some(left) if left <= reported_until => None,
            Some(left) => {
                Some(departs(left.seconds_since(self.began), Some(left) != observation.taken_at))
            }
            None => observation.ending.as_ref().map(|_| departs(f64::NAN, false)),
        }
    }
}
