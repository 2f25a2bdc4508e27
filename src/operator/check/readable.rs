//! One line for each list: readable with this permission, refused, or not requested.

use super::report::Report;
use crate::operator::client::{OperatorClient, QueryError};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::permission;
use crate::rocketchat::server_version::ServerVersion;

/// The subject of a line: the endpoint, the list, and the facts that decide about the permission.
pub(super) struct At {
    pub(super) endpoint: Endpoint,
    pub(super) what: String,
    own_chats: bool,
    version: Option<ServerVersion>,
}

pub(super) fn at(
    endpoint: Endpoint,
    list: &str,
    operator_client: &OperatorClient,
    capabilities: Capabilities,
) -> At {
    At {
        endpoint,
        what: format!("{} ({list})", endpoint.route()),
        own_chats: operator_client.plan.own_chats_only,
        version: capabilities.version(),
    }
}

pub(super) fn judge(at: &At, outcome: Result<(), QueryError>, report: &mut Report<'_>) {
    match outcome {
        Ok(()) => {
            let permission = permission::needed(at.endpoint, at.own_chats, at.version);
            report.well(&at.what, &format!("readable; sufficient permission: {permission}"));
        }
        Err(QueryError::Failed(failure)) => {
            let failure = failure.of_server(at.own_chats, at.version);
            report.failed(&at.what, &failure.advice());
        }
        Err(budget) => report.aside(&at.what, &format!("not requested: {budget}")),
    }
}

/// Judges an optional list: a refusal is a property of the token, not a failure.
pub(super) fn judge_optional(at: &At, outcome: Result<(), QueryError>, report: &mut Report<'_>) {
    match outcome {
        Err(QueryError::Failed(failure)) if failure.reason == Reason::Forbidden => {
            let advice = failure.of_server(at.own_chats, at.version).advice();
            let without = at.endpoint.without();
            report.aside(&at.what, &format!("optional, without it {without}: {advice}"));
        }
        outcome => judge(at, outcome, report),
    }
}
