//! The rules by which rows are observed: bots and counted tags.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The bots and tags of the configuration.
#[derive(Debug, Clone, Default)]
pub struct ObservationRules {
    /// User names of bots; a chat that a bot serves still waits for a person.
    pub bots: BTreeSet<String>,
    /// Tags that are counted.
    pub tags: Vec<Arc<str>>,
}

impl ObservationRules {
    pub(super) fn knows_bot(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.bots.contains(name))
    }
}
