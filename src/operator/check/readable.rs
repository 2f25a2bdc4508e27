//! The check of one workspace, and one line for each list: readable with this permission, refused, or not requested.

use super::report::Report;
use crate::config::Workspace;
use crate::operator::client::{OperatorClient, QueryError};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::permission;

/// The check of one workspace.
pub(super) struct Check<'c, 'r> {
    pub(super) workspace: &'c Workspace,
    pub(super) client: &'c OperatorClient,
    pub(super) capabilities: Capabilities,
    pub(super) report: &'c mut Report<'r>,
}

/// The subject of a line about a list.
pub(super) fn subject(endpoint: Endpoint, list: &str) -> String {
    format!("{} ({list})", endpoint.route())
}

impl Check<'_, '_> {
    /// Reports something about a list that is neither good nor a fault.
    pub(super) fn aside(&mut self, endpoint: Endpoint, list: &str, found: &str) {
        self.report.aside(&*subject(endpoint, list), &found);
    }

    pub(super) fn judge<T>(
        &mut self,
        endpoint: Endpoint,
        list: &str,
        outcome: Result<T, QueryError>,
    ) {
        let (own_chats, version) = (self.client.plan.own_chats_only, self.capabilities.version());
        let what = &*subject(endpoint, list);
        match outcome {
            Ok(_) => {
                let permission = permission::needed(endpoint, own_chats, version);
                self.report.well(what, &format!("readable; sufficient permission: {permission}"));
            }
            Err(QueryError::Failed(failure)) => {
                self.report.failed(what, &failure.of_server(own_chats, version).advice());
            }
            Err(budget) => self.report.aside(what, &format!("not requested: {budget}")),
        }
    }

    /// Judges an optional list: a refusal is a property of the token, not a failure.
    pub(super) fn judge_optional<T>(
        &mut self,
        endpoint: Endpoint,
        list: &str,
        outcome: Result<T, QueryError>,
    ) {
        match outcome {
            Err(QueryError::Failed(failure)) if failure.reason == Reason::Forbidden => {
                let own_chats = self.client.plan.own_chats_only;
                let advice = failure.of_server(own_chats, self.capabilities.version()).advice();
                let without = endpoint.without();
                self.aside(endpoint, list, &format!("optional, without it {without}: {advice}"));
            }
            outcome => self.judge(endpoint, list, outcome),
        }
    }
}
