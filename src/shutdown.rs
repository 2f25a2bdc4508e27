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

/// Ends the process `after` this time since a signal if it still runs. Exit code 0.
///
/// Both signals count from this call on. Needs a running tokio runtime. Nothing is logged, because the log itself may
/// hang.
pub fn force_exit_after_signal(after: Duration) -> io::Result<()> {
    on_own_thread(after, || process::exit(0))
}

/// Calls `end` on a thread of its own, `after` this time since a signal.
fn on_own_thread(after: Duration, end: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // Before the thread begins: it would miss a signal that comes before its first step.
    let signalled = signalled()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = async move {
        signalled.await;
        tokio::time::sleep(after).await;
        end();
    };
    thread::Builder::new().name("last resort".to_owned()).spawn(move || runtime.block_on(wait))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(20);

    /// One test for both signals, since a signal reaches every handler of the process. A thread that begins too late may
    /// still be in time once, and hardly each time.
    #[tokio::test]
    async fn each_of_the_two_signals_cancels_the_token_and_reaches_the_last_resort_at_once() {
        for signal in [Signal::TERM, Signal::INT].repeat(20) {
            let token = on_signal().unwrap();
            let (end, ended) = oneshot::channel();
            on_own_thread(Duration::ZERO, || end.send(()).unwrap()).unwrap();
            assert!(!token.is_cancelled());
            kill_process(getpid(), signal).unwrap();
            timeout(DEADLINE, token.cancelled()).await.unwrap();
            timeout(DEADLINE, ended).await.expect("the last resort comes").unwrap();
        }
    }
}
