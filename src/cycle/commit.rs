//! Making the book durable, before anything that rests on it is shown.
//!
//! Called by the cycle between advance and publish. What could not be written is not shown: the totals stay
//! what they were at the last durable generation, and the next commit that works brings all that came since.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::snapshot::Restored;
use crate::omnichannel::book::Book;
use crate::omnichannel::floor::Floor;
use crate::omnichannel::ledger::Coverage;
use crate::omnichannel::names::Names;
use crate::omnichannel::totals::{Layouts, Totals};
use crate::store::state::{self, Subject};
use crate::store::{CommitError, Store};

/// A server whose clock is this far behind what it was when the state was written was restored, or another.
const FARTHEST_AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// Where the state of a workspace is kept.
#[derive(Debug)]
pub struct Keeping {
    /// The state's place.
    pub store: Store,
    /// What is kept there.
    pub subject: Subject,
}

/// Keeps the book durable, or in memory where there is nowhere else.
#[derive(Debug)]
pub(crate) struct Committer {
    workspace: Arc<str>,
    is_persistent: bool,
    keeping: Option<Keeping>,
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
    pub(crate) fn new(workspace: Arc<str>, keeping: Option<Keeping>, layouts: Layouts) -> Self {
        Self {
            workspace,
            is_persistent: keeping.is_some(),
            keeping,
            restored: None,
            durable: Totals::new(layouts),
            coverage: None,
            state_bytes: 0,
            write_failures: 0,
            last_failure: None,
        }
    }

    /// The book that was kept, if it may be continued; the floor learns the names it knew. Blocks.
    pub(crate) fn restore(
        &mut self,
        layouts: Layouts,
        now: Timestamp,
        floor: &mut Floor,
    ) -> Option<Book> {
        let keeping = self.keeping.as_ref()?;
        let workspace = &*self.workspace;
        let loaded = keeping.store.load();
        match state::decode(loaded, &keeping.subject, now, layouts) {
            Ok(Some(continued)) => {
                let reset = continued.are_values_reset;
                self.restored = Some(if reset { Restored::ValuesReset } else { Restored::Ok });
                tracing::info!(
                    workspace,
                    values_reset = reset,
                    "Counting goes on from the kept state."
                );
                floor.restore_departments(|names| continued.name(names));
                self.show(&continued.book);
                return Some(continued.book);
            }
            Ok(None) => tracing::info!(workspace, "No state is kept yet: counting begins."),
            Err(doubt) => tracing::warn!(workspace, "Counting begins anew: {doubt}."),
        }
        self.restored = Some(Restored::Cold);
        None
    }

    /// Whether a book goes on where the server's clock stands: not when it was counted into the future.
    pub(crate) fn accept(&mut self, book: &Book, now: Timestamp) -> bool {
        let ahead = book.chats.coverage.watermark().duration_since(now);
        let is_acceptable = ahead <= FARTHEST_AHEAD;
        if !is_acceptable {
            let (workspace, ahead_seconds) = (&*self.workspace, ahead.as_secs());
            tracing::warn!(
                workspace,
                ahead_seconds,
                "Counting begins anew: the kept state is ahead of the server's clock."
            );
            self.restored = Some(Restored::Cold);
        }
        is_acceptable
    }

    /// Makes the book durable; from then on its totals may be shown. `now` is our clock.
    pub(crate) async fn commit(
        &mut self,
        book: &mut Book,
        departments: &Names,
        now: Timestamp,
        cycle: u64,
    ) {
        if self.is_persistent
            && let Err(failure) = self.write(book, departments, now).await
        {
            self.write_failures += 1;
            return self.tell(Some(failure));
        }
        self.tell(None);
        book.totals.mark_shown(cycle);
        self.show(book);
    }

    /// What is durable may be shown.
    fn show(&mut self, book: &Book) {
        self.durable = book.totals.clone();
        self.coverage = Some(book.chats.coverage.clone());
    }

    async fn write(
        &mut self,
        book: &Book,
        departments: &Names,
        now: Timestamp,
    ) -> Result<(), String> {
        let lost = || "the state's place was lost; this is a defect, please report it".to_owned();
        let mut keeping = self.keeping.take().ok_or_else(lost)?;
        let (subject, expected) = (&keeping.subject, self.state_bytes);
        let Some(sealed) = state::encode(subject, now, departments, book, expected) else {
            self.keeping = Some(keeping);
            return Err(
                "the state cannot be encoded; this is a defect, please report it".to_owned()
            );
        };
        self.state_bytes = sealed.len();
        // Making it durable may take as long as the disk likes: scrapes are answered meanwhile.
        let written = tokio::task::spawn_blocking(move || {
            let outcome = keeping.store.commit(&sealed);
            (keeping, outcome)
        });
        let (keeping, outcome) = written.await.map_err(|_| lost())?;
        self.keeping = Some(keeping);
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
