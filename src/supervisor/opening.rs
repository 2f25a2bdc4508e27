//! The opening of a workspace: its state is claimed and read, and the cycle over the state is built.
//!
//! The state is read on another thread than the runtime: a disk that hangs holds up neither scrapes nor the cycles of
//! other workspaces. An opening waits for the disk as long as a commit does. It is never abandoned, because the thread
//! that hangs may hold the claim.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinError;
use tokio::time::timeout;

use super::stores::StoreProvider;
use super::worker::TaskEnd;
use crate::wiring::CycleParts;

/// Most threads that read states at the same time. More threads would leave none for the commits.
pub(super) const AT_ONCE: usize = 16;
/// Time after which a disk that does not answer is logged.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a workspace: waits until the disk answers. Panics if the reading panics.
pub(super) async fn open(
    workspace: String,
    stores: Arc<dyn StoreProvider>,
    parts: CycleParts,
    permits: Arc<Semaphore>,
) -> TaskEnd {
    // The semaphore is never closed, so a permit always comes.
    let permit = permits.acquire_owned().await.ok();
    let claimant = workspace.clone();
    let mut reading = tokio::task::spawn_blocking(move || {
        let cycle = stores.claim(&claimant).map(|store| parts.cycle(store));
        drop(permit);
        cycle
    });
    let opened = if let Ok(opened) = timeout(PATIENCE, &mut reading).await {
        opened
    } else {
        tracing::error!(
            workspace,
            "The saved state has not been read for {} s. The workspace is not polled until the state is read: \
             check the volume of the state directory.",
            PATIENCE.as_secs()
        );
        reading.await
    };
    match opened.map_err(JoinError::try_into_panic) {
        Ok(Ok(cycle)) => TaskEnd::Opened(Box::new(cycle)),
        Ok(Err(reason)) => TaskEnd::Taken(reason),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => TaskEnd::Nothing,
    }
}
