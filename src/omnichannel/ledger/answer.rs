//! The first answer of a chat, and whether the promise of the service level was kept.
//!
//! Used by the tracked chat, once per opening. The clock runs from the beginning of the chat to its first
//! response; after a bot, from the handover to the first reply; after it was opened again, from when that was
//! seen. `missed` falls when the threshold has passed, not when somebody answers at last: during an outage
//! nobody does.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::tracked::Beginning;
use super::visit::Visit;
use crate::omnichannel::event::{Closer, Verdict, What};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::service_level::ServiceLevel;
use crate::omnichannel::sight::{Ending, Sight};

/// The server writes its analytics of a reply in a hook of its own, after the reply.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(5);

/// An opening of a chat: what its visitor waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Opening {
    clock: Clock,
    answered_at: Option<Millisecond>,
    is_judged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Clock {
    /// From the beginning of the chat to its first response.
    Beginning,
    /// From here to the first reply after it.
    Since(Millisecond),
    /// A bot serves: it stands.
    Standing,
}

impl Opening {
    pub(super) fn new(sight: &Sight, beginning: Beginning) -> Self {
        if beginning != Beginning::Reopened {
            return Self { clock: Clock::Beginning, answered_at: None, is_judged: false };
        }
        // Answered before it was seen to be open again: nobody can tell how fast.
        let replied =
            sight.last_reply_at.filter(|reply| sight.taken_at.is_some_and(|at| at <= *reply));
        let clock = Clock::Since(sight.read_at);
        Self { clock, answered_at: replied, is_judged: replied.is_some() }
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// While a bot serves, the chat waits for a person; the clock starts when the bot lets go of it.
    pub(super) fn note_bot(&mut self, sight: &Sight, visit: &Visit) {
        if self.answered_at.is_some() || self.is_judged {
            return;
        }
        if sight.is_with_bot {
            self.clock = Clock::Standing;
        } else if self.clock == Clock::Standing {
            let requeued = visit.is_another(sight).then_some(sight.queued_at);
            self.clock = Clock::Since(requeued.or(sight.taken_at).unwrap_or(sight.read_at));
        }
    }

    /// Tells of the first answer, once.
    pub(super) fn note_answer(&mut self, sight: &Sight, tells_after: Millisecond) -> Option<What> {
        if self.answered_at.is_some() {
            return None;
        }
        let (from, at, reaction_seconds) = match self.clock {
            Clock::Beginning => (sight.began, sight.first_response_at?, sight.reaction_seconds),
            Clock::Since(from) => (from, sight.last_reply_at.filter(|reply| *reply > from)?, None),
            Clock::Standing => return None,
        };
        self.answered_at = Some(at);
        let seconds = at.seconds_since(from);
        (at > tells_after).then_some(What::FirstResponse { seconds, reaction_seconds })
    }

    /// Gives the verdict, once, as soon as the row leaves no doubt.
    pub(super) fn judge(
        &mut self,
        sight: &Sight,
        level: &ServiceLevel,
        tells_after: Millisecond,
    ) -> Option<Verdict> {
        if self.is_judged {
            return None;
        }
        let (verdict, at) = self.verdict(sight, level)?;
        self.is_judged = true;
        (at > tells_after).then_some(verdict)
    }

    /// The verdict and when it fell.
    fn verdict(&self, sight: &Sight, level: &ServiceLevel) -> Option<(Verdict, Millisecond)> {
        let ending = sight.ending.as_ref();
        let from = match self.clock {
            Clock::Beginning => sight.began,
            Clock::Since(from) => from,
            Clock::Standing => return ending.map(|ending| (Verdict::Excluded, ending.at)),
        };
        if !level.applies_to(sight.source.kind(), from.timestamp()) {
            return Some((Verdict::Excluded, from));
        }
        let threshold = SignedDuration::try_from(level.threshold).unwrap_or(SignedDuration::MAX);
        let due = from.later(threshold);
        let missed = (Verdict::Missed, due);
        match (self.answered_at, ending) {
            (Some(at), _) if at <= due => Some((Verdict::Met, at)),
            (None, Some(ending)) if ending.at <= due => {
                Some((unanswered(ending, from, level), ending.at))
            }
            (Some(_), _) | (None, Some(_)) => Some(missed),
            (None, None) => (sight.read_at > due.later(SETTLE)).then_some(missed),
        }
    }
}

/// The verdict on a chat that ended before the threshold without an answer.
fn unanswered(ending: &Ending, from: Millisecond, level: &ServiceLevel) -> Verdict {
    let short = SignedDuration::try_from(level.short_abandon).unwrap_or_default();
    match ending.closer {
        Closer::Visitor if ending.at.timestamp().duration_since(from.timestamp()) < short => {
            Verdict::AbandonedShort
        }
        Closer::Visitor => Verdict::Abandoned,
        Closer::Agent | Closer::System => Verdict::ClosedUnanswered,
    }
}
