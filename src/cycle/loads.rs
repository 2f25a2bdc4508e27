//! The route `livechat/queue`: chats held per agent and department, in two listings.
//!
//! The default listing contains the agents who accept chats, the listing with offline agents contains all agents. Both
//! are one list and are complete together.

use super::list_scans::ListScans;
use super::poll_context::{PollContext, PollOutcome};
use super::single::SingleList;
use crate::omnichannel::agent;
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::livechat_queue::{self, LoadFilter, LoadRow};
use crate::rocketchat::page::Page;

/// The route and its list.
#[derive(Debug)]
pub(crate) struct LoadsRoute {
    pub(crate) scans: ListScans<LoadRow, 2>,
}

impl LoadsRoute {
    pub(crate) fn new(interval: std::time::Duration) -> Self {
        let list = SingleList::new(List::Queue, Endpoint::LivechatQueue, interval, interval);
        Self { scans: ListScans::new(list, RequestPriority::First) }
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        let filter = filter(context);
        let query = |index, page| livechat_queue::query(index > 0, &filter, page);
        let see = |page: &Page<LoadRow>| {
            outcome.signs =
                outcome.signs.and(page.rows.iter().filter_map(|row| row.sign).collect());
        };
        match self.scans.run(query, see, context).await {
            Ok(Some([accepting, mut all])) => {
                all.retain(|row| is_wanted(row, context));
                let loads = agent::loads(&accepting, &all, &mut outcome.seen_names);
                outcome.updates.push(Update::Loads(loads));
            }
            Ok(None) => {}
            Err(failure) => self.scans.list.fail(failure, &mut outcome),
        }
        outcome
    }
}

fn is_wanted(row: &LoadRow, context: &PollContext<'_>) -> bool {
    let department = row.department.as_ref().and_then(|department| department.id.as_deref());
    let agent = row.user.as_ref().and_then(|user| user.id.as_deref());
    context.wants_department(department) && context.plan.wants_agent(agent)
}

/// The endpoint accepts one department; rows of several departments are filtered after the request.
fn filter(context: &PollContext<'_>) -> LoadFilter {
    let department_id = match context.departments.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    LoadFilter { department_id, ..context.plan.loads.clone() }
}
