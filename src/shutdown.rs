//! Signals that stop the process.
//!
//! Each task watches the token and has its own time limit, so that one signal is enough. If a file on a disk that hangs
//! blocks the thread of the runtime, no task can react to the token: then a separate thread ends the process.

use std::io;
use std::process;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Waits for SIGTERM or SIGINT, and returns its name. Both signals are caught from this call on, before the first poll.
fn signalled() -> io::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// A token that SIGTERM and SIGINT cancel.
///
/// Both signals are caught from this call on. Needs a running tokio runtime. Fails if the operating system refuses a
/// signal handler.
pub fn on_signal() -> io::Result<CancellationToken> {
    let signalled = signalled()?;
    let token = CancellationToken::new();
    let asked = token.clone();
    tokio::spawn(async move {
        let signal = signalled.await;
        tracing::info!(signal, "Received a signal to stop.");
        asked.cancel();
    });
    Ok(token)
}

/// Ends the process with exit code 0 if it still runs `after` this time since the signal, whatever hangs.
///
/// Nothing is logged, because the log itself may hang.
pub fn insist(after: Duration) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = async move {
        if let Ok(signalled) = signalled() {
            signalled.await;
            tokio::time::sleep(after).await;
            process::exit(0);
        }
    };
    thread::Builder::new().name("last resort".to_owned()).spawn(move || runtime.block_on(wait))?;
    Ok(())
}
#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    /// One test for both signals, since a signal reaches every handler of the process.
    #[tokio::test]
    async fn each_of_the_two_signals_cancels_the_token() {
        for name in ["-TERM", "-INT"] {
            let token = on_signal().unwrap();
            assert!(!token.is_cancelled());
            let own_id = std::process::id().to_string();
            assert!(Command::new("kill").args([name, &own_id]).status().unwrap().success());
            tokio::time::timeout(Duration::from_secs(60), token.cancelled()).await.unwrap();
        }
    }
}
