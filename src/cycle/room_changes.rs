//! The reading of a list of open chats by the rooms that changed.
//!
//! The changes are read only where they can be proven to be enough. In all other cases, and from time to time in these, the
//! list is read whole.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use super::known_rooms::{KnownRooms, WHOLE_EVERY};
use super::poll_context::{PollContext, PollOutcome};
use super::room_list::RoomList;
use super::room_scan::{ChangesRead, ChangesScan, RoomScan};
use super::status::Records;
use crate::omnichannel::accounting::ObservedChats;
use crate::omnichannel::list::List;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::{RoomFilter, RoomRow};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{ChangesPager, ChangesUnknown};

impl RoomList {
    /// True if the rooms of this list may be known by their changes: the server counts exactly these rooms, and another
    /// list shows where a room went.
    pub(super) fn may_know(&self, context: &PollContext<'_>) -> bool {
        let plan = context.plan;
        self.list() != List::Closed
            && plan.rooms == RoomFilter::default()
            && plan.departments.is_empty()
            && !plan.own_chats_only
            && context.capabilities.version().is_some()
            && self.whole_until.is_none_or(|until| Instant::now() >= until)
    }

    /// Keeps the rooms of a scan of the whole list.
    pub(super) fn know(&mut self, known: Option<KnownRooms>, pages: u32) {
        self.known = known;
        if let Some(known) = &mut self.known {
            known.read_whole(self.status.took, pages);
        }
    }

    /// A scan of the rooms that changed; `None` if the whole list must be read.
    pub(super) fn begin_changes(
        &mut self,
        context: &PollContext<'_>,
        began: Timestamp,
    ) -> Option<RoomScan> {
        let mut known = self.known.take()?;
        let (clock, selection) = (context.client.clock(), self.selection(context, began));
        if !known.date_beginning(clock)
            || !known.may_be_continued(selection, context.capabilities, Instant::now())
            || known.is_later_than(began)
        {
            return None;
        }
        let walk = ChangesPager::new(known.unread_since(clock.spread()));
        Some(RoomScan::Changes(ChangesScan { selection, known, walk, began }))
    }

    pub(super) fn absorb_changes(
        &mut self,
        mut changes: ChangesScan,
        page: &Page<RoomRow>,
        read_at: Timestamp,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) {
        changes.known.forget_unproven();
        let taken = take_rows(page, read_at, &mut changes.known, context, outcome);
        self.status.count(taken);
        let scan = match changes.go_on(page) {
            Ok(()) if changes.walk.next().is_some() => RoomScan::Changes(changes),
            Ok(()) => RoomScan::ChangesRead(changes.conclude(read_at)),
            Err(ChangesUnknown) => self.give_up_changes(context, changes.began),
        };
        self.scan = Some(scan);
    }

    fn give_up_changes(&mut self, context: &PollContext<'_>, began: Timestamp) -> RoomScan {
        tracing::debug!(
            workspace = &*context.plan.workspace,
            collector = self.list().as_ref(),
            "The changed rooms are not enough to know the list: it is read whole"
        );
        self.whole_until = Some(Instant::now() + WHOLE_EVERY);
        RoomScan::Whole(self.begin_whole(context, began))
    }

    /// Takes the rows of a page of another list: their rooms have left this list.
    pub(super) fn see_elsewhere(&mut self, rows: &[RoomRow], outcome: &mut PollOutcome) {
        let of_scan = self.scan.as_mut().and_then(RoomScan::known);
        if let Some(known) = of_scan.or(self.known.as_mut()) {
            let unchanged = known.remove_departed(rows).map(ObservedChats::Unchanged);
            outcome.chats.pages.extend(unchanged);
        }
    }

    /// Concludes a scan of changes at the end of a round. Returns true if rooms left the list and no other list of the round
    /// shows them: the whole list is read then. If the other lists were not read in this round, the rooms are shown as
    /// before for a while, and nothing is concluded from those without a change.
    pub(super) fn conclude_changes(
        &mut self,
        all_were_read: bool,
        context: &PollContext<'_>,
        outcome: &mut PollOutcome,
    ) -> bool {
        let is_read = |scan: &mut RoomScan| matches!(scan, RoomScan::ChangesRead(_));
        let Some(RoomScan::ChangesRead(read)) = self.scan.take_if(is_read) else {
            return false;
        };
        let ChangesRead { scan: ChangesScan { selection, mut known, walk, began }, read_at } = read;
        let (clock, now) = (context.client.clock(), Instant::now());
        let spread = clock.spread();
        if let Some(unchanged) = known.prove(walk.total(), read_at, spread) {
            known.confirm(context.cycle);
            outcome.chats.pages.push(ObservedChats::Unchanged(unchanged));
        } else if all_were_read || known.is_overdue(now) {
            self.scan = Some(RoomScan::Whole(self.begin_whole(context, clock.now())));
            return true;
        }
        self.status.complete(walk.pages(), false, now, clock.local());
        self.read_since = Some(began.min(clock.now()));
        self.publish(selection, known.chats(), context, outcome);
        self.known = Some(known);
        false
    }

    /// Drops a scan of changes that failed: a new scan needs fewer requests than going on with changes in between. After a
    /// second failure in a row the list is read whole: the server may refuse the order of the changes alone.
    pub(super) fn drop_changes(&mut self) {
        let is_of_changes = |scan: &mut RoomScan| matches!(scan, RoomScan::Changes(_));
        let Some(RoomScan::Changes(changes)) = self.scan.take_if(is_of_changes) else { return };
        if self.status.succeeded == Some(false) {
            self.whole_until = Some(Instant::now() + WHOLE_EVERY);
        } else {
            self.known = Some(changes.known);
        }
    }
}

/// Takes the rows of a page that are new or have changed.
fn take_rows(
    page: &Page<RoomRow>,
    read_at: Timestamp,
    known: &mut KnownRooms,
    context: &PollContext<'_>,
    outcome: &mut PollOutcome,
) -> Records {
    let mut records = Records { invalid: page.invalid, ..Records::default() };
    let mut observations = Vec::new();
    for row in &page.rows {
        let Some(changed) = row.updated_at else { continue };
        if known.knows(Key::of(&row.id), changed) {
            continue;
        }
        records.new += 1;
        let observation = context.observe(row, read_at, &mut outcome.seen_names);
        known.take(Arc::clone(&observation), changed, context.cycle);
        observations.push(observation);
    }
    outcome.chats.pages.push(ObservedChats::Page(observations));
    records
}
