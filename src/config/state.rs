//! Where state outlives the process.

use std::path::PathBuf;

use super::reader::Section;
use super::scalar::path;

/// The settings of durable state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The directory that it is kept in; without one nothing is kept.
    pub directory: Option<PathBuf>,
}

impl State {
    pub(super) fn overlay(&mut self, section: &mut Section<'_>) {
        section.set("directory", &mut self.directory, |value| path(value).map(Some));
    }
}
