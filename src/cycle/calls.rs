//! The route `voip/rooms`, which servers from 4.5 to 7.x have: first the open calls, then the closed calls.
//!
//! The server cannot select calls by the time of their close. Therefore the closed calls are read newest first, down to
//! the start of the window, and only then has the window been read. A scan that the page cap cuts or a failure
//! interrupts resumes in the next cycle at the same position. The watermark stays until the end of the scan.

use std::collections::HashSet;

use jiff::Timestamp;
use tokio::time::Instant;

use super::poll_context::{PageOutcome, PollContext, PollOutcome, UNRESERVED};
use super::scan::Scan;
use super::single::SingleList;
use super::window::NextWindow;
use crate::omnichannel::call::{Call, CallObservation};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::Update;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Failure;
use crate::rocketchat::key::Key;
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{PageRequest, SortedOffsets};
use crate::rocketchat::voip_rooms::{self, CallRow, CallSelection};

/// The route and its list.
#[derive(Debug)]
pub(crate) struct CallsRoute {
    pub(crate) list: SingleList,
    under_way: Option<CallScan>,
    /// Scan of closed calls that was interrupted or cut.
    unfinished: Option<CallScan>,
    window: NextWindow,
    open: OpenCalls,
}

/// A scan of the open calls, or of the calls that were closed between two instants, inclusive.
#[derive(Debug)]
struct CallScan {
    closed_within: Option<(Timestamp, Timestamp)>,
    /// The items are the open calls.
    scan: Scan<(Key, Call), SortedOffsets>,
}

impl CallScan {
    fn new(closed_within: Option<(Timestamp, Timestamp)>, now: Timestamp) -> Self {
        let walk = selection(closed_within).walk(closed_within.map(|(start, _)| start));
        Self { closed_within, scan: Scan::over(walk, now) }
    }

    fn next(&self) -> Option<(CallSelection, PageRequest)> {
        Some((selection(self.closed_within), self.scan.next()?))
    }
}

fn selection(closed_within: Option<(Timestamp, Timestamp)>) -> CallSelection {
    closed_within.map_or(CallSelection::Open, |_| CallSelection::Closed)
}

/// Open calls of the last complete scan.
#[derive(Debug, Default)]
struct OpenCalls {
    calls: Vec<(Key, Call)>,
    /// Time of the request for the last page, by the server's clock.
    read_at: Timestamp,
    pages: u32,
    is_truncated: bool,
}

impl OpenCalls {
    /// Removes the calls that ended while the pages of the open calls were read. Returns the remaining calls if at
    /// least one was removed.
    fn leave_out(&mut self, closed: &[CallRow]) -> Option<Update> {
        let ended = closed.iter().filter(|row| row.closed_at.is_some_and(|at| at <= self.read_at));
        let ended: HashSet<Key> = ended.map(|row| Key::of(&row.id)).collect();
        let before = self.calls.len();
        self.calls.retain(|(key, _)| !ended.contains(key));
        (self.calls.len() < before).then(|| self.update())
    }

    fn update(&self) -> Update {
        Update::Calls(self.calls.iter().map(|(_, call)| call.clone()).collect())
    }
}

impl CallsRoute {
    pub(crate) fn new(interval: std::time::Duration) -> Self {
        let list = SingleList::new(List::Calls, Endpoint::VoipRooms, interval, interval);
        let (window, open) = (NextWindow::default(), OpenCalls::default());
        Self { list, under_way: None, unfinished: None, window, open }
    }

    pub(crate) async fn gather(&mut self, context: &PollContext<'_>) -> PollOutcome {
        let mut outcome = PollOutcome::default();
        if context.capabilities.voip() == Support::No {
            self.withdraw(&mut outcome);
            return outcome;
        }
        let now = Instant::now();
        if self.under_way.is_none() && self.list.is_due(now) {
            self.under_way = Some(CallScan::new(None, context.client.clock().now()));
            self.list.status.begin(context.began, now);
        }
        while self.list.may_go_on(Instant::now()) && self.ask(context, &mut outcome).await {}
        outcome
    }

    fn withdraw(&mut self, outcome: &mut PollOutcome) {
        (self.under_way, self.unfinished, self.open) = (None, None, OpenCalls::default());
        if self.list.status.refreshed.is_some() {
            self.list.status.withdraw();
            outcome.updates.push(Update::Calls(Vec::new()));
        }
    }

    async fn ask(&mut self, context: &PollContext<'_>, outcome: &mut PollOutcome) -> bool {
        let Some((selection, page)) = self.under_way.as_ref().and_then(CallScan::next) else {
            return false;
        };
        let query = voip_rooms::query(selection, &context.plan.calls, page);
        let asked = match context.page(Endpoint::VoipRooms, UNRESERVED, None, &query).await {
            PageOutcome::Later => {
                self.wait(context);
                return false;
            }
            PageOutcome::Failed(failure) => {
                self.interrupt();
                Err(failure)
            }
            PageOutcome::Page(page, read_at) => self.absorb(&page, read_at, context, outcome),
        };
        if let Err(failure) = asked {
            self.window.fail();
            self.list.fail_or_doubt(failure, outcome);
        }
        self.under_way.is_some()
    }

    fn wait(&mut self, context: &PollContext<'_>) {
        let before = |under_way: &CallScan| under_way.closed_within.map_or(0, |_| self.open.pages);
        let pages = self.under_way.as_ref().map_or(0, |it| before(it) + it.scan.pages());
        self.list.wait_after(pages, context);
    }

    /// Keeps the position of a scan of closed calls after a failure. A scan of open calls starts again.
    fn interrupt(&mut self) {
        let closed = self.under_way.take().filter(|under_way| under_way.closed_within.is_some());
        self.unfinished = closed.or(self.unfinished.take());
    }

    fn absorb(
        &mut self,
        page: &Page<CallRow>,
        read_at: Timestamp,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> Result<(), Failure> {
        let Some(mut under_way) = self.under_way.take() else {
            return Ok(());
        };
        let (max_pages, window) = (context.plan.max_pages, under_way.closed_within);
        let mut observations = Vec::new();
        let take = |row: &CallRow| {
            let observation = CallObservation::of(row, read_at);
            observations.extend(observation.filter(|it| is_within(it, window)));
            window.is_none().then(|| (Key::of(&row.id), Call::of(row)))
        };
        let progress = under_way
            .scan
            .absorb(page, max_pages, selection(window).key(), take)
            .map_err(|error| error.failure(Endpoint::VoipRooms))?;
        outcome.calls.pages.push(observations);
        self.list.status.count(progress.records);
        if window.is_some() {
            outcome.updates.extend(self.open.leave_out(&page.rows));
            self.window.note_gaps(page.invalid);
        }
        let is_truncated = progress.is_truncated;
        match window {
            _ if !progress.is_complete => self.under_way = Some(under_way),
            None => self.complete_open(under_way.scan, is_truncated, read_at, context, outcome),
            Some((_, end)) => {
                self.complete_closed(under_way, end, is_truncated, context, outcome);
            }
        }
        Ok(())
    }

    /// Starts or resumes the scan of closed calls after the open calls.
    fn complete_open(
        &mut self,
        scan: Scan<(Key, Call), SortedOffsets>,
        is_truncated: bool,
        read_at: Timestamp,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let now = context.client.clock().now();
        if !is_truncated {
            outcome.calls.saw_all_since = Some(scan.began.min(now));
        }
        let pages = scan.pages();
        self.open = OpenCalls { calls: scan.items, read_at, pages, is_truncated };
        outcome.updates.push(self.open.update());
        let read_until = context.accounting.calls.coverage.watermark();
        let begun = || CallScan::new(Some(self.window.next(read_until, now)), now);
        self.under_way = Some(self.unfinished.take().unwrap_or_else(begun));
    }

    fn complete_closed(
        &mut self,
        mut under_way: CallScan,
        end: Timestamp,
        is_truncated: bool,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        let pages = self.open.pages + under_way.scan.pages();
        self.list.complete(pages, is_truncated || self.open.is_truncated, context);
        if is_truncated {
            under_way.scan.go_on(end);
            self.unfinished = Some(under_way);
            return;
        }
        self.window.complete();
        outcome.calls.read_to_the_end = Some(self.window.end(end, context.client.clock().now()));
    }

    /// Makes the next window begin no later than `from`.
    pub(crate) fn reread(&mut self, from: Timestamp) {
        self.window.reread(from);
    }
}

/// True if the call is open or ended within the window. Pages reach beyond the window: a later close may still change,
/// an earlier close was read before.
fn is_within(observation: &CallObservation, window: Option<(Timestamp, Timestamp)>) -> bool {
    let ended = observation.ending.as_ref().map(|(at, _)| at);
    window.zip(ended).is_none_or(|((start, end), at)| (start..=end).contains(at))
}
