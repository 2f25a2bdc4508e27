//! What the roster takes from outside: the ways to workspaces and the places of their states.

use std::fmt;
use std::sync::Arc;

use crate::config::Workspace;
use crate::rocketchat::reach::ReachError;
use crate::rocketchat::transport::Transport;
use crate::store::{ClaimError, StateDirectory, Store};
use crate::watch;

/// Ways and places; tests put slow ones there.
pub(super) trait Supply: fmt::Debug + Send {
    /// The way to a workspace. Reads its certificate files; sends nothing.
    fn transport(&self, workspace: &Workspace) -> Result<Arc<dyn Transport>, ReachError>;

    /// The place of a workspace's state, if there is one and no other replica writes it.
    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError>;
}

/// Workspaces over HTTP, their states in a directory, if they are kept.
#[derive(Debug)]
pub(super) struct Outside(pub(super) Option<StateDirectory>);

impl Supply for Outside {
    fn transport(&self, workspace: &Workspace) -> Result<Arc<dyn Transport>, ReachError> {
        watch::transport(workspace)
    }

    fn claim(&self, workspace: &str) -> Result<Option<Store>, ClaimError> {
        let claimed = self.0.as_ref().map(|directory| directory.claim(workspace)).transpose()?;
        Ok(claimed.map(|disk| Store::new(Box::new(disk))))
    }
}
