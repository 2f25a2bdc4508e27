//! Notifications to systemd: ready, reloading, stopping, and the watchdog.
//!
//! Without a service manager every call does nothing. A notification that fails is logged and is never an error.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::http::Health;

/// Notifies that metrics are served.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// Notifies that the configuration is being read again; [`ready`] ends the reload.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => {
            tracing::warn!(%error, "Cannot notify systemd of the reload: the monotonic clock cannot be read.");
        }
    }
}

/// Notifies that the process is about to end.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Sends the watchdog signal while every loop reports in time. Without a watchdog, only waits for `stop`.
pub async fn keep_watchdog_quiet(health: Health, stop: CancellationToken) {
    let Some(every) = sd_notify::watchdog_enabled().map(|longest| longest / 2) else {
        return stop.cancelled().await;
    };
    let every = every.max(Duration::from_millis(1));
    loop {
        if health.is_well(Instant::now()) {
            notify(&[NotifyState::Watchdog]);
        }
        if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
            return;
        }
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "Cannot notify systemd: check the socket in NOTIFY_SOCKET.");
    }
}
