//! A chat's visit to the queue: from when it waits until an agent takes it or the visitor leaves.
//!
//! A visit is told once; a second one begins when the server says that the chat waits again, or when its agent is
//! seen to be gone.

use serde::{Deserialize, Serialize};

use super::tracked::Beginning;
use crate::omnichannel::event::{Closer, Departure, What};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::sight::Sight;

/// The latest visit of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Visit {
    began: Millisecond,
    /// `queuedAt ?? ts`, as the server said last.
    told: Millisecond,
    is_over: bool,
}

impl Visit {
    pub(super) fn new(sight: &Sight, beginning: Beginning) -> Self {
        let told = sight.queued_at;
        match beginning {
            // The server notes nowhere when a chat was opened again, but when it was returned to the queue since.
            Beginning::Reopened => {
                let is_requeued = sight.closed_before_at().is_some_and(|closed| told > closed);
                let began = if is_requeued { told } else { sight.reopened_at() };
                Self { began, told, is_over: sight.agent.is_some() }
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
    pub(super) fn is_another(&self, sight: &Sight) -> bool {
        sight.queued_at != self.told
    }

    /// Tells how the visit ended, once. `was_served`: an agent had the chat when it was last seen.
    pub(super) fn see(
        &mut self,
        sight: &Sight,
        was_served: bool,
        tells_after: Millisecond,
    ) -> Option<What> {
        let told = sight.queued_at;
        if self.is_another(sight) {
            *self = Self { began: told, told, is_over: false };
        } else if was_served && sight.agent.is_none() && sight.ending.is_none() {
            *self = Self { began: sight.read_at, told, is_over: false };
        }
        if self.is_over {
            return None;
        }
        if sight.agent.is_some() {
            return self.assigned(sight, was_served, tells_after);
        }
        let ending = sight.ending.as_ref()?;
        self.is_over = true;
        let gave_up = ending.closer == Closer::Visitor && ending.at > tells_after;
        gave_up.then(|| What::LeftQueue {
            outcome: Departure::Abandoned,
            wait_seconds: ending.at.seconds_since(self.began),
            is_estimated: false,
        })
    }

    /// A transfer overwrites when the chat was taken, an App may delete it: a first response before that, or the poll
    /// that saw the chat served, is closer to the truth. Where neither is known, the visit goes on; a chat that ends so
    /// has a wait that is no number.
    fn assigned(
        &mut self,
        sight: &Sight,
        was_served: bool,
        tells_after: Millisecond,
    ) -> Option<What> {
        let answered = sight.answers.first_at.filter(|at| *at >= self.began);
        let seen = (sight.taken_at.is_none() && !was_served).then_some(sight.read_at);
        let left = [sight.taken_at, answered, seen].into_iter().flatten().min();
        self.is_over = left.is_some() || sight.ending.is_some();
        let departs = |wait_seconds, is_estimated| What::LeftQueue {
            outcome: Departure::Assigned,
            wait_seconds,
            is_estimated,
        };
        match left {
            Some(left) if left <= tells_after => None,
            Some(left) => {
                Some(departs(left.seconds_since(self.began), Some(left) != sight.taken_at))
            }
            None => sight.ending.as_ref().map(|_| departs(f64::NAN, false)),
        }
    }
}
