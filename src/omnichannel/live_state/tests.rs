//! Examples of the `LiveState`.

use super::*;
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::labels::names::SeenNames;
use crate::omnichannel::labels::registry::LabelLimits;
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::observation_rules::ObservationRules;

fn chat(id: &str, phase: Phase, read_in: u64) -> Chat {
    let json = format!(r#"{{"_id":"{id}","open":true}}"#);
    let row = serde_json::from_str(&json).unwrap();
    let (now, rules, from) =
        (Timestamp::UNIX_EPOCH, ObservationRules::default(), AnswersFrom::Metrics);
    let read = ChatObservation::of(&row, now, &rules, from, &mut SeenNames::default());
    Chat { phase, ..read.chat(read_in) }
}

fn live_state(cycles: Vec<Vec<Update>>) -> Vec<(Key, Phase)> {
    let mut live_state = LiveState::default();
    let mut labels = LabelRegistry::new(LabelLimits::default());
    for (cycle, updates) in (1_i64..).zip(cycles) {
        let now = Timestamp::from_second(cycle * 30).unwrap();
        live_state.advance(updates, &mut labels, cycle.unsigned_abs(), now);
    }
    live_state.chats().map(|chat| (chat.key, chat.phase)).collect()
}

#[test]
fn a_chat_met_in_two_lists_is_what_the_row_read_last_says() {
    let open = Update::Chats(List::Open, vec![chat("a", Phase::InProgress, 1)]);
    let queued = Update::Chats(List::Queued, vec![chat("a", Phase::Queued, 2)]);
    assert_eq!(live_state(vec![vec![open], vec![queued]]), [(Key::of("a"), Phase::Queued)]);
}

#[test]
fn a_closed_row_wins_over_open_rows_read_before_it_or_in_its_cycle() {
    let closed = || Update::Closed(vec![Key::of("a")]);
    let open = |read_in| Update::Chats(List::Open, vec![chat("a", Phase::InProgress, read_in)]);
    assert!(live_state(vec![vec![open(1)], vec![closed()]]).is_empty());
    assert!(live_state(vec![vec![closed(), open(1)]]).is_empty());
    assert!(
        live_state(vec![vec![], vec![closed()], vec![open(1)]]).is_empty(),
        "a scan begun before"
    );
}

#[test]
fn a_chat_reopened_after_it_was_closed_is_open_again() {
    let closed = Update::Closed(vec![Key::of("a")]);
    let open = Update::Chats(List::Open, vec![chat("a", Phase::InProgress, 2)]);
    assert_eq!(live_state(vec![vec![closed], vec![open]]).len(), 1);
}

#[test]
fn a_list_that_is_not_refreshed_keeps_what_it_had() {
    let open = Update::Chats(List::Open, vec![chat("a", Phase::InProgress, 1)]);
    let queued = Update::Chats(List::Queued, vec![chat("b", Phase::Queued, 2)]);
    assert_eq!(live_state(vec![vec![open], vec![queued]]).len(), 2);
}
