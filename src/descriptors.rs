//! File descriptors: the limit of the process, and the number that clients may use.
//!
//! Client connections must not take the descriptors that polls, state and reload need.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Descriptors kept from clients in any case: standard streams, timers, listeners, files that are open for a moment.
const LEAST_RESERVE: u64 = 32;
/// Descriptors kept for each workspace: connections of a poll, files of a commit.
const FOR_EACH_WORKSPACE: u64 = 4;
/// Connections that are always served, whatever the number of workspaces, so that a scrape is always possible.
const LEAST_CLIENTS: u64 = 8;

/// Raises the soft limit to the hard limit, as Go programs do, and returns it; `None` means no limit.
pub(crate) fn raise() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    let before = limit.current;
    limit.current = limit.maximum;
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.current,
        Err(error) => {
            tracing::debug!(%error, "Cannot raise the limit of open files.");
            before
        }
    }
}

/// Number of connections that may be served at once with this limit of descriptors; at most `wanted`.
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
