//! What a POST may ask of the process: to read its configuration again.
//!
//! The router hands the request on and waits for the outcome; whoever reloads is at the other end. Made only
//! where `--web.enable-lifecycle` allows it.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Requests that may wait; more come from a script that has gone wild.
const WAITING: usize = 4;
/// The longest a reload may take before whoever asked is told that it goes on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The workspaces whose changes begin only once a write to the disk has ended, or why the old configuration stays.
pub type ReloadOutcome = Result<Vec<String>, String>;
/// A request to reload.
pub type ReloadRequest = oneshot::Sender<ReloadOutcome>;

/// Where requests are made.
#[derive(Debug, Clone)]
pub struct Lifecycle(mpsc::Sender<ReloadRequest>);

/// A place for requests, and where they arrive.
pub fn lifecycle() -> (Lifecycle, mpsc::Receiver<ReloadRequest>) {
    let (requests, arriving) = mpsc::channel(WAITING);
    (Lifecycle(requests), arriving)
}

impl Lifecycle {
    /// Asks for a reload and waits for its outcome.
    pub(super) async fn reload(&self) -> ReloadOutcome {
        let (answer, outcome) = oneshot::channel();
        if self.0.try_send(answer).is_err() {
            return Err("several reloads are waiting already; try again".to_owned());
        }
        match tokio::time::timeout(PATIENCE, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err("the exporter is stopping".to_owned()),
            Err(_) => Err("the reload goes on; its outcome comes in the log".to_owned()),
        }
    }
}
