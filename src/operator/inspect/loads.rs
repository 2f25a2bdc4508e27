//! `inspect queue`: chats held by each agent in each department, as `livechat/queue` counts them.

use super::context::{Column, InspectContext};
use super::error::Refusal;
use super::listing::{Cell, Listing};
use super::wanted::DepartmentFilter;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::livechat_queue::{self, LoadFilter, LoadRow};

const COLUMNS: [Column<LoadRow>; 5] = [
    ("agent", |row, _| Cell::text(row.user.as_ref().and_then(|user| user.username.as_deref()))),
    ("agent_id", |row, _| Cell::text(row.user.as_ref().and_then(|user| user.id.as_deref()))),
    ("status", |row, _| Cell::text(row.user.as_ref().and_then(|user| user.status.as_deref()))),
    ("department", |row, context| {
        let department = row.department.as_ref();
        let id = department.and_then(|department| department.id.as_deref());
        let name = department.and_then(|department| department.name.as_deref());
        Cell::text(Some(context.department(id, name)))
    }),
    ("chats", |row, _| Cell::count(row.chats)),
];

pub(super) async fn queue(
    context: &InspectContext<'_>,
    department: Option<&str>,
    agent: Option<&str>,
    available: bool,
) -> Result<Listing, Refusal> {
    let plan = &context.client.plan;
    let asked: Vec<String> = department.map(str::to_owned).into_iter().collect();
    let places = context.places(&asked)?;
    let agent_id = plan.loads.agent_id.clone().or_else(|| agent.map(str::to_owned));
    let filter = LoadFilter {
        agent_id,
        // The endpoint takes one department; several departments are filtered row by row.
        department_id: places.sent().first().filter(|_| places.sent().len() == 1).cloned(),
    };
    let query = |page| livechat_queue::query(!available, &filter, page);
    let (mut found, completeness) =
        context.client.leaf_through(Endpoint::LivechatQueue, query).await?;
    found.retain(|row| is_wanted(row, &places, agent));
    found.sort_by_key(|row| std::cmp::Reverse(row.chats));
    Ok(context.listing("loads", &COLUMNS, &found, completeness))
}

fn is_wanted(row: &LoadRow, places: &DepartmentFilter, agent: Option<&str>) -> bool {
    let department = row.department.as_ref().and_then(|department| department.id.as_deref());
    let user = row.user.as_ref().and_then(|user| user.id.as_deref());
    places.takes(department) && agent.is_none_or(|agent| user == Some(agent))
}
