//! The request budget of one server, which the clients of its workspaces share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::endpoint::Endpoint;
use super::limiter::Limiter;

/// The request budget of one server, by route. The server counts requests by client address, so all clients of the same
/// server share one budget.
#[derive(Debug, Default)]
pub struct Budget {
    limiters: Mutex<BTreeMap<Endpoint, Limiter>>,
    clients: AtomicUsize,
}

/// The part of one client in the budget of its server.
#[derive(Debug)]
pub(super) struct BudgetShare(Arc<Budget>);

impl BudgetShare {
    /// The part of a new client.
    pub(super) fn of(budget: Arc<Budget>) -> Self {
        budget.clients.fetch_add(1, Ordering::Relaxed);
        Self(budget)
    }

    /// Number of the clients that share the budget. The references to the budget do not tell it: a budget that outlives
    /// a replaced client has another owner too.
    pub(super) fn clients(&self) -> usize {
        self.0.clients.load(Ordering::Relaxed)
    }

    /// The result of an action on the limiter of this endpoint, which is `new` if there is none yet.
    pub(super) fn limiter<T>(
        &self,
        endpoint: Endpoint,
        new: impl FnOnce() -> Limiter,
        action: impl FnOnce(&mut Limiter) -> T,
    ) -> T {
        action(self.0.limiters.lock().entry(endpoint).or_insert_with(new))
    }
}

impl Drop for BudgetShare {
    fn drop(&mut self) {
        self.0.clients.fetch_sub(1, Ordering::Relaxed);
    }
}
