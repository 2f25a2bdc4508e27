//! The scans of a list of rooms: of the whole list, and of the rooms that changed since it was read.

use jiff::Timestamp;

use super::known_rooms::KnownRooms;
use super::poll_context::PollContext;
use super::scan::Scan;
use crate::omnichannel::chat::Chat;
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::{self, RoomFilter, RoomRow, RoomSelection};
use crate::rocketchat::page::Page;
use crate::rocketchat::paging::{ChangesPager, ChangesUnknown, PageRequest};
use crate::rocketchat::query::Query;

/// A scan of a list of rooms.
#[derive(Debug)]
pub(super) enum RoomScan {
    Whole(WholeScan),
    Changes(ChangesScan),
    /// All changes are read. The other lists of the round show next where rooms of this list went.
    ChangesRead(ChangesRead),
}

/// A scan of a whole list.
#[derive(Debug)]
pub(super) struct WholeScan {
    pub(super) selection: RoomSelection,
    pub(super) scan: Scan<Chat>,
    /// The rooms so far; `None` if the next scan reads the whole list again.
    pub(super) known: Option<KnownRooms>,
}

/// A scan of the rooms that changed.
#[derive(Debug)]
pub(super) struct ChangesScan {
    pub(super) selection: RoomSelection,
    pub(super) known: KnownRooms,
    pub(super) walk: ChangesPager,
    /// The server's time at the beginning of the scan.
    pub(super) began: Timestamp,
}

/// A complete scan of the rooms that changed, until the end of the round.
#[derive(Debug)]
pub(super) struct ChangesRead {
    pub(super) scan: ChangesScan,
    /// Time of the request for the last page.
    pub(super) read_at: Timestamp,
}

impl RoomScan {
    pub(super) fn whole((selection, scan): (RoomSelection, Scan<Chat>)) -> Self {
        Self::Whole(WholeScan { selection, scan, known: None })
    }

    pub(super) fn selection(&self) -> RoomSelection {
        match self {
            Self::Whole(whole) => whole.selection,
            Self::Changes(changes) => changes.selection,
            Self::ChangesRead(read) => read.scan.selection,
        }
    }

    /// The query of the next page; `None` if the scan needs none.
    pub(super) fn next_query(&self, context: &PollContext<'_>) -> Option<Query> {
        match self {
            Self::Whole(whole) => Some(query(whole.selection, whole.scan.next()?, context)),
            Self::Changes(changes) => Some(changes.query(changes.walk.next()?, context)),
            Self::ChangesRead(_) => None,
        }
    }

    pub(super) fn pages(&self) -> u32 {
        match self {
            Self::Whole(whole) => whole.scan.pages(),
            Self::Changes(changes) => changes.walk.pages(),
            Self::ChangesRead(read) => read.scan.walk.pages(),
        }
    }

    /// The rooms that the scan knows.
    pub(super) fn known(&mut self) -> Option<&mut KnownRooms> {
        match self {
            Self::Whole(whole) => whole.known.as_mut(),
            Self::Changes(changes) => Some(&mut changes.known),
            Self::ChangesRead(read) => Some(&mut read.scan.known),
        }
    }
}

/// The query for a page of rooms, with the part of the workspace's filter that the server accepts.
pub(crate) fn query(
    selection: RoomSelection,
    page: PageRequest,
    context: &PollContext<'_>,
) -> Query {
    livechat_rooms::query(selection, &filter(selection, context), page)
}

fn filter(selection: RoomSelection, context: &PollContext<'_>) -> RoomFilter {
    context.plan.filter(selection, &context.departments, context.capabilities)
}

impl WholeScan {
    /// A list of one page costs as much as its changes.
    pub(super) fn know_unless_small(&mut self, page: &Page<RoomRow>) {
        let is_small = self.scan.pages() == 0 && page.total.is_none_or(|it| it <= page.received());
        let is_dated = page.rows.iter().all(|row| row.updated_at.is_some());
        if is_small || !is_dated || page.invalid > 0 {
            self.known = None;
        }
    }
}

impl ChangesScan {
    /// Takes the rows of a page in the order of their changes.
    pub(super) fn go_on(&mut self, page: &Page<RoomRow>) -> Result<(), ChangesUnknown> {
        let rows: Vec<_> = page.rows.iter().map(|row| (Key::of(&row.id), row.updated_at)).collect();
        self.walk.absorb(&rows, page.received(), page.total)?;
        if self.walk.next().is_none() && self.known.len() < self.walk.total() {
            // A room that began between the server's two queries: for the rows, and for their number.
            self.walk.look_again()?;
        }
        let costs_more = self.walk.pages() > self.known.pages();
        if costs_more { Err(ChangesUnknown) } else { Ok(()) }
    }

    /// The complete scan. `read_at` is the time of the request for the last page.
    pub(super) fn conclude(mut self, read_at: Timestamp) -> ChangesRead {
        self.known.read_up_to(self.walk.latest(), self.began);
        ChangesRead { scan: self, read_at }
    }

    fn query(&self, page: PageRequest, context: &PollContext<'_>) -> Query {
        livechat_rooms::changes_query(self.selection, &filter(self.selection, context), page)
    }
}
