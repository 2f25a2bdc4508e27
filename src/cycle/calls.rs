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
        let list = SingleList::new(List::Calls, Endpoint::VoipRooms, interval);
        Self {
            list,
            scan: None,
            doubtful: None,
        }
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
        let Some(scan) = self.scan.as_mut() else {
            return false;
        };
        let Some(page) = scan.next() else {
            return false;
        };
        let query = voip_rooms::query(Select::Open, &errand.plan.calls, page);
        let priority = Priority::Rest { reserved: 0 };
        match errand
            .page::<CallRow>(Endpoint::VoipRooms, priority, None, &query)
            .await
        {
            Asked::Later => false,
            Asked::Failed(failure) => {
                self.scan = None;
                self.fail(failure, errand, harvest);
                false
            }
            Asked::Page(page) => {
                let take = |row: &CallRow, _: &mut _| Some(Call::of(row));
                let key: fn(&CallRow) -> (&str, _) = |row| (&row.id, row.ts);
                match scan.absorb(&page, errand.plan.max_pages, key, take) {
                    Ok(progress) => {
                        self.list.status.count(progress.records);
                        if progress.is_complete {
                            self.complete(progress.is_truncated, errand, harvest);
                        }
                        !progress.is_complete
                    }
                    Err(error) => {
                        self.scan = None;
                        let what = error.to_string();
                        let failure =
                            Failure::new(Endpoint::VoipRooms, Reason::FilterIgnored, what);
                        self.list.fail(&failure, errand, harvest);
                        false
                    }
                }
            }
        }
    }

    fn complete(&mut self, is_truncated: bool, errand: &Errand<'_>, harvest: &mut Harvest) {
        let Some(scan) = self.scan.take() else { return };
        self.list.complete(scan.pages(), is_truncated, errand);
        harvest.updates.push(Update::Calls(scan.items));
    }

    fn fail(&mut self, failure: Failure, errand: &Errand<'_>, harvest: &mut Harvest) {
        match failure.reason {
            Reason::NotFound | Reason::Decode => self.doubtful = Some(failure),
            _ => self.list.fail(&failure, errand, harvest),
        }
    }

    /// Judges a 404 or an answer that is no JSON, by whether the rest of the API answered meanwhile.
    pub(crate) fn judge(&mut self, errand: &Errand<'_>, harvest: &mut Harvest) {
        let Some(failure) = self.doubtful.take() else {
            return;
        };
        if harvest.api_answers {
            self.list
                .status
                .refuse(&errand.plan.workspace, &failure, Instant::now());
        } else {
            self.list.fail(&failure, errand, harvest);
        }
    }
}
