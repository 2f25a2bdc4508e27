//! Reading of the rows of the span into the files of their days.
//!
//! Closed chats are read in the order of their closes, so that the cursor is one time. Open chats are read afterwards,
//! and then the chats that were closed after the span: a chat that is closed between two lists is in the later one.
//! Calls are last.

mod calls;

use jiff::Timestamp;

use super::cursor::{Cursor, Stage};
use super::error::BackfillError;
use super::output::Output;
use super::progress::{Numbers, Progress, WorkPart, share_until};
use super::requests::Requests;
use super::saved_rows::PendingRows;
use super::span::BackfillSpan;
use crate::cycle::Plan;
use crate::cycle::room_rows;
use crate::omnichannel::list::List;
use crate::operator::client::QueryError;
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::livechat_rooms::{self, RoomFilter, RoomRow, RoomSelection};
use crate::rocketchat::paging::{KeysetPager, PageRequest, Pager};
use crate::rocketchat::query::Query;

/// The reading of the rows.
pub(super) struct Fetch<'a> {
    pub(super) span: BackfillSpan,
    pub(super) output: &'a Output,
    pub(super) requests: &'a mut Requests,
    /// Ids of the wanted departments; empty for all.
    pub(super) departments: Vec<String>,
    pub(super) cursor: &'a mut Cursor,
    pub(super) progress: Progress,
}

impl Fetch<'_> {
    /// Reads everything that the cursor does not have yet.
    pub(super) async fn run(&mut self) -> Result<(), BackfillError> {
        self.cursor.resume();
        if self.cursor.stage == Stage::Closed {
            let (start, end) = (self.cursor.closed_until, self.span.to);
            self.walk(RoomSelection::ClosedBetween { start, end }).await?;
            self.enter(Stage::Open)?;
        }
        if self.cursor.stage == Stage::Open {
            let capabilities = self.cursor.capabilities();
            for selection in open_lists(&self.requests.client.plan, capabilities) {
                self.walk_open(selection).await?;
            }
            self.enter(Stage::ClosedLater)?;
        }
        if self.cursor.stage == Stage::ClosedLater {
            let end = self.requests.client.workspace_client.clock.now();
            let start = self.span.closed_later_from();
            if self.span.to < end {
                self.walk(RoomSelection::ClosedBetween { start, end }).await?;
            }
            self.enter(Stage::Calls)?;
        }
        if self.cursor.stage == Stage::Calls {
            self.walk_calls().await?;
            self.enter(Stage::Done)?;
        }
        Ok(())
    }

    fn enter(&mut self, stage: Stage) -> Result<(), BackfillError> {
        self.cursor.enter(stage);
        self.cursor.keep(self.output)
    }

    /// Reads a list of open chats. A server of hidden version may refuse the queue, which is then among the open chats.
    async fn walk_open(&mut self, selection: RoomSelection) -> Result<(), BackfillError> {
        match self.walk(selection).await {
            Err(BackfillError::Query(QueryError::Failed(failure)))
                if failure.unknown_parameter
                    && selection == (RoomSelection::Queued { probe: true }) =>
            {
                Ok(())
            }
            walked => walked,
        }
    }

    async fn walk(&mut self, selection: RoomSelection) -> Result<(), BackfillError> {
        let capabilities = self.cursor.capabilities();
        let filter = self.requests.client.plan.filter(selection, &self.departments, capabilities);
        let mut pager = match selection {
            RoomSelection::ClosedBetween { start, end } => KeysetPager::new(Some(start), Some(end)),
            _ => KeysetPager::new(None, Some(self.span.to)),
        };
        let key = room_rows::key(selection);
        let end = if let RoomSelection::ClosedBetween { end, .. } = selection {
            end
        } else {
            self.span.to
        };
        let mut pending_rows = PendingRows::new();
        while let Some(request) = pager.next() {
            let is_later = self.cursor.stage == Stage::ClosedLater;
            let query = query_of(selection, &filter, request, is_later.then_some(&self.span));
            let endpoint = Endpoint::LivechatRooms;
            let (page, read_at) = self.requests.page::<RoomRow>(endpoint, &query).await?;
            room_rows::verify(selection, &page.rows)?;
            let keys: Vec<_> = page.rows.iter().map(key).collect();
            let until = keys.iter().filter_map(|(_, at)| *at).max();
            let new = pager
                .absorb(&keys, page.received(), page.total)
                .map_err(|error| error.failure(endpoint))?;
            // The ids of a whole year must not be kept; the replay drops rows that come twice.
            pager.go_on(end);
            self.cursor.undecodable += page.invalid;
            let rows = page.rows.into_iter().zip(new).filter(|(_, is_new)| *is_new);
            self.take(rows.map(|(row, _)| row), read_at, &mut pending_rows);
            if self.cursor.stage == Stage::Closed {
                self.cursor.closed_until = until.unwrap_or(self.cursor.closed_until);
            }
            if pending_rows.is_due() {
                self.commit(&mut pending_rows)?;
            }
            self.tell();
        }
        self.commit(&mut pending_rows)
    }

    fn take(
        &mut self,
        rows: impl Iterator<Item = RoomRow>,
        read_at: Timestamp,
        pending_rows: &mut PendingRows,
    ) {
        for row in rows {
            self.cursor.rows += 1;
            if self.requests.client.plan.admits(&row, &self.departments) {
                let is_kept = pending_rows.add(&self.span, row, read_at);
                self.cursor.undecodable += u64::from(!is_kept);
            }
        }
    }

    fn tell(&mut self) {
        let closed_until = self.cursor.closed_until;
        let (part, share) = match self.cursor.stage {
            Stage::Closed => (WorkPart::ClosedChats, Some(share_until(&self.span, closed_until))),
            Stage::Open => (WorkPart::OpenChats, None),
            _ => (WorkPart::LaterChats, None),
        };
        self.tell_part(part, share);
    }

    fn tell_part(&mut self, part: WorkPart, share: Option<f64>) {
        let (rows, requests) = (self.cursor.rows, self.requests.sent);
        let requests_per_minute = self.requests.sent_per_minute();
        self.progress.show(part, Numbers { share, rows, requests, requests_per_minute });
    }

    /// Makes the rows durable, and then the cursor.
    fn commit(&mut self, pending_rows: &mut PendingRows) -> Result<(), BackfillError> {
        pending_rows.commit(self.output)?;
        self.cursor.keep(self.output)
    }
}

/// The lists of open chats that the server offers. The queue comes first: a chat leaves it for the other lists.
fn open_lists(plan: &Plan, capabilities: Capabilities) -> Vec<RoomSelection> {
    let probe = capabilities.queued_filter() == Support::Untried;
    let lists = [
        (List::Queued, RoomSelection::Queued { probe }),
        (List::Open, RoomSelection::Open),
        (List::OnHold, RoomSelection::OnHold(capabilities.onhold())),
    ];
    let offered = lists.into_iter().filter(|(list, _)| plan.is_offered(*list, capabilities));
    offered.map(|(_, selection)| selection).collect()
}

/// All lists of chats, in the order in which they are read, each with true for the chats that were closed after the
/// span.
pub(super) fn room_lists(
    plan: &Plan,
    capabilities: Capabilities,
    span: &BackfillSpan,
    now: Timestamp,
) -> Vec<(RoomSelection, bool)> {
    let closed = RoomSelection::ClosedBetween { start: span.from, end: span.to };
    let later = RoomSelection::ClosedBetween { start: span.closed_later_from(), end: now };
    let open = open_lists(plan, capabilities).into_iter().map(|selection| (selection, false));
    let later = (span.to < now).then_some((later, true));
    std::iter::once((closed, false)).chain(open).chain(later).collect()
}

/// The query for a page of a list; of chats that were closed after a span, only those that began before its end.
pub(super) fn query_of(
    selection: RoomSelection,
    filter: &RoomFilter,
    request: PageRequest,
    closed_after: Option<&BackfillSpan>,
) -> Query {
    let query = livechat_rooms::query(selection, filter, request);
    match closed_after {
        Some(span) => query.with_range("createdAt", None, Some(span.to)),
        None => query,
    }
}

/// True if the failure of the first request for calls shows that the server has none, or that the user may not read
/// them. Old servers answer a path without a route with a page; a server with the route sends one only by mistake.
pub(super) fn has_no_calls(failure: &Failure, support: Support) -> bool {
    match failure.reason {
        Reason::Forbidden | Reason::NotFound => true,
        reason => reason.may_mean_absent() && support == Support::Untried,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_in_the_place_of_calls_is_their_absence_only_if_the_version_is_hidden() {
        for (reason, hidden, known) in [
            (Reason::Forbidden, true, true),
            (Reason::NotFound, true, true),
            (Reason::Decode, true, false),
            (Reason::Server, false, false),
        ] {
            let failure = Failure::new(Endpoint::VoipRooms, reason, "refused");
            assert_eq!(has_no_calls(&failure, Support::Untried), hidden, "{reason:?}");
            assert_eq!(has_no_calls(&failure, Support::Yes), known, "{reason:?}");
        }
    }
}
