//! Warnings that closes may not be counted once and in time: clocks differ, or the memory of closes is full.
//!
//! Each warning is logged once, until its cause is gone and comes back.

use crate::omnichannel::ledger::MORE_THAN_MOST;
use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::server_time::{FARTHEST_SPREAD, LASTING};

/// The warnings that were logged.
#[derive(Debug, Default)]
pub(crate) struct CountingWarnings {
    is_offset_logged: bool,
    is_spread_logged: bool,
    is_memory_logged: bool,
}

impl CountingWarnings {
    /// Logs new differences between clocks.
    pub(crate) fn log_offset(&mut self, workspace: &str, clock: &ServerClock) {
        let (said, spread) = (clock.said_offset(), clock.spread());
        if is_new(&mut self.is_offset_logged, said.abs() > LASTING) {
            let ours = clock.local();
            let server = ours.checked_add(said).unwrap_or(ours);
            let offset_seconds = said.as_secs();
            tracing::warn!(
                workspace,
                offset_seconds,
                "The server's clock shows {server:.0}, and this machine's clock shows {ours:.0}: synchronize both \
                 with NTP."
            );
        }
        if is_new(&mut self.is_spread_logged, spread > FARTHEST_SPREAD) {
            let spread_seconds = spread.as_secs();
            tracing::warn!(
                workspace,
                spread_seconds,
                "The clocks of the server's nodes differ. Closed chats may be missing from the counters until the \
                 clocks agree: synchronize the nodes with NTP."
            );
        }
    }

    /// Logs once that older closes can no longer be distinguished from counted closes.
    pub(crate) fn log_full_memory(&mut self, workspace: &str, is_full: bool) {
        if is_new(&mut self.is_memory_logged, is_full) {
            tracing::warn!(
                workspace,
                "{MORE_THAN_MOST} A close that becomes visible late may not be counted."
            );
        }
    }
}

/// True if there is a cause and it was not logged yet.
fn is_new(is_logged: &mut bool, is_there: bool) -> bool {
    !std::mem::replace(is_logged, is_there) && is_there
}
