//! The end of the span: where the running exporter began to count.

use std::path::Path;

use jiff::Timestamp;

use super::cursor::Cursor;
use super::error::BackfillError;
use crate::cli::backfill::{Backfill, End};
use crate::clock::Clock;
use crate::config::Workspace;
use crate::omnichannel::totals::HistogramBuckets;
use crate::store::{self, state};
use crate::wiring;

/// The warning where nothing tells when a running exporter began to count.
const UNKNOWN_START: &str = "Neither --to nor --state.directory is set, so the history ends at the time of this run, or of \
    the run that it continues. If an exporter counts this workspace already, its samples and the history have a time in \
    common, in which chats are counted twice: set --state.directory to the state of the exporter, or --to to the time at \
    which its counters were 0 (docs/backfill.md).";

/// The exporter that counts the workspace, as far as its state is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunningExporter<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) clock: &'a Clock,
    pub(super) state_directory: Option<&'a Path>,
}

impl RunningExporter<'_> {
    /// The time at which it began to count, by its state; `None` without a state directory.
    fn began_to_count(&self) -> Result<Option<Timestamp>, BackfillError> {
        let Some(directory) = self.state_directory else { return Ok(None) };
        let identity = wiring::state_identity(self.workspace);
        let histogram_buckets = HistogramBuckets::of(&self.workspace.service_levels);
        let loaded = store::peek(directory, &self.workspace.name);
        let found = state::decode(loaded, &identity, self.clock.now(), histogram_buckets);
        let unknown = |why: String| BackfillError::UnknownEnd(why);
        let Some(found) = found.map_err(|doubt| unknown(doubt.to_string()))? else {
            return Err(unknown("the directory has no state of this workspace".to_owned()));
        };
        let coverage = &found.accounting.chats.coverage;
        if coverage.unobserved_seconds() > 0.0 {
            return Err(unknown("it has a gap of more than a day".to_owned()));
        }
        Ok(Some(coverage.counts_after()))
    }
}

/// The wanted end; else the end of the run that is continued, which must not move; else the time at which the running
/// exporter began to count; else now. With the warning that the history up to there may go on into the samples of the
/// running exporter.
pub(super) fn of(
    running: RunningExporter<'_>,
    wanted: &Backfill,
) -> Result<(End, Option<String>), BackfillError> {
    let continued = || Cursor::end_in(&wanted.output, wanted.from).map(End::At);
    if let Some(end) = wanted.to.or_else(continued) {
        return Ok((end, warning(running, wanted, end)));
    }
    Ok(match running.began_to_count()? {
        Some(began) => (End::At(began), None),
        None => (End::Now, Some(UNKNOWN_START.to_owned())),
    })
}

/// The warning of a history that goes up to this end.
fn warning(running: RunningExporter<'_>, wanted: &Backfill, end: End) -> Option<String> {
    if running.state_directory.is_none() {
        return wanted.to.is_none().then(|| UNKNOWN_START.to_owned());
    }
    // A state that does not tell the start is a reason to set --to.
    let began = running.began_to_count().ok()??;
    let end = match end {
        End::At(end) => end,
        End::Now => running.clock.now(),
    };
    (end > began).then(|| {
        format!(
            "The history ends at {end}, but by its state, the running exporter counts this workspace since {began}. Chats \
             between these two times are counted twice: set --to to the earlier time, or leave it out (docs/backfill.md)."
        )
    })
}
