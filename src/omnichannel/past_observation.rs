//! The observations that earlier requests would have made of a chat, derived from its last row.
//!
//! The last row of a chat tells the times of its events. From them follows the state of the chat at each earlier time,
//! except for facts that later events overwrote: the agents and departments before a transfer, the waits before a
//! return to the queue, holds, and closes before a reopening. Where a fact is not known, the derived observation leaves
//! it out, so that nothing is counted that did not happen.

use jiff::SignedDuration;

use super::answers::Answers;
use super::chat::Phase;
use super::observation::ChatObservation;
use crate::rocketchat::unix_millis::UnixMillis;

/// Longest time between the beginning of a chat and its entry into the queue. A later `queuedAt` shows a return to the
/// queue (server PR 23661).
const ENTRY: SignedDuration = SignedDuration::from_secs(1);

/// Facts about the past of a chat that its last row does not contain, although they happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnknownPast {
    /// The chat returned to the queue: its earlier waits are not known.
    pub is_requeued: bool,
    /// The chat was answered, and an agent took it later or it has no agent: it was transferred, returned or opened again,
    /// and its earlier agents, departments and closes are not known.
    pub is_taken_over: bool,
    /// The agent is known, but not the time at which the agent took the chat.
    pub lacks_assignment: bool,
}

impl UnknownPast {
    /// True if at least one fact is not known.
    pub fn is_any(self) -> bool {
        self.is_requeued || self.is_taken_over || self.lacks_assignment
    }
}

impl ChatObservation {
    /// The facts about the past of the chat that this row does not contain.
    pub fn unknown_past(&self) -> UnknownPast {
        let answered_at = self.answers.first_at;
        UnknownPast {
            is_requeued: self.is_requeued(),
            is_taken_over: answered_at.is_some()
                && (answered_at < self.taken_at || self.agent.is_none()),
            lacks_assignment: self.agent.is_some() && self.taken_at.is_none(),
        }
    }

    /// Times up to the close, or up to the request for an open chat, at which the chat changed. In ascending order.
    pub fn changes(&self) -> Vec<UnixMillis> {
        let end = self.ending.as_ref().map_or(self.read_at, |ending| ending.at);
        let known = [
            self.began,
            Some(self.queued_at),
            self.assigned_at(),
            self.taken_at,
            self.answers.first_at,
            self.all_answered_at(),
            self.auto_transferred_at,
            Some(end),
        ];
        let mut changes: Vec<_> = known.into_iter().flatten().filter(|at| *at <= end).collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }

    /// The observation of the chat at an earlier time, as far as this row tells it.
    #[must_use]
    pub fn as_of(&self, at: UnixMillis) -> Self {
        if self.ending.as_ref().map_or(self.read_at, |ending| ending.at) <= at {
            return Self { read_at: at, ..self.clone() };
        }
        let is_assigned = self.assigned_at().is_some_and(|assigned| assigned <= at);
        let is_before_return = self.is_requeued() && at < self.queued_at;
        let was_answered = self.answers.first_at.is_some_and(|first| first <= at);
        let is_answered = was_answered && (is_before_return || !self.is_requeued());
        let is_with_unknown_bot = self.answers.may_be_a_bots && self.taken_at > Some(at);
        let (responses, response_seconds) = self.responses_by(at);
        // Before its return, the chat had entered the queue at its beginning.
        let queued_at = self.began.filter(|_| is_before_return).unwrap_or(self.queued_at);
        Self {
            read_at: at,
            phase: if is_assigned || is_answered { Phase::InProgress } else { Phase::Queued },
            agent: self.agent.clone().filter(|_| is_assigned),
            is_with_bot: (self.is_with_bot && is_assigned) || is_with_unknown_bot,
            queued_at,
            waits_since: Some(queued_at),
            taken_at: self.taken_at.filter(|taken| *taken <= at),
            // A doubt that a later time raises holds for each time before it.
            answers: Answers { doubtful_at: self.answers.doubtful_at, ..self.answers.until(at) },
            response_seconds,
            responses,
            auto_transferred_at: self.auto_transferred_at.filter(|moved| *moved <= at),
            lived_seconds: None,
            service_seconds: None,
            awaits_reply: false,
            asked_before_close: None,
            opened_again_at: None,
            ending: None,
            ..self.clone()
        }
    }

    fn is_requeued(&self) -> bool {
        self.began.is_some_and(|began| self.queued_at > began.later(ENTRY))
    }

    /// Time from which an agent had the chat in its last stay outside the queue: a transfer overwrites `servedBy.ts`,
    /// but an earlier answer shows an agent.
    fn assigned_at(&self) -> Option<UnixMillis> {
        self.agent.as_ref()?;
        let since_queued = |at: &UnixMillis| !self.is_requeued() || *at >= self.queued_at;
        let answered = self.answers.first_at.filter(since_queued);
        [self.taken_at, answered].into_iter().flatten().min()
    }

    /// Time of the last response: the first reply to the visitor's latest question, or the first answer if the visitor
    /// asked nothing afterwards.
    fn all_answered_at(&self) -> Option<UnixMillis> {
        self.answers.last_reply_at.max(self.answers.first_at)
    }

    /// Number and sum of the responses by this time. The row tells the time of the first and of the last response; all
    /// but the first are counted with the last.
    fn responses_by(&self, at: UnixMillis) -> (Option<f64>, Option<f64>) {
        if self.all_answered_at().is_some_and(|last| last <= at) {
            return (self.responses, self.response_seconds);
        }
        let first = self.answers.first_at.filter(|first| *first <= at).zip(self.began);
        let seconds = first.map(|(first, began)| first.seconds_since(began));
        let is_possible = |seconds: &f64| self.response_seconds.is_some_and(|all| *seconds <= all);
        let seconds = seconds.filter(is_possible);
        let first = seconds.and(self.responses).map(|all| all.min(1.0));
        (first, seconds)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::omnichannel::answers::AnswersFrom;
    use crate::omnichannel::labels::names::SeenNames;
    use crate::omnichannel::observation_rules::ObservationRules;

    fn second(second: i64) -> UnixMillis {
        Timestamp::from_second(second).unwrap().into()
    }

    /// A chat that began at second 10, was taken at second `taken`, answered at second 40 and closed at second 90.
    fn chat(taken: i64, more: &str) -> ChatObservation {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let json = format!(
            r#"{{"_id":"a","ts":"{}","closedAt":"{}","servedBy":{{"_id":"ann","ts":"{}"}},
                "metrics":{{"chatDuration":80,"response":{{"fd":"{}","total":3,"tt":50}},
                "servedBy":{{"lr":"{}"}}}}{more}}}"#,
            at(10),
            at(90),
            at(taken),
            at(40),
            at(70)
        );
        let row = serde_json::from_str(&json).unwrap();
        let (rules, from) = (ObservationRules::default(), AnswersFrom::Metrics);
        ChatObservation::of(&row, at(500), &rules, from, &mut SeenNames::default())
    }

    #[test]
    fn a_chat_waits_is_served_and_is_closed_at_the_times_of_its_row() {
        let chat = chat(20, "");
        assert_eq!(chat.changes(), [10, 20, 40, 70, 90].map(second));
        let phases = [10, 19, 20, 89, 90].map(|at| chat.as_of(second(at)).phase);
        let (queued, served) = (Phase::Queued, Phase::InProgress);
        assert_eq!(phases, [queued, queued, served, served, Phase::Closed]);
        assert_eq!(chat.unknown_past(), UnknownPast::default());
        assert_eq!(chat.as_of(second(90)).ending, chat.ending);
    }

    #[test]
    fn responses_are_counted_at_the_first_and_at_the_last_one() {
        let chat = chat(20, "");
        let responses = [39, 40, 69, 70].map(|at| {
            let then = chat.as_of(second(at));
            (then.responses, then.response_seconds)
        });
        let (none, first, all) = ((None, None), (Some(1.0), Some(30.0)), (Some(3.0), Some(50.0)));
        assert_eq!(responses, [none, first, first, all]);
    }

    #[test]
    fn an_answer_before_the_agent_took_the_chat_shows_an_earlier_agent() {
        let chat = chat(60, "");
        assert!(chat.unknown_past().is_taken_over && chat.unknown_past().is_any());
        let then = chat.as_of(second(40));
        assert_eq!((then.phase, then.taken_at), (Phase::InProgress, None));
        assert!(then.agent.is_some());
        assert_eq!(chat.as_of(second(39)).phase, Phase::Queued);
    }

    #[test]
    fn an_answered_chat_without_an_agent_has_lost_its_agent() {
        let chat = ChatObservation { agent: None, taken_at: None, ..chat(20, "") };
        assert!(chat.unknown_past().is_taken_over && !chat.unknown_past().is_requeued);
    }

    #[test]
    fn before_a_return_to_the_queue_the_chat_has_no_known_agent() {
        let queued = Timestamp::from_second(50).unwrap();
        let chat = chat(60, &format!(r#","queuedAt":"{queued}""#));
        assert!(chat.unknown_past().is_requeued);
        let before = chat.as_of(second(45));
        assert_eq!((before.agent.is_none(), before.phase), (true, Phase::InProgress));
        assert_eq!(before.queued_at, second(10));
        assert_eq!(chat.as_of(second(55)).phase, Phase::Queued);
        assert_eq!(chat.as_of(second(60)).queued_at, second(50));
    }
}
