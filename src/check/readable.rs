//! A line for each list: readable with this permission, refused, or not asked.

use super::report::Report;
use crate::enquiry::{Enquiry, Unanswered};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::paging::PageRequest;
use crate::rocketchat::permission;

/// One row shows whether a list may be read.
pub(super) const ONE_ROW: PageRequest = PageRequest { start: None, end: None, offset: 0, count: 1 };

/// A line's subject: where it is asked, which list it is, what it takes.
pub(super) struct At {
    endpoint: Endpoint,
    pub(super) what: String,
    permission: String,
}

pub(super) fn at(
    endpoint: Endpoint,
    list: &str,
    enquiry: &Enquiry,
    capabilities: Capabilities,
) -> At {
    let version = capabilities.version();
    At {
        endpoint,
        what: format!("{} ({list})", endpoint.route()),
        permission: permission::needed(endpoint, enquiry.plan.own_chats_only, version),
    }
}

impl At {
    /// What to do about a failure; a refusal names what this version asks for.
    fn advice(&self, failure: &Failure) -> String {
        if failure.reason != Reason::Forbidden {
            return failure.advice();
        }
        let (what, permission) = (&failure.what, &self.permission);
        format!("{what}; grant the exporter's user the permission {permission}")
    }
}

pub(super) fn judge(at: &At, outcome: Result<(), Unanswered>, report: &mut Report<'_>) {
    match outcome {
        Ok(()) => {
            report.well(&at.what, &format!("readable; enough is: {}", at.permission));
        }
        Err(Unanswered::Failed(failure)) => report.failed(&at.what, &at.advice(&failure)),
        Err(budget) => report.aside(&at.what, &format!("not asked: {budget}")),
    }
}

/// A refusal is how this token is, not a failure.
pub(super) fn judge_optional(at: &At, outcome: Result<(), Unanswered>, report: &mut Report<'_>) {
    match outcome {
        Err(Unanswered::Failed(failure)) if failure.reason == Reason::Forbidden => {
            let (without, advice) = (at.endpoint.without(), at.advice(&failure));
            report.aside(&at.what, &format!("optional, without it {without}: {advice}"));
        }
        outcome => judge(at, outcome, report),
    }
}
