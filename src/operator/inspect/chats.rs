//! `inspect waiting` and `inspect rooms`: chats, filtered by their own fields.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::listing::{Cell, Listing};
use super::wanted::{Between, Wanted};
use super::{InspectContext, Refusal, visitor_cells};
use crate::cli::inspect::{RoomsAsked, State};
use crate::cycle::{Plan, probe, room_list};
use crate::omnichannel::chat::{self, Phase, Source};
use crate::omnichannel::list::List;
use crate::omnichannel::millisecond::Millisecond;
use crate::operator::client::{Completeness, QueryError, Walk};
use crate::rocketchat::capabilities::{OnHoldForm, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::livechat_rooms::{self, RoomRow, Select};
use crate::rocketchat::paging::{KeysetPager, PageRequest};
use crate::rocketchat::visitor::{VisitorRow, WithVisitor};

/// A chat, with its visitor if visitors were requested.
type Chat = (RoomRow, Option<VisitorRow>);

/// True if the chats found so far are all that is wanted, given the limit and the latest `ts` or `closedAt` that was
/// read.
type Enough = fn(&[Chat], usize, Option<Timestamp>) -> bool;

/// Lists waiting chats, the longest wait first.
pub(super) async fn waiting(
    context: &InspectContext<'_>,
    departments: &[String],
) -> Result<Listing, Refusal> {
    let asked = RoomsAsked { departments: departments.to_vec(), ..RoomsAsked::default() };
    let plan = narrowed(&context.operator_client.plan, &asked);
    if plan.own_chats_only {
        return Err(Refusal::WaitingUnseen);
    }
    let search = Search { context, plan, asked: &asked, enough: waits_longer_than_what_follows };
    let (mut chats, completeness) = search.find(Phase::Queued).await?;
    chats.sort_by_key(|(row, _)| waits_since(row));
    let now = context.now();
    let cells = |(row, visitor): &Chat| {
        let since = waits_since(row).map(|since| now.duration_since(since).as_secs_f64());
        let mut cells = vec![Cell::text(Some(&row.id)), Cell::seconds(since)];
        cells.extend([
            department(row, context),
            source(row),
            Cell::text(row.priority_id.as_deref()),
        ]);
        cells.extend(visitor_cells(visitor.as_ref()));
        cells.push(context.link(&row.id));
        cells
    };
    let mut columns = context.columns(&["room_id", "waiting", "department", "source", "priority"]);
    columns.push("link");
    let rows = chats.iter().map(cells).collect();
    Ok(Listing {
        subject: "waiting_chats",
        columns,
        rows,
        is_cut: completeness == Completeness::Part,
    })
}

/// Lists the chats of a state, or all open chats, the oldest first.
pub(super) async fn rooms(
    context: &InspectContext<'_>,
    asked: &RoomsAsked,
) -> Result<Listing, Refusal> {
    let plan = narrowed(&context.operator_client.plan, asked);
    if plan.own_chats_only && asked.state == Some(State::Queued) {
        return Err(Refusal::WaitingUnseen);
    }
    let search = Search { context, plan, asked, enough: |chats, limit, _| chats.len() >= limit };
    let (mut chats, mut completeness) = (Vec::new(), Completeness::Whole);
    for phase in phases(asked.state).iter().filter(|phase| search.may_find(**phase)) {
        let (found, part) = search.find(*phase).await?;
        chats.extend(found);
        completeness = if part == Completeness::Part { part } else { completeness };
    }
    // A chat may change its state between the readings of two lists.
    let mut seen = HashSet::new();
    chats.retain(|(row, _)| seen.insert(row.id.clone()));
    let by_close = asked.state == Some(State::Closed);
    chats.sort_by_key(|(row, _)| if by_close { row.closed_at } else { row.ts });
    let mut columns = context.columns(&[
        "room_id",
        "state",
        "opened",
        "closed",
        "department",
        "agent",
        "source",
        "messages",
        "tags",
    ]);
    columns.push("link");
    let rows = chats.iter().map(|chat| cells(chat, context)).collect();
    Ok(Listing { subject: "rooms", columns, rows, is_cut: completeness == Completeness::Part })
}

fn phases(state: Option<State>) -> &'static [Phase] {
    match state {
        None => &Phase::OPEN,
        Some(State::Queued) => &[Phase::Queued],
        Some(State::InProgress) => &[Phase::InProgress],
        Some(State::OnHold) => &[Phase::OnHold],
        Some(State::Closed) => &[Phase::Closed],
    }
}

/// The workspace's own filter, in which each requested filter replaces the configured filter of its kind.
fn narrowed(plan: &Plan, asked: &RoomsAsked) -> Plan {
    let mut plan = plan.clone();
    if !asked.agents.is_empty() && !plan.own_chats_only {
        plan.rooms.agents.clone_from(&asked.agents);
    }
    if !asked.tags.is_empty() {
        plan.rooms.tags.clone_from(&asked.tags);
    }
    if let Some(name) = &asked.room_name {
        plan.rooms.room_name.clone_from(name);
    }
    if !asked.custom_fields.is_empty() {
        plan.rooms.custom_fields = asked.fields();
    }
    plan
}

/// The chats of an answer, and the signs in it of the server's release.
struct Found {
    chats: Vec<Chat>,
    completeness: Completeness,
    signs: Signs,
}

struct Search<'a> {
    context: &'a InspectContext<'a>,
    plan: Plan,
    asked: &'a RoomsAsked,
    enough: Enough,
}

impl Search<'_> {
    /// True if there can be chats in this state, for this token, server and question.
    fn may_find(&self, phase: Phase) -> bool {
        match phase {
            Phase::Queued => !self.plan.own_chats_only && self.asked.agents.is_empty(),
            Phase::OnHold => self.context.capabilities.onhold() != OnHoldForm::Unknown,
            _ => true,
        }
    }

    async fn find(&self, phase: Phase) -> Result<(Vec<Chat>, Completeness), Refusal> {
        let times = self.asked.times;
        let wanted = Wanted {
            phase,
            places: self.context.places(&self.asked.departments)?,
            agents: self.plan.rooms.agents.clone(),
            opened: Between::of(times.opened_after, times.opened_before, self.context.now()),
            closed: Between::recent(times.closed_after, times.closed_before, self.context.now()),
        };
        let select = self.select(&wanted);
        let found = self.scan(select, &wanted).await;
        if select == (Select::Queued { probe: true }) {
            return self.judge_probe(found, &wanted).await;
        }
        let Found { chats, completeness, .. } = found?;
        Ok((chats, completeness))
    }

    /// Judges the outcome of the probe for waiting chats. On older servers of hidden version the list of open chats
    /// holds the waiting chats.
    async fn judge_probe(
        &self,
        found: Result<Found, QueryError>,
        wanted: &Wanted,
    ) -> Result<(Vec<Chat>, Completeness), Refusal> {
        let capabilities = self.context.capabilities;
        let (refusal, found) = match found {
            Err(QueryError::Failed(refusal))
                if probe::is_refusal(List::Queued, &refusal, capabilities) =>
            {
                let mut found = self.scan(Select::Open, wanted).await?;
                if refusal.unknown_parameter {
                    found.signs.note(Sign::QueuedRefused);
                }
                (Some(refusal), found)
            }
            found => (None, found?),
        };
        if refusal.is_some() || probe::is_ignored(capabilities, found.signs) {
            probe::judge(refusal, capabilities.with(found.signs), true)?;
        }
        Ok((found.chats, found.completeness))
    }

    fn select(&self, wanted: &Wanted) -> Select {
        let capabilities = self.context.capabilities;
        match (wanted.phase, capabilities.queued_filter()) {
            (Phase::Queued, Support::No) | (Phase::InProgress, _) => Select::Open,
            (Phase::Queued, support) => Select::Queued { probe: support == Support::Untried },
            (Phase::OnHold, _) => Select::OnHold(capabilities.onhold()),
            (Phase::Closed, _) => {
                let now = self.context.now();
                let Between { after, before } = wanted.closed;
                Select::ClosedBetween { start: after.unwrap_or(now), end: before.unwrap_or(now) }
            }
        }
    }

    async fn scan(&self, select: Select, wanted: &Wanted) -> Result<Found, QueryError> {
        let (operator_client, capabilities) =
            (self.context.operator_client, self.context.capabilities);
        let mut filter = self.plan.filter(select, wanted.places.sent(), capabilities);
        if wanted.phase == Phase::Queued {
            // A waiting chat has no agent, in every list.
            filter.agents.clear();
        }
        let by_close = wanted.phase == Phase::Closed;
        let between = if by_close { wanted.closed } else { wanted.opened };
        let walk = Walk {
            endpoint: Endpoint::LivechatRooms,
            query: |page: PageRequest| livechat_rooms::query(select, &filter, page),
            by_close,
            pager: KeysetPager::new(between.after, between.before),
        };
        let (mut chats, mut signs) = (Vec::<Chat>::new(), Signs::default());
        let mut take = |found: Vec<Chat>, last| {
            room_list::verify(select, found.iter().map(|(row, _)| row))?;
            signs = signs.and(room_list::signs(select, found.iter().map(|(row, _)| row)));
            chats.extend(found.into_iter().filter(|(row, _)| wanted.takes(row)));
            let is_enough = (self.enough)(&chats, self.context.limit, last);
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        let completeness = if self.context.shows_visitors {
            let seen = |it: WithVisitor<RoomRow>| (it.row, Some(it.visitor));
            operator_client
                .walk(walk, |rows, last| take(rows.into_iter().map(seen).collect(), last))
                .await
        } else {
            let seen = |row: RoomRow| (row, None);
            operator_client
                .walk(walk, |rows, last| take(rows.into_iter().map(seen).collect(), last))
                .await
        };
        completeness.map(|completeness| Found { chats, completeness, signs })
    }
}

/// The beginning of the current wait; for a chat that came back to the queue, the time of its return.
fn waits_since(row: &RoomRow) -> Option<Timestamp> {
    chat::waits_since(row).map(Millisecond::timestamp)
}

/// True if `limit` chats wait longer than every chat after `last`. The list is in the order of `ts`, and no wait begins
/// before `ts`, so the chats after `last` wait less.
fn waits_longer_than_what_follows(chats: &[Chat], limit: usize, last: Option<Timestamp>) -> bool {
    let waits_longer = |(row, _): &&Chat| waits_since(row) <= last;
    chats.iter().filter(waits_longer).count() >= limit
}

fn cells((row, visitor): &Chat, context: &InspectContext<'_>) -> Vec<Cell> {
    let agent =
        row.served_by.as_ref().and_then(|agent| agent.name.as_deref().or(agent.id.as_deref()));
    let tags = row.tags.join(", ");
    let mut cells = vec![
        Cell::text(Some(&row.id)),
        Cell::text(Some(Phase::of(row).as_ref())),
        Cell::at(row.ts),
        Cell::at(row.closed_at),
        department(row, context),
        Cell::text(agent),
        source(row),
        row.msgs.map_or(Cell::Nothing, Cell::Count),
        Cell::text(Some(tags.as_str()).filter(|tags| !tags.is_empty())),
    ];
    cells.extend(visitor_cells(visitor.as_ref()));
    cells.push(context.link(&row.id));
    cells
}

fn department(row: &RoomRow, context: &InspectContext<'_>) -> Cell {
    let joined = row.department.as_ref().and_then(|department| department.name.as_deref());
    context.department(row.department_id.as_deref(), joined)
}

fn source(row: &RoomRow) -> Cell {
    Cell::Text(Source::of(row.source.as_ref()).to_string())
}
