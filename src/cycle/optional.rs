//! The optional lists that complete what rows of chats say: priorities, SLA policies, the licence, business hours.
//!
//! A healthy server may refuse each of them or not have it. None of them is a part of `up`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::background_list::{BackgroundList, FIRST_ANSWERS, read_pages};
use super::plan::Plan;
use super::poll_context::{PollContext, PollOutcome};
use super::single::SingleList;
use crate::omnichannel::licence::Licence;
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::omnichannel::server_hours::ServerHours;
use crate::rocketchat::business_hours::{self, HourRow};
use crate::rocketchat::client::Client;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::licence::{self, LicenceRow};
use crate::rocketchat::paging::OffsetPager;
use crate::rocketchat::priorities::{self, PriorityRow};
use crate::rocketchat::slas::{self, SlaRow};

/// The optional lists of a workspace.
#[derive(Debug)]
pub(crate) struct OptionalLists {
    priorities: BackgroundList<PriorityRow>,
    slas: BackgroundList<SlaRow>,
    licence: BackgroundList<LicenceRow>,
    /// `None` if the configuration does not refer to the server's hours.
    hours: Option<BackgroundList<HourRow>>,
}

impl OptionalLists {
    pub(crate) fn new(plan: &Plan) -> Self {
        let retry = plan.interval;
        let hours = || BackgroundList::new(List::Hours, Endpoint::BusinessHours, retry);
        Self {
            priorities: BackgroundList::new(List::Priorities, Endpoint::Priorities, retry),
            slas: BackgroundList::new(List::Slas, Endpoint::Slas, retry),
            licence: BackgroundList::new(List::Licence, Endpoint::Licence, retry),
            hours: plan.server_hours.then(hours),
        }
    }

    /// Starts the reading of every list that is due.
    pub(crate) fn begin(&mut self, context: &PollContext<'_>) {
        self.priorities.begin_pages(context, priorities::query);
        self.slas.begin_pages(context, slas::query);
        self.licence.begin_object(context, licence::query());
        if let Some(hours) = &mut self.hours {
            hours.begin(read_hours(Arc::clone(context.client), context.plan.max_pages));
        }
    }

    /// Takes what was read since the last call.
    pub(crate) async fn end(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let until = context.deadline.min(Instant::now() + FIRST_ANSWERS);
        let mut outcome = PollOutcome::default();
        for row in self.priorities.end(context, until, &mut outcome).await.into_iter().flatten() {
            outcome.seen_names.priorities.note(&row.id, row.name().as_deref());
        }
        self.end_slas(context, until, &mut outcome).await;
        let licence = self.licence.end(context, until, &mut outcome).await.into_iter().flatten();
        let licence = licence.filter_map(|row| Licence::of(&row)).map(Update::Licence);
        outcome.updates.extend(licence);
        if let Some(hours) = &mut self.hours {
            let rows = hours.end(context, until, &mut outcome).await;
            outcome.hours = rows.map(|rows| ServerHours::of(&rows));
        }
        outcome
    }

    async fn end_slas(
        &mut self,
        context: &PollContext<'_>,
        until: Instant,
        outcome: &mut PollOutcome,
    ) {
        let Some(rows) = self.slas.end(context, until, outcome).await else { return };
        let mut due = BTreeMap::new();
        for row in rows {
            let id = outcome.seen_names.slas.note(&row.id, row.name.as_deref());
            due.extend(row.due_seconds().map(|seconds| (id, seconds)));
        }
        outcome.updates.push(Update::Slas(due));
    }

    pub(crate) fn lists(&self) -> impl Iterator<Item = &SingleList> {
        let lists = [&self.priorities.list, &self.slas.list, &self.licence.list];
        lists.into_iter().chain(self.hours.iter().map(|hours| &hours.list))
    }

    pub(crate) fn lists_mut(&mut self) -> impl Iterator<Item = &mut SingleList> {
        let lists = [&mut self.priorities.list, &mut self.slas.list, &mut self.licence.list];
        lists.into_iter().chain(self.hours.iter_mut().map(|hours| &mut hours.list))
    }
}

async fn read_hours(client: Arc<Client>, max_pages: u32) -> Result<OffsetPager<HourRow>, Failure> {
    let read = move |endpoint, query| read_pages(Arc::clone(&client), endpoint, query, max_pages);
    let is_unshown = |failure: &Failure| failure.reason.may_mean_unshown();
    business_hours::all_or_default(read, is_unshown).await
}
