//! One list of rooms: its queries, the meaning of its pages, and its completion.
//!
//! It sends no request: the lists share one budget, so the order of requests is decided for all of them together.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::poll_context::{PollContext, PollOutcome};
use super::scan::Scan;
use super::schedule::{self, Demand};
use super::status::ListStatus;
use super::window::NextWindow;
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::omnichannel::observation::ChatObservation;
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::limiter::PlannedPolls;
use crate::rocketchat::livechat_rooms::{self, RoomRow, RoomSelection};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{KeysetPager, PageRequest};
use crate::rocketchat::query::Query;

/// Number of effective intervals after which a scan that failures delay begins again.
const INTERVALS_RESUMABLE: u32 = 3;

/// A list and its scan under way.
#[derive(Debug)]
pub(crate) struct RoomList {
    pub(crate) status: ListStatus,
    scan: Option<(RoomSelection, Scan<Chat>)>,
    /// Scan of closed chats that the page cap cut; the next scan continues it. More closes can share one `closedAt`
    /// than one scan may read, and scans that begin anew would never get past them.
    unfinished: Option<(RoomSelection, Scan<Chat>)>,
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
            share: 0.0,
            read_since: None,
            window: NextWindow::default(),
        }
    }

    pub(crate) fn list(&self) -> List {
        self.status.list
    }

    pub(crate) fn demand(&self, interval: Duration) -> Demand {
        let so_far = self.scan.as_ref().map_or(0, |(_, scan)| scan.pages());
        Demand { list: self.list(), pages: self.status.pages.max(so_far), interval }
    }

    pub(crate) fn is_scanning(&self) -> bool {
        self.scan.is_some()
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
        self.scan = Some(self.go_on(began).unwrap_or_else(|| self.begin(context, began)));
        self.share = self.share.max(least_share);
    }

    fn begin(&mut self, context: &PollContext<'_>, now: Timestamp) -> (RoomSelection, Scan<Chat>) {
        let selection = self.selection(context, now);
        let (start, end) = match selection {
            RoomSelection::ClosedBetween { start, end } => (Some(start), Some(end)),
            _ => (None, None),
        };
        (selection, Scan::over(KeysetPager::new(start, end), now))
    }

    /// Resumes a scan that was cut, up to the closes of the present.
    fn go_on(&mut self, now: Timestamp) -> Option<(RoomSelection, Scan<Chat>)> {
        let (selection, mut scan) = self.unfinished.take()?;
        let RoomSelection::ClosedBetween { start, .. } = selection else { return None };
        let end = NextWindow::latest_end(now);
        scan.go_on(end);
        Some((RoomSelection::ClosedBetween { start, end }, scan))
    }

    fn is_held_up(&self, now: Instant) -> bool {
        let longest = self.status.effective_interval() * INTERVALS_RESUMABLE;
        let is_old = |at| now.saturating_duration_since(at) > longest;
        self.status.succeeded == Some(false) && self.status.started.is_some_and(is_old)
    }

    fn selection(&mut self, context: &PollContext<'_>, now: Timestamp) -> RoomSelection {
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
        let (selection, scan) = self.scan.as_ref()?;
        let Some(page) = scan.next() else {
            self.scan = None;
            return None;
        };
        Some(query(*selection, page, context))
    }

    pub(crate) fn abandon_scan(&mut self) {
        self.scan = None;
        self.window.fail();
    }

    /// Drops the scan and the chats of the list: the server has no such list, or the list now holds other chats.
    pub(crate) fn withdraw(&mut self) -> Option<Update> {
        (self.scan, self.unfinished) = (None, None);
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
        let Some((selection, scan)) = self.scan.as_mut() else {
            return Ok(());
        };
        let selection = *selection;
        self.share += 1.0 / schedule::weight(self.status.list);
        self.status.contradictions += contradictions(selection, page, context.capabilities);
        verify(selection, &page.rows)?;
        outcome.signs = outcome.signs.and(signs(selection, &page.rows));
        context.client.clock().witness(page.rows.iter().flat_map(written));
        let closed_until = match selection {
            RoomSelection::ClosedBetween { end, .. } => {
                Some(self.window.end(end, context.client.clock().now()))
            }
            _ => None,
        };
        let window = &mut self.window;
        let mut observations = Vec::with_capacity(page.rows.len());
        let seen_names = &mut outcome.seen_names;
        let (observation_rules, answers_from) =
            (&context.plan.observation_rules, AnswersFrom::by(context.capabilities));
        let take = |row: &RoomRow| {
            if !context.plan.admits(row, &context.departments) {
                return None;
            }
            let observation =
                ChatObservation::of(row, read_at, observation_rules, answers_from, seen_names);
            let chat = observation.chat(context.cycle);
            if closed_until.is_none_or(|end| window.settles(row.closed_at, end)) {
                observations.push(observation);
            }
            Some(chat)
        };
        let progress = scan
            .absorb(page, context.plan.max_pages, key(selection), take)
            .map_err(|error| error.failure(Endpoint::LivechatRooms))?;
        outcome.chats.pages.push(observations);
        self.status.count(progress.records);
        if let Some(end) = closed_until {
            let closed = scan.items.drain(..).filter(|chat| chat.phase == Phase::Closed);
            outcome.updates.push(Update::Closed(closed.map(|chat| chat.key).collect()));
            outcome.chats.read_to(self.window.absorb(page, end, |row| row.closed_at));
        }
        if progress.is_complete {
            self.complete(progress.is_truncated, context, outcome);
        }
        Ok(())
    }

    fn complete(
        &mut self,
        is_truncated: bool,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let Some((selection, mut scan)) = self.scan.take() else { return };
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
        // A newer server leaves the waiting chats out of this list, and the answer does not show that.
        let holds_queue = context.capabilities.queued_filter() == Support::No;
        outcome.depends_on_version |= holds_queue && selection == RoomSelection::Open;
        outcome.updates.push(Update::Chats(self.list(), scan.items));
    }
}

/// The query for a page of rooms, with the part of the workspace's filter that the server accepts.
pub(crate) fn query(
    selection: RoomSelection,
    page: PageRequest,
    context: &PollContext<'_>,
) -> Query {
    let filter = context.plan.filter(selection, &context.departments, context.capabilities);
    livechat_rooms::query(selection, &filter, page)
}

/// True if a server of these capabilities offers this list to this token.
pub(crate) fn is_offered(list: List, context: &PollContext<'_>) -> bool {
    context.plan.is_offered(list, context.capabilities)
}

/// The list behind the alerts that call people: the waiting chats, which below 6.11 are among the open chats.
pub(crate) fn first_list(context: &PollContext<'_>) -> List {
    if is_offered(List::Queued, context) { List::Queued } else { List::Open }
}

/// The id of a row, and the time in whose order the list is.
pub(crate) fn key(selection: RoomSelection) -> fn(&RoomRow) -> (&str, Option<Timestamp>) {
    match selection {
        RoomSelection::ClosedBetween { .. } => |row| (&row.id, row.closed_at),
        _ => |row| (&row.id, row.ts),
    }
}

fn contradictions(
    selection: RoomSelection,
    page: &Page<RoomRow>,
    capabilities: Capabilities,
) -> u64 {
    let contradicts = |row: &&RoomRow| match selection {
        RoomSelection::Queued { probe } => !probe && Phase::of(row) != Phase::Queued,
        RoomSelection::Open => match Phase::of(row) {
            Phase::InProgress => false,
            Phase::Queued => capabilities.queued_filter() != Support::No,
            Phase::OnHold | Phase::Closed => true,
        },
        // A failed hook leaves `onHold` on closed rooms.
        RoomSelection::OnHold(_) => matches!(Phase::of(row), Phase::Queued | Phase::InProgress),
        RoomSelection::ClosedBetween { .. } => Phase::of(row) != Phase::Closed,
    };
    page.rows.iter().filter(contradicts).count() as u64
}

/// Times that the server wrote into a row.
fn written(row: &RoomRow) -> impl Iterator<Item = Timestamp> {
    [row.ts, row.queued_at, row.closed_at].into_iter().flatten()
}

/// Signs of the server's release in these rows.
pub(crate) fn signs<'a>(
    selection: RoomSelection,
    rows: impl IntoIterator<Item = &'a RoomRow>,
) -> Signs {
    let mut signs = Signs::default();
    for row in rows {
        if row.has_verified {
            signs.note(Sign::RoomVerified);
        }
        match selection {
            RoomSelection::Open if Phase::of(row) == Phase::Queued => {
                signs.note(Sign::WaitingAmongOpen);
            }
            RoomSelection::Queued { .. } if row.served_by.is_some() => {
                signs.note(Sign::QueuedIgnored);
            }
            _ => {}
        }
    }
    signs
}

/// Rejects an answer that contains closed chats only: with a server that reads `open=true` as `false`, the scan would
/// read the whole history.
pub(crate) fn verify<'a>(
    selection: RoomSelection,
    rows: impl IntoIterator<Item = &'a RoomRow>,
) -> Result<(), Failure> {
    let asks_for_open = matches!(selection, RoomSelection::Open | RoomSelection::Queued { .. });
    let mut rows = rows.into_iter().peekable();
    let has_rows = rows.peek().is_some();
    // A closed chat that still has the key `open` is correctly in the answer to `open=true`.
    let contradicts = |row: &RoomRow| row.open.is_none() && Phase::of(row) == Phase::Closed;
    if asks_for_open && has_rows && rows.all(contradicts) {
        let what = "the answer has closed rooms, but open rooms were requested";
        return Err(Failure::new(Endpoint::LivechatRooms, Reason::FilterIgnored, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::capabilities::OnHoldForm;

    fn rows(json: &[&str]) -> Vec<RoomRow> {
        json.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    #[test]
    fn closed_chats_alone_contradict_the_filter_unless_they_keep_the_key_open() {
        let closed = r#"{"_id":"a","closedAt":"2026-11-21T10:00:00Z"}"#;
        let cleaned = r#"{"_id":"b","open":false,"closedAt":"2026-11-21T10:00:00Z"}"#;
        let open = r#"{"_id":"c","open":true}"#;
        for (json, is_right) in [
            (&[closed][..], false),
            (&[closed, closed], false),
            (&[cleaned], true),
            (&[closed, cleaned], true),
            (&[closed, open], true),
            (&[], true),
        ] {
            assert_eq!(verify(RoomSelection::Open, &rows(json)).is_ok(), is_right, "{json:?}");
        }
        assert!(verify(RoomSelection::OnHold(OnHoldForm::Alone), &rows(&[closed])).is_ok());
    }
}
