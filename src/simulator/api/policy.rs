//! The settings of an administrator that decide about answers.

use std::collections::BTreeSet;

use super::permission::Permission;

/// Settings that an administrator of the workspace decides.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) token: String,
    pub(crate) user_id: String,
    pub(crate) refused: BTreeSet<Permission>,
    pub(crate) page_limit: usize,
    pub(crate) version_hidden: bool,
    pub(crate) presence_hidden: bool,
    pub(crate) open_inverted: bool,
}
