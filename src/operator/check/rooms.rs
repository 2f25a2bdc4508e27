//! The check of the lists of `livechat/rooms`: their permissions, and the list that holds the waiting chats.

use super::readable::{At, at, judge};
use super::report::Report;
use crate::cycle::{probe, room_list};
use crate::omnichannel::list::List;
use crate::operator::RECENT;
use crate::operator::client::{OperatorClient, QueryError};
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::instant::earlier;
use crate::rocketchat::livechat_rooms::{self, RoomRow, Select};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};

/// Requests each list in turn. After a failure of the whole route the other lists are skipped. `departments` is `None`
/// if their filter could not be resolved; then no list is requested.
pub(super) async fn look(
    operator_client: &OperatorClient,
    departments: Option<Vec<String>>,
    capabilities: Capabilities,
    report: &mut Report<'_>,
) {
    let mut rooms = Rooms {
        operator_client,
        departments,
        capabilities,
        signs: Signs::default(),
        refusal: None,
        answers: false,
        is_closed_to_us: false,
    };
    for (list, select) in rooms.selects() {
        rooms.ask(list, select, report).await;
    }
    rooms.judge_probe(report);
}

struct Rooms<'a> {
    operator_client: &'a OperatorClient,
    departments: Option<Vec<String>>,
    capabilities: Capabilities,
    /// The signs of the server's release in the answers.
    signs: Signs,
    /// The refusal of the probe for the queue, if it was refused.
    refusal: Option<Failure>,
    /// True if at least one list was answered.
    answers: bool,
    is_closed_to_us: bool,
}

impl Rooms<'_> {
    /// Every list, in the form that this server supports.
    fn selects(&self) -> [(List, Select); 4] {
        let now = self.operator_client.workspace_client.clock.now();
        let start = earlier(now, RECENT);
        let is_probe = self.capabilities.queued_filter() == Support::Untried;
        [
            (List::Queued, Select::Queued { probe: is_probe }),
            (List::Closed, Select::ClosedBetween { start, end: now }),
            (List::OnHold, Select::OnHold(self.capabilities.onhold())),
            (List::Open, Select::Open),
        ]
    }

    fn at(&self, list: List) -> At {
        at(Endpoint::LivechatRooms, list.as_ref(), self.operator_client, self.capabilities)
    }

    async fn ask(&mut self, list: List, select: Select, report: &mut Report<'_>) {
        let at = self.at(list);
        let plan = &self.operator_client.plan;
        let Some(departments) = &self.departments else {
            return report.aside(&at.what, &"skipped, it needs filter");
        };
        if self.is_closed_to_us {
            return report.aside(&at.what, &"skipped, an earlier list of this route failed");
        }
        if !plan.is_offered(list, self.capabilities) {
            let found = "not requested: this server has no such list, or an agent's own token cannot read it";
            return report.aside(&at.what, &found);
        }
        let filter = plan.filter(select, departments, self.capabilities);
        let query = livechat_rooms::query(select, &filter, self.page_of(select));
        let page =
            self.operator_client.page::<RoomRow>(Endpoint::LivechatRooms, None, &query).await;
        match page {
            Err(QueryError::Failed(refusal))
                if probe::is_refusal(list, &refusal, self.capabilities) =>
            {
                self.refusal = Some(refusal);
            }
            page => self.judge(list, select, page, report),
        }
    }

    /// The page to request. After a refused probe it is a whole page of open chats, because one waiting chat in it is
    /// proof.
    fn page_of(&self, select: Select) -> PageRequest {
        let is_proof = self.refusal.is_some() && select == Select::Open;
        if is_proof { PageRequest::by_offset(0, PAGE_ROWS) } else { PageRequest::ONE_ROW }
    }

    fn judge(
        &mut self,
        list: List,
        select: Select,
        page: Result<Page<RoomRow>, QueryError>,
        report: &mut Report<'_>,
    ) {
        let at = self.at(list);
        let outcome = page.and_then(|page| {
            self.answers = true;
            self.signs = self.signs.and(room_list::signs(select, &page.rows));
            room_list::verify(select, &page.rows).map_err(Into::into)
        });
        self.is_closed_to_us =
            matches!(&outcome, Err(QueryError::Failed(failure)) if is_of_the_route(failure));
        judge(&at, outcome, report);
    }

    /// Decides by the signs which list holds the queue, if a server of hidden version refuses or ignores the probe.
    fn judge_probe(mut self, report: &mut Report<'_>) {
        let is_ignored = probe::is_ignored(self.capabilities, self.signs);
        let is_refused = self.refusal.is_some();
        if !is_refused && !is_ignored {
            return;
        }
        if self.refusal.as_ref().is_some_and(|refusal| refusal.unknown_parameter) {
            self.signs.note(Sign::QueuedRefused);
        }
        let what = self.at(List::Queued).what;
        match probe::judge(self.refusal, self.capabilities.with(self.signs), self.answers) {
            Ok(()) if is_refused => {
                let found = "this server does not know the parameter: the open list contains the waiting chats";
                report.aside(&what, &found);
            }
            Ok(()) => {}
            Err(failure) => report.failed(&what, &failure.advice()),
        }
    }
}

/// True if the other lists of the route would fail in the same way.
fn is_of_the_route(failure: &Failure) -> bool {
    failure.reason == Reason::Forbidden || failure.reason.concerns_the_route()
}
