//! The ways to workspaces: made of their settings and of the files of their certificates.
//!
//! Sends nothing; the roster watches over these ways. Everything here blocks for as long as the file system takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Workspace;
use crate::rocketchat::http_settings::HttpSettingsError;
use crate::rocketchat::transport::Transport;
use crate::wiring;

/// A workspace that cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("workspace {workspace}: {source}")]
pub struct TargetError {
    /// The workspace's name.
    pub workspace: String,
    /// What is wrong with it.
    pub source: HttpSettingsError,
}

/// A workspace and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceTarget {
    pub(crate) workspace: Workspace,
    pub(crate) transport: Arc<dyn Transport>,
    /// Of the certificate files that the transport was made of.
    pub(crate) files: u64,
}

impl WorkspaceTarget {
    /// Whether it leads to this workspace, over the certificates in these files.
    pub(crate) fn is_of(&self, workspace: &Workspace, files: u64) -> bool {
        self.workspace == *workspace && self.files == files
    }
}

/// All workspaces that shall be watched, by their names.
#[derive(Debug, Clone, Default)]
pub struct Targets(pub(crate) BTreeMap<String, WorkspaceTarget>);

impl Targets {
    /// The ways to these workspaces: the same as before to those whose settings and certificate files are.
    pub fn again(&self, workspaces: &[Workspace]) -> Result<Self, TargetError> {
        self.again_over(workspaces, wiring::transport)
    }

    /// The same over other transports than HTTP.
    pub(crate) fn again_over(
        &self,
        workspaces: &[Workspace],
        transport: impl Fn(&Workspace) -> Result<Arc<dyn Transport>, HttpSettingsError>,
    ) -> Result<Self, TargetError> {
        let reach = |workspace: &Workspace| {
            let (name, files) = (workspace.name.clone(), wiring::fingerprint(workspace));
            let known = self.0.get(&name).filter(|it| it.is_of(workspace, files));
            let transport = match known {
                Some(known) => Arc::clone(&known.transport),
                None => transport(workspace).map_err(unreachable(workspace))?,
            };
            Ok((name, WorkspaceTarget { workspace: workspace.clone(), transport, files }))
        };
        workspaces.iter().map(reach).collect::<Result<_, _>>().map(Self)
    }
}

/// Whether every workspace can be reached for.
pub fn check(workspaces: &[Workspace]) -> Result<(), TargetError> {
    let reached = |it: &Workspace| wiring::transport(it).map(drop).map_err(unreachable(it));
    workspaces.iter().try_for_each(reached)
}

fn unreachable(workspace: &Workspace) -> impl Fn(HttpSettingsError) -> TargetError {
    |source| TargetError { workspace: workspace.name.clone(), source }
}
