//! A chat's visit to the queue: from when it waits until an agent takes it or the visitor leaves.
//!
//! A visit is told once; a second one begins when the server says that the chat waits again, or when its agent is
//! seen to be gone.

use serde::{Deserialize, Serialize};

use super::tracked::Beginning;
use crate::omnichannel::event::{Closer, EventKind, QueueOutcome};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::observation::ChatObservation;

/// The latest visit of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct QueueStay {
    began: Millisecond,
    /// `queuedAt ?? ts`, as the server said last.
    told: Millisecond,
    is_over: bool,
}

impl QueueStay {
    pub(super) fn new(observation: &ChatObservation, beginning: Beginning) -> Self {
        let told = observation.queued_at;
        match beginning {
            // The server notes nowhere when a chat was opened again, but when it was returned to the queue since.
            Beginning::Reopened => {
                let is_requeued =
                    observation.closed_before_at().is_some_and(|closed| told > closed);
                let began = if is_requeued { told } else { observation.reopened_at() };
                Self { began, told, is_over: observation.agent.is_some() }
            }
            _ => Self { began: told, told, is_over: false },
        }
    }

    /// The instant the chat waits, or waited, since.
    pub(super) fn began(&self) -> Millisecond {
        self.began
    }

    /// `queuedAt ?? ts`, as the server said last.
    pub(super) fn told(&self) -> Millisecond {
        self.told
    }

    /// Whether the row tells of another visit than this.
    pub(super) fn is_another(&self, observation: &ChatObservation) -> bool {
        observation.queued_at != self.told
    }

    /// Tells how the visit ended, once. `was_served`: an agent had the chat when it was last seen.
    pub(super) fn see(
        &mut self,
        observation: &ChatObservation,
        was_served: bool,
        tells_after: Millisecond,
    ) -> Option<EventKind> {
        let told = observation.queued_at;
        if self.is_another(observation) {
            *self = Self { began: told, told, is_over: false };
        } else if was_served && observation.agent.is_none() && observation.ending.is_none() {
            *self = Self { began: observation.read_at, told, is_over: false };
        }
        if self.is_over {
            return None;
        }
        if observation.agent.is_some() {
            return self.assigned(observation, was_served, tells_after);
        }
        let ending = observation.ending.as_ref()?;
        self.is_over = true;
        let gave_up = ending.closer == Closer::Visitor && ending.at > tells_after;
        gave_up.then(|| EventKind::LeftQueue {
            outcome: QueueOutcome::Abandoned,
            wait_seconds: ending.at.seconds_since(self.began),
            is_estimated: false,
        })
    }

    /// A transfer overwrites when the chat was taken, an App may delete it: a first response before that, or the poll
    /// that saw the chat served, is closer to the truth. Where neither is known, the visit goes on; a chat that ends so
    /// has a wait that is no number.
    fn assigned(
        &mut self,
        observation: &ChatObservation,
        was_served: bool,
        tells_after: Millisecond,
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
            Some(left) if left <= tells_after => None,
            Some(left) => {
                Some(departs(left.seconds_since(self.began), Some(left) != observation.taken_at))
            }
            None => observation.ending.as_ref().map(|_| departs(f64::NAN, false)),
        }
    }
}
