//! The route `voip/rooms`: calls that go on, while the server has them (4.5 to 7.x).
//!
//! Called by the gatherer, which also judges a 404: it means "no such endpoint" only while other routes
//! answer.

use tokio::time::Instant;

use super::errand::{Asked, Errand, Harvest};
use super::scan::Scan;
use super::single::SingleList;
use crate::omnichannel::call::Call;
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
    scan: Option<Scan<Call>>,
    /// A failure that may mean that there is no such endpoint.
    doubtful: Option<Failure>,
}

impl CallsRoute {
    pub(crate) fn new(interval: std::time::Duration) -> Self {
        let list = SingleList::new(List::Calls, Endpoint::VoipRooms, interval, interval);
        Self { list, scan: None, doubtful: None }
    }

    pub(crate) async fn gather(&mut self, errand: &Errand<'_>) -> Harvest {
        let mut harvest = Harvest::default();
        if errand.capabilities.voip() == Support::No {
            self.withdraw(&mut harvest);
            return harvest;
        }
        let now = Instant::now();
        if self.scan.is_none() && self.list.is_due(now) {
            self.scan = Some(Scan::new(None, None));
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
        let Some(page) = self.scan.as_ref().and_then(Scan::next) else {
            return false;
        };
        let query = voip_rooms::query(Select::Open, &errand.plan.calls, page);
        let priority = Priority::Rest { reserved: 0 };
        let outcome = match errand.page(Endpoint::VoipRooms, priority, None, &query).await {
            Asked::Later => return false,
            Asked::Failed(failure) => Err(failure),
            Asked::Page(page) => self.absorb(&page, errand, harvest),
        };
        outcome.unwrap_or_else(|failure| {
            self.scan = None;
            self.fail(failure, harvest);
            false
        })
    }

    /// Takes a page; whether the scan wants another.
    fn absorb(
        &mut self,
        page: &Page<CallRow>,
        errand: &Errand<'_>,
        harvest: &mut Harvest,
    ) -> Result<bool, Failure> {
        let Some(scan) = self.scan.as_mut() else {
            return Ok(false);
        };
        let key: fn(&CallRow) -> (&str, _) = |row| (&row.id, row.ts);
        let progress =
            scan.absorb(page, errand.plan.max_pages, key, |row, _| Some(Call::of(row))).map_err(
                |error| Failure::new(Endpoint::VoipRooms, Reason::FilterIgnored, error.to_string()),
            )?;
        self.list.status.count(progress.records);
        if progress.is_complete {
            self.complete(progress.is_truncated, errand, harvest);
        }
        Ok(!progress.is_complete)
    }

    fn complete(&mut self, is_truncated: bool, errand: &Errand<'_>, harvest: &mut Harvest) {
        let Some(scan) = self.scan.take() else { return };
        self.list.complete(scan.pages(), is_truncated, errand);
        harvest.updates.push(Update::Calls(scan.items));
    }

    fn fail(&mut self, failure: Failure, harvest: &mut Harvest) {
        match failure.reason {
            Reason::NotFound | Reason::Decode => self.doubtful = Some(failure),
            _ => self.list.fail(&failure, harvest),
        }
    }

    /// Judges a 404 or an answer that is no JSON, by whether the rest of the API answered meanwhile.
    pub(crate) fn judge(&mut self, harvest: &mut Harvest) {
        let Some(failure) = self.doubtful.take() else {
            return;
        };
        if harvest.api_answers {
            self.list.status.refuse(&failure, Instant::now());
        } else {
            self.list.fail(&failure, harvest);
        }
    }
}
