//! File descriptors: how many the process may have, and how many of them clients may take.
//!
//! Who connects to the port must not take those that polls, state and reload need.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Kept from clients where few are to be had: streams, timers, listeners, files that are read for a moment.
const LEAST_RESERVE: u64 = 32;
/// Connections of a poll, files of a commit.
const FOR_EACH_WORKSPACE: u64 = 4;
/// Clients that are served however many workspaces there are: a scrape always finds a place.
const LEAST_CLIENTS: u64 = 8;

/// Raises the limit to what the system allows, as Go programs do, and tells it; `None` is no limit.
pub(crate) fn raise() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.current,
        Err(error) => {
            tracing::debug!(%error, "The limit of open files stays as it was.");
            before
        }
    }
}

/// Connections that may be served at once where this many may be open: at most those that are wanted.
pub(crate) fn connections(limit: Option<u64>, workspaces: usize, wanted: usize) -> usize {
    let Some(limit) = limit else { return wanted };
    let workspaces = FOR_EACH_WORKSPACE.saturating_mul(workspaces as u64);
    let reserve = LEAST_RESERVE.max(limit / 4).saturating_add(workspaces);
    let least = LEAST_CLIENTS.max(limit / 8);
    let rest = limit.saturating_sub(reserve).max(least);
    usize::try_from(rest).unwrap_or(wanted).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_have_what_is_left_of_the_limit_and_always_some() {
        for (limit, workspaces, connections) in [
            (None, 1000, 512),
            (Some(1 << 30), 1000, 512),
            (Some(1024), 1, 512),
            (Some(1024), 100, 368),
            (Some(1024), 1000, 128),
            (Some(256), 1, 188),
            (Some(64), 1, 28),
            (Some(16), 1, 8),
        ] {
            assert_eq!(super::connections(limit, workspaces, 512), connections, "{limit:?}");
        }
    }

    #[test]
    fn the_limit_is_what_the_system_allows_at_most() {
        assert_eq!(raise(), getrlimit(Resource::Nofile).maximum);
    }
}
