//! The size of a backfill, told before its first row: `--dry-run`.
//!
//! A list tells its length in each answer. So a request for one row, the fewest that the server takes, is enough for
//! each list, and the row is dropped. The server cannot select calls by time, so their number is a limit. The requests
//! keep the rate of the run.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::cursor::Cursor;
use super::error::BackfillError;
use super::fetch::{has_no_calls, query_of, room_lists};
use super::requests::Requests;
use super::retention;
use super::span::BackfillSpan;
use crate::operator::client::QueryError;
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::livechat_rooms::{RoomRow, RoomSelection};
use crate::rocketchat::page::Row;
use crate::rocketchat::paging::{PAGE_ROWS, PageRequest};
use crate::rocketchat::query::Query;
use crate::rocketchat::voip_rooms::{self, CallRow};

/// Bytes of a row in `rows/`, as measured.
const ROW_BYTES: u64 = 600;
/// Series of a department, as measured with three channels and without figures of agents.
const DEPARTMENT_SERIES: u64 = 250;
/// Bytes of a series in the file of a day, whose values stand still: a sample every four minutes.
const SERIES_BYTES: u64 = 50_000;

/// The size of a backfill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
    days: u64,
    departments: u64,
    /// Chats that were closed in the span, are open, or were closed after the span.
    pub chats: u64,
    /// All calls of the server; `None` if it has none or the user may not read them.
    pub calls: Option<u64>,
    /// Requests for rows, at most.
    pub requests: u64,
    requests_per_minute: u32,
    /// Requests of the dry run itself, and their time.
    asked: u64,
    took: Duration,
}

impl Estimate {
    /// Asks the server for the lengths of its lists. `departments` are the ids of the wanted departments.
    pub(super) async fn of(
        requests: &mut Requests,
        cursor: &Cursor,
        span: &BackfillSpan,
        departments: &[String],
    ) -> Result<Self, BackfillError> {
        let now = requests.client.workspace_client.clock.now();
        let began = Instant::now();
        let lengths = chats(requests, cursor, span, departments, now).await?;
        let chats = lengths.iter().sum();
        let pages: u64 = lengths.into_iter().map(pages_of).sum();
        let calls = calls(requests, cursor).await?;
        Ok(Self {
            from: span.from,
            to: span.to,
            now,
            days: span.days().count() as u64,
            departments: cursor.departments.len() as u64,
            chats,
            calls: calls.map(|(open, closed)| open + closed),
            requests: pages + calls.map_or(0, |(open, closed)| pages_of(open) + pages_of(closed)),
            requests_per_minute: requests.per_minute(Endpoint::LivechatRooms),
            asked: requests.sent,
            took: began.elapsed(),
        })
    }

    fn reading_time(&self) -> Duration {
        let minutes = self.requests.div_ceil(u64::from(self.requests_per_minute.max(1)));
        Duration::from_secs(60 * minutes)
    }

    fn row_bytes(&self) -> u64 {
        (self.chats + self.calls.unwrap_or(0)) * ROW_BYTES
    }

    /// Bytes of the file of a day. Chats without a department count as a department.
    fn day_bytes(&self) -> u64 {
        (self.departments + 1) * DEPARTMENT_SERIES * SERIES_BYTES
    }
}

/// The lengths of the lists of chats.
async fn chats(
    requests: &mut Requests,
    cursor: &Cursor,
    span: &BackfillSpan,
    departments: &[String],
    now: Timestamp,
) -> Result<Vec<u64>, BackfillError> {
    let capabilities = cursor.capabilities();
    let lists = room_lists(&requests.client.plan, capabilities, span, now);
    let (count, mut lengths) = (lists.len(), Vec::new());
    for (selection, is_later) in lists {
        let filter = requests.client.plan.filter(selection, departments, capabilities);
        let query =
            query_of(selection, &filter, first_row(selection, span), is_later.then_some(span));
        let length = length::<RoomRow>(requests, Endpoint::LivechatRooms, &query).await;
        lengths.push(match length {
            // A server of hidden version without this list has its chats in the next one.
            Err(QueryError::Failed(failure)) if failure.unknown_parameter => 0,
            length => length?,
        });
        // The first answer has shown the server's limit.
        if lengths.len() == 1 {
            tell_time(requests, count);
        }
    }
    Ok(lengths)
}

/// Tells the time of the dry run itself, for so many lists of chats.
fn tell_time(requests: &Requests, lists: usize) {
    let requests_per_minute = requests.per_minute(Endpoint::LivechatRooms);
    let seconds = 60 * lists as u64 / u64::from(requests_per_minute);
    tracing::info!(
        lists,
        requests_per_minute,
        seconds,
        "The dry run asks each list for one row, at the rate of the run."
    );
}

/// The numbers of open and of ended calls; `None` if there are none to read.
async fn calls(
    requests: &mut Requests,
    cursor: &Cursor,
) -> Result<Option<(u64, u64)>, BackfillError> {
    let support = cursor.capabilities().voip();
    if support == Support::No {
        return Ok(None);
    }
    match calls_of(requests, voip_rooms::CallSelection::Open).await {
        Err(QueryError::Failed(failure)) if has_no_calls(&failure, support) => Ok(None),
        open => Ok(Some((open?, calls_of(requests, voip_rooms::CallSelection::Closed).await?))),
    }
}

/// The length of a list of calls.
async fn calls_of(
    requests: &mut Requests,
    selection: voip_rooms::CallSelection,
) -> Result<u64, QueryError> {
    let query = voip_rooms::query(selection, &requests.client.plan.calls, PageRequest::ONE_ROW);
    length::<CallRow>(requests, Endpoint::VoipRooms, &query).await
}

/// The request for the first row of a list up to the end of the span.
fn first_row(selection: RoomSelection, span: &BackfillSpan) -> PageRequest {
    let is_closed = matches!(selection, RoomSelection::ClosedBetween { .. });
    PageRequest { end: (!is_closed).then_some(span.to), ..PageRequest::ONE_ROW }
}

/// The length of a list, in one request, at the rate of the run.
async fn length<R: Row>(
    requests: &mut Requests,
    endpoint: Endpoint,
    query: &Query,
) -> Result<u64, QueryError> {
    let (page, _) = requests.page::<R>(endpoint, query).await?;
    Ok(page.total.unwrap_or_else(|| page.received()))
}

/// Requests for a list of this length; an empty list needs one too.
fn pages_of(rows: u64) -> u64 {
    rows / u64::from(PAGE_ROWS) + 1
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, days, chats, requests, requests_per_minute, .. } = self;
        let took = humantime::format_duration(Duration::from_secs(self.took.as_secs() + 1));
        writeln!(
            f,
            "This is a dry run: it asked each list for one row, in {} requests and {took}, and wrote nothing.",
            self.asked
        )?;
        writeln!(f, "The history goes from {from} to {to}: {days} days.")?;
        write!(f, "It has about {chats} chats")?;
        match self.calls {
            Some(calls) => writeln!(f, ", and at most {calls} calls (all calls of the server).")?,
            None => writeln!(f, ", and no calls.")?,
        }
        let time = humantime::format_duration(self.reading_time());
        writeln!(
            f,
            "Reading them takes about {requests} requests: {time} at {requests_per_minute} requests a minute."
        )?;
        let (rows, day) = (size(self.row_bytes()), size(self.day_bytes()));
        let files = size(self.day_bytes() * days);
        write!(
            f,
            "The disk needs about {rows} for rows, and about {files} for files: {day} a day with {} departments.",
            self.departments
        )?;
        match retention::warning(self.from, self.now) {
            Some(warning) => write!(f, "\nWarning: {warning}"),
            None => Ok(()),
        }
    }
}

/// A number of bytes as text.
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1_000_000) {
        megabytes @ 0..10_000 => format!("{megabytes} MB"),
        megabytes => format!("{} GB", megabytes.div_ceil(1_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_told_in_sentences() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let estimate = Estimate {
            from: at("2026-01-01T00:00:00Z"),
            to: at("2027-01-01T00:00:00Z"),
            now: at("2027-01-01T00:00:00Z"),
            days: 365,
            departments: 3,
            chats: 100_000,
            calls: Some(4_000),
            requests: 1_045,
            requests_per_minute: 2,
            asked: 7,
            took: Duration::from_millis(150_200),
        };
        let expected = "\
This is a dry run: it asked each list for one row, in 7 requests and 2m 31s, and wrote nothing.
The history goes from 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z: 365 days.
It has about 100000 chats, and at most 4000 calls (all calls of the server).
Reading them takes about 1045 requests: 8h 43m at 2 requests a minute.
The disk needs about 63 MB for rows, and about 19 GB for files: 50 MB a day with 3 departments.
Warning: --from is 366 days ago. Prometheus keeps 15 days by default and deletes older blocks at once: before the \
import, start it with --storage.tsdb.retention.time=367d or longer.";
        assert_eq!(estimate.to_string(), expected);
    }

    #[test]
    fn an_empty_list_needs_a_request_and_a_full_page_one_more() {
        assert_eq!([0, 99, 100, 101].map(pages_of), [1, 1, 2, 2]);
    }
}
