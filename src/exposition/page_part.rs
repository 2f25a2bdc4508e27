//! A part of the metrics page: some workspaces, the process's own families, or both.

use std::collections::BTreeSet;

/// The families that a page shows, where it does not show all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PagePart {
    /// True if the page has the families about the process, which have no label of a workspace.
    pub process: bool,
    /// The workspaces on the page, by the value of their label.
    pub workspaces: BTreeSet<String>,
}
