//! What the roster takes from outside: the places of the states of workspaces.

use std::fmt;

use crate::store::{ClaimError, StateDirectory, Store};

/// Places; tests put slow ones there.
pub(super) trait StoreProvider: fmt::Debug + Send {
    /// The place of a workspace's state, if there is one and no other replica writes it.
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError>;
}

/// Places in a directory, if states are kept.
#[derive(Debug)]
pub(super) struct DirectoryStores(pub(super) Option<StateDirectory>);

impl StoreProvider for DirectoryStores {
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let claimed = self.0.as_ref().map(|directory| directory.claim(workspace)).transpose()?;
        Ok(claimed.map(|disk| Store::new(Box::new(disk))))
    }
}
