//! Makes the accounting durable before its totals are shown.
//!
//! Totals that could not be written are not shown, because a restart would then show lower values than Prometheus has
//! seen. The totals stay at the last durable generation, and the next successful commit adds everything counted since.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::snapshot::Restored;
use crate::omnichannel::accounting::Accounting;
use crate::omnichannel::labels::names::KnownIds;
use crate::omnichannel::ledger::Coverage;
use crate::omnichannel::totals::{HistogramBuckets, Totals};
use crate::store::state::{self, StateIdentity};
use crate::store::{CommitError, Loaded, Store};

/// Farthest that a kept watermark may be ahead of the server's clock. Beyond it, the server was restored or replaced,
/// or its clock was misjudged.
const FARTHEST_AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// The saved state of a workspace: its identity, its store, and the state to begin with.
#[derive(Debug)]
pub struct Persistence {
    /// Identity of the state: only a state of the same identity is continued.
    pub state_identity: StateIdentity,
    /// Store of the state; `None` if counting begins with each start of the process.
    pub store: Option<Store>,
    /// State that the cycle before this one handed over, if there is no store.
    pub carried_state: Option<Vec<u8>>,
}

/// The reason why the accounting is not durable.
#[derive(Debug, thiserror::Error)]
enum StateWriteError {
    #[error("access to the state is lost; this is a defect, please report it with the log")]
    Lost,
    #[error("the state cannot be encoded; this is a defect, please report it with the log")]
    NotEncodable,
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// Keeps the accounting durable, or in memory if there is no store.
#[derive(Debug)]
pub(crate) struct Committer {
    workspace: Arc<str>,
    /// Without the store while a blocking thread writes, and without the carried state once it is read.
    persistence: Persistence,
    pub(crate) is_persistent: bool,
    pub(crate) restored: Option<Restored>,
    pub(crate) durable: Totals,
    /// Coverage of the chats by the durable totals.
    pub(crate) coverage: Option<Coverage>,
    /// Size of the last encoded state, bytes.
    state_bytes: usize,
    pub(crate) write_failures: u64,
    /// The reason why the last attempt to write the state failed.
    pub(crate) last_failure: Option<String>,
    /// The reason why a found state was not continued.
    pub(crate) lost_state: Option<String>,
}

impl Committer {
    pub(crate) fn new(
        workspace: Arc<str>,
        persistence: Persistence,
        histogram_buckets: HistogramBuckets,
    ) -> Self {
        Self {
            workspace,
            is_persistent: persistence.store.is_some(),
            persistence,
            restored: None,
            durable: Totals::new(histogram_buckets),
            coverage: None,
            state_bytes: 0,
            write_failures: 0,
            last_failure: None,
            lost_state: None,
        }
    }

    /// The kept accounting, if it may be continued. Restores the known names of departments. Blocks.
    pub(crate) fn restore(
        &mut self,
        histogram_buckets: HistogramBuckets,
        now: Timestamp,
        departments: &mut KnownIds,
    ) -> Option<Accounting> {
        let Persistence { state_identity, store, carried_state } = &mut self.persistence;
        let carried_state = carried_state.take().map(|sealed| Loaded::of(&sealed));
        let loaded = carried_state.or_else(|| store.as_ref().map(Store::load))?;
        let workspace = &*self.workspace;
        match state::decode(loaded, state_identity, now, histogram_buckets) {
            Ok(Some(continued)) => {
                let reset = continued.are_values_reset;
                let restored = if reset { Restored::ValuesReset } else { Restored::Ok };
                self.restored = self.is_persistent.then_some(restored);
                tracing::info!(
                    workspace,
                    values_reset = reset,
                    "Counters continue from the saved state."
                );
                continued.name(departments);
                self.show(&continued.accounting);
                return Some(continued.accounting);
            }
            Ok(None) => tracing::info!(workspace, "No state is saved yet: counters begin at zero."),
            Err(doubt) => {
                tracing::warn!(workspace, "Counters begin at zero: {doubt}.");
                self.lost_state = Some(doubt.to_string());
            }
        }
        self.restored = self.is_persistent.then_some(Restored::Cold);
        None
    }

    /// State for the next cycle of this workspace; `None` if a store keeps it.
    pub(crate) fn export_state(
        &self,
        accounting: &Accounting,
        departments: &KnownIds,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let sealed = || self.encode(accounting, departments, now);
        (!self.is_persistent).then(sealed).flatten()
    }

    fn encode(
        &self,
        accounting: &Accounting,
        departments: &KnownIds,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let identity = &self.persistence.state_identity;
        state::encode(identity, now, departments, accounting, self.state_bytes)
    }

    /// Compares a kept accounting with the server's clock. If its watermark is too far ahead, because the clock was
    /// misjudged or the server was restored since, the accounting goes back to the newest close in its memory, or to
    /// `began`, the server's time at the start of this process.
    pub(crate) fn reconcile(&self, accounting: &mut Accounting, now: Timestamp, began: Timestamp) {
        if is_ahead(accounting, now) {
            let ahead_seconds = accounting.watermark().duration_since(now).as_secs();
            let workspace = &*self.workspace;
            tracing::warn!(
                workspace,
                ahead_seconds,
                "The saved state is ahead of the server's clock. The exporter sets the state back to the newest \
                 close in it."
            );
            accounting.take_back(now, began);
        }
    }

    /// Makes the accounting durable; after that its totals may be shown. `now` is our clock.
    pub(crate) async fn commit(
        &mut self,
        accounting: &mut Accounting,
        departments: &KnownIds,
        now: Timestamp,
        cycle: u64,
    ) {
        if self.is_persistent
            && let Err(failure) = self.write(accounting, departments, now).await
        {
            self.write_failures += 1;
            return self.log_failure(Some(failure.to_string()));
        }
        self.log_failure(None);
        accounting.totals.first_zero.mark_shown(cycle);
        self.show(accounting);
    }

    /// Makes the totals of this accounting the shown totals.
    fn show(&mut self, accounting: &Accounting) {
        self.durable = accounting.totals.clone();
        self.coverage = Some(accounting.chats.coverage.clone());
    }

    async fn write(
        &mut self,
        accounting: &Accounting,
        departments: &KnownIds,
        now: Timestamp,
    ) -> Result<(), StateWriteError> {
        let sealed = self.encode(accounting, departments, now);
        let sealed = sealed.ok_or(StateWriteError::NotEncodable)?;
        self.state_bytes = sealed.len();
        let mut store = self.persistence.store.take().ok_or(StateWriteError::Lost)?;
        // A write may take as long as the disk needs. On a blocking thread it does not delay the answers to scrapes.
        let written = tokio::task::spawn_blocking(move || {
            let outcome = store.commit(&sealed);
            (store, outcome)
        });
        let (store, outcome) = written.await.map_err(|_| StateWriteError::Lost)?;
        self.persistence.store = Some(store);
        Ok(outcome?)
    }

    /// Logs each new failure of writing once, and its end.
    fn log_failure(&mut self, failure: Option<String>) {
        let workspace = &*self.workspace;
        match (&failure, &self.last_failure) {
            (Some(failure), before) if before.as_ref() != Some(failure) => {
                tracing::error!(workspace, "Counters stay at their last saved values: {failure}.");
            }
            (None, Some(_)) => {
                tracing::info!(workspace, "The state can be written again: counters continue.");
            }
            _ => {}
        }
        self.last_failure = failure;
    }
}

/// True if the accounting has read further than a server at this time can have got.
pub(crate) fn is_ahead(accounting: &Accounting, now: Timestamp) -> bool {
    accounting.watermark().duration_since(now) > FARTHEST_AHEAD
}
