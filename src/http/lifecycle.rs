//! What a POST may ask of the process: to read its configuration again.
//!
//! The router hands the request on and waits for the outcome; whoever reloads is at the other end. Made only
//! where `--web.enable-lifecycle` allows it.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Requests that may wait, all for the same reload; more come from a script that has gone wild.
const WAITING: usize = 16;
/// The longest a reload may take before whoever asked is told that it goes on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The workspaces whose changes begin only once a write to the disk has ended, or why the old configuration stays.
pub type ReloadOutcome = Result<Vec<String>, String>;
/// A request to reload.
pub type ReloadRequest = oneshot::Sender<ReloadOutcome>;

/// Where requests are made.
#[derive(Debug, Clone)]
pub struct Lifecycle(mpsc::Sender<ReloadRequest>);

/// Why a request has no outcome; asking again may bring one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoOutcome {
    #[error("many requests to reload are waiting already; try again")]
    Busy,
    #[error("the exporter is stopping")]
    Stopping,
    #[error("the reload goes on; its outcome comes in the log")]
    Late,
}

/// A place for requests, and where they arrive.
pub fn lifecycle() -> (Lifecycle, mpsc::Receiver<ReloadRequest>) {
    let (requests, arriving) = mpsc::channel(WAITING);
    (Lifecycle(requests), arriving)
}

impl Lifecycle {
    /// Asks for a reload and waits for its outcome.
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
        assert_eq!(ask().await.unwrap(), Err(NoOutcome::Busy));
        for request in waiting {
            arriving.recv().await.unwrap().send(Ok(Vec::new())).unwrap();
            assert_eq!(request.await.unwrap(), Ok(Ok(Vec::new())));
        }
        drop(arriving);
        assert_eq!(ask().await.unwrap(), Err(NoOutcome::Stopping));
    }
}
