//! The figures of a department's chats: how many, how old, who waits for whom.
//!
//! Part of `present`; it counts one chat at a time and knows no list and no label rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::millisecond::Millisecond;

/// Ages, in seconds, that waiting chats are counted over.
pub const WAITING_OVER_SECONDS: [u32; 7] = [30, 60, 120, 300, 600, 1_800, 3_600];

/// The figures of one department's open chats.
#[derive(Debug, Clone, Default)]
pub struct ChatFigures {
    /// Chats that wait.
    pub queued: u64,
    /// Chats an agent serves.
    pub in_progress: u64,
    /// Chats on hold.
    pub on_hold: u64,
    /// Chats by channel, then by phase in the order of [`Phase::OPEN`].
    pub by_source: BTreeMap<Arc<str>, [u64; 3]>,
    /// Waiting chats older than each of [`WAITING_OVER_SECONDS`].
    pub waiting_over: [u64; WAITING_OVER_SECONDS.len()],
    /// The longest present wait, seconds; 0 when nobody waits.
    pub oldest_wait_seconds: f64,
    /// The same over chats that the service level counts.
    pub service_level_oldest_wait_seconds: f64,
    /// The oldest waiting chat since it began, requeues included, seconds.
    pub oldest_age_seconds: f64,
    /// Waiting chats by priority.
    pub queued_by_priority: BTreeMap<Arc<str>, u64>,
    /// Sum of the response times of open chats, seconds.
    pub response_seconds: f64,
    /// Counted responses of open chats.
    pub responses: f64,
    /// Assigned chats that no agent has answered yet.
    pub awaiting_first_response: u64,
    /// Assigned chats whose visitor wrote last.
    pub awaiting_reply: u64,
    /// The oldest of those questions, seconds.
    pub awaiting_reply_oldest_seconds: f64,
}

impl ChatFigures {
    /// How many chats stand in a phase.
    pub fn in_phase(&self, phase: Phase) -> u64 {
        match phase {
            Phase::Queued => self.queued,
            Phase::InProgress => self.in_progress,
            Phase::OnHold => self.on_hold,
            Phase::Closed => 0,
        }
    }

    /// Mean response time of the open chats, weighted by response; `None` where nobody answered.
    pub fn response_average_seconds(&self) -> Option<f64> {
        (self.responses > 0.0).then(|| self.response_seconds / self.responses)
    }

    pub(super) fn zero(&mut self, sources: &[Arc<str>], priorities: &[Arc<str>]) {
        for source in sources {
            self.by_source.entry(Arc::clone(source)).or_default();
        }
        for priority in priorities {
            self.queued_by_priority.entry(Arc::clone(priority)).or_default();
        }
    }

    /// Adds chats of one source, counted by phase in the order of [`Phase::OPEN`].
    pub(super) fn count_source(&mut self, source: &Arc<str>, phases: [u64; 3]) {
        let counts = self.by_source.entry(Arc::clone(source)).or_default();
        for (count, more) in counts.iter_mut().zip(phases) {
            *count += more;
        }
    }

    /// Counts a chat; `applies` says whether the service level covers one that was opened at that time.
    pub(super) fn count(
        &mut self,
        chat: &Chat,
        priority: Option<&Arc<str>>,
        applies: impl Fn(Timestamp) -> bool,
        now: Timestamp,
    ) {
        self.response_seconds += chat.response_seconds;
        self.responses += chat.responses;
        match chat.phase {
            Phase::Queued => {
                let counts_for_level = chat.opened_at.is_some_and(|at| applies(at.timestamp()));
                self.count_queued(chat, priority, counts_for_level, now);
            }
            Phase::InProgress => self.count_in_progress(chat, now),
            Phase::OnHold => {
                self.on_hold += 1;
                self.awaiting_first_response += u64::from(chat.agent.is_some() && !chat.answered);
            }
            Phase::Closed => {}
        }
    }

    fn count_queued(
        &mut self,
        chat: &Chat,
        priority: Option<&Arc<str>>,
        counts_for_level: bool,
        now: Timestamp,
    ) {
        let wait = age_seconds(chat.waits_since.map(Millisecond::timestamp), now);
        self.queued += 1;
        for (count, over) in self.waiting_over.iter_mut().zip(WAITING_OVER_SECONDS) {
            *count += u64::from(wait > f64::from(over));
        }
        self.oldest_wait_seconds = self.oldest_wait_seconds.max(wait);
        if counts_for_level {
            let oldest = &mut self.service_level_oldest_wait_seconds;
            *oldest = oldest.max(wait);
        }
        self.oldest_age_seconds =
            self.oldest_age_seconds.max(age_seconds(chat.began.map(Millisecond::timestamp), now));
        if let Some(priority) = priority {
            *self.queued_by_priority.entry(Arc::clone(priority)).or_default() += 1;
        }
    }

    fn count_in_progress(&mut self, chat: &Chat, now: Timestamp) {
        self.in_progress += 1;
        self.awaiting_first_response += u64::from(!chat.answered);
        if chat.awaits_reply {
            self.awaiting_reply += 1;
            let age = age_seconds(chat.awaits_reply_since.map(Millisecond::timestamp), now);
            self.awaiting_reply_oldest_seconds = self.awaiting_reply_oldest_seconds.max(age);
        }
    }
}

/// Ten years: a begin further back, such as 1970 or year 1, was written by a broken clock or import.
const LONGEST_AGE_SECONDS: f64 = 10.0 * 365.25 * 24.0 * 60.0 * 60.0;

/// Seconds since an instant; 0 where it is unknown, further back than anybody can wait or, by clocks that disagree, in
/// the future.
pub(super) fn age_seconds(since: Option<Timestamp>, now: Timestamp) -> f64 {
    let age = since.map_or(0.0, |since| now.duration_since(since).as_secs_f64());
    if age > LONGEST_AGE_SECONDS { 0.0 } else { age.max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begin_that_cannot_be_gives_no_age() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (since, expected) in [
            ("2026-11-21T09:59:00Z", 60.0),
            ("2026-11-21T10:01:00Z", 0.0),
            ("2025-11-21T10:00:00Z", 365.0 * 86_400.0),
            ("1970-01-01T00:00:00Z", 0.0),
            ("0001-01-01T00:00:00Z", 0.0),
        ] {
            let age = age_seconds(since.parse().ok(), now);
            assert!((age - expected).abs() < 1e-6, "{since}: {age}");
        }
    }
}
