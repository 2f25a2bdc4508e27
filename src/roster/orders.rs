//! What the roster is told to watch, and its word that it does.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, oneshot};

use super::Unreachable;
use crate::config::Workspace;

/// Orders that may wait; each is confirmed before the next is given.
const WAITING: usize = 1;

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// A workspace cannot be watched: everything is as it was.
    #[error(transparent)]
    Workspace(#[from] Unreachable),
    /// The roster has ended.
    #[error("the exporter is stopping")]
    Stopping,
}

/// The workspaces that are to be watched from now on, and no others.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) workspaces: Vec<Workspace>,
    pub(super) confirmed: oneshot::Sender<Result<Vec<String>, Unreachable>>,
}

/// Where orders are given.
#[derive(Debug, Clone)]
pub struct Orders {
    orders: mpsc::Sender<Order>,
    changed: Arc<Notify>,
}

impl Orders {
    /// A place for orders, and where they arrive.
    pub(super) fn new(changed: Arc<Notify>) -> (Self, mpsc::Receiver<Order>) {
        let (orders, arriving) = mpsc::channel(WAITING);
        (Self { orders, changed }, arriving)
    }

    /// Has these workspaces watched and no others, and waits until they are, but no longer than the roster's
    /// patience. An error leaves everything as it was.
    ///
    /// Named are those whose cycles begin only when those before them end, which hang in a write to a disk: that they
    /// begin then is certain, whatever is ordered of other workspaces.
    pub async fn watch(&self, workspaces: Vec<Workspace>) -> Result<Vec<String>, OrderError> {
        let (confirmed, outcome) = oneshot::channel();
        let order = Order { workspaces, confirmed };
        self.orders.send(order).await.map_err(|_| OrderError::Stopping)?;
        Ok(outcome.await.map_err(|_| OrderError::Stopping)??)
    }

    /// Has the page rendered anew.
    pub fn announce(&self) {
        self.changed.notify_one();
    }
}
