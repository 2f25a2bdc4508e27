//! The route `voip/rooms`, while the server has it (4.5 to 7.x): the calls that go on, then those that ended.
//!
//! Called by the gatherer.

use jiff::Timestamp;
use tokio::time::Instant;

use super::errand::{Asked, Errand, Harvest};
use super::scan::Scan;
use super::single::SingleList;
use super::window::Window;
use crate::omnichannel::call::{Call, CallSight};
use crate::omnichannel::floor::Update;
use crate::omnichannel::list::List;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::page::Page;
use crate::rocketchat::voip_rooms::{self, CallRow, Select};

/// The route and its list.
#[derive(Debug)]
pub(crate) struct CallsRoute {
    pub(crate) list: SingleList,
    scan: Option<(Select, Scan<Call>)>,
    window: Window,
    /// Pages of the scan before the one under way, and whether it was cut.
    before: (u32, bool),
}

impl CallsRoute {
    pub(crate) fn new(interval: std::time::Duration) -> Self {
        let list = SingleList::new(List::Calls, Endpoint::VoipRooms, interval, interval);
        Self { list, scan: None, window: Window::default(), before: (0, false) }
    }

    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        if errand.capabilities.voip() == Support::No {
            self.withdraw(&mut harvest);
            return harvest;
        }
        let now = Instant::now();
        if self.scan.is_none() && self.list.is_due(now) {
            self.scan = Some((Select::Open, Scan::new(None, errand.client.clock().now())));
            self.list.status.begin(now);
        }
        while self.list.may_go_on(Instant::now()) && self.ask(errand, &mut harvest).await {}
        harvest
    }

    fn withdraw(&mut self, harvest: &mut Harvest) {
        self.scan = None;
        if self.list.status.refreshed.is_some() {
            self.list.status.withdraw();
            harvest.updates.push(Update::Calls(Vec::new()));
        }
    }

    async fn ask(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) -> bool {
        let next = self.scan.as_ref().and_then(|(select, scan)| Some((*select, scan.next()?)));
        let Some((select, page)) = next else {
            return false;
        };
        let query = voip_rooms::query(select, &errand.plan.calls, page);
        let priority = Priority::Rest { reserved: 0 };
        let outcome = match errand.page(Endpoint::VoipRooms, priority, None, &query).await {
            Asked::Later => return false,
            Asked::Failed(failure) => Err(failure),
            Asked::Page(page, read_at) => self.absorb(&page, read_at, errand, harvest),
        };
        if let Err(failure) = outcome {
            self.scan = None;
            self.window.fail();
            self.fail(failure, harvest);
        }
        self.scan.is_some()
    }

    fn absorb(
        &mut self,
        page: &Page<CallRow>,
        read_at: Timestamp,
        errand: &Errand<'_>,
        harvest: &mut Harvest,
    ) -> Result<(), Failure> {
        let Some((select, scan)) = self.scan.as_mut() else {
            return Ok(());
        };
        let select = *select;
        let mut rows = Vec::new();
        let take = |row: &CallRow| {
            rows.extend(CallSight::of(row, read_at));
            Some(Call::of(row))
        };
        let progress =
            scan.absorb(page, errand.plan.max_pages, key(select), take).map_err(|error| {
                Failure::new(Endpoint::VoipRooms, Reason::FilterIgnored, error.to_string())
            })?;
        harvest.calls.pages.push(rows);
        self.list.status.count(progress.records);
        if let Select::ClosedBetween { end, .. } = select {
            scan.items.clear();
            harvest.calls.read_to(self.window.absorb(page, end, |row| row.closed_at));
        }
        if progress.is_complete {
            self.complete(progress.is_truncated, errand, harvest);
        }
        Ok(())
    }

    /// What goes on is followed by what has ended.
    fn complete(&mut self, is_truncated: bool, errand: &Errand<'_>, harvest: &mut Harvest) {
        let Some((select, scan)) = self.scan.take() else { return };
        let now = errand.client.clock().now();
        if let Select::ClosedBetween { end, .. } = select {
            let (pages, was_truncated) = self.before;
            self.window.complete(is_truncated);
            self.list.complete(pages + scan.pages(), is_truncated || was_truncated, errand);
            harvest.calls.read_to_the_end = (!is_truncated).then(|| Window::end(end, now));
            return;
        }
        self.before = (scan.pages(), is_truncated);
        if !is_truncated {
            harvest.calls.saw_all_since = Some(scan.began.min(now));
        }
        harvest.updates.push(Update::Calls(scan.items));
        let read_until = errand.book.calls.coverage.watermark();
        let (start, end) = self.window.next(read_until, now);
        let closed = Select::ClosedBetween { start, end };
        self.scan = Some((closed, Scan::new(Some((start, end)), now)));
    }

    /// A page in place of JSON may mean that there is no such endpoint, but not where there was one: calls must
    /// not be given up for one answer that was cut.
    fn fail(&mut self, failure: Failure, harvest: &mut Harvest) {
        let has_answered = self.list.status.refreshed.is_some();
        match failure.reason {
            Reason::Decode if !has_answered => self.list.doubt(failure),
            _ => self.list.fail(failure, harvest),
        }
    }
}

fn key(select: Select) -> fn(&CallRow) -> (&str, Option<Timestamp>) {
    match select {
        Select::Open => |row| (&row.id, row.ts),
        Select::ClosedBetween { .. } => |row| (&row.id, row.closed_at),
    }
}
