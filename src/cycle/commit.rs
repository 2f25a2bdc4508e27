//! Making the book durable, before anything that rests on it is shown.
//!
//! Called by the cycle between advance and publish. What could not be written is not shown: the totals stay
//! what they were at the last durable generation, and the next commit that works brings all that came since.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::snapshot::Restored;
use crate::omnichannel::accounting::Accounting;
use crate::omnichannel::ledger::Coverage;
use crate::omnichannel::live_state::LiveState;
use crate::omnichannel::names::Names;
use crate::omnichannel::totals::{HistogramBuckets, Totals};
use crate::store::state::{self, StateIdentity};
use crate::store::{CommitError, Loaded, Store};

/// A server whose clock is this far behind what it was when the state was written was restored, or another.
const FARTHEST_AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// What is kept of a workspace, where, and what it begins with.
#[derive(Debug)]
pub struct Persistence {
    /// What is kept.
    pub state_identity: StateIdentity,
    /// Its place; `None` where counting begins with each start of the process.
    pub store: Option<Store>,
    /// What the cycle before this one handed over, where there is no such place.
    pub carried_state: Option<Vec<u8>>,
}

/// Keeps the book durable, or in memory where there is nowhere else.
#[derive(Debug)]
pub(crate) struct Committer {
    workspace: Arc<str>,
    state_identity: StateIdentity,
    is_persistent: bool,
    /// Away while it is written to.
    store: Option<Store>,
    /// What the cycle begins with, until it was read.
    carried_state: Option<Vec<u8>>,
    restored: Option<Restored>,
    durable: Totals,
    /// How far the durable totals cover the chats.
    coverage: Option<Coverage>,
    /// The size of the last state.
    state_bytes: usize,
    write_failures: u64,
    last_failure: Option<String>,
}

impl Committer {
    pub(crate) fn new(
        workspace: Arc<str>,
        persistence: Persistence,
        histogram_buckets: HistogramBuckets,
    ) -> Self {
        Self {
            workspace,
            state_identity: persistence.state_identity,
            is_persistent: persistence.store.is_some(),
            store: persistence.store,
            carried_state: persistence.carried_state,
            restored: None,
            durable: Totals::new(histogram_buckets),
            coverage: None,
            state_bytes: 0,
            write_failures: 0,
            last_failure: None,
        }
    }

    /// The book that was kept, if it may be continued; the floor learns the names it knew. Blocks.
    pub(crate) fn restore(
        &mut self,
        histogram_buckets: HistogramBuckets,
        now: Timestamp,
        live_state: &mut LiveState,
    ) -> Option<Accounting> {
        let carried_state = self.carried_state.take().map(|sealed| Loaded::of(&sealed));
        let loaded = carried_state.or_else(|| self.store.as_ref().map(Store::load))?;
        let workspace = &*self.workspace;
        match state::decode(loaded, &self.state_identity, now, histogram_buckets) {
            Ok(Some(continued)) => {
                let reset = continued.are_values_reset;
                let restored = if reset { Restored::ValuesReset } else { Restored::Ok };
                self.restored = self.is_persistent.then_some(restored);
                tracing::info!(
                    workspace,
                    values_reset = reset,
                    "Counting goes on from the kept state."
                );
                live_state.restore_departments(|names| continued.name(names));
                self.show(&continued.accounting);
                return Some(continued.accounting);
            }
            Ok(None) => tracing::info!(workspace, "No state is kept yet: counting begins."),
            Err(doubt) => tracing::warn!(workspace, "Counting begins anew: {doubt}."),
        }
        self.restored = self.is_persistent.then_some(Restored::Cold);
        None
    }

    /// What the next cycle of this workspace begins with, where it is kept nowhere else.
    pub(crate) fn export_state(
        &self,
        accounting: &Accounting,
        departments: &Names,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let sealed =
            || state::encode(&self.state_identity, now, departments, accounting, self.state_bytes);
        (!self.is_persistent).then(sealed).flatten()
    }

    /// Holds a kept book against the server's clock. One that was counted into the future, under a wrong belief or by a
    /// server that was restored since, goes back to the newest close that is known.
    pub(crate) fn reconcile(&self, accounting: &mut Accounting, now: Timestamp) {
        let ahead = accounting.watermark().duration_since(now);
        if ahead > FARTHEST_AHEAD {
            let (workspace, ahead_seconds) = (&*self.workspace, ahead.as_secs());
            tracing::warn!(
                workspace,
                ahead_seconds,
                "The kept state is ahead of the server's clock: it goes back to the newest close that it knows."
            );
            accounting.take_back(now);
        }
    }

    /// Makes the book durable; from then on its totals may be shown. `now` is our clock.
    pub(crate) async fn commit(
        &mut self,
        accounting: &mut Accounting,
        departments: &Names,
        now: Timestamp,
        cycle: u64,
    ) {
        if self.is_persistent
            && let Err(failure) = self.write(accounting, departments, now).await
        {
            self.write_failures += 1;
            return self.tell(Some(failure));
        }
        self.tell(None);
        accounting.totals.mark_shown(cycle);
        self.show(accounting);
    }

    /// What is durable may be shown.
    fn show(&mut self, accounting: &Accounting) {
        self.durable = accounting.totals.clone();
        self.coverage = Some(accounting.chats.coverage.clone());
    }

    async fn write(
        &mut self,
        accounting: &Accounting,
        departments: &Names,
        now: Timestamp,
    ) -> Result<(), String> {
        let lost = || "the state's place was lost; this is a defect, please report it".to_owned();
        let expected = self.state_bytes;
        let Some(sealed) =
            state::encode(&self.state_identity, now, departments, accounting, expected)
        else {
            return Err(
                "the state cannot be encoded; this is a defect, please report it".to_owned()
            );
        };
        self.state_bytes = sealed.len();
        let mut store = self.store.take().ok_or_else(lost)?;
        // Making it durable may take as long as the disk likes: scrapes are answered meanwhile.
        let written = tokio::task::spawn_blocking(move || {
            let outcome = store.commit(&sealed);
            (store, outcome)
        });
        let (store, outcome) = written.await.map_err(|_| lost())?;
        self.store = Some(store);
        outcome.map_err(|error: CommitError| error.to_string())
    }

    /// Says that writing fails, or works again, once.
    fn tell(&mut self, failure: Option<String>) {
        let workspace = &*self.workspace;
        match (&failure, &self.last_failure) {
            (Some(failure), before) if before.as_ref() != Some(failure) => {
                tracing::error!(workspace, "Totals stay as they are: {failure}.");
            }
            (None, Some(_)) => tracing::info!(workspace, "The state is written again."),
            _ => {}
        }
        self.last_failure = failure;
    }

    pub(crate) fn durable(&self) -> &Totals {
        &self.durable
    }

    pub(crate) fn coverage(&self) -> Option<&Coverage> {
        self.coverage.as_ref()
    }

    pub(crate) fn is_persistent(&self) -> bool {
        self.is_persistent
    }

    pub(crate) fn restored(&self) -> Option<Restored> {
        self.restored
    }

    pub(crate) fn write_failures(&self) -> u64 {
        self.write_failures
    }
}
