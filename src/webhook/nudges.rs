//! The webhooks of one workspace: how many came, and the lists whose next poll they ask for.
//!
//! The counts and the asked lists have a fixed size, whatever number of webhooks comes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use strum::{EnumCount, VariantArray};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::event_type::EventType;
use crate::omnichannel::list::{List, Lists};

/// Time after a webhook in which further webhooks of the same event come, and in which the server ends its write.
pub(crate) const COLLECTED_FOR: Duration = Duration::from_millis(250);

/// The webhooks of one workspace.
#[derive(Debug, Default)]
pub struct Nudges {
    received: [AtomicU64; EventType::COUNT],
    polls: AtomicU64,
    /// Time of the latest webhook that asks for a list, for each list in the order of [`List::VARIANTS`].
    asked: Mutex<[Option<Instant>; List::VARIANTS.len()]>,
    pending: Notify,
}

impl Nudges {
    /// Counts a webhook and asks for the lists that it concerns.
    pub fn receive(&self, event_type: EventType, now: Instant) {
        if let Some(count) = self.received.get(event_type as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if event_type.lists().is_empty() {
            return;
        }
        let mut asked = self.asked.lock();
        for list in event_type.lists() {
            if let Some(asked) = asked.get_mut(*list as usize) {
                *asked = Some(now);
            }
        }
        drop(asked);
        self.pending.notify_one();
    }

    /// Waits until a webhook asks for a list. One task may wait.
    pub(crate) async fn wait(&self) {
        while self.asked.lock().iter().all(Option::is_none) {
            self.pending.notified().await;
        }
    }

    /// The lists that webhooks still ask for. `started` is the beginning of the last poll of a list; a poll that began
    /// [`COLLECTED_FOR`] after the webhook or later answers it.
    pub(crate) fn unanswered(&self, started: impl Fn(List) -> Option<Instant>) -> Lists {
        let mut asked = self.asked.lock();
        let left = List::VARIANTS.iter().zip(asked.iter_mut()).filter_map(|(list, asked)| {
            let is_answered =
                |at: &Instant| started(*list).is_some_and(|started| started >= *at + COLLECTED_FOR);
            *asked = asked.filter(|at| !is_answered(at));
            asked.map(|_| *list)
        });
        left.collect()
    }

    /// Counts the poll of a list that a webhook pulled forward.
    pub(crate) fn polled(&self) {
        self.polls.fetch_add(1, Ordering::Relaxed);
    }

    /// Number of polls that webhooks pulled forward.
    pub fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// Number of webhooks of each type.
    pub fn received(&self) -> impl Iterator<Item = (EventType, u64)> {
        let counts = self.received.iter().map(|count| count.load(Ordering::Relaxed));
        EventType::VARIANTS.iter().copied().zip(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_poll_answers_the_webhooks_before_it_and_none_that_come_during_it() {
        let (nudges, now) = (Nudges::default(), Instant::now());
        nudges.receive(EventType::LivechatSessionStart, now);
        assert_eq!(nudges.unanswered(|_| None), [List::Queued, List::Open].into_iter().collect());
        let queued = |list| (list == List::Queued).then_some(now + SECOND);
        assert_eq!(nudges.unanswered(queued), [List::Open].into_iter().collect());
        nudges.receive(EventType::LivechatSessionStart, now + SECOND * 2);
        assert!(nudges.unanswered(queued).contains(List::Queued));
        assert_eq!(nudges.unanswered(|_| Some(now + SECOND * 3)), Lists::default());
    }

    #[test]
    fn a_webhook_that_changes_no_list_is_counted_and_asks_for_nothing() {
        let nudges = Nudges::default();
        for event_type in [EventType::Message, EventType::LivechatEdit, EventType::Message] {
            nudges.receive(event_type, Instant::now());
        }
        assert_eq!(nudges.unanswered(|_| None), Lists::default());
        let seen: Vec<_> = nudges.received().filter(|(_, count)| *count > 0).collect();
        assert_eq!(seen, [(EventType::LivechatEdit, 1), (EventType::Message, 2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_webhook_before_the_wait_ends_it_and_an_answered_one_does_not() {
        let nudges = Nudges::default();
        nudges.receive(EventType::LivechatSession, Instant::now());
        nudges.wait().await;
        tokio::time::advance(SECOND).await;
        nudges.unanswered(|_| Some(Instant::now()));
        assert!(tokio::time::timeout(SECOND, nudges.wait()).await.is_err());
    }
}
