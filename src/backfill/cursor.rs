//! The cursor: the settings of a backfill, what the server told at its start, and the part of the rows that was read.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::BackfillError;
use super::output::Output;
use super::span::BackfillSpan;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::paging::Position;

/// Format of the cursor and of the rows.
const FORMAT: u32 = 1;
/// The release of this exporter.
const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// The part of the rows that is read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Chats that were closed in the span.
    Closed,
    /// Chats that are open.
    Open,
    /// Chats that began in the span and were closed after it.
    ClosedLater,
    /// Calls.
    Calls,
    /// All rows are read.
    Done,
}

/// Ids with their names.
pub(super) type NamesById = Vec<(Arc<str>, Option<Arc<str>>)>;

/// The cursor of a backfill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cursor {
    format: u32,
    /// Hash of the settings that decide the bytes of the files. Another release may hash the same settings differently.
    settings: u64,
    /// The release that began the backfill; empty in a cursor without it.
    #[serde(default)]
    release: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Version of the server at the start; `None` if the server hides it.
    server_version: Option<String>,
    /// The directory of departments at the start.
    pub(super) departments: NamesById,
    /// The priorities at the start; empty if the server does not show them.
    #[serde(default)]
    pub(super) priorities: NamesById,
    pub(super) stage: Stage,
    /// Chats that were closed up to this time are read.
    pub(super) closed_until: Timestamp,
    /// Position in the list of ended calls; `None` before its first page.
    pub(super) calls_position: Option<Position>,
    /// True if the server has a list of calls that may be read.
    pub(super) has_calls: bool,
    /// Rows that were received, some of them twice after an interruption.
    pub(super) rows: u64,
    /// Rows that could not be decoded.
    pub(super) undecodable: u64,
    /// The part of `undecodable` from before the stage.
    undecodable_before: u64,
}

impl Cursor {
    /// The cursor before the first row.
    pub(super) fn begin(
        settings: u64,
        span: BackfillSpan,
        capabilities: Capabilities,
        departments: NamesById,
        priorities: NamesById,
    ) -> Self {
        Self {
            format: FORMAT,
            settings,
            release: RELEASE.to_owned(),
            from: span.from,
            to: span.to,
            server_version: capabilities.version().map(|version| version.to_string()),
            departments,
            priorities,
            stage: Stage::Closed,
            closed_until: span.from,
            calls_position: None,
            has_calls: false,
            rows: 0,
            undecodable: 0,
            undecodable_before: 0,
        }
    }

    /// Begins the next stage.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.undecodable_before = self.undecodable;
    }

    /// Takes the stage up again after an interruption. A list without a position is read again.
    pub(super) fn resume(&mut self) {
        let has_position = match self.stage {
            Stage::Closed | Stage::Done => true,
            Stage::Open | Stage::ClosedLater => false,
            Stage::Calls => self.calls_position.is_some(),
        };
        if !has_position {
            self.undecodable = self.undecodable_before;
        }
    }

    /// The kept cursor; `None` before the first row. Fails if it belongs to other settings: `settings` is their hash for
    /// an end of the span.
    pub(super) fn load(
        output: &Output,
        settings: impl Fn(Timestamp) -> u64,
    ) -> Result<Option<Self>, BackfillError> {
        let Some(bytes) = output.cursor()? else { return Ok(None) };
        let directory = || output.directory.clone();
        let cursor: Self =
            serde_json::from_slice(&bytes).map_err(|_| BackfillError::Foreign(directory()))?;
        if cursor.format == FORMAT && cursor.settings == settings(cursor.to) {
            return Ok(Some(cursor));
        }
        Err(match cursor.release.as_str() {
            "" | RELEASE => BackfillError::Foreign(directory()),
            _ => BackfillError::OtherRelease { directory: directory(), release: cursor.release },
        })
    }

    /// The end of the backfill from this time that the directory holds; `None` if it holds none, or one that cannot be
    /// read.
    pub(super) fn end_in(directory: &Path, from: Timestamp) -> Option<Timestamp> {
        let bytes = Output::cursor_in(directory).ok().flatten()?;
        let cursor: Self = serde_json::from_slice(&bytes).ok()?;
        (cursor.format == FORMAT && cursor.from == from).then_some(cursor.to)
    }

    /// Makes the cursor durable.
    pub(super) fn keep(&self, output: &Output) -> Result<(), BackfillError> {
        let bytes = serde_json::to_vec(self).map_err(std::io::Error::from);
        output.keep_cursor(&bytes.map_err(BackfillError::at(&output.directory))?)
    }

    /// The capabilities of the server at the start.
    pub(super) fn capabilities(&self) -> Capabilities {
        let version = self.server_version.as_ref().and_then(|version| version.parse().ok());
        Capabilities::of(version)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn rows_of_a_list_that_is_read_again_are_counted_once() {
        let span = BackfillSpan {
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::UNIX_EPOCH,
            step: SignedDuration::ZERO,
        };
        let mut cursor = Cursor::begin(0, span, Capabilities::of(None), Vec::new(), Vec::new());
        cursor.undecodable = 3;
        cursor.resume();
        assert_eq!(cursor.undecodable, 3, "closed chats have a position");
        cursor.enter(Stage::Open);
        cursor.undecodable += 2;
        cursor.resume();
        assert_eq!(cursor.undecodable, 3);
        cursor.enter(Stage::Calls);
        cursor.undecodable += 4;
        cursor.resume();
        assert_eq!(cursor.undecodable, 3, "calls in progress have no position");
    }
}
