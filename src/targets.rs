//! The targets: each workspace with the transport that is built from its settings and certificate files.
//!
//! The module sends nothing. Every function blocks on the file system.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Workspace;
use crate::rocketchat::http_settings::HttpSettingsError;
use crate::rocketchat::transport::Transport;
use crate::webhook::nudges::Nudges;
use crate::webhook::receiver::Recipient;
use crate::wiring;

/// A workspace for which no transport can be built.
#[derive(Debug, thiserror::Error)]
#[error("workspace {workspace}: {source}")]
pub struct TargetError {
    /// The workspace's name.
    pub workspace: String,
    /// The cause.
    pub source: HttpSettingsError,
}

/// A workspace and its transport.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceTarget {
    pub(crate) workspace: Workspace,
    pub(crate) transport: Arc<dyn Transport>,
    /// Hash of the certificate files from which the transport was built.
    pub(crate) files: u64,
    /// The webhooks of the workspace, which every cycle of it continues.
    pub(crate) nudges: Arc<Nudges>,
}

impl WorkspaceTarget {
    /// True if the target is for this workspace with these settings and certificate files.
    pub(crate) fn is_of(&self, workspace: &Workspace, files: u64) -> bool {
        self.workspace == *workspace && self.files == files
    }
}

/// All workspaces to watch, by their names.
#[derive(Debug, Clone, Default)]
pub struct Targets(pub(crate) BTreeMap<String, WorkspaceTarget>);

impl Targets {
    /// The workspaces that receive webhooks.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = Recipient> {
        self.0.values().filter_map(|target| {
            let token = target.workspace.webhook_token.clone()?;
            let (workspace, nudges) = (target.workspace.name.clone(), Arc::clone(&target.nudges));
            Some(Recipient { workspace, token, nudges })
        })
    }

    /// The targets of these workspaces. A transport is kept if the settings and certificate files are unchanged.
    pub fn again(&self, workspaces: &[Workspace]) -> Result<Self, TargetError> {
        self.again_over(workspaces, wiring::transport)
    }

    /// The same with other transports than HTTP.
    pub(crate) fn again_over(
        &self,
        workspaces: &[Workspace],
        transport: impl Fn(&Workspace) -> Result<Arc<dyn Transport>, HttpSettingsError>,
    ) -> Result<Self, TargetError> {
        let reach = |workspace: &Workspace| {
            let (name, files) = (workspace.name.clone(), wiring::fingerprint([workspace]));
            let known = self.0.get(&name).filter(|it| it.is_of(workspace, files));
            let transport = match known {
                Some(known) => Arc::clone(&known.transport),
                None => transport(workspace)
                    .map_err(|source| TargetError { workspace: name.clone(), source })?,
            };
            let nudges = self.0.get(&name).map(|it| Arc::clone(&it.nudges)).unwrap_or_default();
            let workspace = workspace.clone();
            Ok((name, WorkspaceTarget { workspace, transport, files, nudges }))
        };
        workspaces.iter().map(reach).collect::<Result<_, _>>().map(Self)
    }
}
