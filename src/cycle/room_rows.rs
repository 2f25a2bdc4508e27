//! Checks of the rows of an answer: contradictions to the request, and signs of the server's release.

use jiff::Timestamp;

use crate::omnichannel::chat::Phase;
use crate::rocketchat::capabilities::{Capabilities, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::livechat_rooms::{RoomRow, RoomSelection};
use crate::rocketchat::page::Page;

/// The id of a row, and the time in whose order the list is.
pub(crate) fn key(selection: RoomSelection) -> fn(&RoomRow) -> (&str, Option<Timestamp>) {
    match selection {
        RoomSelection::ClosedBetween { .. } => |row| (&row.id, row.closed_at),
        _ => |row| (&row.id, row.ts),
    }
}

/// Number of rows that contradict the selection.
pub(super) fn contradictions(
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
pub(super) fn written(row: &RoomRow) -> impl Iterator<Item = Timestamp> {
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
