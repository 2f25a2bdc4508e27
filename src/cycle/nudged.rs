//! Rounds that webhooks ask for, between the regular ones.
//!
//! Such a round reads only lists that webhooks concern. It begins only if the budget allows it in addition to the
//! planned polls, and it ends before the next regular round, so that no list is read later than without webhooks.

use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::{CycleState, context_of};
use crate::omnichannel::list::Lists;
use crate::webhook::nudges::COLLECTED_FOR;

/// Shortest time between the beginnings of two such rounds.
const EVERY: Duration = Duration::from_secs(1);

impl CycleState {
    /// Waits until webhooks ask for lists that the budget allows to read.
    pub(super) async fn nudged(&mut self) -> Lists {
        let Some(nudges) = &self.config.nudges else { return pending().await };
        loop {
            nudges.wait().await;
            let earliest = Instant::now() + COLLECTED_FOR;
            sleep_until(self.nudged_at.map_or(earliest, |at| earliest.max(at + EVERY))).await;
            let Some(accounting) = &self.accounting else {
                sleep(EVERY).await;
                continue;
            };
            let capabilities = self.session.capabilities();
            let (count, began) = (self.count, self.began);
            let context =
                context_of(&self.config, capabilities, accounting, count, began, earliest);
            let (lists, is_asked) = self.gatherer.nudged(nudges, &context);
            if !lists.is_empty() && self.session.pause.is_over(Instant::now()) {
                return lists;
            }
            if is_asked {
                sleep(EVERY).await;
            }
        }
    }

    /// A round that webhooks ask for is no cycle of the clock, which believes a time after several cycles.
    pub(super) fn begin_round(&mut self, nudged: Option<Lists>) {
        self.count += 1;
        self.began = Instant::now();
        if nudged.is_some() {
            self.nudged_at = Some(self.began);
            return;
        }
        self.config.clock.begin_cycle();
        if let Some(from) = self.config.clock.take_reread() {
            self.gatherer.reread(from);
        }
    }

    /// Counts the polls of a round that webhooks asked for.
    pub(super) fn count_nudged(&self, lists: Lists) {
        let Some(nudges) = &self.config.nudges else { return };
        let statuses = self.gatherer.statuses();
        let polled = statuses.iter().filter(|status| {
            lists.contains(status.list) && status.started.is_some_and(|at| at >= self.began)
        });
        polled.for_each(|_| nudges.polled());
    }
}
