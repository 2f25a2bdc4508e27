//! The reasons why a backfill stops, each with the remedy.

use std::io;
use std::path::{Path, PathBuf};

use crate::operator::client::QueryError;
use crate::operator::inspect::InspectError;
use crate::rocketchat::error::Failure;
use crate::sanitize;

/// The reason why a backfill stopped. What it has read is kept: a corrected command of the same settings continues.
#[derive(Debug, thiserror::Error)]
pub enum BackfillError {
    /// The workspace cannot be chosen, or a file or address of its configuration cannot be used.
    #[error(transparent)]
    Workspace(#[from] InspectError),
    /// The span of time is empty.
    #[error("--from must be before --to: the history would begin at {0} and end at {1}")]
    EmptySpan(jiff::Timestamp, jiff::Timestamp),
    /// The span ends in the future.
    #[error("--to {0} is in the future: the clock of the server shows {1}; set --to now")]
    FutureEnd(jiff::Timestamp, jiff::Timestamp),
    /// The labels of the series would not be valid.
    #[error("--label {0}: the series have this label already; choose another name")]
    Label(String),
    /// The state does not tell when counting began.
    #[error(
        "the state of the running exporter does not tell when it began to count ({0}): set --to to the time at which its \
         counters were 0, which is not always that of its first sample in Prometheus (docs/backfill.md tells how to \
         find it)"
    )]
    UnknownEnd(String),
    /// A request has no usable answer.
    #[error("{refusal}; run the same command again to continue", refusal = sanitize::terminal(&.0.to_string()))]
    Query(#[from] QueryError),
    /// An answer is not the requested one, or a department of the filter is unknown.
    #[error("{refusal}", refusal = sanitize::terminal(&.0.to_string()))]
    Failed(#[from] Failure),
    /// A file in the output directory cannot be read or written.
    #[error("--output: {}: {source}; {}", path.display(), remedy(source.kind()))]
    Output {
        /// The file or the directory.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// Another run uses the output directory.
    #[error("--output: {} is in use by another run: wait for its end", .0.display())]
    InUse(PathBuf),
    /// The output directory holds a backfill of other settings.
    #[error(
        "--output: {} holds a backfill of another workspace, span, step, label or configuration, or of other business \
         hours of the server: repeat that command with that configuration, or choose an empty directory",
        .0.display()
    )]
    Foreign(PathBuf),
    /// Another release began the backfill in the output directory, and its settings are others or have another form.
    #[error(
        "--output: {} holds a backfill that release {} of the exporter began: this release cannot continue it; repeat \
         that command with that release and that configuration, or choose an empty directory",
        directory.display(),
        sanitize::terminal(release)
    )]
    OtherRelease {
        /// The output directory.
        directory: PathBuf,
        /// The release that began the backfill.
        release: String,
    },
    /// A page of a day cannot be rendered; this is a defect.
    #[error("cannot render a page: {0}")]
    Page(#[source] prometheus::Error),
    /// A signal stopped the run.
    #[error("stopped by a signal: run the same command again to continue")]
    Stopped,
}

impl BackfillError {
    /// True if the configuration is at fault (exit code 78).
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Workspace(error) if error.is_configuration())
    }

    /// An error of the system with this file.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Output { path, source }
    }
}

fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free space on the volume, then run the same command again to continue"
        }
        io::ErrorKind::PermissionDenied => "give the directory to the user of this command",
        io::ErrorKind::InvalidData => {
            "remove the directory and begin again, or restore the file from a copy"
        }
        _ => "check the volume, then run the same command again to continue",
    }
}
