//! The check of one workspace, and one line for each list: readable with this permission, refused, or not requested.

use super::report::CheckReport;
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
    pub(super) report: &'c mut CheckReport<'r>,
}

/// A list that is checked, and the endpoint that it is read from.
pub(super) type CheckedList<'l> = (Endpoint, &'l str);

pub(super) fn named((endpoint, list): CheckedList<'_>) -> String {
    format!("{} ({list})", endpoint.route())
}

impl Check<'_, '_> {
    /// Reports something about a list that is neither good nor a fault.
    pub(super) fn aside(&mut self, list: CheckedList<'_>, found: &str) {
        self.report.aside(&*named(list), &found);
    }

    /// Judges a list that every token has to read; returns the answer, if there is one.
    pub(super) fn judge<T>(
        &mut self,
        list: CheckedList<'_>,
        outcome: Result<T, QueryError>,
    ) -> Option<T> {
        let (own_chats, version) = (self.client.plan.own_chats_only, self.capabilities.version());
        let what = &*named(list);
        match outcome {
            Ok(read) => {
                let permission = permission::needed(list.0, own_chats, version);
                self.report.well(what, &format!("readable; sufficient permission: {permission}"));
                return Some(read);
            }
            Err(QueryError::Failed(failure)) => {
                self.report
                    .failed(what, &failure.of_server(own_chats, version).problem_and_remedy());
            }
            Err(budget) => self.report.aside(what, &format!("not requested: {budget}")),
        }
        None
    }

    /// Judges an optional list: a refusal is a property of the token, not a failure.
    pub(super) fn judge_optional<T>(
        &mut self,
        list: CheckedList<'_>,
        outcome: Result<T, QueryError>,
    ) -> Option<T> {
        match outcome {
            Err(QueryError::Failed(failure)) if failure.reason == Reason::Forbidden => {
                let own_chats = self.client.plan.own_chats_only;
                let problem =
                    failure.of_server(own_chats, self.capabilities.version()).problem_and_remedy();
                let without = list.0.without();
                self.aside(list, &format!("optional, without it {without}: {problem}"));
                None
            }
            outcome => self.judge(list, outcome),
        }
    }
}
