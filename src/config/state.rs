//! Settings of the state that outlives the process.

use std::path::PathBuf;

use super::reader::MappingReader;
use super::scalar::switch;

/// The settings of durable state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateSettings {
    /// The directory of the state; `None` if no state is kept.
    pub directory: Option<PathBuf>,
    /// True if the directory does not outlive the process, such as a directory of a container without a volume.
    pub is_volatile: bool,
}

impl StateSettings {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        section.set("volatile", &mut self.is_volatile, switch);
        self.directory = section.path("directory").or_else(|| self.directory.take());
    }
}
