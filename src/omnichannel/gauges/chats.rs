//! The gauges of a department's chats: numbers, ages and open questions.
//!
//! Chats are counted one by one. The module contains no rule about lists or labels.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::omnichannel::age::age_seconds;
use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::labels::labelled::Idle;
use crate::omnichannel::service_level::ServiceLevel;
use crate::rocketchat::unix_millis::UnixMillis;

/// Ages above which waiting chats are counted, seconds.
pub const WAITING_OVER_SECONDS: [u32; 7] = [30, 60, 120, 300, 600, 1_800, 3_600];
/// Times within which the thresholds of the chats at risk pass, seconds.
pub const AT_RISK_WITHIN_SECONDS: [u32; 3] = [30, 60, 300];

/// The gauges of one department's open chats.
#[derive(Debug, Clone, Default)]
pub struct ChatFigures {
    /// Chats of all channels.
    pub all: SourceFigures,
    /// Chats by channel.
    pub by_source: BTreeMap<Arc<str>, SourceFigures>,
    /// Waiting chats older than each of [`WAITING_OVER_SECONDS`].
    pub waiting_over: [u64; WAITING_OVER_SECONDS.len()],
    /// Longest wait of the chats in the queue, seconds; 0 if the queue is empty.
    pub oldest_wait_seconds: f64,
    /// Longest wait of the chats in the queue to which the service level applies, seconds; 0 if there are none.
    pub service_level_oldest_wait_seconds: f64,
    /// Chats that can still become `missed`, and whose threshold passes within each of [`AT_RISK_WITHIN_SECONDS`].
    pub at_risk_within: [u64; AT_RISK_WITHIN_SECONDS.len()],
    /// Chats in the queue to which the service level applies and that have waited longer than its threshold.
    pub service_level_overdue: u64,
    /// Age of the oldest waiting chat, seconds: from its beginning, not from its latest return to the queue.
    pub oldest_age_seconds: f64,
    /// Waiting chats by priority.
    pub queued_by_priority: BTreeMap<Arc<str>, u64>,
    /// Waiting chats by SLA policy.
    pub queued_by_sla: BTreeMap<Arc<str>, SlaFigures>,
    /// Sum of the response times of open chats, seconds.
    pub response_seconds: f64,
    /// Number of counted responses of open chats.
    pub responses: f64,
    /// Chats in progress, or on hold with an agent, that no agent has answered yet.
    pub awaiting_first_response: u64,
    /// Chats in progress whose visitor wrote last.
    pub awaiting_reply: u64,
}

/// The waiting chats of an SLA policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlaFigures {
    /// All of them.
    pub chats: u64,
    /// The chats that have waited longer than the policy promises.
    pub over: u64,
}

/// The labels of the urgency of a chat.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UrgencyLabels<'a> {
    pub(super) priority: Option<&'a Arc<str>>,
    pub(super) sla: Option<&'a Arc<str>>,
    /// The longest wait that the policy promises, seconds.
    pub(super) due_seconds: Option<f64>,
}

/// The gauges of one department's open chats of one channel, or of all channels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SourceFigures {
    /// Chats by phase, in the order of [`Phase::OPEN`].
    pub phases: [u64; 3],
    /// Age of the oldest unanswered question in chats in progress, seconds; 0 if there is none.
    pub awaiting_reply_oldest_seconds: f64,
}

impl SourceFigures {
    pub(super) fn count(&mut self, chat: &Chat, now: Timestamp) {
        if let Some(count) = self.phases.get_mut(chat.phase as usize) {
            *count += 1;
        }
        if chat.phase == Phase::InProgress && chat.awaits_reply {
            let age = age_seconds(chat.awaits_reply_since.map(UnixMillis::timestamp), now);
            self.awaiting_reply_oldest_seconds = self.awaiting_reply_oldest_seconds.max(age);
        }
    }

    fn add(&mut self, more: Self) {
        for (count, more) in self.phases.iter_mut().zip(more.phases) {
            *count += more;
        }
        let oldest = &mut self.awaiting_reply_oldest_seconds;
        *oldest = oldest.max(more.awaiting_reply_oldest_seconds);
    }

    /// Number of chats in a phase.
    pub fn in_phase(&self, phase: Phase) -> u64 {
        self.phases.get(phase as usize).copied().unwrap_or_default()
    }
}

impl ChatFigures {
    /// Mean response time of the open chats, seconds: the sum of response times divided by the number of responses;
    /// `None` without a response.
    pub fn response_average_seconds(&self) -> Option<f64> {
        (self.responses > 0.0).then(|| self.response_seconds / self.responses)
    }

    pub(super) fn zero(&mut self, idle: Idle) {
        for source in idle.sources {
            self.by_source.entry(source).or_default();
        }
        for priority in idle.priorities {
            self.queued_by_priority.entry(priority).or_default();
        }
        for sla in idle.slas {
            self.queued_by_sla.entry(sla).or_default();
        }
    }

    /// Adds chats of one source.
    pub(super) fn count_source(&mut self, source: &Arc<str>, more: SourceFigures) {
        self.all.add(more);
        self.by_source.entry(Arc::clone(source)).or_default().add(more);
    }

    /// Counts a chat, except its channel.
    pub(super) fn count(
        &mut self,
        chat: &Chat,
        urgency: UrgencyLabels<'_>,
        level: &ServiceLevel,
        now: Timestamp,
    ) {
        self.response_seconds += chat.response_seconds;
        self.responses += chat.responses;
        self.count_at_risk(chat, level, now);
        match chat.phase {
            Phase::Queued => {
                let applies = |at: UnixMillis| level.applies_to(chat.source.kind(), at.timestamp());
                let threshold = chat.opened_at.is_some_and(applies).then_some(level.threshold);
                self.count_queued(chat, urgency, threshold, now);
            }
            Phase::InProgress => {
                self.awaiting_first_response += u64::from(!chat.answered);
                self.awaiting_reply += u64::from(chat.awaits_reply);
            }
            Phase::OnHold => {
                self.awaiting_first_response += u64::from(chat.agent.is_some() && !chat.answered);
            }
            Phase::Closed => {}
        }
    }

    fn count_queued(
        &mut self,
        chat: &Chat,
        urgency: UrgencyLabels<'_>,
        threshold: Option<Duration>,
        now: Timestamp,
    ) {
        let wait = age_seconds(chat.waits_since.map(UnixMillis::timestamp), now);
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
            self.oldest_age_seconds.max(age_seconds(chat.began.map(UnixMillis::timestamp), now));
        if let Some(priority) = urgency.priority {
            *self.queued_by_priority.entry(Arc::clone(priority)).or_default() += 1;
        }
        if let Some(sla) = urgency.sla {
            let figures = self.queued_by_sla.entry(Arc::clone(sla)).or_default();
            figures.chats += 1;
            figures.over += u64::from(urgency.due_seconds.is_some_and(|due| wait > due));
        }
    }

    fn count_at_risk(&mut self, chat: &Chat, level: &ServiceLevel, now: Timestamp) {
        let Some(opened) = chat.opened_at.filter(|_| chat.can_be_missed) else { return };
        let waited = now.duration_since(opened.timestamp()).as_secs_f64();
        let left = level.threshold.as_secs_f64() - waited;
        for (count, within) in self.at_risk_within.iter_mut().zip(AT_RISK_WITHIN_SECONDS) {
            *count += u64::from((0.0..=f64::from(within)).contains(&left));
        }
    }
}
