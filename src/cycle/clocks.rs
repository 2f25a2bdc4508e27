//! Warnings about what keeps closes from being counted once and in time, each said once: clocks that differ for long,
//! and more closes than are remembered.

use jiff::SignedDuration;

use crate::rocketchat::server_clock::ServerClock;
use crate::rocketchat::server_time::FARTHEST_SPREAD;

/// Clocks that are further apart cost numbers: what is late and what is early cannot be told apart.
const FARTHEST_OFFSET: SignedDuration = SignedDuration::from_mins(15);

/// What has been said of the clocks.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    is_offset_told: bool,
    is_spread_told: bool,
    is_memory_told: bool,
}

impl Clocks {
    /// Says what is new.
    pub(crate) fn tell(&mut self, workspace: &str, clock: &ServerClock) {
        let (said, spread) = (clock.said_offset(), clock.spread());
        let is_far = said.abs() > FARTHEST_OFFSET;
        if is_far && !self.is_offset_told {
            let ours = clock.local();
            let server = ours.checked_add(said).unwrap_or(ours);
            let offset_seconds = said.as_secs();
            tracing::warn!(
                workspace,
                offset_seconds,
                "Answers of the server say that it is {server:.0}, and our clock says {ours:.0}: set both by NTP."
            );
        }
        let is_apart = spread > FARTHEST_SPREAD;
        if is_apart && !self.is_spread_told {
            let spread_seconds = spread.as_secs();
            tracing::warn!(
                workspace,
                spread_seconds,
                "The server's nodes have clocks that differ: closes may be counted only once they agree."
            );
        }
        (self.is_offset_told, self.is_spread_told) = (is_far, is_apart);
    }

    /// Says that older closes are not told from counted ones any more.
    pub(crate) fn tell_of_memory(&mut self, workspace: &str, is_full: bool) {
        if is_full && !self.is_memory_told {
            tracing::warn!(
                workspace,
                "More than 50,000 chats were closed within two days: one that becomes visible late may not be counted."
            );
        }
        self.is_memory_told = is_full;
    }
}
