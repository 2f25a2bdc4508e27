//! Tests of answers: an answer of a bot or without proof is not counted, and each question has one answer.

use super::*;
use crate::omnichannel::answers::AnswersFrom;

fn with(answers: Answers, observation: ChatObservation) -> ChatObservation {
    ChatObservation { answers: Answers { from: AnswersFrom::ResponseBy, ..answers }, ..observation }
}

fn proven(second: i64, observation: ChatObservation) -> ChatObservation {
    let at = Some(ms(second));
    with(
        Answers { first_at: at, responded_at: at, spoke_at: at, ..Answers::default() },
        observation,
    )
}

fn first(seconds: f64) -> EventKind {
    EventKind::FirstResponse { seconds, reaction_seconds: None }
}

#[test]
fn what_the_server_counts_before_6_12_are_no_responses() {
    let mut workspace = CountedWorkspace::new();
    let row = |read, observation: ChatObservation| ChatObservation {
        read_at: ms(read),
        response_seconds: Some(0.015),
        responses: Some(1.0),
        ..with(Answers::default(), observation)
    };
    assert_eq!(workspace.see(row(5, observation(1, 5))), [EventKind::Started]);
    assert_eq!(workspace.see(row(30, served("ada", 26, observation(1, 30)))), [waited(25.0)]);
    let answer = row(50, proven(44, served("ada", 26, observation(1, 50))));
    let answer = proven(44, answer);
    assert_eq!(
        workspace.see(answer.clone()),
        [first(43.0), EventKind::Judged(ServiceLevelResult::Met)]
    );
    let answers = Answers { from: AnswersFrom::Metrics, ..answer.answers };
    let upgraded = ChatObservation { answers, read_at: ms(90), ..replied(44, answer) };
    assert_eq!(workspace.see(upgraded), [], "the figures of before are the base of those after");
}

#[test]
fn responses_that_came_while_the_version_was_unknown_are_counted_when_it_is_known() {
    let mut workspace = CountedWorkspace::new();
    let row = |read, from| {
        let row = answered(9, served("ada", 5, observation(1, read)));
        ChatObservation { answers: Answers { from, ..row.answers }, ..row }
    };
    let responses =
        |told: Vec<EventKind>| told.contains(&EventKind::Responses { seconds: 4.0, count: 1.0 });
    assert!(!responses(workspace.see(row(10, AnswersFrom::ResponseByForNow))));
    assert!(responses(workspace.see(row(40, AnswersFrom::Metrics))));
}

#[test]
fn an_answer_that_cannot_be_told_has_no_verdict() {
    let mut workspace = CountedWorkspace::new();
    let doubt = Answers { doubtful_at: Some(ms(9)), ..Answers::default() };
    let doubtful = |read| with(doubt, served("ada", 5, observation(1, read)));
    workspace.see(doubtful(30));
    assert_eq!(workspace.verdicts(doubtful(500)), []);
    assert_eq!(workspace.verdicts(closed(600, Closer::Agent, doubtful(610))), []);
    let mut workspace = CountedWorkspace::new();
    workspace.see(doubtful(30));
    assert_eq!(workspace.verdicts(closed(40, Closer::Visitor, doubtful(45))), [], "in time");
}

#[test]
fn an_answer_whose_time_the_row_does_not_tell_is_met_or_unknown() {
    let by = |second, read| {
        let answers = Answers { answered_by: Some(ms(second)), ..Answers::default() };
        with(answers, served("ada", 5, observation(1, read)))
    };
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 10));
    let told = workspace.see(by(40, 40));
    assert_eq!(
        told,
        [waited(4.0), EventKind::Judged(ServiceLevelResult::Met)],
        "no time is made up"
    );
    let told = workspace.see(closed(
        80,
        Closer::Agent,
        with(Answers::default(), served("ada", 5, observation(1, 90))),
    ));
    assert_eq!(outcome(&told), Some((Closer::Agent, Outcome::Answered)));
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 55));
    assert_eq!(workspace.verdicts(by(90, 90)), [], "in time or not, nobody knows");
    let asked_again = with(Answers::default(), served("ada", 5, observation(1, 120)));
    assert_eq!(workspace.verdicts(asked_again), [], "nor does a later row tell");
}

#[test]
fn the_clock_stops_for_a_bot_though_the_chat_was_judged() {
    let mut workspace = CountedWorkspace::new();
    let mail = |observation: ChatObservation| ChatObservation {
        source: Source::Known(Channel::Email),
        ..observation
    };
    let bot = |read| mail(answered(3, served("bot", 2, observation(1, read))));
    let told = workspace.see(ChatObservation { is_with_bot: true, ..bot(10) });
    assert!(
        !told.contains(&EventKind::Judged(ServiceLevelResult::Excluded)),
        "it is the bot's still"
    );
    let person = |read| mail(answered(3, served("ada", 20, observation(1, read))));
    let told = workspace.see(person(25));
    assert!(told.contains(&EventKind::Judged(ServiceLevelResult::Excluded)));
    assert_eq!(workspace.see(replied(30, person(35))), [first(10.0)]);
}

#[test]
fn a_bot_that_takes_a_chat_after_it_was_missed_gives_no_first_response() {
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.verdicts(observation(1, 70)), [ServiceLevelResult::Missed]);
    let bot = answered(81, served("bot", 80, observation(1, 90)));
    let told = workspace.see(ChatObservation { is_with_bot: true, ..bot });
    assert!(!told.iter().any(|kind| matches!(kind, EventKind::FirstResponse { .. })), "{told:?}");
    let person = |read| answered(81, served("ada", 100, observation(1, read)));
    workspace.see(person(101));
    assert_eq!(workspace.see(replied(110, person(115))), [first(10.0)]);
}

#[test]
fn what_a_bot_answered_between_two_polls_is_not_the_persons_answer() {
    let mut workspace = CountedWorkspace::new();
    let row = |read| {
        let row = answered(3, served("ada", 20, observation(1, read)));
        ChatObservation { answers: Answers { may_be_a_bots: true, ..row.answers }, ..row }
    };
    let told = workspace.see(row(30));
    assert!(!told.iter().any(|kind| matches!(kind, EventKind::FirstResponse { .. })), "{told:?}");
    assert_eq!(
        workspace.see(replied(26, row(40))),
        [first(6.0), EventKind::Judged(ServiceLevelResult::Met)]
    );
}

#[test]
fn a_bot_that_answers_a_reopened_chat_leaves_the_first_response_to_a_person() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 2));
    workspace.see(closed(10, Closer::Visitor, observation(1, 20)));
    let opened = |observation: ChatObservation| ChatObservation {
        lived_seconds: Some(9.0),
        opened_again_at: Some(ms(30)),
        ..observation
    };
    let bot = opened(answered(32, served("bot", 31, observation(1, 40))));
    let told = workspace.see(ChatObservation { is_with_bot: true, ..bot });
    assert!(!told.iter().any(|kind| matches!(kind, EventKind::FirstResponse { .. })), "{told:?}");
    let person = |read| opened(answered(32, served("ada", 60, observation(1, read))));
    workspace.see(person(61));
    assert_eq!(
        workspace.see(replied(75, person(80))),
        [first(15.0), EventKind::Judged(ServiceLevelResult::Met)]
    );
}

#[test]
fn an_agent_who_writes_before_the_visitor_has_responded_once() {
    let mut workspace = CountedWorkspace::new();
    let row = |read, seconds, count, first: i64| {
        let answers = Answers { first_at: Some(ms(first)), ..Answers::default() };
        let (response_seconds, responses) = (Some(seconds), Some(count));
        ChatObservation {
            answers,
            response_seconds,
            responses,
            ..served("ada", 3, observation(1, read))
        }
    };
    let responses = |told: Vec<EventKind>| -> Vec<EventKind> {
        told.into_iter().filter(|kind| matches!(kind, EventKind::Responses { .. })).collect()
    };
    let told = responses(workspace.see(row(8, 5.0, 1.0, 6)));
    assert_eq!(told, [EventKind::Responses { seconds: 5.0, count: 1.0 }]);
    assert_eq!(responses(workspace.see(row(11, 12.5, 2.0, 6))), []);
    let question = replied(24, row(30, 15.0, 3.0, 6));
    assert_eq!(
        responses(workspace.see(question)),
        [EventKind::Responses { seconds: 2.5, count: 1.0 }]
    );
    let mut late = CountedWorkspace::new();
    let told = responses(late.see(row(11, 12.5, 2.0, 6)));
    assert_eq!(
        told,
        [EventKind::Responses { seconds: 5.0, count: 1.0 }],
        "the first of two unseen ones"
    );
}

/// True if the service level may count the chat as missed after this row, and the start of its clock.
fn risk(workspace: &mut CountedWorkspace, row: ChatObservation) -> (bool, Option<UnixMillis>) {
    let mut chat = row.chat(1);
    workspace.see(row);
    workspace.ledger.amend(&mut chat);
    (chat.can_be_missed, chat.opened_at)
}

#[test]
fn a_chat_can_be_missed_until_its_verdict_and_not_while_the_clock_stops() {
    let mut workspace = CountedWorkspace::new();
    let bot =
        |read| ChatObservation { is_with_bot: true, ..served("bot", 12, observation(1, read)) };
    assert_eq!(risk(&mut workspace, observation(1, 10)), (true, Some(ms(1))));
    assert!(!risk(&mut workspace, bot(20)).0, "a bot serves it");
    let handed_over = |read| served("ann", 30, observation(1, read));
    assert_eq!(risk(&mut workspace, handed_over(40)), (true, Some(ms(30))));
    assert!(!risk(&mut workspace, answered(50, handed_over(60))).0, "a person answered");
    let mut late = CountedWorkspace::new();
    assert!(risk(&mut late, observation(1, 60)).0);
    assert!(!risk(&mut late, observation(1, 70)).0, "it is missed");
}

#[test]
fn a_chat_that_no_verdict_covers_or_that_may_be_answered_cannot_be_missed() {
    let mail = ChatObservation { source: Source::Known(Channel::Email), ..observation(1, 10) };
    assert!(!risk(&mut CountedWorkspace::new(), mail).0);
    let doubtful = |doubtful_at| {
        let row = observation(1, 10);
        ChatObservation { answers: Answers { doubtful_at, ..row.answers }, ..row }
    };
    assert!(!risk(&mut CountedWorkspace::new(), doubtful(Some(ms(5)))).0);
    assert!(
        risk(&mut CountedWorkspace::new(), doubtful(Some(ms(1)))).0,
        "the doubt lies before the chat"
    );
    let opened = ChatObservation { lived_seconds: Some(29.0), ..observation(-500, 100) };
    assert_eq!(risk(&mut CountedWorkspace::new(), opened), (true, Some(ms(100))), "opened again");
}
