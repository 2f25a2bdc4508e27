//! A chat's visit to the queue: from when it waits until an agent takes it or the visitor leaves.
//!
//! Used by the tracked chat. A visit is told once; a second one begins when the server says that the chat
//! waits again, or when its agent is seen to be gone.

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
            // Nobody notes when a chat was opened again: it waits since it was seen to.
            Beginning::Reopened => {
                Self { began: sight.read_at, told, is_over: sight.agent.is_some() }
            }
            _ => Self { began: told, told, is_over: false },
        }
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
            self.is_over = true;
            return self.assigned(sight, tells_after);
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

    /// A transfer overwrites when the chat was taken: a first response before that is closer to the truth.
    fn assigned(&self, sight: &Sight, tells_after: Millisecond) -> Option<What> {
        let answered = sight.first_response_at.filter(|at| *at >= self.began);
        let taken = sight.taken_at.or(answered)?;
        let left = answered.map_or(taken, |answered| answered.min(taken));
        (left > tells_after).then(|| What::LeftQueue {
            outcome: Departure::Assigned,
            wait_seconds: left.seconds_since(self.began),
            is_estimated: left < taken,
        })
    }
}
