//! Tests of chats that were opened again: verdicts, waits for a reply and response times count from the reopening.

use super::*;
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::labels::names::SeenNames;
use crate::omnichannel::observation_rules::ObservationRules;

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

/// The observation of a chat of second 0 that an agent answered at second 2, and that was closed at second 10. The visitor
/// wrote at second 5, which nobody answered, and at second `wrote`. The chat is open again.
fn unanswered(read: i64, wrote: i64, more: &str) -> ChatObservation {
    let [began, replied, asked, wrote] = [0, 2, 5, wrote].map(at);
    let json = format!(
        r#"{{"_id":"chat","open":true,"ts":"{began}","waitingResponse":true,"v":{{"lastMessageTs":"{wrote}"}},
            "metrics":{{"chatDuration":10,"v":{{"lq":"{asked}"}},"servedBy":{{"lr":"{replied}"}},
            "response":{{"fd":"{replied}","tt":2,"total":1}}}}{more}}}"#
    );
    let row = serde_json::from_str(&json).unwrap();
    let rules = ObservationRules::default();
    ChatObservation::of(&row, at(read), &rules, AnswersFrom::Metrics, &mut SeenNames::default())
}

const SERVED: &str = r#","servedBy":{"_id":"ada"}"#;

/// The beginning of the wait for a reply that the gauges show after this row.
fn awaits_since(workspace: &mut CountedWorkspace, row: ChatObservation) -> Option<UnixMillis> {
    let mut chat = row.chat(1);
    workspace.see(row);
    workspace.ledger.amend(&mut chat);
    chat.awaits_reply_since
}

#[test]
fn the_visitor_of_a_reopened_chat_awaits_a_reply_since_the_reopening() {
    let mut workspace = CountedWorkspace::new();
    let opened = 100_000;
    let since = Some(ms(opened));
    assert_eq!(awaits_since(&mut workspace, unanswered(opened + 20, opened, "")), since);
    let later = unanswered(opened + 90, opened + 80, SERVED);
    assert_eq!(awaits_since(&mut workspace, later), since, "a second message changes nothing");
    let unseen = |wrote| awaits_since(&mut CountedWorkspace::new(), unanswered(900, wrote, SERVED));
    assert_eq!(unseen(300), Some(ms(300)));
    assert_eq!(unseen(5), Some(ms(900)), "the first row that shows the chat open");
    assert_eq!(unanswered(900, 5, SERVED).chat(1).awaits_reply_since, Some(ms(10)), "its close");
}

#[test]
fn a_bot_that_takes_a_reopened_chat_does_not_shorten_the_wait_for_a_reply() {
    let mut workspace = CountedWorkspace::new();
    let bot = unanswered(120, 100, r#","servedBy":{"_id":"bot"}"#);
    awaits_since(&mut workspace, ChatObservation { is_with_bot: true, ..bot });
    let person = ChatObservation { taken_at: Some(ms(150)), ..unanswered(160, 155, SERVED) };
    assert_eq!(awaits_since(&mut workspace, person), Some(ms(100)));
}

#[test]
fn a_question_since_the_reopening_is_awaited_since_it_was_asked() {
    let asked = unanswered(120, 100, SERVED);
    let json_asks =
        ChatObservation { awaits_reply_since: Some(ms(110)), asked_before_close: None, ..asked };
    assert_eq!(awaits_since(&mut CountedWorkspace::new(), json_asks), Some(ms(110)));
}

fn responses(told: &[EventKind]) -> Vec<(f64, f64)> {
    told.iter()
        .filter_map(|kind| match kind {
            EventKind::Responses { seconds, count } => Some((*seconds, *count)),
            _ => None,
        })
        .collect()
}

/// The chat of [`unanswered`], answered at second `reply`: the server measures from the question at second 5.
fn answered_late(read: i64, reply: i64, count: f64, more_seconds: f64) -> ChatObservation {
    let row = replied(reply, unanswered(read, 100_000, SERVED));
    let seconds = 2.0 + (reply - 5) as f64 + more_seconds;
    ChatObservation { response_seconds: Some(seconds), responses: Some(count), ..row }
}

#[test]
fn the_first_response_after_a_reopening_takes_the_time_since_the_reopening() {
    let seen = || {
        let mut workspace = CountedWorkspace::new();
        for read in [100_020, 100_050] {
            assert_eq!(responses(&workspace.see(unanswered(read, 100_000, ""))), []);
        }
        workspace
    };
    let mut workspace = seen();
    let told = workspace.see(answered_late(100_330, 100_300, 2.0, 0.0));
    assert_eq!(responses(&told), [(300.0, 1.0)]);
    let told = workspace.see(answered_late(100_390, 100_300, 3.0, 7.0));
    assert_eq!(responses(&told), [(7.0, 1.0)], "later responses are as the server has them");
    let told = seen().see(answered_late(100_390, 100_300, 3.0, 7.0));
    assert_eq!(responses(&told), [(307.0, 2.0)], "two responses between two rows");
    let told = seen().see(answered_late(100_060, 99_999, 2.0, 0.0));
    assert_eq!(responses(&told), [(0.0, 1.0)], "never less than nothing");
}

#[test]
fn a_response_to_a_question_since_the_reopening_is_as_the_server_has_it() {
    let answered_before = |read| replied(6, unanswered(read, 100_000, ""));
    let mut workspace = CountedWorkspace::new();
    workspace.see(answered_before(100_020));
    let reply = replied(100_300, unanswered(100_330, 100_000, SERVED));
    let reply = ChatObservation { response_seconds: Some(302.0), responses: Some(2.0), ..reply };
    assert_eq!(responses(&workspace.see(reply)), [(300.0, 1.0)]);
}
