//! The first answer of a chat, and whether the promise of the service level was kept.
//!
//! One verdict per opening. The clock runs from the beginning of the chat to its first response; after a bot, from
//! the handover to the first reply; after it was opened again, from when its visitor wrote or that was seen.
//! `missed` falls when the threshold has passed, not when somebody answers at last: during an outage nobody does.
//! There is no verdict on a chat of which a row neither proves nor excludes an answer.

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
    /// Paused while a bot serves the chat.
    Standing,
}

impl Opening {
    pub(super) fn new(sight: &Sight, beginning: Beginning) -> Self {
        if beginning != Beginning::Reopened {
            return Self { clock: Clock::Beginning, answered_at: None, is_judged: false };
        }
        if sight.is_with_bot {
            return Self { clock: Clock::Standing, answered_at: None, is_judged: false };
        }
        // Answered before it was seen to be open again: it is not told how fast.
        let replied = sight.taken_at.and_then(|taken| sight.answers.reply_after(taken));
        let clock = Clock::Since(sight.reopened_at());
        Self { clock, answered_at: replied, is_judged: replied.is_some() }
    }

    pub(super) fn is_answered(&self) -> bool {
        self.answered_at.is_some()
    }

    /// The instant the visitor waits for a first answer since; `None` from the beginning of the chat, and while a bot
    /// serves.
    pub(super) fn began_again_at(&self) -> Option<Millisecond> {
        match self.clock {
            Clock::Since(from) => Some(from),
            Clock::Beginning | Clock::Standing => None,
        }
    }

    /// While a bot serves, the chat waits for a person; the clock starts when the bot lets go of it.
    pub(super) fn note_bot(&mut self, sight: &Sight, visit: &Visit) {
        if self.answered_at.is_some() {
            return;
        }
        let handover = || sight.taken_at.unwrap_or(sight.read_at);
        if sight.is_with_bot {
            self.clock = Clock::Standing;
        } else if self.clock == Clock::Standing {
            let requeued = visit.is_another(sight).then_some(sight.queued_at);
            self.clock = Clock::Since(requeued.unwrap_or_else(handover));
        } else if self.clock == Clock::Beginning && sight.answers.may_be_a_bots {
            self.clock = Clock::Since(handover());
        }
    }

    /// Tells of the first answer, once.
    pub(super) fn note_answer(&mut self, sight: &Sight, tells_after: Millisecond) -> Option<What> {
        if self.answered_at.is_some() {
            return None;
        }
        let answers = &sight.answers;
        let (from, first_at, reaction_seconds) = match self.clock {
            Clock::Beginning => (sight.began, answers.first_at, answers.reaction_seconds),
            Clock::Since(from) => (from, answers.reply_after(from), None),
            Clock::Standing => return None,
        };
        self.answered_at = first_at.or(answers.answered_by);
        let at = first_at.filter(|at| *at > tells_after)?;
        Some(What::FirstResponse { seconds: at.seconds_since(from), reaction_seconds })
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
        let verdict = self.verdict(sight, level);
        // An answer whose time is in doubt leaves the verdict open for good.
        self.is_judged = verdict.is_some() || self.answered_at.is_some();
        let (verdict, at) = verdict?;
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
        let is_in_doubt =
            sight.answers.doubtful_at > Some(from) || sight.answers.answered_by.is_some();
        let missed = (!is_in_doubt).then_some((Verdict::Missed, due));
        match (self.answered_at, ending) {
            (Some(at), _) if at <= due => Some((Verdict::Met, at)),
            (None, Some(ending)) if ending.at <= due => {
                Some((unanswered(ending, from, level), ending.at))
            }
            (Some(_), _) | (None, Some(_)) => missed,
            (None, None) => missed.filter(|_| sight.read_at > due.later(SETTLE)),
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
