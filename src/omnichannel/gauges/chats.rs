//! The gauges of a department's chats: numbers, ages and open questions.
//!
//! Chats are counted one by one. The module contains no rule about lists or labels.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::millisecond::Millisecond;

/// Ages above which waiting chats are counted, seconds.
pub const WAITING_OVER_SECONDS: [u32; 7] = [30, 60, 120, 300, 600, 1_800, 3_600];

/// The gauges of one department's open chats.
#[derive(Debug, Clone, Default)]
pub struct ChatFigures {
    /// Chats in the queue.
    pub queued: u64,
    /// Chats in progress.
    pub in_progress: u64,
    /// Chats on hold.
    pub on_hold: u64,
    /// Chats by channel, then by phase, in the order of [`Phase::OPEN`].
    pub by_source: BTreeMap<Arc<str>, [u64; 3]>,
    /// Waiting chats older than each of [`WAITING_OVER_SECONDS`].
    pub waiting_over: [u64; WAITING_OVER_SECONDS.len()],
    /// Longest wait of the chats in the queue, seconds; 0 if the queue is empty.
    pub oldest_wait_seconds: f64,
    /// Longest wait of the chats in the queue to which the service level applies, seconds; 0 if there are none.
    pub service_level_oldest_wait_seconds: f64,
    /// Chats in the queue to which the service level applies and that have waited longer than its threshold.
    pub service_level_overdue: u64,
    /// Age of the oldest waiting chat, seconds: from its beginning, not from its latest return to the queue.
    pub oldest_age_seconds: f64,
    /// Waiting chats by priority.
    pub queued_by_priority: BTreeMap<Arc<str>, u64>,
    /// Sum of the response times of open chats, seconds.
    pub response_seconds: f64,
    /// Number of counted responses of open chats.
    pub responses: f64,
    /// Chats in progress, or on hold with an agent, that no agent has answered yet.
    pub awaiting_first_response: u64,
    /// Chats in progress whose visitor wrote last.
    pub awaiting_reply: u64,
    /// Age of the oldest unanswered question in these chats, seconds.
    pub awaiting_reply_oldest_seconds: f64,
}

impl ChatFigures {
    /// Number of chats in a phase.
    pub fn in_phase(&self, phase: Phase) -> u64 {
        match phase {
            Phase::Queued => self.queued,
            Phase::InProgress => self.in_progress,
            Phase::OnHold => self.on_hold,
            Phase::Closed => 0,
        }
    }

    /// Mean response time of the open chats, seconds: the sum of response times divided by the number of responses;
    /// `None` without a response.
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

    /// Adds chats of one source; `phases` has the numbers in the order of [`Phase::OPEN`].
    pub(super) fn count_source(&mut self, source: &Arc<str>, phases: [u64; 3]) {
        let counts = self.by_source.entry(Arc::clone(source)).or_default();
        for (count, more) in counts.iter_mut().zip(phases) {
            *count += more;
        }
    }

    /// Counts a chat; `threshold` returns the threshold of the service level that applies to a chat opened at that time.
    pub(super) fn count(
        &mut self,
        chat: &Chat,
        priority: Option<&Arc<str>>,
        threshold: impl Fn(Timestamp) -> Option<Duration>,
        now: Timestamp,
    ) {
        self.response_seconds += chat.response_seconds;
        self.responses += chat.responses;
        match chat.phase {
            Phase::Queued => {
                let threshold = chat.opened_at.and_then(|at| threshold(at.timestamp()));
                self.count_queued(chat, priority, threshold, now);
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
        threshold: Option<Duration>,
        now: Timestamp,
    ) {
        let wait = age_seconds(chat.waits_since.map(Millisecond::timestamp), now);
        self.queued += 1;
        for (count, over) in self.waiting_over.iter_mut().zip(WAITING_OVER_SECONDS) {
            *count += u64::from(wait > f64::from(over));
        }
        self.oldest_wait_seconds = self.oldest_wait_seconds.max(wait);
        if let Some(threshold) = threshold {
            self.service_level_overdue += u64::from(wait > threshold.as_secs_f64());
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

/// Ten years: an earlier beginning, such as 1970 or year 1, comes from a broken clock or import.
const LONGEST_AGE_SECONDS: f64 = 10.0 * 365.25 * 24.0 * 60.0 * 60.0;

/// Age in seconds; 0 if the time is unknown, in the future because two clocks differ, or more than
/// [`LONGEST_AGE_SECONDS`] ago.
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
