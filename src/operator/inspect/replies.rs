//! `inspect missed` and `inspect unanswered`: the chats behind the alerts about answers.
//!
//! The rules are those of the metrics, applied to the latest row of each chat. So a chat that was transferred belongs to
//! its present department, and the row of a closed chat shows only the first opening of the chat.

use super::chats::{self, Chat, Search};
use super::listing::{Cell, Listing};
use super::wanted::Between;
use super::{Column, InspectContext, Refusal};
use crate::cli::inspect::{ChatsOf, RoomsAsked, Times, When};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::labels::names::{PUBLIC, SeenNames, Shown};
use crate::omnichannel::ledger::{self, Missed};
use crate::omnichannel::millisecond::Millisecond;
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::rules::Detail;
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
    let (mut chats, completeness) = search.find_all(&phases).await?;
    let span = Between::of(Some(since), until, context.now());
    let missed_at = |row: &RoomRow| judged(row, context).map(|missed| missed.at.timestamp());
    chats.retain(|(row, _)| span.takes(missed_at(row)));
    chats.sort_by_cached_key(|(row, _)| missed_at(row));
    let own: [Column<Chat>; 2] = [
        ("missed", |(row, _), context| {
            Cell::at(judged(row, context).map(|missed| missed.at.timestamp()))
        }),
        ("waited", |(row, _), context| {
            Cell::seconds(judged(row, context).map(|missed| missed.wait_seconds))
        }),
    ];
    Ok(chats::listing(context, "missed_chats", &columns(own, context), &chats, completeness))
}

/// Lists the chats in progress whose visitor wrote last, the longest wait first.
pub(super) async fn unanswered(
    context: &InspectContext<'_>,
    of: &ChatsOf,
) -> Result<Listing, Refusal> {
    let asked = RoomsAsked { of: of.clone(), ..RoomsAsked::default() };
    let search = Search::for_all(context, &asked);
    let (mut chats, completeness) = search.find_all(&[Phase::InProgress]).await?;
    chats.retain(|(row, _)| row.waiting_response);
    chats.sort_by_cached_key(|(row, _)| {
        let asked_at = asked_at(row, context);
        (asked_at.is_none(), asked_at)
    });
    let own: [Column<Chat>; 2] = [
        ("asked", |(row, _), context| Cell::at(asked_at(row, context).map(Millisecond::timestamp))),
        ("waiting", |(row, _), context| {
            let now = Millisecond::from(context.now());
            Cell::seconds(asked_at(row, context).map(|at| now.seconds_since(at)))
        }),
    ];
    Ok(chats::listing(context, "unanswered_chats", &columns(own, context), &chats, completeness))
}

fn observation(row: &RoomRow, context: &InspectContext<'_>) -> ChatObservation {
    let rules = &context.client.plan.observation_rules;
    let from = AnswersFrom::by(context.capabilities);
    ChatObservation::of(row, context.now(), rules, from, &mut SeenNames::default())
}

fn asked_at(row: &RoomRow, context: &InspectContext<'_>) -> Option<Millisecond> {
    observation(row, context).awaits_reply_since
}

fn judged(row: &RoomRow, context: &InspectContext<'_>) -> Option<Missed> {
    let observation = observation(row, context);
    let id = observation.department.as_deref();
    let joined = row.department.as_ref().and_then(|department| department.name.as_deref());
    let known = id.and_then(|id| context.departments.name(id));
    let name = known.or(joined).or(id).unwrap_or(PUBLIC);
    ledger::missed(&observation, context.rules.service_levels.of(name))
}

/// The columns of a chat; the agent is left out if the configuration shows nothing about single agents.
fn columns(own: [Column<Chat>; 2], context: &InspectContext<'_>) -> Vec<Column<Chat>> {
    let room: Column<Chat> = ("room_id", |(row, _), _| Cell::text(Some(&row.id)));
    let mut columns = vec![room];
    columns.extend(own);
    columns.push(("department", chats::department));
    if context.rules.detail != Detail::Off {
        columns.push(("agent", agent));
    }
    columns.push(("source", chats::source));
    columns.push(("opened", |(row, _), _| Cell::at(row.ts)));
    columns
}

fn agent((row, _): &Chat, context: &InspectContext<'_>) -> Cell {
    let agent = row.served_by.as_ref();
    let id = agent.and_then(|agent| agent.id.as_deref());
    let name = agent.and_then(|agent| agent.name.as_deref());
    match context.rules.agent_label {
        Shown::Name => Cell::text(name.or(id)),
        Shown::Id => Cell::text(id),
    }
}
