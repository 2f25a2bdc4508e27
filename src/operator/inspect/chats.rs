//! `inspect waiting` and `inspect rooms`: chats, filtered by their own fields.

use std::collections::HashSet;

use jiff::Timestamp;

use super::context::{Column, InspectContext};
use super::error::Refusal;
use super::listing::{Cell, Listing};
use super::wanted::{Between, Wanted};
use crate::cli::inspect::{ChatState, ChatsOf, RoomsAsked};
use crate::cycle::{Plan, probe, room_rows};
use crate::omnichannel::chat::{self, Phase, Source};
use crate::omnichannel::list::List;
use crate::operator::client::{Completeness, QueryError, Seen, Walk};
use crate::rocketchat::capabilities::{OnHoldForm, Support};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::evidence::{Sign, Signs};
use crate::rocketchat::livechat_rooms::{self, RoomRow, RoomSelection};
use crate::rocketchat::paging::{KeysetPager, PageRequest};
use crate::rocketchat::unix_millis::UnixMillis;

/// A chat, with its visitor if visitors were requested.
type SeenChat = Seen<RoomRow>;

/// True if the chats found so far are all that is wanted, given the limit and the latest `ts` or `closedAt` that was
/// read.
type Enough = fn(&[SeenChat], usize, Option<Timestamp>) -> bool;

const WAITING: [Column<SeenChat>; 5] = [
    ("room_id", |(row, _), _| Cell::text(Some(&row.id))),
    ("waiting", |(row, _), context| {
        let since = waits_since(row).map(|since| context.now().duration_since(since));
        Cell::seconds(since.map(|since| since.as_secs_f64()))
    }),
    ("department", |(row, _), context| department(row, context)),
    ("source", |(row, _), _| source(row)),
    ("priority", |(row, _), _| Cell::text(row.priority_id.as_deref())),
];

const ROOMS: [Column<SeenChat>; 9] = [
    ("room_id", |(row, _), _| Cell::text(Some(&row.id))),
    ("state", |(row, _), _| Cell::text(Some(Phase::of(row).as_ref()))),
    ("opened", |(row, _), _| Cell::at(row.ts)),
    ("closed", |(row, _), _| Cell::at(row.closed_at)),
    ("department", |(row, _), context| department(row, context)),
    ("agent", |(row, _), _| {
        let agent = row.served_by.as_ref();
        Cell::text(agent.and_then(|agent| agent.name.as_deref().or(agent.id.as_deref())))
    }),
    ("source", |(row, _), _| source(row)),
    ("messages", |(row, _), _| Cell::count(row.msgs)),
    ("tags", |(row, _), _| {
        let tags = row.tags.join(", ");
        Cell::text(Some(tags.as_str()).filter(|tags| !tags.is_empty()))
    }),
];

/// Lists waiting chats, the longest wait first.
pub(super) async fn waiting(
    context: &InspectContext<'_>,
    departments: &[String],
) -> Result<Listing, Refusal> {
    let of = ChatsOf { departments: departments.to_vec(), agents: Vec::new() };
    let asked = RoomsAsked { of, ..RoomsAsked::default() };
    let plan = narrowed(&context.client.plan, &asked);
    if plan.own_chats_only {
        return Err(Refusal::WaitingUnseen);
    }
    let search = Search { context, plan, asked: &asked, enough: waits_longer_than_what_follows };
    let Found { mut chats, completeness, .. } = search.find(Phase::Queued).await?;
    chats.sort_by_key(|(row, _)| waits_since(row));
    Ok(listing(context, "waiting_chats", &WAITING, &chats, completeness))
}

/// Lists the chats of a state, or all open chats, the oldest first.
pub(super) async fn rooms(
    context: &InspectContext<'_>,
    asked: &RoomsAsked,
) -> Result<Listing, Refusal> {
    let plan = narrowed(&context.client.plan, asked);
    if plan.own_chats_only && asked.state == Some(ChatState::Queued) {
        return Err(Refusal::WaitingUnseen);
    }
    let search = Search { context, plan, asked, enough: |chats, limit, _| chats.len() >= limit };
    let (mut chats, completeness) = search.find_all(phases(asked.state)).await?;
    let by_close = asked.state == Some(ChatState::Closed);
    chats.sort_by_key(|(row, _)| if by_close { row.closed_at } else { row.ts });
    Ok(listing(context, "rooms", &ROOMS, &chats, completeness))
}

/// The chats, each with a link that opens it.
fn listing(
    context: &InspectContext<'_>,
    subject: &'static str,
    columns: &[Column<SeenChat>],
    chats: &[SeenChat],
    completeness: Completeness,
) -> Listing {
    let mut columns = context.columns(columns);
    columns.push(("link", |(row, _), context| context.link(&row.id)));
    context.listing(subject, &columns, chats, completeness)
}

fn phases(state: Option<ChatState>) -> &'static [Phase] {
    match state {
        None => &Phase::OPEN,
        Some(ChatState::Queued) => &[Phase::Queued],
        Some(ChatState::InProgress) => &[Phase::InProgress],
        Some(ChatState::OnHold) => &[Phase::OnHold],
        Some(ChatState::Closed) => &[Phase::Closed],
    }
}

/// The workspace's own filter, in which each requested filter replaces the configured filter of its kind.
fn narrowed(plan: &Plan, asked: &RoomsAsked) -> Plan {
    let mut plan = plan.clone();
    if !asked.of.agents.is_empty() && !plan.own_chats_only {
        plan.rooms.agents.clone_from(&asked.of.agents);
    }
    if !asked.tags.is_empty() {
        plan.rooms.tags.clone_from(&asked.tags);
    }
    if let Some(name) = &asked.room_name {
        plan.rooms.room_name = Some(name.clone()).filter(|name| !name.is_empty());
    }
    if !asked.custom_fields.is_empty() {
        plan.rooms.custom_fields = asked.custom_fields.iter().cloned().collect();
    }
    plan
}

/// The chats of an answer, and the signs in it of the server's release.
struct Found {
    chats: Vec<SeenChat>,
    completeness: Completeness,
    signs: Signs,
}

/// A search for chats.
pub(super) struct Search<'a> {
    context: &'a InspectContext<'a>,
    plan: Plan,
    asked: &'a RoomsAsked,
    enough: Enough,
}

impl<'a> Search<'a> {
    /// A search for all chats that are asked for, up to the page limit.
    pub(super) fn for_all(context: &'a InspectContext<'a>, asked: &'a RoomsAsked) -> Self {
        let plan = narrowed(&context.client.plan, asked);
        Self { context, plan, asked, enough: |_, _, _| false }
    }

    /// True if there can be chats in this state, for this token, server and question.
    fn may_find(&self, phase: Phase) -> bool {
        match phase {
            Phase::Queued => !self.plan.own_chats_only && self.asked.of.agents.is_empty(),
            Phase::OnHold => self.context.capabilities.onhold() != OnHoldForm::Unknown,
            _ => true,
        }
    }

    /// The chats in these states, each once: a chat may change its state between the readings of two lists.
    pub(super) async fn find_all(
        &self,
        phases: &[Phase],
    ) -> Result<(Vec<SeenChat>, Completeness), Refusal> {
        let (mut chats, mut completeness) = (Vec::new(), Completeness::Whole);
        for phase in phases.iter().filter(|phase| self.may_find(**phase)) {
            let found = self.find(*phase).await?;
            chats.extend(found.chats);
            completeness = completeness.max(found.completeness);
        }
        let mut seen = HashSet::new();
        chats.retain(|(row, _)| seen.insert(row.id.clone()));
        Ok((chats, completeness))
    }

    async fn find(&self, phase: Phase) -> Result<Found, Refusal> {
        let times = self.asked.times;
        let wanted = Wanted {
            plan: &self.plan,
            phase,
            places: self.context.places(&self.asked.of.departments)?,
            opened: Between::of(times.opened_after, times.opened_before, self.context.now()),
            closed: Between::recent(times.closed_after, times.closed_before, self.context.now()),
        };
        let selection = self.selection(&wanted);
        let found = self.scan(selection, &wanted).await;
        if selection == (RoomSelection::Queued { probe: true }) {
            return self.judge_probe(found, &wanted).await;
        }
        Ok(found?)
    }

    /// Judges the outcome of the probe for waiting chats. On older servers of hidden version the list of open chats
    /// holds the waiting chats.
    async fn judge_probe(
        &self,
        found: Result<Found, QueryError>,
        wanted: &Wanted<'_>,
    ) -> Result<Found, Refusal> {
        let capabilities = self.context.capabilities;
        let (refusal, found) = match found {
            Err(QueryError::Failed(refusal))
                if probe::is_refusal(List::Queued, &refusal, capabilities) =>
            {
                let mut found = self.scan(RoomSelection::Open, wanted).await?;
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
        Ok(found)
    }

    fn selection(&self, wanted: &Wanted<'_>) -> RoomSelection {
        let capabilities = self.context.capabilities;
        match (wanted.phase, capabilities.queued_filter()) {
            (Phase::Queued, Support::No) | (Phase::InProgress, _) => RoomSelection::Open,
            (Phase::Queued, support) => {
                RoomSelection::Queued { probe: support == Support::Untried }
            }
            (Phase::OnHold, _) => RoomSelection::OnHold(capabilities.onhold()),
            (Phase::Closed, _) => {
                let now = self.context.now();
                let Between { after, before } = wanted.closed;
                RoomSelection::ClosedBetween {
                    start: after.unwrap_or(now),
                    end: before.unwrap_or(now),
                }
            }
        }
    }

    async fn scan(
        &self,
        selection: RoomSelection,
        wanted: &Wanted<'_>,
    ) -> Result<Found, QueryError> {
        let capabilities = self.context.capabilities;
        let mut filter = self.plan.filter(selection, wanted.places.sent(), capabilities);
        if wanted.phase == Phase::Queued {
            // A waiting chat has no agent, in every list.
            filter.agents.clear();
        }
        let between = if wanted.phase == Phase::Closed { wanted.closed } else { wanted.opened };
        let walk = Walk {
            endpoint: Endpoint::LivechatRooms,
            query: |page: PageRequest| livechat_rooms::query(selection, &filter, page),
            key: room_rows::key(selection),
            pager: KeysetPager::new(between.after, between.before),
            visitors: self.context.inspection.visitors,
        };
        let (mut chats, mut signs) = (Vec::<SeenChat>::new(), Signs::default());
        let take = |found: Vec<SeenChat>, last| {
            room_rows::verify(selection, found.iter().map(|(row, _)| row))?;
            signs = signs.and(room_rows::signs(selection, found.iter().map(|(row, _)| row)));
            chats.extend(found.into_iter().filter(|(row, _)| wanted.takes(row)));
            Ok((self.enough)(&chats, self.context.inspection.limit, last))
        };
        let completeness = self.context.client.walk(walk, take).await?;
        Ok(Found { chats, completeness, signs })
    }
}

/// The beginning of the current wait; for a chat that came back to the queue, the time of its return.
fn waits_since(row: &RoomRow) -> Option<Timestamp> {
    chat::waits_since(row).map(UnixMillis::timestamp)
}

/// True if `limit` chats wait longer than every chat after `last`. The list is in the order of `ts`, and no wait begins
/// before `ts`, so the chats after `last` wait less.
fn waits_longer_than_what_follows(
    chats: &[SeenChat],
    limit: usize,
    last: Option<Timestamp>,
) -> bool {
    let waits_longer = |(row, _): &&SeenChat| waits_since(row) <= last;
    chats.iter().filter(waits_longer).count() >= limit
}

pub(super) fn department(row: &RoomRow, context: &InspectContext<'_>) -> Cell {
    let joined = row.department.as_ref().and_then(|department| department.name.as_deref());
    Cell::text(Some(context.department(row.department_id.as_deref(), joined)))
}

pub(super) fn source(row: &RoomRow) -> Cell {
    Cell::text(Some(&Source::of(row.source.as_ref()).to_string()))
}
