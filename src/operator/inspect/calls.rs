//! `inspect calls` and `inspect call`: calls, on servers that have them.

use std::ops::ControlFlow;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::listing::{Cell, Listing};
use super::wanted::Between;
use super::{InspectContext, Refusal, visitor_cells};
use crate::cli::inspect::{CallState, CallsAsked};
use crate::operator::client::{Completeness, QueryError, Walk};
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::page::{Page, Row};
use crate::rocketchat::paging::PageRequest;
use crate::rocketchat::query::Query;
use crate::rocketchat::visitor::{VisitorRow, WithVisitor};
use crate::rocketchat::voip_room::CallOfVisitor;
use crate::rocketchat::voip_rooms::{self, CallFilter, CallRow, Select, WaitingTime};

const COLUMNS: [&str; 10] = [
    "room_id",
    "state",
    "queue",
    "direction",
    "started",
    "closed",
    "duration",
    "waited",
    "held",
    "closer",
];

/// Lists calls: the oldest first if they are in progress, the newest first if they have ended.
pub(super) async fn calls(
    context: &InspectContext<'_>,
    asked: &CallsAsked,
) -> Result<Listing, Refusal> {
    has_calls(context)?;
    let (now, times) = (context.now(), asked.times);
    let opened = Between::of(times.opened_after, times.opened_before, now);
    let closed = Between::recent(times.closed_after, times.closed_before, now);
    let is_closed = asked.state == Some(CallState::Closed);
    let (select, until, closed) = if is_closed {
        (Select::Closed, closed.after, closed)
    } else {
        (Select::Open, opened.before, Between::default())
    };
    let filter = narrowed(
        &context.operator_client.plan.calls,
        asked,
        context.operator_client.plan.own_chats_only,
    );
    let walk = Walk {
        endpoint: Endpoint::VoipRooms,
        query: |page: PageRequest| voip_rooms::query(select, &filter, page),
        by_close: is_closed,
        pager: select.walk(until),
    };
    let mut rows = Vec::new();
    let mut take = |found: Vec<(CallRow, Option<VisitorRow>)>| {
        let is_wanted = |row: &CallRow| {
            row.open != is_closed && opened.takes(row.ts) && closed.takes(row.closed_at)
        };
        let wanted = found.iter().filter(|(row, _)| is_wanted(row));
        rows.extend(wanted.map(|(row, visitor)| cells(row, visitor.as_ref(), now)));
        let is_enough = rows.len() >= context.limit;
        Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    let completeness = if context.shows_visitors {
        let seen = |it: WithVisitor<CallRow>| (it.row, Some(it.visitor));
        context
            .operator_client
            .walk(walk, |rows, _| take(rows.into_iter().map(seen).collect()))
            .await?
    } else {
        let seen = |row: CallRow| (row, None);
        context
            .operator_client
            .walk(walk, |rows, _| take(rows.into_iter().map(seen).collect()))
            .await?
    };
    let columns = context.columns(&COLUMNS);
    Ok(Listing { subject: "calls", columns, rows, is_cut: completeness == Completeness::Part })
}

/// Shows one call. The request contains both room and token: without the room the server would create one.
pub(super) async fn call(
    context: &InspectContext<'_>,
    rid: &str,
    token: &SecretString,
) -> Result<Listing, Refusal> {
    has_calls(context)?;
    let query = CallOfVisitor::new(rid, token.expose_secret())?.query();
    let now = context.now();
    let rows: Vec<_> = if context.shows_visitors {
        let page = one::<WithVisitor<CallRow>>(context, &query).await?;
        page.rows.iter().map(|it| cells(&it.row, Some(&it.visitor), now)).collect()
    } else {
        let page = one::<CallRow>(context, &query).await?;
        page.rows.iter().map(|row| cells(row, None, now)).collect()
    };
    Ok(Listing { subject: "calls", columns: context.columns(&COLUMNS), rows, is_cut: false })
}

/// Requests one call. The server answers 400 for a room that does not exist and for a token of another visitor.
async fn one<R: Row>(context: &InspectContext<'_>, query: &Query) -> Result<Page<R>, Refusal> {
    match context.operator_client.page(Endpoint::VoipRoom, None, query).await {
        Err(QueryError::Failed(failure)) if failure.reason == Reason::Rejected => {
            Err(failure.with_remedy("no call has this room id and visitor's token").into())
        }
        page => Ok(page?),
    }
}

fn has_calls(context: &InspectContext<'_>) -> Result<(), Refusal> {
    match (context.capabilities.voip(), context.capabilities.version()) {
        (Support::No, Some(version)) => Err(Refusal::NoCalls(version)),
        _ => Ok(()),
    }
}

/// The workspace's own filter, in which each requested filter replaces the configured filter of its kind.
fn narrowed(filter: &CallFilter, asked: &CallsAsked, own_only: bool) -> CallFilter {
    let list = |asked: &[String], own: &[String]| {
        if asked.is_empty() { own.to_vec() } else { asked.to_vec() }
    };
    let text = |asked: Option<&str>, own: &str| asked.unwrap_or(own).to_owned();
    CallFilter {
        agents: list(if own_only { &[] } else { &asked.agents }, &filter.agents),
        queue: text(asked.queue.as_deref(), &filter.queue),
        direction: text(asked.direction.map(Into::into), &filter.direction),
        visitor_id: text(asked.visitor_id.as_deref(), &filter.visitor_id),
        tags: list(&asked.tags, &filter.tags),
        room_name: text(asked.room_name.as_deref(), &filter.room_name),
    }
}

/// The cells of a call. The API gives milliseconds. A call in progress has lasted until `now`.
fn cells(row: &CallRow, visitor: Option<&VisitorRow>, now: Timestamp) -> Vec<Cell> {
    let started = row.call_started.or(row.ts);
    let so_far = || started.map(|started| now.duration_since(started).as_secs_f64());
    let lasted = row.duration_ms.map(|ms| ms / 1000.0);
    let waited = match row.waiting_ms {
        WaitingTime::Known(ms) => Some(ms / 1000.0),
        WaitingTime::Absent | WaitingTime::Missed => None,
    };
    let mut cells = vec![
        Cell::text(Some(&row.id)),
        Cell::text(Some(if row.open { "open" } else { "closed" })),
        Cell::text(row.queue.as_deref()),
        Cell::text(row.direction.as_deref()),
        Cell::at(started),
        Cell::at(row.closed_at),
        Cell::seconds(if row.open { so_far() } else { lasted }),
        Cell::seconds(waited),
        Cell::seconds(row.hold_ms.map(|ms| ms / 1000.0)),
        Cell::text(row.closer.map(Into::into)),
    ];
    cells.extend(visitor_cells(visitor));
    cells
}
