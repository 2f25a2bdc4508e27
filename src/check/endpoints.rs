//! Every list the exporter would poll, and the permission each needs: one small request for each.

use super::report::Report;
use super::rooms;
use crate::enquiry::{Departments, Enquiry, Unanswered};
use crate::omnichannel::list::List;
use crate::rocketchat::agents::{self, AgentRow};
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::departments::MemberRow;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::evidence::Signs;
use crate::rocketchat::livechat_queue::{self, LoadRow};
use crate::rocketchat::paging::PageRequest;
use crate::rocketchat::query::Query;
use crate::rocketchat::voip_rooms::{self, CallRow};

/// One row shows whether a list may be read.
pub(super) const ONE_ROW: PageRequest = PageRequest { start: None, end: None, offset: 0, count: 1 };
/// Asks for each list in turn; none rests on another.
pub(super) async fn look(enquiry: &Enquiry, capabilities: Capabilities, report: &mut Report<'_>) {
    let departments = departments(enquiry, report).await;
    members(enquiry, &departments, report).await;
    let signs = loads(enquiry, report).await;
    let ids = enquiry.plan.department_ids(|name| departments.named(name));
    rooms::look(enquiry, ids, capabilities.with(signs), report).await;
    calls(enquiry, capabilities, report).await;
    let agents = enquiry.page::<AgentRow>(Endpoint::Agents, None, &agents::query(ONE_ROW)).await;
    let hint = "without it idle agents stay invisible";
    judge_optional(&at(Endpoint::Agents, List::Agents), agents.map(drop), hint, report);
}

/// A line's subject: where it is asked, which list it is, what it takes.
pub(super) struct At {
    pub(super) what: String,
    pub(super) permission: &'static str,
}

pub(super) fn at(endpoint: Endpoint, list: List) -> At {
    let what = format!("{} ({})", endpoint.route(), list.label());
    At { what, permission: endpoint.permission() }
}

pub(super) fn judge(at: &At, outcome: Result<(), Unanswered>, report: &mut Report<'_>) {
    match outcome {
        Ok(()) => {
            report.well(&at.what, &format!("readable, for which {} is enough", at.permission));
        }
        Err(Unanswered::Failed(failure)) => report.failed(&at.what, &failure.advice()),
        Err(budget) => report.aside(&at.what, &format!("not asked: {budget}")),
    }
}

/// A refusal is how this token is, not a failure.
fn judge_optional(at: &At, outcome: Result<(), Unanswered>, hint: &str, report: &mut Report<'_>) {
    match outcome {
        Err(Unanswered::Failed(failure)) if failure.reason == Reason::Forbidden => {
            report.aside(&at.what, &format!("optional, {hint}: {}", failure.advice()));
        }
        outcome => judge(at, outcome, report),
    }
}

/// The directory; a configured name that it does not hold would show as an empty department for ever.
async fn departments(enquiry: &Enquiry, report: &mut Report<'_>) -> Departments {
    let at = at(Endpoint::Departments, List::Departments);
    let (departments, outcome) = match enquiry.departments().await {
        Ok(departments) => (departments, Ok(())),
        Err(unanswered) => (Departments::unknown(), Err(unanswered)),
    };
    judge_optional(&at, outcome, "without it departments have no names of their own", report);
    for wanted in enquiry.plan.departments.iter().filter(|wanted| departments.lacks(wanted)) {
        let known = departments.count();
        let found = format!(
            "no department is named {wanted:?} and none has this id, among {known}; correct filter.departments"
        );
        report.failed("filter", &found);
    }
    departments
}

async fn members(enquiry: &Enquiry, departments: &Departments, report: &mut Report<'_>) {
    let (endpoint, Some(id)) = (Endpoint::Department, departments.first()) else { return };
    let page = enquiry.page::<MemberRow>(endpoint, Some(id), &Query::default()).await;
    let at =
        At { what: format!("{} (members)", endpoint.route()), permission: endpoint.permission() };
    judge_optional(&at, page.map(drop), "without it departments have no members", report);
}

/// Chats held by agents; returns what the rows say of the release of the server.
async fn loads(enquiry: &Enquiry, report: &mut Report<'_>) -> Signs {
    let query = livechat_queue::query(true, &enquiry.plan.loads, ONE_ROW);
    let page = enquiry.page::<LoadRow>(Endpoint::LivechatQueue, None, &query).await;
    let rows = page.iter().flat_map(|page| &page.rows);
    let signs = rows.filter_map(|row| row.sign).collect();
    judge(&at(Endpoint::LivechatQueue, List::Queue), page.map(drop), report);
    signs
}

/// Servers from 4.5 to 7.x have it; where it is missing, nothing is.
async fn calls(enquiry: &Enquiry, capabilities: Capabilities, report: &mut Report<'_>) {
    let at = at(Endpoint::VoipRooms, List::Calls);
    if capabilities.voip() == Support::No {
        return report.aside(&at.what, &"not asked: only servers from 4.5 to 7.x have calls");
    }
    let query = voip_rooms::query(voip_rooms::Select::Open, &enquiry.plan.calls, ONE_ROW);
    match enquiry.page::<CallRow>(Endpoint::VoipRooms, None, &query).await {
        Err(Unanswered::Failed(failure))
            if matches!(failure.reason, Reason::NotFound | Reason::Decode) =>
        {
            report.aside(&at.what, &"optional, this server has no calls");
        }
        page => judge_optional(&at, page.map(drop), "without it there are no calls", report),
    }
}
