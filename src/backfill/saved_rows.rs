//! The rows of chats and calls on their way from the API to the replay: one file of each list for each day of their
//! beginning.
//!
//! The rows contain only the fields that a metric needs, and no data of a visitor.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::error::BackfillError;
use super::output::{Output, RowList};
use super::span::{BackfillSpan, day_of};
use crate::omnichannel::chat::Phase;
use crate::rocketchat::closing::RoomCloser;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::voip_rooms::CallRow;

/// A row of a chat or a call, of which the history is made.
pub(super) trait HistoryRow: Serialize + DeserializeOwned {
    /// The list of the row.
    const LIST: RowList;

    fn id(&self) -> &str;
    /// Times of the beginning and of the close of the chat or the call.
    fn times(&self) -> (Option<Timestamp>, Option<Timestamp>);
    fn is_closed(&self) -> bool;
    /// Removes the visitor who closed the chat or the call: no metric needs their id and name.
    fn forget_visitor(&mut self);
}

impl HistoryRow for RoomRow {
    const LIST: RowList = RowList::Chats;

    fn id(&self) -> &str {
        &self.id
    }

    fn times(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.ts, self.closed_at)
    }

    fn is_closed(&self) -> bool {
        Phase::of(self) == Phase::Closed
    }

    fn forget_visitor(&mut self) {
        self.closed_by.take_if(|_| self.closer == Some(RoomCloser::Visitor));
    }
}

impl HistoryRow for CallRow {
    const LIST: RowList = RowList::Calls;

    fn id(&self) -> &str {
        &self.id
    }

    fn times(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.ts.or(self.call_started), self.closed_at)
    }

    fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    fn forget_visitor(&mut self) {
        self.closed_by.take_if(|_| self.closer == Some(RoomCloser::Visitor));
    }
}

/// A row, and the time of its request by the server's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedRow<R> {
    pub(super) read_at: Timestamp,
    pub(super) row: R,
}

/// Most bytes of rows that wait for the disk: a fast server must not fill the memory.
const MOST_PENDING_BYTES: usize = 1 << 20;

/// Time after which the rows that were read are made durable.
const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// Rows that are not on the disk yet, by day.
#[derive(Debug)]
pub(super) struct PendingRows {
    committed: Instant,
    pending: BTreeMap<(RowList, Date), Vec<u8>>,
}

impl PendingRows {
    pub(super) fn new() -> Self {
        Self { committed: Instant::now(), pending: BTreeMap::new() }
    }

    /// Adds a row if its chat or call was open in the span. False if the row has no beginning and cannot be counted.
    pub(super) fn add<R: HistoryRow>(
        &mut self,
        span: &BackfillSpan,
        mut row: R,
        read_at: Timestamp,
    ) -> bool {
        let (Some(began), closed_at) = row.times() else { return false };
        let is_before = closed_at.is_some_and(|closed| closed <= span.from);
        if began > span.to || is_before {
            return true;
        }
        row.forget_visitor();
        // No file is older than the span: an earlier chat or call goes into the first one.
        let day = day_of(began.max(span.from));
        let rows = self.pending.entry((R::LIST, day)).or_default();
        let length = rows.len();
        if serde_json::to_writer(&mut *rows, &without_null(&SavedRow { read_at, row })).is_err() {
            rows.truncate(length);
            return false;
        }
        rows.push(b'\n');
        true
    }

    /// True if the rows have to be made durable before more are added.
    pub(super) fn is_due(&self) -> bool {
        let pending_bytes: usize = self.pending.values().map(Vec::len).sum();
        pending_bytes >= MOST_PENDING_BYTES || self.committed.elapsed() >= COMMIT_EVERY
    }

    /// Makes the rows durable.
    pub(super) fn commit(&mut self, output: &Output) -> Result<(), BackfillError> {
        while let Some(entry) = self.pending.first_entry() {
            let (list, day) = *entry.key();
            output.append_rows(list, day, entry.get())?;
            entry.remove();
        }
        self.committed = Instant::now();
        Ok(())
    }
}

/// The rows of the chats or calls that began on a day, in the order of their ids. Of several rows of one id, a closed
/// one is taken before an open one, and the later one among equals.
pub(super) fn rows_of<R: HistoryRow>(
    output: &Output,
    day: Date,
) -> Result<impl Iterator<Item = SavedRow<R>> + use<R>, BackfillError> {
    let mut by_id: BTreeMap<Box<str>, SavedRow<R>> = BTreeMap::new();
    output.read_rows(R::LIST, day, |line| {
        let saved: SavedRow<R> = serde_json::from_str(line)
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let known = by_id.get(saved.row.id());
        let is_kept = known.is_some_and(|known| known.row.is_closed()) && !saved.row.is_closed();
        if !is_kept {
            by_id.insert(saved.row.id().into(), saved);
        }
        Ok(())
    })?;
    Ok(by_id.into_values())
}

/// The JSON value of a row without its absent fields, which are half of it.
fn without_null<R: Serialize>(saved: &SavedRow<R>) -> serde_json::Value {
    let mut value = serde_json::to_value(saved).unwrap_or_default();
    remove_null(&mut value);
    value
}

fn remove_null(value: &mut serde_json::Value) {
    if let serde_json::Value::Object(fields) = value {
        fields.retain(|_, field| !field.is_null());
        fields.values_mut().for_each(remove_null);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const DAY: Date = Date::constant(2026, 1, 5);

    fn at(hour: i64) -> Timestamp {
        "2026-01-05T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
    }

    fn row(id: &str, began: i64, closed: Option<i64>) -> RoomRow {
        let mut json = serde_json::json!({ "_id": id, "ts": at(began).to_string() });
        match closed {
            Some(hour) => json["closedAt"] = at(hour).to_string().into(),
            None => json["open"] = true.into(),
        }
        serde_json::from_value(json).unwrap()
    }

    fn saved(rows: &[RoomRow]) -> Vec<(String, bool)> {
        let folder = tempfile::tempdir().unwrap();
        let output = Output::open(folder.path()).unwrap();
        let span = BackfillSpan { from: at(1), to: at(20), step: SignedDuration::from_mins(1) };
        let mut pending_rows = PendingRows::new();
        for row in rows {
            assert!(pending_rows.add(&span, row.clone(), at(30)));
            pending_rows.commit(&output).unwrap();
        }
        let rows = rows_of::<RoomRow>(&output, DAY).unwrap();
        rows.map(|it| (it.row.id.to_string(), it.row.open.is_some())).collect()
    }

    #[test]
    fn of_several_rows_of_a_chat_the_closed_one_is_taken() {
        let (open, closed) = (row("a", 2, None), row("a", 2, Some(3)));
        for rows in [[open.clone(), closed.clone()], [closed.clone(), open]] {
            assert_eq!(saved(&rows), [("a".to_owned(), false)]);
        }
        assert_eq!(saved(&[closed.clone(), closed]).len(), 1);
    }

    #[test]
    fn chats_outside_of_the_span_are_left_out() {
        let rows = [row("a", 0, Some(1)), row("b", 21, None), row("c", -100, Some(2))];
        assert_eq!(saved(&rows), [("c".to_owned(), false)]);
    }

    #[test]
    fn a_row_without_a_beginning_is_told() {
        let span = BackfillSpan { from: at(1), to: at(20), step: SignedDuration::from_mins(1) };
        let json = r#"{"_id":"a","open":true}"#;
        let (chat, call) = (serde_json::from_str(json), serde_json::from_str(json));
        assert!(!PendingRows::new().add::<RoomRow>(&span, chat.unwrap(), at(30)));
        assert!(!PendingRows::new().add::<CallRow>(&span, call.unwrap(), at(30)));
    }
}
