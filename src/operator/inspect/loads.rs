//! `inspect queue`: chats held by each agent in each department, as `livechat/queue` counts them.

use super::listing::{Cell, Listing};
use super::wanted::DepartmentFilter;
use super::{InspectContext, Refusal};
use crate::operator::client::Completeness;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::livechat_queue::{self, LoadFilter, LoadRow};

pub(super) async fn queue(
    context: &InspectContext<'_>,
    department: Option<&str>,
    agent: Option<&str>,
    available: bool,
) -> Result<Listing, Refusal> {
    let plan = &context.operator_client.plan;
    let asked: Vec<String> = department.map(str::to_owned).into_iter().collect();
    let places = context.places(&asked)?;
    let agent_id = plan.loads.agent_id.clone().or_else(|| agent.map(str::to_owned));
    let filter = LoadFilter {
        agent_id,
        // The endpoint takes one department; several departments are filtered row by row.
        department_id: places.sent().first().filter(|_| places.sent().len() == 1).cloned(),
    };
    let query = |page| livechat_queue::query(!available, &filter, page);
    let mut found = Vec::new();
    let take = |row: LoadRow| found.extend(is_wanted(&row, &places, agent).then_some(row));
    let completeness =
        context.operator_client.leaf_through(Endpoint::LivechatQueue, query, take).await?;
    found.sort_by_key(|row| std::cmp::Reverse(row.chats));
    Ok(Listing {
        subject: "loads",
        columns: vec!["agent", "agent_id", "status", "department", "chats"],
        rows: found.iter().map(|row| cells(row, context)).collect(),
        is_cut: completeness == Completeness::Part,
    })
}

fn is_wanted(row: &LoadRow, places: &DepartmentFilter, agent: Option<&str>) -> bool {
    let department = row.department.as_ref().and_then(|department| department.id.as_deref());
    let user = row.user.as_ref().and_then(|user| user.id.as_deref());
    places.takes(department) && agent.is_none_or(|agent| user == Some(agent))
}

fn cells(row: &LoadRow, context: &InspectContext<'_>) -> Vec<Cell> {
    let (user, department) = (row.user.as_ref(), row.department.as_ref());
    let id = department.and_then(|department| department.id.as_deref());
    let name = department.and_then(|department| department.name.as_deref());
    vec![
        Cell::text(user.and_then(|user| user.username.as_deref())),
        Cell::text(user.and_then(|user| user.id.as_deref())),
        Cell::text(user.and_then(|user| user.status.as_deref())),
        context.department(id, name),
        row.chats.map_or(Cell::Nothing, Cell::Count),
    ]
}
