//! One list of rooms: its queries, the meaning of its pages, and its completion.
//!
//! It sends no request: the lists share one budget, so the order of requests is decided for all of them together.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::known_rooms::KnownRooms;
use super::poll_context::{PollContext, PollOutcome};
use super::room_rows::{contradictions, key, signs, verify, written};
use super::room_scan::{RoomScan, WholeScan};
use super::scan::Scan;
use super::schedule::{self, Demand};
use super::status::ListStatus;
use super::window::NextWindow;
use crate::omnichannel::accounting::ObservedChats;
use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::limiter::PlannedPolls;
use crate::rocketchat::livechat_rooms::{RoomRow, RoomSelection};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::KeysetPager;
use crate::rocketchat::query::Query;

/// Number of effective intervals after which a scan that failures delay begins again.
const INTERVALS_RESUMABLE: u32 = 3;

/// A list and its scan under way.
#[derive(Debug)]
pub(crate) struct RoomList {
    pub(crate) status: ListStatus,
    pub(super) scan: Option<RoomScan>,
    /// Scan of closed chats that the page cap cut; the next scan continues it. More closes can share one `closedAt`
    /// than one scan may read, and scans that begin anew would never get past them.
    unfinished: Option<(RoomSelection, Scan<Chat>)>,
    /// The rooms of the list, while its changes are enough to know them.
    pub(super) known: Option<KnownRooms>,
    /// End of the pause after changes that were not enough.
    pub(super) whole_until: Option<Instant>,
    /// Pages received, divided by the weight of the list: the list with the smallest share is next.
    pub(crate) share: f64,
    /// Start of the last finished scan of open chats, by the server's clock; `None` if the page cap cut that scan.
    pub(crate) read_since: Option<Timestamp>,
    /// Selects the closed chats that are read next.
    pub(crate) window: NextWindow,
}

impl RoomList {
    pub(crate) fn new(list: List, interval: Duration) -> Self {
        Self {
            status: ListStatus::new(list, interval),
            scan: None,
            unfinished: None,
            known: None,
            whole_until: None,
            share: 0.0,
            read_since: None,
            window: NextWindow::default(),
        }
    }

    pub(crate) fn list(&self) -> List {
        self.status.list
    }

    pub(crate) fn demand(&self, interval: Duration) -> Demand {
        let so_far = self.scan.as_ref().map_or(0, RoomScan::pages);
        Demand { list: self.list(), pages: self.status.pages.max(so_far), interval }
    }

    /// True if the list wants a page.
    pub(crate) fn is_scanning(&self) -> bool {
        matches!(self.scan, Some(RoomScan::Whole(_) | RoomScan::Changes(_)))
    }

    pub(crate) fn reads_changes(&self) -> bool {
        matches!(self.scan, Some(RoomScan::Changes(_)))
    }

    /// Begins a scan if one is due. `least_share` is the smallest share of the lists that are scanning; a list that
    /// rested continues from it, so that it does not take all requests.
    pub(crate) fn begin_if_due(
        &mut self,
        context: &PollContext<'_>,
        interval: Duration,
        least_share: f64,
        now: Instant,
    ) {
        if self.is_held_up(now) {
            self.abandon_scan();
        }
        if self.scan.is_none() && self.status.is_due(interval, now) {
            self.begin_scan(context, least_share);
            self.status.begin(context.began, now);
        }
    }

    /// Begins a scan before it is due, unless a scan is under way or a failure pauses the list.
    pub(crate) fn begin_early(
        &mut self,
        context: &PollContext<'_>,
        least_share: f64,
        now: Instant,
    ) {
        if self.may_begin_early(now) {
            self.begin_scan(context, least_share);
            self.status.begin_early(now);
        }
    }

    pub(crate) fn may_begin_early(&self, now: Instant) -> bool {
        self.scan.is_none() && !self.status.is_paused(now)
    }

    /// The planned requests of the list. A scan under way is planned for now.
    pub(crate) fn planned(&self, interval: Duration, is_first: bool, now: Instant) -> PlannedPolls {
        let pages = self.demand(interval).pages;
        let planned = self.status.planned(interval, pages, is_first, now);
        if self.is_scanning() { PlannedPolls { next: now, ..planned } } else { planned }
    }

    fn begin_scan(&mut self, context: &PollContext<'_>, least_share: f64) {
        let began = context.client.clock().now();
        let unfinished = self.go_on(began).map(RoomScan::whole);
        let changes = || self.begin_changes(context, began);
        let scan = unfinished.or_else(changes);
        self.scan = Some(scan.unwrap_or_else(|| RoomScan::Whole(self.begin_whole(context, began))));
        self.share = self.share.max(least_share);
    }

    pub(super) fn begin_whole(&mut self, context: &PollContext<'_>, now: Timestamp) -> WholeScan {
        let selection = self.selection(context, now);
        let (start, end) = match selection {
            RoomSelection::ClosedBetween { start, end } => {
                (Some(start), Some(NextWindow::requested_end(end)))
            }
            _ => (None, None),
        };
        let known = self.may_know(context);
        WholeScan {
            selection,
            scan: Scan::over(KeysetPager::new(start, end), now),
            known: known
                .then(|| KnownRooms::new(selection, context.capabilities, context.client.clock())),
        }
    }

    /// Resumes a scan that was cut, up to the closes of the present.
    fn go_on(&mut self, now: Timestamp) -> Option<(RoomSelection, Scan<Chat>)> {
        let (selection, mut scan) = self.unfinished.take()?;
        let RoomSelection::ClosedBetween { start, .. } = selection else { return None };
        let end = NextWindow::latest_end(now);
        scan.go_on(NextWindow::requested_end(end));
        Some((RoomSelection::ClosedBetween { start, end }, scan))
    }

    fn is_held_up(&self, now: Instant) -> bool {
        let longest = self.status.effective_interval() * INTERVALS_RESUMABLE;
        let is_old = |at| now.saturating_duration_since(at) > longest;
        self.status.succeeded == Some(false) && self.status.started.is_some_and(is_old)
    }

    pub(super) fn selection(&mut self, context: &PollContext<'_>, now: Timestamp) -> RoomSelection {
        match self.list() {
            List::Queued => RoomSelection::Queued {
                probe: context.capabilities.queued_filter() == Support::Untried,
            },
            List::OnHold => RoomSelection::OnHold(context.capabilities.onhold()),
            List::Closed => {
                let read_until = context.accounting.chats.coverage.watermark();
                let (start, end) = self.window.next(read_until, now);
                // If our own clock is far later, the window reaches up to it: rows from there prove that the believed
                // time of the server is too early.
                let end = end.max(NextWindow::latest_end(context.client.clock().latest()));
                RoomSelection::ClosedBetween { start, end }
            }
            _ => RoomSelection::Open,
        }
    }

    /// The query of the next page. A scan that needs no page ends here.
    pub(crate) fn next_query(&mut self, context: &PollContext<'_>) -> Option<Query> {
        let query = self.scan.as_ref()?.next_query(context);
        self.scan.take_if(|_| query.is_none());
        query
    }

    pub(crate) fn abandon_scan(&mut self) {
        self.scan = None;
        self.window.fail();
    }

    /// Forgets the rooms, so that the next scan reads the whole list: the rows so far were not counted.
    pub(crate) fn forget_known(&mut self) {
        self.known = None;
        if let Some(RoomScan::Whole(whole)) = &mut self.scan {
            whole.known = None;
        }
    }

    /// Drops the scan and the chats of the list: the server has no such list, or the list now holds other chats.
    pub(crate) fn withdraw(&mut self) -> Option<Update> {
        (self.scan, self.unfinished, self.known) = (None, None, None);
        self.read_since = None;
        let was_refreshed = self.status.refreshed.is_some();
        self.status.withdraw();
        was_refreshed.then(|| Update::Chats(self.list(), Vec::new()))
    }

    /// Takes a page that was asked for at `read_at`. The ledger gets its rows at once; the `LiveState` gets a list of
    /// open chats when the list is complete.
    pub(crate) fn absorb(
        &mut self,
        page: &Page<RoomRow>,
        read_at: Timestamp,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> Result<(), Failure> {
        let Some(selection) = self.scan.as_ref().map(RoomScan::selection) else {
            return Ok(());
        };
        self.share += 1.0 / schedule::weight(self.status.list);
        self.status.contradictions += contradictions(selection, page, context.capabilities);
        verify(selection, &page.rows)?;
        outcome.signs = outcome.signs.and(signs(selection, &page.rows));
        context.client.clock().witness(page.rows.iter().flat_map(written));
        match self.scan.take() {
            Some(RoomScan::Whole(scan)) => self.absorb_whole(scan, page, read_at, context, outcome),
            Some(RoomScan::Changes(scan)) => {
                self.absorb_changes(scan, page, read_at, context, outcome);
                Ok(())
            }
            Some(RoomScan::ChangesRead(_)) | None => Ok(()),
        }
    }

    fn absorb_whole(
        &mut self,
        mut whole: WholeScan,
        page: &Page<RoomRow>,
        read_at: Timestamp,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> Result<(), Failure> {
        let selection = whole.selection;
        let closed_until = match selection {
            RoomSelection::ClosedBetween { end, .. } => {
                Some(self.window.end(end, context.client.clock().now()))
            }
            _ => None,
        };
        whole.know_unless_small(page);
        let WholeScan { scan, known, .. } = &mut whole;
        let window = &mut self.window;
        let mut observations = Vec::with_capacity(page.rows.len());
        let take = |row: &RoomRow| {
            if !context.plan.admits(row, &context.departments) {
                return None;
            }
            let observation = context.observe(row, read_at, &mut outcome.seen_names);
            let chat = observation.chat(context.cycle);
            if let Some((known, changed)) = known.as_mut().zip(row.updated_at) {
                known.take(Arc::clone(&observation), changed, context.cycle);
            }
            if closed_until.is_none_or(|end| window.settles(row.closed_at, end)) {
                observations.push(observation);
            }
            Some(chat)
        };
        let progress = scan
            .absorb(page, context.plan.max_pages, key(selection), take)
            .map_err(|error| error.failure(Endpoint::LivechatRooms))?;
        outcome.chats.pages.push(ObservedChats::Page(observations));
        self.status.count(progress.records);
        if let Some(end) = closed_until {
            let closed = scan.items.drain(..).filter(|chat| chat.phase == Phase::Closed);
            outcome.updates.push(Update::Closed(closed.map(|chat| chat.key).collect()));
            outcome.chats.read_to(self.window.absorb(page, end, |row| row.closed_at));
        }
        if progress.is_complete {
            self.complete(whole, progress.is_truncated, context, outcome);
        } else {
            self.scan = Some(RoomScan::Whole(whole));
        }
        Ok(())
    }

    fn complete(
        &mut self,
        whole: WholeScan,
        is_truncated: bool,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let WholeScan { selection, mut scan, known } = whole;
        let (now, wall) = (context.client.clock().now(), context.client.clock().local());
        self.status.complete(scan.pages(), is_truncated, Instant::now(), wall);
        if let RoomSelection::ClosedBetween { end, .. } = selection {
            if is_truncated {
                scan.items = Vec::new();
                self.unfinished = self.window.may_continue().then_some((selection, scan));
                return;
            }
            self.window.complete();
            outcome.chats.read_to_the_end = Some(self.window.end(end, now));
            return;
        }
        self.read_since = if is_truncated { None } else { Some(scan.began.min(now)) };
        self.know(known.filter(|_| !is_truncated), scan.pages());
        self.publish(selection, scan.items, context, outcome);
    }

    /// Gives the whole list to the `LiveState`.
    pub(super) fn publish(
        &self,
        selection: RoomSelection,
        chats: Vec<Chat>,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        // A newer server leaves the waiting chats out of this list, and the answer does not show that.
        let holds_queue = context.capabilities.queued_filter() == Support::No;
        outcome.depends_on_version |= holds_queue && selection == RoomSelection::Open;
        outcome.updates.push(Update::Chats(self.list(), chats));
    }
}

/// True if a server of these capabilities offers this list to this token.
pub(crate) fn is_offered(list: List, context: &PollContext<'_>) -> bool {
    context.plan.is_offered(list, context.capabilities)
}

/// The list behind the alerts that call people: the waiting chats, which below 6.11 are among the open chats.
pub(crate) fn first_list(context: &PollContext<'_>) -> List {
    if is_offered(List::Queued, context) { List::Queued } else { List::Open }
}
