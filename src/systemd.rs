//! What systemd is told: that the exporter is ready, reloads, stops, and that its loops are alive.
//!
//! Called by `app` and by the reloader. Where no service manager listens every call does nothing; one that
//! cannot be told is logged and never a reason to fail.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::http::Health;

/// Metrics are served.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is read again; ends with [`ready`].
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "The service manager is not told of the reload."),
    }
}

/// The process is about to end.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells the watchdog for as long as every loop reports in time; returns at once where there is none.
pub async fn keep_watchdog_quiet(health: Health, stop: CancellationToken) {
    let Some(every) = sd_notify::watchdog_enabled().map(|longest| longest / 2) else {
        return stop.cancelled().await;
    };
    let every = every.max(Duration::from_millis(1));
    loop {
        if health.is_well(Instant::now()) {
            tell(&[NotifyState::Watchdog]);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "The service manager cannot be told.");
    }
}
