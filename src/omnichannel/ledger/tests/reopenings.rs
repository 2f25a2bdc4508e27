//! Tests of chats that were opened again: verdicts, waits for a reply and response times count from the reopening.

use super::*;

/// A chat whose visitor opened it again at second `opened` by a message, seven seconds after its close.
fn opened_again(opened: i64, read: i64) -> ChatObservation {
    ChatObservation {
        lived_seconds: Some(93.0),
        opened_again_at: Some(ms(opened)),
        ..answered(opened - 90, observation(opened - 100, read))
    }
}

#[test]
fn a_reopened_chat_is_missed_though_the_threshold_passed_before_it_was_seen() {
    let missed = [ServiceLevelResult::Missed];
    assert_eq!(CountedWorkspace::new().verdicts(opened_again(10, 100)), missed);
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.verdicts(opened_again(10, 73)), [], "the reply may not be written yet");
    let told = workspace.see(replied(90, served("ada", 80, opened_again(10, 100))));
    let first = EventKind::FirstResponse { seconds: 80.0, reaction_seconds: None };
    assert!(told.contains(&first) && told.contains(&EventKind::Judged(missed[0])), "{told:?}");
}

#[test]
fn a_reopened_chat_has_no_verdict_of_before_counting_began_or_of_another_filter() {
    assert_eq!(CountedWorkspace::new().verdicts(opened_again(-61, 100)), []);
    let late = opened_again(-50, 100);
    assert_eq!(CountedWorkspace::new().verdicts(late), [ServiceLevelResult::Missed]);
    let mut workspace = CountedWorkspace::new();
    workspace.ledger.coverage.saw_all_since(at(2_000));
    assert_eq!(workspace.verdicts(opened_again(1_000, 2_100)), []);
}

#[test]
fn a_reopened_chat_that_may_be_answered_when_it_is_seen_has_no_verdict() {
    let doubts = [
        Answers { answered_by: Some(ms(30)), ..Answers::default() },
        Answers { doubtful_at: Some(ms(8)), ..Answers::default() },
        Answers { last_reply_at: Some(ms(15)), ..Answers::default() },
    ];
    for answers in doubts {
        let mut workspace = CountedWorkspace::new();
        let seen = |read| served("bob", 20, opened_again(10, read));
        assert_eq!(workspace.verdicts(ChatObservation { answers, ..seen(30) }), []);
        assert_eq!(workspace.verdicts(ChatObservation { answers, ..seen(300) }), [], "{answers:?}");
    }
}
