//! The reasons why a question has no answer, each one line with the remedy.

use crate::operator::client::QueryError;
use crate::rocketchat::error::Failure;
use crate::rocketchat::http_settings::HttpSettingsError;
use crate::rocketchat::server_version::ServerVersion;
use crate::rocketchat::voip_room::IncompleteCall;
use crate::sanitize;

/// The reason why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Several workspaces are configured and none is named; with their names.
    #[error("choose a workspace with --workspace: {0}")]
    NoWorkspace(String),
    /// An unknown workspace is named; with the names of the workspaces.
    #[error("no workspace has the name {0:?}; the workspaces are: {1}")]
    UnknownWorkspace(String, String),
    /// A file or address of the workspace's configuration cannot be used.
    #[error("workspace {0}: {1}")]
    HttpSettings(String, #[source] HttpSettingsError),
    /// The question has no answer.
    #[error("workspace {0}: {refusal}", refusal = sanitize::terminal(&.1.to_string()))]
    Refused(String, #[source] Refusal),
}

impl InspectError {
    /// True if the configuration is at fault (exit code 78).
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::HttpSettings(..))
    }
}

/// The reason why a workspace gives no answer to a question.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A request has no usable answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// An answer is not the requested one.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// With an agent's own token the server lists only that agent's chats, and a waiting chat has no agent.
    #[error(
        "with scope: own the server shows no waiting chat; use a token with view-livechat-rooms and scope: all"
    )]
    WaitingUnseen,
    /// The server has no such department.
    #[error(
        "no department has the name or id {0:?}; `inspect queue` shows the departments with chats"
    )]
    UnknownDepartment(String),
    /// The departments that were read do not contain the department.
    #[error("none of the departments read so far has the name or id {0:?}; wait a minute")]
    DepartmentUnread(String),
    /// The server has no calls.
    #[error("the server is {0}: only versions 4.5 to 7.x have Omnichannel calls")]
    NoCalls(ServerVersion),
    /// The call is not identified.
    #[error(transparent)]
    IncompleteCall(#[from] IncompleteCall),
}
