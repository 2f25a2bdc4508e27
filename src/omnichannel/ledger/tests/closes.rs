//! Tests of closes: each close is reported once, even if it is undone before it is read, is moved or stays in the list.

use super::*;

fn closes(told: &[EventKind]) -> usize {
    told.iter().filter(|kind| matches!(kind, EventKind::Closed(_))).count()
}

fn closing(told: &[EventKind]) -> &super::super::super::event::Closing {
    told.iter()
        .find_map(|kind| if let EventKind::Closed(closing) = kind { Some(closing) } else { None })
        .unwrap()
}

/// A chat that was closed `lived` seconds after its beginning, and is open again.
fn reopened(lived: f64, observation: ChatObservation) -> ChatObservation {
    ChatObservation {
        lived_seconds: Some(lived),
        service_seconds: Some(lived - 4.0),
        ..observation
    }
}

#[test]
fn a_close_that_was_undone_before_it_was_read_is_told_from_the_reopened_row() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(answered(9, served("ada", 5, observation(1, 10))));
    let row = reopened(19.0, answered(9, observation(1, 40)));
    let told = workspace.see(row.clone());
    assert_eq!(outcome(&told), Some((Closer::System, Outcome::Answered)));
    assert_eq!(closing(&told).duration_seconds, Some(19.0));
    assert_eq!(closing(&told).handle_seconds, Some(15.0));
    assert_eq!(
        workspace.ledger.counted_closes(at(20), at(21)),
        1,
        "its moment follows from its duration"
    );
    assert_eq!(closes(&workspace.see(row.clone())), 0, "it is told once");
    assert_eq!(
        workspace.verdicts(ChatObservation { read_at: ms(110), ..row }),
        [ServiceLevelResult::Missed]
    );
}

#[test]
fn an_undone_close_is_told_without_what_came_after_it() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let row = reopened(19.0, answered(70, served("bob", 50, observation(1, 80))));
    let told = workspace.see(row);
    assert_eq!(outcome(&told), Some((Closer::System, Outcome::Unanswered)));
    assert!(told.contains(&EventKind::Judged(ServiceLevelResult::ClosedUnanswered)), "{told:?}");
    assert!(!told.iter().any(|kind| matches!(kind, EventKind::FirstResponse { .. })), "{told:?}");
}

#[test]
fn a_chat_that_came_was_closed_and_opened_again_between_two_polls_is_told_whole() {
    let mut workspace = CountedWorkspace::new();
    let told = workspace.see(reopened(19.0, answered(9, served("ada", 30, observation(1, 40)))));
    assert_eq!(told[0], EventKind::Started);
    assert_eq!(outcome(&told), Some((Closer::System, Outcome::Answered)));
}

#[test]
fn a_close_that_was_counted_is_not_told_again_when_the_chat_is_open_again() {
    let mut workspace = CountedWorkspace::new();
    let life = served("ada", 5, observation(1, 40));
    assert_eq!(closes(&workspace.see(closed(30, Closer::Agent, life.clone()))), 1);
    assert_eq!(
        closes(&workspace.see(reopened(29.0, ChatObservation { read_at: ms(60), ..life }))),
        0
    );
}

#[test]
fn an_old_thread_that_is_opened_again_had_its_close_long_ago() {
    let mut workspace = CountedWorkspace::new();
    let three_days = 3 * 24 * 3_600;
    workspace.ledger.coverage.read_until(at(three_days));
    assert_eq!(workspace.see(reopened(29.0, observation(1, three_days + 9))), []);
}

#[test]
fn a_row_older_than_the_latest_close_tells_nothing() {
    let mut workspace = CountedWorkspace::new();
    let life = |read| served("ada", 5, observation(1, read));
    workspace.see(closed(30, Closer::Agent, life(35)));
    workspace.see(reopened(29.0, served("ada", 40, observation(1, 45))));
    workspace.see(closed(60, Closer::Agent, reopened(29.0, served("ada", 40, observation(1, 65)))));
    assert_eq!(workspace.see(reopened(29.0, served("ada", 40, observation(1, 66)))), []);
    assert_eq!(workspace.ledger.tracked(), 0);
}

#[test]
fn a_close_that_only_moves_is_the_same_close() {
    let mut workspace = CountedWorkspace::new();
    let life = served("ada", 5, observation(1, 40));
    workspace.see(closed(30, Closer::Agent, life.clone()));
    let forced =
        closed(41, Closer::Agent, ChatObservation { read_at: ms(50), messages: 9, ..life });
    assert_eq!(workspace.see(forced.clone()), []);
    assert_eq!(workspace.see(forced), []);
    assert_eq!(
        workspace.ledger.counted_closes(at(41), at(42)),
        1,
        "the audit finds it where it is"
    );
}

#[test]
fn a_second_close_under_the_same_id_is_told_without_a_second_start() {
    let row = |second, wrote| ChatObservation {
        visitor_wrote_at: Some(ms(wrote)),
        ..observation(1, second)
    };
    let mut workspace = CountedWorkspace::new();
    workspace.see(closed(30, Closer::Agent, row(40, 2)));
    let told = workspace.see(closed(90, Closer::Visitor, row(100, 50)));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(outcome(&told), Some((Closer::Visitor, Outcome::Abandoned)));
    let told = workspace.see(closed(190, Closer::Agent, served("ada", 150, row(200, 50))));
    assert_eq!(outcome(&told), Some((Closer::Agent, Outcome::Unanswered)), "it was taken since");
}

#[test]
fn a_closed_chat_that_stays_listed_for_ever_is_told_once() {
    let mut workspace = CountedWorkspace::new();
    let row = |read| closed(30, Closer::Agent, served("ada", 5, observation(1, read)));
    let mut told = 0;
    for minute in 1..600 {
        workspace.ledger.coverage.read_until(at(minute * 60 - 6));
        told += closes(&workspace.see(row(minute * 60)));
        workspace.ledger.prune(at(minute * 60));
    }
    assert_eq!(told, 1);
}

#[test]
fn a_chat_that_was_followed_may_end_long_before_it_is_read() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let day = 24 * 3_600;
    workspace.ledger.coverage.read_until(at(day));
    workspace.ledger.prune(at(day));
    let told = workspace.see(closed(30, Closer::Agent, served("ada", 5, observation(1, day + 9))));
    assert_eq!(closes(&told), 1);
}

#[test]
fn a_second_close_counts_the_messages_since_the_first() {
    let mut workspace = CountedWorkspace::new();
    let life =
        |read, messages| ChatObservation { messages, ..served("ada", 5, observation(1, read)) };
    let told = workspace.see(closed(30, Closer::Agent, life(40, 8)));
    assert_eq!(closing(&told).messages, 8);
    let again = |read, messages| reopened(29.0, served("ada", 45, life(read, messages)));
    workspace.see(again(50, 10));
    let told = workspace.see(closed(90, Closer::Agent, again(95, 14)));
    assert_eq!(closing(&told).messages, 6);
    let unseen = ChatObservation { taken_at: Some(ms(100)), ..life(125, 20) };
    let told = workspace.see(closed(120, Closer::Agent, unseen));
    assert_eq!(closing(&told).messages, 6, "opened and closed between two polls");
}

/// The events of a chat that was closed and counted, and was closed and opened again twice since, in an outage.
fn told_after_an_outage(workspace: &mut CountedWorkspace) -> Vec<EventKind> {
    let life = |read, messages| ChatObservation {
        messages,
        ..answered(9, served("ada", 5, observation(1, read)))
    };
    let told = workspace.see(closed(300, Closer::Agent, life(310, 8)));
    assert_eq!(closing(&told).messages, 8);
    workspace.ledger.coverage.saw_all_since(at(310));
    let again = ChatObservation { agent: None, taken_at: None, ..life(10_200, 14) };
    workspace.see(reopened(2_699.0, again))
}

#[test]
fn a_second_close_that_was_undone_counts_as_one_close_and_with_the_messages_since_the_first() {
    let mut workspace = CountedWorkspace::new();
    let told = told_after_an_outage(&mut workspace);
    assert_eq!(outcome(&told), Some((Closer::System, Outcome::Answered)));
    assert_eq!(closing(&told).messages, 6);
    assert_eq!(told.len(), 1, "neither the start nor the first answer a second time: {told:?}");
    assert_eq!(workspace.ledger.counted_closes(at(2_700), at(2_701)), 1);
}

#[test]
fn a_second_close_that_was_undone_counts_no_answer_of_a_chat_from_before_counting_began() {
    let mut workspace = CountedWorkspace::new();
    let life = |read| answered(9, served("ada", -50, observation(-100, read)));
    workspace.see(life(5));
    workspace.see(closed(30, Closer::Agent, life(40)));
    let again = ChatObservation { agent: None, taken_at: None, ..life(200) };
    let told = workspace.see(reopened(250.0, again));
    assert_eq!((closes(&told), told.len()), (1, 1), "{told:?}");
}

#[test]
fn a_forced_close_counts_if_the_first_close_was_not_counted() {
    let mut workspace = CountedWorkspace::new();
    let life = |read| answered(-90, served("ada", -95, observation(-100, read)));
    assert_eq!(workspace.see(closed(-30, Closer::Agent, life(5))), []);
    let told = workspace.see(closed(41, Closer::Agent, life(50)));
    assert_eq!((closing(&told).duration_seconds, closing(&told).messages), (Some(141.0), 7));
    assert_eq!(told.len(), 1, "{told:?}");
}
