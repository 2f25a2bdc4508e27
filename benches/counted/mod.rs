//! Rows of the chats of a large call centre, in the form that the ledger takes.
//!
//! The rows are made without requests, so that a benchmark measures the ledger alone.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::omnichannel::answers::Answers;
use rocketchat_omnichannel_exporter::omnichannel::chat::{Channel, Phase, Source};
use rocketchat_omnichannel_exporter::omnichannel::labels::names::KnownIds;
use rocketchat_omnichannel_exporter::omnichannel::ledger::{Ledger, ServiceLevelsById};
use rocketchat_omnichannel_exporter::omnichannel::observation::ChatObservation;
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevels;
use rocketchat_omnichannel_exporter::omnichannel::urgency::Urgency;
use rocketchat_omnichannel_exporter::rocketchat::key::Key;
use rocketchat_omnichannel_exporter::rocketchat::unix_millis::UnixMillis;

/// Number of chats that are followed.
pub(crate) const CHATS: usize = 10_000;
/// Number of departments of these chats.
pub(crate) const DEPARTMENTS: usize = 64;
const AGENTS: usize = 850;
const SOURCES: [Source; 3] =
    [Source::Known(Channel::Widget), Source::Known(Channel::Api), Source::Known(Channel::Email)];

/// Instant this many seconds after counting began, by the server's clock.
pub(crate) fn at(second: i64) -> Timestamp {
    let begun = Timestamp::from_second(1_790_000_000).unwrap_or_default();
    begun + SignedDuration::from_secs(second)
}

/// Rows of all chats, read at this second. Every round of rows allocates its own ids, as every `PollOutcome` does.
pub(crate) fn rows(second: i64) -> Vec<ChatObservation> {
    let departments = ids("department", DEPARTMENTS);
    let agents = ids("agent", AGENTS);
    let of = departments.iter().cycle().zip(agents.iter().cycle()).zip(SOURCES.iter().cycle());
    let chats = (0_i64..).zip(0..CHATS).zip(of);
    chats
        .map(|((tenths, number), ((department, agent), source))| {
            let began = at(tenths / 10 + 1);
            let is_served = !number.is_multiple_of(5);
            let is_answered = is_served && !number.is_multiple_of(7);
            let answered = UnixMillis::from(began + SignedDuration::from_secs(40));
            ChatObservation {
                key: Key::of(&id("room", number)),
                read_at: at(second).into(),
                phase: phase(number, is_served),
                department: Some(Arc::clone(department)),
                agent: is_served.then(|| Arc::clone(agent)),
                is_with_bot: false,
                source: source.clone(),
                urgency: Urgency::default(),
                began: Some(began.into()),
                queued_at: began.into(),
                waits_since: Some(began.into()),
                taken_at: is_served
                    .then(|| UnixMillis::from(began + SignedDuration::from_secs(15))),
                answers: Answers {
                    first_at: is_answered.then_some(answered),
                    reaction_seconds: is_answered.then_some(25.0),
                    last_reply_at: is_answered.then_some(answered),
                    ..Answers::default()
                },
                response_seconds: is_answered.then_some(61.5),
                responses: is_answered.then_some(3.0),
                auto_transferred_at: None,
                lived_seconds: None,
                service_seconds: None,
                messages: 12,
                awaits_reply: false,
                awaits_reply_since: None,
                asked_before_close: None,
                visitor_wrote_at: None,
                opened_again_at: None,
                ending: None,
            }
        })
        .collect()
}

fn phase(number: usize, is_served: bool) -> Phase {
    match (number.is_multiple_of(19), is_served) {
        (true, _) => Phase::OnHold,
        (false, true) => Phase::InProgress,
        (false, false) => Phase::Queued,
    }
}

fn ids(kind: &str, count: usize) -> Vec<Arc<str>> {
    (0..count).map(|number| Arc::from(id(kind, number))).collect()
}

/// An id as long as an id of the server.
pub(crate) fn id(kind: &str, number: usize) -> String {
    format!("{kind:-<10}{number:07}")
}

/// A ledger that has processed these rows.
pub(crate) fn ledger(rows: &[ChatObservation]) -> Ledger {
    let (levels, departments) = (ServiceLevels::default(), KnownIds::new(DEPARTMENTS));
    let mut ledger = Ledger::begin(at(0));
    ledger.advance(rows, ServiceLevelsById { levels: &levels, departments: &departments });
    ledger
}
