//! `inspect missed` and `inspect unanswered`: the chats behind the alerts about answers.
//!
//! The rules are those of the metrics, applied to the latest row of each chat. So a chat that was transferred belongs to
//! its present department, and the row of a closed chat shows only the first opening of the chat.

use super::chats::{self, Chat, Search};
use super::listing::{Cell, Listing};
use super::wanted::Between;
use super::{InspectContext, Refusal, visitor_cells};
use crate::cli::inspect::{ChatsOf, RoomsAsked, Times, When};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::labels::names::{PUBLIC, SeenNames, Shown};
use crate::omnichannel::ledger::{self, Missed};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::rules::Detail;
use crate::operator::client::Completeness;
use crate::rocketchat::livechat_rooms::RoomRow;

/// Lists the chats that missed the service level in a span of time, the earliest first.
pub(super) async fn missed(
    context: &InspectContext<'_>,
    of: &ChatsOf,
    (since, until): (When, Option<When>),
) -> Result<Listing, Refusal> {
    // A chat that missed the service level in the span was open in the span.
    let times = Times { closed_after: Some(since), ..Times::default() };
    let asked = RoomsAsked { of: of.clone(), times, ..RoomsAsked::default() };
    let search = Search::for_all(context, &asked);
    let phases = [&Phase::OPEN[..], &[Phase::Closed]].concat();
    let (chats, completeness) = search.find_all(&phases).await?;
    let span = Between::of(Some(since), until, context.now());
    let judged = chats.iter().filter_map(|chat| Some((chat, judged(&chat.0, context)?)));
    let mut missed: Vec<_> =
        judged.filter(|(_, missed)| span.takes(Some(missed.at.timestamp()))).collect();
    missed.sort_by_key(|(_, missed)| missed.at);
    let own =
        |missed: Missed| vec![Cell::At(missed.at.timestamp()), Cell::Seconds(missed.wait_seconds)];
    let rows = missed.iter().map(|(chat, missed)| cells(chat, own(*missed), context)).collect();
    Ok(listing("missed_chats", &["missed", "waited"], rows, completeness, context))
}

/// Lists the chats in progress whose visitor wrote last, the longest wait first.
pub(super) async fn unanswered(
    context: &InspectContext<'_>,
    of: &ChatsOf,
) -> Result<Listing, Refusal> {
    let asked = RoomsAsked { of: of.clone(), ..RoomsAsked::default() };
    let search = Search::for_all(context, &asked);
    let (chats, completeness) = search.find_all(&[Phase::InProgress]).await?;
    let observed = chats.iter().map(|chat| (chat, observation(&chat.0, context)));
    let mut waiting: Vec<_> = observed.filter(|(_, it)| it.awaits_reply).collect();
    waiting.sort_by_key(|(_, it)| (it.awaits_reply_since.is_none(), it.awaits_reply_since));
    let own = |it: &ChatObservation| {
        let since = it.awaits_reply_since.map(Millisecond::timestamp);
        let wait = it.awaits_reply_since.map(|since| it.read_at.seconds_since(since));
        vec![Cell::at(since), Cell::seconds(wait)]
    };
    let rows = waiting.iter().map(|(chat, it)| cells(chat, own(it), context)).collect();
    Ok(listing("unanswered_chats", &["asked", "waiting"], rows, completeness, context))
}

fn observation(row: &RoomRow, context: &InspectContext<'_>) -> ChatObservation {
    let rules = &context.operator_client.plan.observation_rules;
    let from = AnswersFrom::by(context.capabilities);
    ChatObservation::of(row, context.now(), rules, from, &mut SeenNames::default())
}

fn judged(row: &RoomRow, context: &InspectContext<'_>) -> Option<Missed> {
    let observation = observation(row, context);
    let id = observation.department.as_deref();
    let joined = row.department.as_ref().and_then(|department| department.name.as_deref());
    let known = id.and_then(|id| context.departments.name(id));
    let name = known.or(joined).or(id).unwrap_or(PUBLIC);
    ledger::missed(&observation, context.rules.service_levels.of(name))
}

fn listing(
    subject: &'static str,
    own: &[&'static str],
    rows: Vec<Vec<Cell>>,
    completeness: Completeness,
    context: &InspectContext<'_>,
) -> Listing {
    let agent: &[_] = if context.rules.detail == Detail::Off { &[] } else { &["agent"] };
    let columns = [&["room_id"], own, &["department"], agent, &["source", "opened"]].concat();
    let mut columns = context.columns(&columns);
    columns.push("link");
    Listing { subject, columns, rows, is_cut: completeness == Completeness::Part }
}

/// The cells of a chat; the agent is left out if the configuration shows nothing about single agents.
fn cells((row, visitor): &Chat, own: Vec<Cell>, context: &InspectContext<'_>) -> Vec<Cell> {
    let mut cells = vec![Cell::text(Some(&row.id))];
    cells.extend(own);
    cells.push(chats::department(row, context));
    if context.rules.detail != Detail::Off {
        cells.push(agent(row, context.rules.agent_label));
    }
    cells.extend([chats::source(row), Cell::at(row.ts)]);
    cells.extend(visitor_cells(visitor.as_ref()));
    cells.push(context.link(&row.id));
    cells
}

fn agent(row: &RoomRow, label: Shown) -> Cell {
    let agent = row.served_by.as_ref();
    let id = agent.and_then(|agent| agent.id.as_deref());
    let name = agent.and_then(|agent| agent.name.as_deref());
    match label {
        Shown::Name => Cell::text(name.or(id)),
        Shown::Id => Cell::text(id),
    }
}
