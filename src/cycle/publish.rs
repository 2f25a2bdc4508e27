//! The snapshot that a cycle publishes, from the state that continues.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::CycleState;
use super::snapshot::{Counting, Snapshot};
use crate::omnichannel::ledger::Coverage;

/// Time after the start for which the loss of a state is shown.
const LOSS_SHOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

impl CycleState {
    /// The state of the workspace as it is now.
    pub(super) fn snapshot(&self) -> Snapshot {
        let (config, session) = (&self.config, &self.session);
        Snapshot {
            workspace: Arc::clone(&config.plan.workspace),
            url: Arc::clone(&config.url),
            taken: Instant::now(),
            cycles: self.count,
            scrape_mark: self.scrape_mark.of_cycle(self.count),
            live_state: self.live_state.clone(),
            labels: self.labels.clone(),
            rules: Arc::clone(&self.rules),
            totals: self.committer.durable.clone(),
            counting: self.counting(),
            panics: config.panics.load(Ordering::Relaxed),
            lists: self.gatherer.statuses(),
            capabilities: session.capabilities(),
            names_departments: self.gatherer.rooms.names_departments,
            reads_members: self.gatherer.reads_members(),
            clock: Arc::clone(&config.clock),
            request_stats: Arc::clone(&config.request_stats),
            is_filtered_by_agents: !config.plan.rooms.agents.is_empty(),
            capacity: config.capacity,
            nudges: config.nudges.clone(),
        }
    }

    fn counting(&self) -> Counting {
        let (committer, coverage) = (&self.committer, self.committer.coverage.as_ref());
        let is_recent = self.started.elapsed() < LOSS_SHOWN_FOR;
        let aside = Counting {
            is_persistent: committer.is_persistent,
            restored: committer.restored,
            write_failures: committer.write_failures,
            write_failure: committer.last_failure.clone(),
            lost_state: committer.lost_state.clone().filter(|_| is_recent),
            watermark: coverage.map(Coverage::watermark),
            unobserved_seconds: coverage.map_or(0.0, Coverage::unobserved_seconds),
            ..Counting::default()
        };
        let Some(accounting) = &self.accounting else { return aside };
        Counting {
            tracked_chats: accounting.chats.tracked() as u64,
            given_up_chats: accounting.chats.given_up,
            late_records: accounting.chats.late,
            invalid_chats: accounting.impossible_chats,
            invalid_calls: accounting.impossible_calls,
            audit: self.gatherer.rooms.audit.found,
            ..aside
        }
    }
}
