//! The check of the lists of `livechat/rooms`: their permissions, and the list that holds the waiting chats.

use super::readable::{Check, named};
use crate::cycle::{probe, room_rows};
use crate::omnichannel::list::List;
use crate::operator::RECENT;
use crate::operator::client::QueryError;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::instant::earlier;
use crate::rocketchat::livechat_rooms::{self, RoomRow, RoomSelection};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};

const ENDPOINT: Endpoint = Endpoint::LivechatRooms;

/// Requests each list in turn. After a failure of the whole route the other lists are skipped. `departments` is `None`
/// if their filter could not be resolved; then no list is requested.
pub(super) async fn look(check: Check<'_, '_>, departments: Option<Vec<String>>) {
    let mut rooms = Rooms {
        check,
        departments,
        signs: Signs::default(),
        refusal: None,
        answers: false,
        is_closed_to_us: false,
    };
    for (list, selection) in rooms.selections() {
        rooms.ask(list, selection).await;
    }
    rooms.judge_probe();
}

struct Rooms<'c, 'r> {
    check: Check<'c, 'r>,
    departments: Option<Vec<String>>,
    /// The signs of the server's release in the answers.
    signs: Signs,
    /// The refusal of the probe for the queue, if it was refused.
    refusal: Option<Failure>,
    /// True if at least one list was answered.
    answers: bool,
    is_closed_to_us: bool,
}

impl Rooms<'_, '_> {
    /// Every list, in the form that this server supports.
    fn selections(&self) -> [(List, RoomSelection); 4] {
        let now = self.check.client.workspace_client.clock.now();
        let start = earlier(now, RECENT);
        let is_probe = self.check.capabilities.queued_filter() == Support::Untried;
        [
            (List::Queued, RoomSelection::Queued { probe: is_probe }),
            (List::Closed, RoomSelection::ClosedBetween { start, end: now }),
            (List::OnHold, RoomSelection::OnHold(self.check.capabilities.onhold())),
            (List::Open, RoomSelection::Open),
        ]
    }

    async fn ask(&mut self, list: List, selection: RoomSelection) {
        let Check { client, capabilities, .. } = self.check;
        let Some(departments) = &self.departments else {
            return self.check.aside((ENDPOINT, list.as_ref()), "skipped, it needs filter");
        };
        if self.is_closed_to_us {
            let found = "skipped, an earlier list of this route failed";
            return self.check.aside((ENDPOINT, list.as_ref()), found);
        }
        if !client.plan.is_offered(list, capabilities) {
            let found = "not requested: this server has no such list, or an agent's own token cannot read it";
            return self.check.aside((ENDPOINT, list.as_ref()), found);
        }
        let filter = client.plan.filter(selection, departments, capabilities);
        let query = livechat_rooms::query(selection, &filter, self.page_of(selection));
        match client.page::<RoomRow>(ENDPOINT, None, &query).await {
            Err(QueryError::Failed(refusal)) if probe::is_refusal(list, &refusal, capabilities) => {
                self.refusal = Some(refusal);
            }
            page => self.judge(list, selection, page),
        }
    }

    /// The page to request. After a refused probe it is a whole page of open chats, because one waiting chat in it is
    /// proof.
    fn page_of(&self, selection: RoomSelection) -> PageRequest {
        let is_proof = self.refusal.is_some() && selection == RoomSelection::Open;
        if is_proof { PageRequest::by_offset(0, PAGE_ROWS) } else { PageRequest::ONE_ROW }
    }

    fn judge(
        &mut self,
        list: List,
        selection: RoomSelection,
        page: Result<Page<RoomRow>, QueryError>,
    ) {
        let outcome = page.and_then(|page| {
            self.answers = true;
            self.signs = self.signs.and(room_rows::signs(selection, &page.rows));
            room_rows::verify(selection, &page.rows).map_err(Into::into)
        });
        self.is_closed_to_us =
            matches!(&outcome, Err(QueryError::Failed(failure)) if is_of_the_route(failure));
        self.check.judge((ENDPOINT, list.as_ref()), outcome);
    }

    /// Decides by the signs which list holds the queue, if a server of hidden version refuses or ignores the probe.
    fn judge_probe(mut self) {
        let Check { capabilities, report, .. } = self.check;
        let is_refused = self.refusal.is_some();
        if !is_refused && !probe::is_ignored(capabilities, self.signs) {
            return;
        }
        if self.refusal.as_ref().is_some_and(|refusal| refusal.unknown_parameter) {
            self.signs.note(Sign::QueuedRefused);
        }
        let what = &*named((ENDPOINT, List::Queued.as_ref()));
        match probe::judge(self.refusal, capabilities.with(self.signs), self.answers) {
            Ok(()) if is_refused => {
                let found = "this server does not know the parameter: the open list contains the waiting chats";
                report.aside(what, &found);
            }
            Ok(()) => {}
            Err(failure) => report.failed(what, &failure.problem_and_remedy()),
        }
    }
}

/// True if the other lists of the route would fail in the same way.
fn is_of_the_route(failure: &Failure) -> bool {
    failure.reason == Reason::Forbidden || failure.reason.concerns_the_route()
}
