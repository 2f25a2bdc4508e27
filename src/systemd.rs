//! Notifications to systemd: ready, reloading, stopping, and the watchdog.
//!
//! Without a service manager every call does nothing. A notification that fails is logged and is never an error.

use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{self, SocketAddr};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio::net::UnixDatagram;
use tokio_util::sync::CancellationToken;

use crate::http::Health;

/// Longest wait for a service manager that reads nothing; its socket holds only a few messages.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Notifies that metrics are served.
pub async fn ready() {
    notify(&[NotifyState::Ready]).await;
}

/// Notifies that the configuration is being read again; [`ready`] ends the reload.
pub async fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]).await,
        Err(error) => {
            tracing::warn!(%error, "Cannot notify systemd of the reload: the monotonic clock cannot be read.");
        }
    }
}

/// Notifies that the process is about to end.
pub async fn stopping() {
    notify(&[NotifyState::Stopping]).await;
}

/// Sends the watchdog signal while every loop reports in time. Without a watchdog, only waits for `stop`.
pub async fn send_watchdog_signals(health: Health, stop: CancellationToken) {
    let Some(every) = sd_notify::watchdog_enabled().map(|longest| longest / 2) else {
        return stop.cancelled().await;
    };
    let every = every.max(Duration::from_millis(1));
    let signal = async || {
        if health.is_well(Instant::now()) {
            notify(&[NotifyState::Watchdog]).await;
        }
        tokio::time::sleep(every).await;
    };
    while stop.run_until_cancelled(signal()).await.is_some() {}
}

async fn notify(states: &[NotifyState<'_>]) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let lines: Vec<_> = states.iter().map(ToString::to_string).collect();
    let message = lines.join("\n") + "\n";
    if let Err(error) = send(&socket, &message).await {
        tracing::warn!(%error, "Cannot notify systemd: check the socket in NOTIFY_SOCKET.");
    }
}

/// Sends without blocking the thread: while the queue of the socket is full, the page is still served.
async fn send(socket: &OsStr, message: &str) -> io::Result<()> {
    let sender = net::UnixDatagram::unbound()?;
    sender.connect_addr(&address(socket)?)?;
    sender.set_nonblocking(true)?;
    let sender = UnixDatagram::from_std(sender)?;
    tokio::time::timeout(LONGEST_WAIT, sender.send(message.as_bytes())).await??;
    Ok(())
}

/// The address of a path, or of a name in the abstract namespace, which begins with `@`.
fn address(socket: &OsStr) -> io::Result<SocketAddr> {
    match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(socket),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;

    use super::*;

    /// A service manager that has read nothing for so long that its socket takes no more.
    fn silent(path: &Path) -> net::UnixDatagram {
        let manager = net::UnixDatagram::bind(path).unwrap();
        // Each message by another sender, since what one sender may have under way is limited too.
        let sent = || {
            let sender = net::UnixDatagram::unbound().unwrap();
            sender.set_nonblocking(true).unwrap();
            sender.send_to(b"WATCHDOG=1\n", path)
        };
        while sent().is_ok() {}
        manager
    }

    fn received(manager: &net::UnixDatagram) -> String {
        let mut buffer = [0; 64];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[test]
    fn nothing_else_waits_for_a_service_manager_that_reads_nothing_and_it_is_told_once_it_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = silent(&path);
        let (progress, other_task) = mpsc::channel();
        // On a thread of its own, which a blocking send would hold for ever.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let sending =
                    tokio::spawn(async move { send(path.as_os_str(), "READY=1\n").await });
                tokio::task::yield_now().await;
                progress.send(sending.is_finished()).unwrap();
                sending.await.unwrap().unwrap();
            });
        });
        assert_eq!(other_task.recv_timeout(Duration::from_secs(60)), Ok(false));
        manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        while received(&manager) != "READY=1\n" {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_manager_that_never_reads_is_given_up_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _manager = silent(&path);
        let error = send(path.as_os_str(), "READY=1\n").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_service_manager_with_a_name_in_the_abstract_namespace_is_told() {
        let name = format!("exporter-of-a-test-{}", std::process::id());
        let own = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = net::UnixDatagram::bind_addr(&own).unwrap();
        send(format!("@{name}").as_ref(), "READY=1\n").await.unwrap();
        assert_eq!(received(&manager), "READY=1\n");
    }
}
