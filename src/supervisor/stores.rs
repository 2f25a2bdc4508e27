//! The provider of the stores for the states of workspaces.

use std::fmt;

use crate::store::{ClaimError, StateDirectory, Store};

/// A provider of stores; a trait, so that tests can provide slow stores.
pub(super) trait StoreProvider: fmt::Debug + Send + Sync {
    /// The store for the state of a workspace, if states are kept. Fails if another replica writes the state. Blocks.
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError>;
}

/// The stores in a directory, if states are kept.
impl StoreProvider for Option<StateDirectory> {
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let claimed = self.as_ref().map(|directory| directory.claim(workspace)).transpose()?;
        Ok(claimed.map(|disk| Store::new(Box::new(disk))))
    }
}
