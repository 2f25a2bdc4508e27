//! Requests to reload the configuration, by POST or PUT to `/-/reload`.
//!
//! The router sends each request through a channel and waits for the outcome. The router has the sender only if
//! `--web.enable-lifecycle` is set.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Number of requests that may wait, all for the same reload. More requests come only from a faulty script.
const WAITING: usize = 16;
/// Longest wait for the outcome of a reload; after that the answer is that the reload goes on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The workspaces whose new configuration begins later: as soon as the disk of their state answers, and certainly then,
/// whatever is ordered for other workspaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaitingForDisk(pub Vec<String>);

impl WaitingForDisk {
    /// Their names; `None` if there are none.
    pub(crate) fn names(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

/// The outcome of a reload: the configuration is in effect, or the reason why the old one stays.
pub type ReloadOutcome = Result<WaitingForDisk, Arc<dyn Error + Send + Sync>>;
/// A request to reload, as the channel for its outcome.
pub type ReloadRequest = oneshot::Sender<ReloadOutcome>;

/// The sender of reload requests.
#[derive(Debug, Clone)]
pub struct Lifecycle(mpsc::Sender<ReloadRequest>);

/// A request without an outcome; a later request may have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoOutcome {
    #[error("too many requests to reload are waiting; try again later")]
    Busy,
    #[error("the exporter is stopping")]
    Stopping,
    #[error("the reload continues; see its result in the log")]
    Late,
}

/// The sender of reload requests, and the receiver of them.
pub fn lifecycle() -> (Lifecycle, mpsc::Receiver<ReloadRequest>) {
    let (requests, arriving) = mpsc::channel(WAITING);
    (Lifecycle(requests), arriving)
}

impl Lifecycle {
    /// Requests a reload and waits for its outcome, for 30 s at most.
    pub(super) async fn reload(&self) -> Result<ReloadOutcome, NoOutcome> {
        let (answer, outcome) = oneshot::channel();
        self.0.try_send(answer).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NoOutcome::Busy,
            mpsc::error::TrySendError::Closed(_) => NoOutcome::Stopping,
        })?;
        let outcome = tokio::time::timeout(PATIENCE, outcome).await;
        outcome.map_err(|_| NoOutcome::Late)?.map_err(|_| NoOutcome::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_beyond_those_that_may_wait_is_refused_and_the_others_are_answered() {
        let (lifecycle, mut arriving) = lifecycle();
        let ask = || {
            let lifecycle = lifecycle.clone();
            tokio::spawn(async move { lifecycle.reload().await })
        };
        let waiting: Vec<_> = (0..WAITING).map(|_| ask()).collect();
        assert_eq!(ask().await.unwrap().unwrap_err(), NoOutcome::Busy);
        for request in waiting {
            arriving.recv().await.unwrap().send(Ok(WaitingForDisk::default())).unwrap();
            let waiting = request.await.unwrap().unwrap().unwrap();
            assert_eq!(waiting, WaitingForDisk::default());
        }
        drop(arriving);
        assert_eq!(ask().await.unwrap().unwrap_err(), NoOutcome::Stopping);
    }
}
