//! The first answer of a chat, and the verdict of the service level.
//!
//! Each opening of a chat has one verdict. Three times can start the clock. Normally, the clock runs from the beginning
//! of the chat to its first response. After a bot, it runs from the handover to the first reply. After a reopening, it
//! runs from the visitor's message, or from the row that first shows the chat open again, to the first reply.
//!
//! The verdict `missed` is given as soon as the threshold has passed. It does not wait for a late answer, because
//! during an outage nobody answers. If a row neither proves nor excludes an answer, the chat has no verdict.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::beginning::Beginning;
use super::queue_stay::QueueStay;
use crate::omnichannel::event::{Closer, EventKind, ServiceLevelResult};
use crate::omnichannel::observation::{ChatObservation, Ending};
use crate::omnichannel::service_level::ServiceLevel;
use crate::rocketchat::unix_millis::UnixMillis;

/// Allowance for the delay of the server: a separate hook writes the analytics of a reply, after the reply.
pub const SETTLE: SignedDuration = SignedDuration::from_secs(5);

/// A missed service level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missed {
    /// The time at which the threshold passed.
    pub at: UnixMillis,
    /// Duration of the wait for an answer until the answer, the close or the row, seconds.
    pub wait_seconds: f64,
}

/// The wait of a visitor for the first answer, in one opening of a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResponseTimer {
    clock: TimerState,
    pub(super) answered_at: Option<UnixMillis>,
    is_judged: bool,
    /// True if the verdict is open, and becomes `missed` unless a person answers or the chat ends before the threshold.
    /// After a restart, the next row sets this field again.
    #[serde(skip)]
    pub(super) can_be_missed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum TimerState {
    /// Runs from the beginning of the chat to its first response.
    Beginning,
    /// Runs from this time to the first reply after it.
    Since(UnixMillis),
    /// Paused while a bot serves the chat.
    Paused,
}

impl ResponseTimer {
    pub(super) fn new(observation: &ChatObservation, beginning: Beginning) -> Self {
        if !matches!(beginning, Beginning::Reopened(_)) {
            return Self::of(TimerState::Beginning);
        }
        if observation.is_with_bot {
            return Self::of(TimerState::Paused);
        }
        // A reply that came before the chat was seen to be open again gives neither a response time nor a verdict.
        let from = observation.reopened_at();
        let reply_after = |at| observation.answers.reply_after(at);
        let answered_at = observation.taken_at.and_then(reply_after).or_else(|| reply_after(from));
        let closed_at = observation.closed_before_at().unwrap_or(from);
        Self {
            answered_at,
            is_judged: answered_at.is_some() || is_in_doubt(observation, closed_at),
            ..Self::of(TimerState::Since(from))
        }
    }

    fn of(clock: TimerState) -> Self {
        Self { clock, answered_at: None, is_judged: false, can_be_missed: false }
    }

    /// The wait in the present opening of a chat, by one row alone. Earlier rows may have shown a bot, or the time of a
    /// reopening, which this row no longer shows.
    pub(super) fn of_one_row(observation: &ChatObservation) -> Self {
        let was_closed = observation.lived_seconds.is_some() && observation.ending.is_none();
        let beginning =
            if was_closed { Beginning::Reopened(observation.read_at) } else { Beginning::New };
        let mut timer = Self::new(observation, beginning);
        timer.note_bot(observation, &QueueStay::new(observation, beginning));
        timer.note_answer(observation, observation.read_at);
        timer
    }

    /// The service level that the chat missed: the time at which the threshold passed, and the wait until the answer, the
    /// close or the row, seconds. `None` if the row proves no missed service level.
    pub(super) fn missed(
        &self,
        observation: &ChatObservation,
        level: &ServiceLevel,
    ) -> Option<Missed> {
        let (result, at) = self.service_level_result(observation, level)?;
        let waited_from = self.began_again_at().or(observation.began)?;
        let closed_at = observation.ending.as_ref().map(|ending| ending.at);
        let until = self.answered_at.or(closed_at).unwrap_or(observation.read_at);
        let is_missed = result == ServiceLevelResult::Missed && !self.is_judged;
        is_missed.then(|| Missed { at, wait_seconds: until.seconds_since(waited_from) })
    }

    /// Start of the clock after a bot or a reopening; `None` if the clock runs from the beginning of the chat, and
    /// while a bot serves the chat.
    pub(super) fn began_again_at(&self) -> Option<UnixMillis> {
        match self.clock {
            TimerState::Since(from) => Some(from),
            TimerState::Beginning | TimerState::Paused => None,
        }
    }

    /// Pauses the clock while a bot serves the chat, and starts the clock at the handover to a person.
    pub(super) fn note_bot(&mut self, observation: &ChatObservation, queue_stay: &QueueStay) {
        if self.answered_at.is_some() {
            return;
        }
        let handover = || observation.taken_at.unwrap_or(observation.read_at);
        if observation.is_with_bot {
            self.clock = TimerState::Paused;
        } else if self.clock == TimerState::Paused {
            let requeued = queue_stay.is_another(observation).then_some(observation.queued_at);
            self.clock = TimerState::Since(requeued.unwrap_or_else(handover));
        } else if self.clock == TimerState::Beginning && observation.answers.may_be_a_bots {
            self.clock = TimerState::Since(handover());
        }
    }

    /// The first answer, at the first row that shows it.
    pub(super) fn note_answer(
        &mut self,
        observation: &ChatObservation,
        reported_until: UnixMillis,
    ) -> Option<EventKind> {
        if self.answered_at.is_some() {
            return None;
        }
        let answers = &observation.answers;
        let (from, first_at, reaction_seconds) = match self.clock {
            TimerState::Beginning => {
                (observation.began?, answers.first_at, answers.reaction_seconds)
            }
            TimerState::Since(from) => (from, answers.reply_after(from), None),
            TimerState::Paused => return None,
        };
        self.answered_at = first_at.or(answers.answered_by);
        let at = first_at.filter(|at| *at > reported_until)?;
        Some(EventKind::FirstResponse { seconds: at.seconds_since(from), reaction_seconds })
    }

    /// The verdict, at the first row that leaves no doubt.
    pub(super) fn judge(
        &mut self,
        observation: &ChatObservation,
        level: &ServiceLevel,
        reported_until: UnixMillis,
    ) -> Option<ServiceLevelResult> {
        if self.is_judged {
            return None;
        }
        let result = self.service_level_result(observation, level);
        // If the time of the answer is in doubt, there will never be a verdict.
        self.is_judged = result.is_some() || self.answered_at.is_some();
        let runs_from = self.runs_from(observation).filter(|_| !self.is_judged);
        self.can_be_missed = runs_from.is_some_and(|from| !is_in_doubt(observation, from));
        let (result, at) = result?;
        (at > reported_until).then_some(result)
    }

    /// Start of the clock; `None` while the clock is paused, and if the row has no beginning.
    fn runs_from(&self, observation: &ChatObservation) -> Option<UnixMillis> {
        match self.clock {
            TimerState::Beginning => observation.began,
            TimerState::Since(from) => Some(from),
            TimerState::Paused => None,
        }
    }

    /// The verdict, and the time at which it was decided.
    fn service_level_result(
        &self,
        observation: &ChatObservation,
        level: &ServiceLevel,
    ) -> Option<(ServiceLevelResult, UnixMillis)> {
        let ending = observation.ending.as_ref();
        if self.clock == TimerState::Paused {
            return ending.map(|ending| (ServiceLevelResult::Excluded, ending.at));
        }
        let from = self.runs_from(observation)?;
        if !level.applies_to(observation.source.kind(), from.timestamp()) {
            return Some((ServiceLevelResult::Excluded, from));
        }
        let threshold = SignedDuration::try_from(level.threshold).unwrap_or(SignedDuration::MAX);
        let due = from.later(threshold);
        let is_in_doubt = is_in_doubt(observation, from);
        let missed = (!is_in_doubt).then_some((ServiceLevelResult::Missed, due));
        match (self.answered_at, ending) {
            (Some(at), _) if at <= due => Some((ServiceLevelResult::Met, at)),
            (None, Some(ending)) if ending.at <= due && !is_in_doubt => {
                Some((unanswered(ending, from, level), ending.at))
            }
            (Some(_), _) | (None, Some(_)) => missed,
            (None, None) => missed.filter(|_| observation.read_at > due.later(SETTLE)),
        }
    }
}

/// True if the row neither proves nor excludes an answer after `from`.
fn is_in_doubt(observation: &ChatObservation, from: UnixMillis) -> bool {
    let answers = &observation.answers;
    answers.doubtful_at > Some(from) || answers.answered_by.is_some()
}

/// The verdict of a chat that ended before the threshold without an answer.
fn unanswered(ending: &Ending, from: UnixMillis, level: &ServiceLevel) -> ServiceLevelResult {
    let short = SignedDuration::try_from(level.short_abandon).unwrap_or_default();
    match ending.closer {
        Closer::Visitor if ending.at.timestamp().duration_since(from.timestamp()) < short => {
            ServiceLevelResult::AbandonedShort
        }
        Closer::Visitor => ServiceLevelResult::Abandoned,
        Closer::Agent | Closer::System => ServiceLevelResult::ClosedUnanswered,
    }
}
