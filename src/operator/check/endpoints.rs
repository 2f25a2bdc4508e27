//! The check of every list that the exporter would poll, and of the permission that each needs: one small request for
//! each.

use super::optional::Optional;
use super::readable::{at, judge, judge_optional};
use super::report::Report;
use super::rooms;
use crate::cycle::resolution;
use crate::omnichannel::list::List;
use crate::omnichannel::service_level::ServiceLevels;
use crate::operator::client::{Departments, OperatorClient, QueryError};
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

/// Requests each list in turn. No list depends on another, but rooms need the departments of the filter.
pub(super) async fn look(
    operator_client: &OperatorClient,
    capabilities: Capabilities,
    levels: &ServiceLevels,
    report: &mut Report<'_>,
) {
    let (departments, filter) = departments(operator_client, capabilities, report).await;
    members(operator_client, capabilities, &departments, report).await;
    let signs = loads(operator_client, capabilities, report).await;
    rooms::look(operator_client, filter, capabilities.with(signs), report).await;
    calls(operator_client, capabilities, report).await;
    let departments = &departments;
    Optional { operator_client, capabilities, departments, levels }.look(report).await;
}

/// The departments, and the ids of the departments of the filter; `None` if a department of the filter has no id.
async fn departments(
    operator_client: &OperatorClient,
    capabilities: Capabilities,
    report: &mut Report<'_>,
) -> (Departments, Option<Vec<String>>) {
    let at = at(Endpoint::Departments, List::Departments.label(), operator_client, capabilities);
    let named = &operator_client.plan.departments;
    let with_archived = !named.is_empty() && capabilities.archived_departments();
    let (departments, outcome) = match operator_client.departments(with_archived).await {
        Ok(departments) => (departments, Ok(())),
        Err(unanswered) => (Departments::unknown(), Err(unanswered)),
    };
    let filter = resolution::resolve(named, |name| departments.named(name));
    let unresolved = match (&filter, &outcome) {
        (Err(unknown), Ok(())) => Some(resolution::not_listed(unknown, departments.count())),
        (Err(unknown), Err(QueryError::Failed(failure))) => {
            Some(resolution::not_told(unknown, failure))
        }
        _ => None,
    };
    if named.is_empty() {
        judge_optional(&at, outcome, report);
    } else {
        judge(&at, outcome, report);
    }
    if let Some(unresolved) = unresolved {
        report.failed("filter", &unresolved.advice());
    }
    (departments, filter.ok())
}

/// Checks all agents, and the members of departments: the rows of agents contain them, or they are requested for one
/// department.
async fn members(
    operator_client: &OperatorClient,
    capabilities: Capabilities,
    departments: &Departments,
    report: &mut Report<'_>,
) {
    let agents = at(Endpoint::Agents, List::Agents.label(), operator_client, capabilities);
    let page = operator_client
        .page::<AgentRow>(Endpoint::Agents, None, &agents::query(PageRequest::ONE_ROW))
        .await;
    let are_told = page.as_ref().is_ok_and(|page| agents::tell_members(&page.rows));
    judge_optional(&agents, page.map(drop), report);
    if are_told {
        let at = at(Endpoint::Agents, "members", operator_client, capabilities);
        return judge(&at, Ok(()), report);
    }
    let (endpoint, Some(id)) = (Endpoint::Department, departments.first()) else { return };
    let page = operator_client.page::<MemberRow>(endpoint, Some(id), &Query::default()).await;
    judge_optional(&at(endpoint, "members", operator_client, capabilities), page.map(drop), report);
}

/// Checks the chats held by agents; returns signs of the server's release.
async fn loads(
    operator_client: &OperatorClient,
    capabilities: Capabilities,
    report: &mut Report<'_>,
) -> Signs {
    let query = livechat_queue::query(true, &operator_client.plan.loads, PageRequest::ONE_ROW);
    let page = operator_client.page::<LoadRow>(Endpoint::LivechatQueue, None, &query).await;
    let rows = page.iter().flat_map(|page| &page.rows);
    let signs = rows.filter_map(|row| row.sign).collect();
    let at = at(Endpoint::LivechatQueue, List::Queue.label(), operator_client, capabilities);
    judge(&at, page.map(drop), report);
    signs
}

/// Checks the calls. Servers from 4.5 to 7.x have them; no figure is missing on other servers.
async fn calls(
    operator_client: &OperatorClient,
    capabilities: Capabilities,
    report: &mut Report<'_>,
) {
    let at = at(Endpoint::VoipRooms, List::Calls.label(), operator_client, capabilities);
    if capabilities.voip() == Support::No {
        return report.aside(&at.what, &"not requested: only servers from 4.5 to 7.x have calls");
    }
    let query = voip_rooms::query(
        voip_rooms::Select::Open,
        &operator_client.plan.calls,
        PageRequest::ONE_ROW,
    );
    match operator_client.page::<CallRow>(Endpoint::VoipRooms, None, &query).await {
        Err(QueryError::Failed(failure))
            if matches!(failure.reason, Reason::NotFound | Reason::Decode) =>
        {
            report.aside(&at.what, &"optional, this server has no calls");
        }
        page => judge_optional(&at, page.map(drop), report),
    }
}
