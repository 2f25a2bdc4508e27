//! Reads files on another thread than the runtime, with a time limit: a dead network mount never answers.
//!
//! A reading that hangs keeps its thread, at most one thread for each `FileReader`. The caller gets [`ReadTimeout`].

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// Longest wait for a reading; a mount that is only slow answers sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// The file system has not answered in time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the file system has not answered for {} s: check the mount of the files",
    PATIENCE.as_secs()
)]
pub struct ReadTimeout;

/// A reader that runs one reading at a time.
#[derive(Debug, Default)]
pub(crate) struct FileReader(Arc<Mutex<()>>);

impl FileReader {
    /// The result of a function that reads files and may block; [`ReadTimeout`] after [`PATIENCE`], waiting for an
    /// earlier reading included.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ReadTimeout> {
        let deadline = Instant::now() + PATIENCE;
        let turn = timeout_at(deadline, Arc::clone(&self.0).lock_owned()).await;
        let turn = turn.map_err(|_| ReadTimeout)?;
        let reading = tokio::task::spawn_blocking(move || {
            let outcome = read();
            drop(turn);
            outcome
        });
        let read = timeout_at(deadline, reading).await.map_err(|_| ReadTimeout)?;
        read.map_err(|ended| match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => ReadTimeout,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_told_holds_one_thread_and_is_forgotten_when_it_answers() {
        let (file_reader, (answer, hanging)) = (FileReader::default(), mpsc::channel::<()>());
        let pass = || async {
            tokio::task::yield_now().await;
            tokio::time::advance(PATIENCE * 2).await;
        };
        let (stalled, ()) = tokio::join!(file_reader.read(move || hanging.recv().is_ok()), pass());
        let (behind, ()) = tokio::join!(file_reader.read(|| false), pass());
        // Released before an assertion can fail: the runtime waits for its threads.
        drop(answer);
        let after = file_reader.read(|| true).await;
        assert_eq!((stalled, behind, after), (Err(ReadTimeout), Err(ReadTimeout), Ok(true)));
    }
}
