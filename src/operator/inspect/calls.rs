//! `inspect calls` and `inspect call`: calls, on servers that have them.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::context::{Column, InspectContext};
use super::error::Refusal;
use super::listing::{Cell, Listing};
use super::wanted::Between;
use crate::cli::inspect::{CallState, CallsAsked};
use crate::operator::client::{Completeness, QueryError, Seen, Walk};
use crate::rocketchat::capabilities::Support;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::Reason;
use crate::rocketchat::paging::PageRequest;
use crate::rocketchat::voip_room::CallOfVisitor;
use crate::rocketchat::voip_rooms::{self, CallFilter, CallRow, CallSelection, WaitingTime};

/// The API gives milliseconds. A call in progress has lasted until now.
const COLUMNS: [Column<Seen<CallRow>>; 10] = [
    ("room_id", |(row, _), _| Cell::text(Some(&row.id))),
    ("state", |(row, _), _| Cell::text(Some(if row.open { "open" } else { "closed" }))),
    ("queue", |(row, _), _| Cell::text(row.queue.as_deref())),
    ("direction", |(row, _), _| Cell::text(row.direction.as_deref())),
    ("started", |(row, _), _| Cell::at(started(row))),
    ("closed", |(row, _), _| Cell::at(row.closed_at)),
    ("duration", |(row, _), context| Cell::seconds(lasted(row, context.now()))),
    ("waited", |(row, _), _| match row.waiting_ms {
        WaitingTime::Known(ms) => Cell::seconds(Some(ms / 1000.0)),
        WaitingTime::Absent | WaitingTime::Missed => Cell::seconds(None),
    }),
    ("held", |(row, _), _| Cell::seconds(row.hold_ms.map(|ms| ms / 1000.0))),
    ("closer", |(row, _), _| Cell::text(row.closer.map(Into::into))),
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
    let (selection, until, closed) = if is_closed {
        (CallSelection::Closed, closed.after, closed)
    } else {
        (CallSelection::Open, opened.before, Between::default())
    };
    let plan = &context.client.plan;
    let filter = narrowed(&plan.calls, asked, plan.own_chats_only);
    let walk = Walk {
        endpoint: Endpoint::VoipRooms,
        query: |page: PageRequest| voip_rooms::query(selection, &filter, page),
        key: selection.key(),
        pager: selection.walk(until),
        visitors: context.inspection.visitors,
    };
    let mut rows = Vec::new();
    let take = |found: Vec<Seen<CallRow>>, _| {
        let is_wanted = |row: &CallRow| {
            row.open != is_closed && opened.takes(row.ts) && closed.takes(row.closed_at)
        };
        rows.extend(found.into_iter().filter(|(row, _)| is_wanted(row)));
        Ok(rows.len() >= context.inspection.limit)
    };
    let completeness = context.client.walk(walk, take).await?;
    Ok(context.listing("calls", &context.columns(&COLUMNS), &rows, completeness))
}

/// Shows one call. The request contains both room and token: without the room the server would create one. The server
/// answers 400 for a room that does not exist and for a token of another visitor.
pub(super) async fn call(
    context: &InspectContext<'_>,
    rid: &str,
    token: &SecretString,
) -> Result<Listing, Refusal> {
    has_calls(context)?;
    let query = CallOfVisitor::new(rid, token.expose_secret())?.query();
    let page =
        context.client.seen_page(Endpoint::VoipRoom, &query, context.inspection.visitors).await;
    let page = page.map_err(|error| match error {
        QueryError::Failed(failure) if failure.reason == Reason::Rejected => {
            failure.with_remedy("no call has this room id and visitor's token").into()
        }
        error => error,
    })?;
    let columns = context.columns(&COLUMNS);
    Ok(context.listing("calls", &columns, &page.rows, Completeness::Whole))
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
    let text = |asked: &Option<String>, own: &Option<String>| {
        asked.as_ref().or(own.as_ref()).filter(|text| !text.is_empty()).cloned()
    };
    CallFilter {
        agents: list(if own_only { &[] } else { &asked.agents }, &filter.agents),
        queue: text(&asked.queue, &filter.queue),
        direction: asked.direction.or(filter.direction),
        visitor_id: text(&asked.visitor_id, &filter.visitor_id),
        tags: list(&asked.tags, &filter.tags),
        room_name: text(&asked.room_name, &filter.room_name),
    }
}

fn started(row: &CallRow) -> Option<Timestamp> {
    row.call_started.or(row.ts)
}

fn lasted(row: &CallRow, now: Timestamp) -> Option<f64> {
    if row.open {
        started(row).map(|started| now.duration_since(started).as_secs_f64())
    } else {
        row.duration_ms.map(|ms| ms / 1000.0)
    }
}
