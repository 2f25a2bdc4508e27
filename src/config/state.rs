//! Settings of the state that outlives the process.

use std::path::PathBuf;

use super::reader::MappingReader;

/// The settings of durable state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The directory of the state; `None` if no state is kept.
    pub directory: Option<PathBuf>,
}

impl State {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        self.directory = section.path("directory").or_else(|| self.directory.take());
    }
}
