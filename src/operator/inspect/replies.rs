//! `inspect missed` and `inspect unanswered`: the chats behind the alerts about answers.
//!
//! The rules are those of the metrics, applied to the latest row of each chat. So a chat that was transferred belongs to
//! its present department, and the row of a closed chat shows only the first opening of the chat.

use super::chats::{self, Search};
use super::context::{Column, InspectContext};
use super::error::Refusal;
use super::listing::{Cell, Listing};
use super::wanted::Between;
use crate::cli::inspect::{ChatsOf, RoomsAsked, Times, When};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::labels::names::{LabelContent, SeenNames};
use crate::omnichannel::ledger::{self, Missed};
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::rules::AgentDetail;
use crate::operator::client::{Completeness, Seen};
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::unix_millis::UnixMillis;

/// A chat whose visitor waits or waited for an answer.
struct Owed {
    row: RoomRow,
    /// The time at which the service level was missed, or of the unanswered question.
    at: Option<UnixMillis>,
    wait_seconds: Option<f64>,
}

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
    let owed = chats.into_iter().filter_map(|(row, visitor)| {
        let Missed { at, wait_seconds } = judged(&row, context)?;
        let owed = Owed { row, at: Some(at), wait_seconds: Some(wait_seconds) };
        span.takes(Some(at.timestamp())).then_some((owed, visitor))
    });
    Ok(listing("missed_chats", ["missed", "waited"], owed.collect(), completeness, context))
}

/// Lists the chats in progress whose visitor wrote last, the longest wait first.
pub(super) async fn unanswered(
    context: &InspectContext<'_>,
    of: &ChatsOf,
) -> Result<Listing, Refusal> {
    let asked = RoomsAsked { of: of.clone(), ..RoomsAsked::default() };
    let search = Search::for_all(context, &asked);
    let (chats, completeness) = search.find_all(&[Phase::InProgress]).await?;
    let waiting = chats.into_iter().filter(|(row, _)| row.waiting_response);
    let owed = waiting.map(|(row, visitor)| {
        let ChatObservation { awaits_reply_since: at, read_at, .. } = observation(&row, context);
        (Owed { row, at, wait_seconds: at.map(|at| read_at.seconds_since(at)) }, visitor)
    });
    Ok(listing("unanswered_chats", ["asked", "waiting"], owed.collect(), completeness, context))
}

fn observation(row: &RoomRow, context: &InspectContext<'_>) -> ChatObservation {
    let rules = &context.client.plan.observation_rules;
    let from = AnswersFrom::by(context.capabilities);
    ChatObservation::of(row, context.now(), rules, from, &mut SeenNames::default())
}

fn judged(row: &RoomRow, context: &InspectContext<'_>) -> Option<Missed> {
    let observation = observation(row, context);
    let id = observation.department.as_deref();
    let joined = row.department.as_ref().and_then(|department| department.name.as_deref());
    let name = context.department(id, joined);
    ledger::missed(&observation, context.rules.service_levels.of(name))
}

/// The chats, the earliest time first and those without a time last. The agent is left out if the configuration shows
/// nothing about single agents.
fn listing(
    subject: &'static str,
    [at, wait]: [&'static str; 2],
    mut chats: Vec<Seen<Owed>>,
    completeness: Completeness,
    context: &InspectContext<'_>,
) -> Listing {
    chats.sort_by_key(|(owed, _)| (owed.at.is_none(), owed.at));
    let mut columns: Vec<Column<Seen<Owed>>> = vec![
        ("room_id", |(owed, _), _| Cell::text(Some(&owed.row.id))),
        (at, |(owed, _), _| Cell::at(owed.at.map(UnixMillis::timestamp))),
        (wait, |(owed, _), _| Cell::seconds(owed.wait_seconds)),
        ("department", |(owed, _), context| chats::department(&owed.row, context)),
    ];
    if context.rules.detail != AgentDetail::Off {
        columns.push(("agent", |(owed, _), context| agent(&owed.row, context.rules.agent_label)));
    }
    columns.push(("source", |(owed, _), _| chats::source(&owed.row)));
    columns.push(("opened", |(owed, _), _| Cell::at(owed.row.ts)));
    let mut columns = context.columns(&columns);
    columns.push(("link", |(owed, _), context| context.link(&owed.row.id)));
    context.listing(subject, &columns, &chats, completeness)
}

fn agent(row: &RoomRow, label: LabelContent) -> Cell {
    let id = row.agent_id();
    let name = row.served_by.as_ref().and_then(|agent| agent.name.as_deref());
    match label {
        LabelContent::Name => Cell::text(name.or(id)),
        LabelContent::Id => Cell::text(id),
    }
}
