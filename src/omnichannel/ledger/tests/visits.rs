//! Tests of stays in the queue, transfers, holds and the ends of chats.

use super::*;

#[test]
fn a_requeued_chat_waits_again_and_is_told_again() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let requeued = ChatObservation { queued_at: ms(20), ..observation(1, 25) };
    assert_eq!(workspace.see(requeued), [EventKind::Transferred(Transfer::Requeue)]);
    let taken = ChatObservation { queued_at: ms(20), ..served("bob", 31, observation(1, 40)) };
    assert_eq!(workspace.see(taken), [waited(11.0)]);
}

#[test]
fn a_requeue_that_the_server_does_not_date_waits_from_the_poll_that_saw_it() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    workspace.see(observation(1, 25));
    assert_eq!(workspace.see(served("bob", 31, observation(1, 40))), [waited(6.0)]);
}

#[test]
fn a_chat_that_went_to_the_queue_and_back_between_two_polls_is_a_requeue() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let back = ChatObservation { queued_at: ms(20), ..served("bob", 22, observation(1, 40)) };
    assert_eq!(workspace.see(back), [EventKind::Transferred(Transfer::Requeue), waited(2.0)]);
}

#[test]
fn a_transfer_is_told_of_who_lost_the_chat() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let moved = ChatObservation {
        department: Some("care".into()),
        ..served("bob", 15, observation(1, 20))
    };
    let events = workspace.events(&[moved]);
    assert_eq!(events[0].kind, EventKind::Transferred(Transfer::Department));
    assert_eq!(events[0].department.as_deref(), Some("sales"));
    assert_eq!(events[0].agent.as_deref(), Some("ada"));
}

#[test]
fn a_chat_that_the_server_moved_is_an_automatic_transfer() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let moved = served("bob", 15, observation(1, 20));
    let moved = ChatObservation { auto_transferred_at: Some(ms(15)), ..moved };
    assert_eq!(workspace.see(moved.clone()), [EventKind::Transferred(Transfer::Auto)]);
    assert_eq!(workspace.see(served("cay", 30, moved)), [EventKind::Transferred(Transfer::Agent)]);
}

#[test]
fn a_wait_whose_end_was_overwritten_is_estimated_by_the_first_response() {
    let row = answered(9, served("bob", 20, observation(1, 40)));
    let estimated = EventKind::LeftQueue {
        outcome: QueueOutcome::Assigned,
        wait_seconds: 8.0,
        is_estimated: true,
    };
    assert!(CountedWorkspace::new().see(row).contains(&estimated));
}

#[test]
fn a_visitor_who_leaves_the_queue_abandons_and_staff_that_closes_it_does_not() {
    let abandoned = EventKind::LeftQueue {
        outcome: QueueOutcome::Abandoned,
        wait_seconds: 29.0,
        is_estimated: false,
    };
    let told = CountedWorkspace::new().see(closed(30, Closer::Visitor, observation(1, 40)));
    assert!(told.contains(&abandoned));
    assert_eq!(outcome(&told), Some((Closer::Visitor, Outcome::Abandoned)));
    let told = CountedWorkspace::new().see(closed(30, Closer::System, observation(1, 40)));
    assert!(!told.iter().any(|kind| matches!(kind, EventKind::LeftQueue { .. })));
    assert_eq!(outcome(&told), Some((Closer::System, Outcome::Unserved)));
}

#[test]
fn an_agent_who_never_answers_leaves_the_chat_unanswered() {
    let told = CountedWorkspace::new().see(closed(
        30,
        Closer::Visitor,
        served("ada", 5, observation(1, 40)),
    ));
    assert_eq!(outcome(&told), Some((Closer::Visitor, Outcome::Unanswered)));
}

#[test]
fn going_on_hold_is_told_each_time_it_is_seen() {
    let mut workspace = CountedWorkspace::new();
    let talks = |read| served("ada", 5, observation(1, read));
    let holds = |read| ChatObservation { phase: Phase::OnHold, ..talks(read) };
    workspace.see(talks(10));
    assert_eq!(workspace.see(holds(20)), [EventKind::Held]);
    assert_eq!(workspace.see(holds(30)), []);
    workspace.see(talks(40));
    assert_eq!(workspace.see(holds(50)), [EventKind::Held]);
}

#[test]
fn chats_of_a_department_that_is_removed_were_not_transferred() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let orphan =
        |read| ChatObservation { department: None, ..served("ada", 5, observation(1, read)) };
    assert_eq!(workspace.see(orphan(20)), []);
    let requeued = ChatObservation { queued_at: ms(25), department: None, ..observation(1, 30) };
    assert_eq!(
        workspace.see(requeued),
        [EventKind::Transferred(Transfer::Requeue)],
        "that is another matter"
    );
    let elsewhere = ChatObservation { queued_at: ms(25), ..observation(1, 40) };
    assert_eq!(workspace.see(elsewhere), [EventKind::Transferred(Transfer::Department)]);
}

/// A row after the change of an App: an App that changes a room writes `servedBy` without `ts`.
fn rewritten(by: &str, observation: ChatObservation) -> ChatObservation {
    ChatObservation { agent: Some(by.into()), ..observation }
}

fn estimated(wait_seconds: f64) -> EventKind {
    EventKind::LeftQueue { outcome: QueueOutcome::Assigned, wait_seconds, is_estimated: true }
}

#[test]
fn a_wait_whose_end_an_app_deleted_ends_with_the_poll_that_saw_it_or_the_answer_before() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 10));
    assert_eq!(workspace.see(rewritten("ada", observation(1, 20))), [estimated(19.0)]);
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 10));
    assert!(
        workspace
            .see(answered(15, rewritten("ada", observation(1, 20))))
            .contains(&estimated(14.0))
    );
}

#[test]
fn a_wait_of_which_nothing_is_known_goes_on_until_the_answer_or_is_no_number() {
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.see(rewritten("ada", observation(1, 20))), [EventKind::Started]);
    assert!(
        workspace
            .see(answered(30, rewritten("ada", observation(1, 40))))
            .contains(&estimated(29.0))
    );
    let told = CountedWorkspace::new().see(closed(
        30,
        Closer::Agent,
        rewritten("ada", observation(1, 40)),
    ));
    let waits = told.iter().filter_map(|kind| match kind {
        EventKind::LeftQueue { wait_seconds, .. } => Some(*wait_seconds),
        _ => None,
    });
    assert!(waits.map(f64::is_nan).eq([true]), "{told:?}");
}

#[test]
fn how_long_a_chat_was_handled_is_known_from_an_earlier_row() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(served("ada", 5, observation(1, 10)));
    let told = workspace.see(closed(30, Closer::Agent, rewritten("ada", observation(1, 40))));
    let handled = told.iter().find_map(|kind| match kind {
        EventKind::Closed(closing) => closing.handle_seconds,
        _ => None,
    });
    assert_eq!(handled, Some(25.0));
}

#[test]
fn the_gauges_of_a_reopened_chat_wait_since_it_was_seen_to_be_open() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(ChatObservation { lived_seconds: Some(29.0), ..observation(-500, 100) });
    let mut chat = observation(0, 101).chat(1);
    workspace.ledger.amend(&mut chat);
    assert_eq!((chat.waits_since, chat.opened_at), (Some(ms(100)), Some(ms(100))));
}
