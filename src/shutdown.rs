//! Signals that ask the process to stop.
//!
//! `app` calls it once at the start and hands the token to everything that runs. It ends nothing
//! itself: each task watches the token and has a bound of its own, so that one signal is enough.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGTERM and SIGINT cancel.
///
/// Both signals are caught from this call on, even before the token is looked at. Needs a running
/// tokio runtime; fails where the operating system refuses a handler.
pub fn on_signal() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let asked = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "Asked to stop.");
        asked.cancel();
    });
    Ok(token)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    /// One test, since a signal reaches every handler of the process.
    #[tokio::test]
    async fn each_of_the_two_signals_cancels_the_token() {
        for name in ["-TERM", "-INT"] {
            let token = on_signal().unwrap();
            assert!(!token.is_cancelled());
            let own_id = std::process::id().to_string();
            assert!(Command::new("kill").args([name, &own_id]).status().unwrap().success());
            tokio::time::timeout(Duration::from_secs(5), token.cancelled()).await.unwrap();
        }
    }
}
