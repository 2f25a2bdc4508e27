//! Rows of chats that the ledger of chats does not count whole.

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::omnichannel::answers::AnswersFrom;
use rocketchat_omnichannel_exporter::omnichannel::event::EventKind;
use rocketchat_omnichannel_exporter::omnichannel::labels::names::{KnownIds, SeenNames};
use rocketchat_omnichannel_exporter::omnichannel::ledger::{
    Ledger, LedgerOfFormat2, ServiceLevelsById,
};
use rocketchat_omnichannel_exporter::omnichannel::observation::ChatObservation;
use rocketchat_omnichannel_exporter::omnichannel::observation_rules::ObservationRules;
use rocketchat_omnichannel_exporter::omnichannel::service_level::ServiceLevels;
use rocketchat_omnichannel_exporter::rocketchat::key::Key;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use serde_json::{Value, json};

/// Ids with the same hash. The hash multiplies the two halves of the first 16 characters, each XOR a constant. The first
/// id has the factors 2a and 3b there, the second one 3a and 2b.
const SAME_HASH: [&str; 2] =
    ["8zl910K8zI3N79sYSameRoomsAndMore", "x8l98zKwx1Mmw192SameRoomsAndMore"];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_secs(second)
}

/// The events that a row tells, which was read at this second.
fn told(ledger: &mut Ledger, row: &Value, second: i64) -> Vec<EventKind> {
    let row: RoomRow = serde_json::from_str(&row.to_string()).unwrap();
    let (rules, from) = (ObservationRules::default(), AnswersFrom::Metrics);
    let mut names = SeenNames::default();
    let observation = ChatObservation::of(&row, at(second), &rules, from, &mut names);
    let (levels, departments) = (ServiceLevels::default(), KnownIds::default());
    let service_levels = ServiceLevelsById { levels: &levels, departments: &departments };
    ledger.advance(&[observation], service_levels).into_iter().map(|event| event.kind).collect()
}

/// A chat that began at second 1 and that an agent took at second 5.
fn open(id: &str, messages: u64) -> Value {
    let agent = json!({ "_id": "ada", "username": "ada", "ts": at(5).to_string() });
    json!({ "_id": id, "open": true, "ts": at(1).to_string(), "servedBy": agent, "msgs": messages })
}

/// The same chat after a close at this second.
fn closed(id: &str, messages: u64, second: i64) -> Value {
    let mut row = open(id, messages);
    row["open"] = Value::Null;
    row["closedAt"] = at(second).to_string().into();
    row["metrics"] = json!({ "chatDuration": second - 1 });
    row
}

/// The same chat after a close at this second, and after the visitor and the agent came back.
fn reopened(id: &str, messages: u64, second: i64) -> Value {
    let mut row = open(id, messages);
    row["v"] = json!({ "lastMessageTs": at(second + 5).to_string() });
    row["servedBy"]["ts"] = at(second + 10).to_string().into();
    row["metrics"] = json!({ "chatDuration": second - 1, "serviceTimeDuration": second - 5 });
    row
}

#[test]
fn of_two_chats_whose_ids_have_the_same_hash_the_second_is_not_counted() {
    let [first, second] = SAME_HASH;
    assert_eq!(Key::of(first), Key::of(second), "the hash has changed: other ids are needed");
    let mut ledger = Ledger::begin(at(0));
    for (id, closed_at, counted) in [(first, 30, 1), (second, 40, 0), ("third", 50, 1)] {
        let mut events = told(&mut ledger, &open(id, 2), 10);
        events.extend(told(&mut ledger, &closed(id, 4, closed_at), 60));
        let starts = events.iter().filter(|event| matches!(event, EventKind::Started));
        let closes = events.iter().filter(|event| matches!(event, EventKind::Closed(_)));
        assert_eq!((starts.count(), closes.count()), (counted, counted), "{id}");
    }
}

/// The number of messages that a close counts.
fn messages(events: &[EventKind]) -> u64 {
    let closing = events.iter().find_map(|event| match event {
        EventKind::Closed(closing) => Some(closing),
        _ => None,
    });
    closing.unwrap().messages
}

/// The ledger that the next process reads from a state of the present format.
fn kept(ledger: &Ledger) -> Ledger {
    serde_json::from_value(serde_json::to_value(ledger).unwrap()).unwrap()
}

/// The ledger that the next process reads from a state of the second format, which kept only the time of a close.
fn kept_in_format_2(ledger: &Ledger) -> Ledger {
    let mut state = serde_json::to_value(ledger).unwrap();
    for close in state["closed"].as_object_mut().unwrap().values_mut() {
        *close = close[0].take();
    }
    let ledger: LedgerOfFormat2 = serde_json::from_value(state).unwrap();
    ledger.into()
}

/// The messages that are counted after a restart: of a chat with its second close, and of a chat with its only close.
/// `is_seen_open` tells if the first chat was seen open again before the restart, else after it.
fn messages_after(restart: fn(&Ledger) -> Ledger, is_seen_open: bool) -> (u64, u64) {
    let mut ledger = Ledger::begin(at(0));
    told(&mut ledger, &open("again", 4), 10);
    told(&mut ledger, &open("once", 3), 10);
    assert_eq!(messages(&told(&mut ledger, &closed("again", 8, 30), 35)), 8);
    let open_again = reopened("again", 10, 30);
    if is_seen_open {
        told(&mut ledger, &open_again, 50);
    }
    let mut ledger = restart(&ledger);
    ledger.resume();
    if !is_seen_open {
        told(&mut ledger, &open_again, 50);
    }
    let again = messages(&told(&mut ledger, &closed("again", 14, 90), 95));
    (again, messages(&told(&mut ledger, &closed("once", 9, 90), 95)))
}

#[test]
fn a_second_close_counts_fewer_messages_if_the_first_was_kept_in_an_earlier_format() {
    for (is_seen_open, counted) in [(true, 0), (false, 4)] {
        assert_eq!(messages_after(kept, is_seen_open), (6, 9));
        assert_eq!(messages_after(kept_in_format_2, is_seen_open), (counted, 9));
    }
}
