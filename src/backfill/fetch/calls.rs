//! Reading of the calls: first those that go on, then the ended ones, the newest first, down to the start of the span.
//!
//! The server cannot select calls by time (`voip_rooms`), so the cursor is a position in the list of ended calls.

use jiff::Timestamp;

use super::{Fetch, has_no_calls};
use crate::backfill::error::BackfillError;
use crate::backfill::progress::{WorkPart, share_until};
use crate::backfill::saved_rows::PendingRows;
use crate::operator::client::QueryError;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{Pager, SortedOffsets};
use crate::rocketchat::voip_rooms::{self, CallRow, CallSelection};

impl Fetch<'_> {
    /// Reads the calls that the cursor does not have yet. A server without calls, or a user who may not read them, is no
    /// error.
    pub(super) async fn walk_calls(&mut self) -> Result<(), BackfillError> {
        let support = self.cursor.capabilities().voip();
        if support == Support::No {
            tracing::info!("This version of Rocket.Chat has no calls.");
            return Ok(());
        }
        if self.cursor.calls_position.is_none() {
            match self.walk_calls_of(CallSelection::Open).await {
                Err(BackfillError::Query(QueryError::Failed(failure)))
                    if has_no_calls(&failure, support) =>
                {
                    tracing::warn!("The history contains no calls: {failure}.");
                    return Ok(());
                }
                walked => walked?,
            }
            self.cursor.has_calls = true;
        }
        self.walk_calls_of(CallSelection::Closed).await
    }

    async fn walk_calls_of(&mut self, selection: CallSelection) -> Result<(), BackfillError> {
        let mut pager = self.call_pager(selection);
        let mut pending_rows = PendingRows::new();
        while let Some(request) = pager.next() {
            let query = voip_rooms::query(selection, &self.requests.client.plan.calls, request);
            let (page, read_at) =
                self.requests.page::<CallRow>(Endpoint::VoipRooms, &query).await?;
            let last =
                self.absorb_calls(selection, &mut pager, page, read_at, &mut pending_rows)?;
            if pending_rows.is_due() {
                self.commit(&mut pending_rows)?;
            }
            // The newest calls are read first.
            let share = last.filter(|_| selection == CallSelection::Closed);
            let share = share.map(|closed_at| 1.0 - share_until(&self.span, closed_at));
            self.tell_part(WorkPart::Calls, share);
        }
        self.commit(&mut pending_rows)
    }

    fn call_pager(&self, selection: CallSelection) -> SortedOffsets {
        let until = match selection {
            CallSelection::Open => self.span.to,
            CallSelection::Closed => self.span.from,
        };
        let pager = selection.walk(Some(until));
        match self.cursor.calls_position.clone().filter(|_| selection == CallSelection::Closed) {
            Some(position) => pager.at(position),
            None => pager,
        }
    }

    /// Takes the rows of a page. Returns the time of the last one, in the order of the list.
    fn absorb_calls(
        &mut self,
        selection: CallSelection,
        pager: &mut SortedOffsets,
        page: Page<CallRow>,
        read_at: Timestamp,
        pending_rows: &mut PendingRows,
    ) -> Result<Option<Timestamp>, BackfillError> {
        let keys: Vec<_> = page.rows.iter().map(selection.key()).collect();
        let last = keys.last().and_then(|(_, at)| *at);
        let new = pager
            .absorb(&keys, page.received(), page.total)
            .map_err(|error| error.failure(Endpoint::VoipRooms))?;
        pager.go_on(read_at);
        self.cursor.undecodable += page.invalid;
        for (row, _) in page.rows.into_iter().zip(new).filter(|(_, is_new)| *is_new) {
            self.cursor.rows += 1;
            self.cursor.undecodable += u64::from(!pending_rows.add(&self.span, row, read_at));
        }
        if selection == CallSelection::Closed {
            self.cursor.calls_position = Some(pager.position());
        }
        Ok(last)
    }
}
