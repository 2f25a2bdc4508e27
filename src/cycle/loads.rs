//! The route `livechat/queue`: chats held per agent and department, in two listings.
//!
//! The default listing contains the agents who accept chats, the listing with offline agents contains all agents. Both
//! are one list and are complete together.

use tokio::time::Instant;

use super::poll_context::{PageOutcome, PollContext, PollOutcome};
use super::single::SingleList;
use super::status::Records;
use crate::omnichannel::agent;
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::evidence::Signs;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::livechat_queue::{self, LoadFilter, LoadRow};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{OffsetPager, PageRequest};

/// Both listings of one scan.
#[derive(Debug, Default)]
struct LoadScan {
    walk: OffsetPager,
    pages: u32,
    with_offline: bool,
    is_truncated: bool,
    accepting: Vec<LoadRow>,
    all: Vec<LoadRow>,
}

impl LoadScan {
    /// The next page, and true if it belongs to the listing with offline agents.
    fn next(&mut self) -> Option<(bool, PageRequest)> {
        if self.walk.next().is_none() && !self.with_offline {
            self.with_offline = true;
            self.walk = OffsetPager::default();
        }
        self.walk.next().map(|page| (self.with_offline, page))
    }

    /// Ends a listing at the page cap.
    fn cut_at(&mut self, max_pages: u32) {
        if self.walk.pages() >= max_pages && self.walk.next().is_some() {
            self.walk.end();
            self.is_truncated = true;
        }
    }

    fn absorb(&mut self, page: Page<LoadRow>) -> Records {
        self.pages += 1;
        self.walk.absorb(page.received(), page.total);
        let records = Records { new: page.rows.len() as u64, duplicate: 0, invalid: page.invalid };
        let rows = if self.with_offline { &mut self.all } else { &mut self.accepting };
        rows.extend(page.rows);
        records
    }
}

/// The route and its list.
#[derive(Debug)]
pub(crate) struct LoadsRoute {
    pub(crate) list: SingleList,
    scan: Option<LoadScan>,
}

impl LoadsRoute {
    pub(crate) fn new(interval: std::time::Duration) -> Self {
        let list = SingleList::new(List::Queue, Endpoint::LivechatQueue, interval, interval);
        Self { list, scan: None }
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        let now = Instant::now();
        if self.scan.is_none() {
            self.begin(context, now);
        }
        while self.list.may_go_on(Instant::now()) && self.ask(context, &mut outcome).await {}
        outcome
    }

    fn begin(&mut self, context: &PollContext<'_>, now: Instant) {
        match context.nudged {
            Some(nudged) if nudged.contains(List::Queue) => self.list.status.begin_early(now),
            None if self.list.is_due(now) => self.list.status.begin(now),
            _ => return,
        }
        self.scan = Some(LoadScan::default());
    }

    /// True if the budget allows to read the list now, in addition to the planned polls.
    pub(crate) fn is_affordable(&self, context: &PollContext<'_>) -> bool {
        self.scan.is_none() && self.list.is_affordable(context)
    }

    async fn ask(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) -> bool {
        let Some(scan) = self.scan.as_mut() else {
            return false;
        };
        let Some((with_offline, page)) = scan.next() else {
            self.complete(context, outcome);
            return false;
        };
        let query = livechat_queue::query(with_offline, &filter(context), page);
        match context.page(Endpoint::LivechatQueue, Priority::First, None, &query).await {
            PageOutcome::Later => {
                self.list.wait_after(scan.pages, context);
                false
            }
            PageOutcome::Failed(failure) => {
                self.scan = None;
                self.list.fail(failure, outcome);
                false
            }
            PageOutcome::Page(page, _) => {
                outcome.signs = outcome.signs.and(signs(&page));
                let records = scan.absorb(page);
                scan.cut_at(context.plan.max_pages);
                self.list.status.count(records);
                true
            }
        }
    }

    fn complete(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) {
        let Some(scan) = self.scan.take() else { return };
        let (accepting, mut all) = (scan.accepting, scan.all);
        all.retain(|row| is_wanted(row, context));
        let loads = agent::loads(&accepting, &all, &mut outcome.seen_names);
        outcome.updates.push(Update::Loads(loads));
        self.list.complete(scan.pages, scan.is_truncated, context);
    }
}

/// Signs of the server's release in these rows.
fn signs(page: &Page<LoadRow>) -> Signs {
    page.rows.iter().filter_map(|row| row.sign).collect()
}

fn is_wanted(row: &LoadRow, context: &PollContext<'_>) -> bool {
    let department = row.department.as_ref().and_then(|department| department.id.as_deref());
    let agent = row.user.as_ref().and_then(|user| user.id.as_deref());
    context.wants_department(department) && agent.is_none_or(|agent| context.wants_agent(agent))
}

/// The endpoint accepts one department; rows of several departments are filtered after the request.
fn filter(context: &PollContext<'_>) -> LoadFilter {
    let department_id = match context.departments.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    LoadFilter { department_id, ..context.plan.loads.clone() }
}
