//! The end of the span: where the running exporter began to count.

use std::path::Path;

use super::cursor::Cursor;
use super::error::BackfillError;
use crate::cli::backfill::{Backfill, End};
use crate::clock::Clock;
use crate::config::Workspace;
use crate::omnichannel::totals::HistogramBuckets;
use crate::store::{self, state};
use crate::wiring;

/// The wanted end; else the end of the run that is continued, which must not move; else the time at which the running
/// exporter began to count, by its state; else now.
pub(super) fn of(
    workspace: &Workspace,
    clock: &Clock,
    wanted: &Backfill,
    state_directory: Option<&Path>,
) -> Result<End, BackfillError> {
    let begun = || Cursor::end_in(&wanted.output, wanted.from).map(End::At);
    match (wanted.to.or_else(begun), state_directory) {
        (Some(end), _) => Ok(end),
        (None, Some(directory)) => began_to_count(workspace, clock, directory),
        (None, None) => Ok(End::Now),
    }
}

/// The warning that the history may go on into the samples of a running exporter, whose begin nothing tells.
pub(super) fn warning(wanted: &Backfill, state_directory: Option<&Path>) -> Option<&'static str> {
    (wanted.to.is_none() && state_directory.is_none()).then_some(
        "Neither --to nor --state.directory is set, so the history ends at the time of this run, or of the run that it \
         continues. If an exporter counts this workspace already, its samples and the history have a time in common, in \
         which chats are counted twice: set --state.directory to the state of the exporter, or --to to the time at \
         which its counters were 0 (docs/backfill.md).",
    )
}

fn began_to_count(
    workspace: &Workspace,
    clock: &Clock,
    state_directory: &Path,
) -> Result<End, BackfillError> {
    let identity = wiring::state_identity(workspace);
    let histogram_buckets = HistogramBuckets::of(&workspace.service_levels);
    let loaded = store::peek(state_directory, &workspace.name);
    let found = state::decode(loaded, &identity, clock.now(), histogram_buckets);
    let unknown = |why: String| BackfillError::UnknownEnd(why);
    let Some(found) = found.map_err(|doubt| unknown(doubt.to_string()))? else {
        return Err(unknown("the directory has no state of this workspace".to_owned()));
    };
    let coverage = &found.accounting.chats.coverage;
    if coverage.unobserved_seconds() > 0.0 {
        return Err(unknown("it has a gap of more than a day".to_owned()));
    }
    Ok(End::At(coverage.counts_after()))
}
