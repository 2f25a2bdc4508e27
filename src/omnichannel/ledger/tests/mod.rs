//! Tests of the ledger: each test name states one rule of counting.

use std::time::Duration;

use super::*;
use crate::omnichannel::answers::Answers;
use crate::omnichannel::chat::{Channel, Phase, Source};
use crate::omnichannel::event::{
    Closer, EventKind, Outcome, QueueOutcome, ServiceLevelResult, Transfer,
};
use crate::omnichannel::labels::names::KnownIds;
use crate::omnichannel::service_level::ServiceLevels;
use crate::omnichannel::urgency::Urgency;

mod answers;
mod closes;
mod reopenings;
mod visits;

const START: i64 = 1_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

fn ms(second: i64) -> UnixMillis {
    at(second).into()
}

/// A chat that began at second `began` and was read at second `read`; tests set other fields by struct update.
fn observation(began: i64, read: i64) -> ChatObservation {
    ChatObservation {
        key: Key::of("chat"),
        read_at: ms(read),
        phase: Phase::Queued,
        department: Some("sales".into()),
        agent: None,
        is_with_bot: false,
        source: Source::Known(Channel::Widget),
        urgency: Urgency::default(),
        began: Some(ms(began)),
        queued_at: ms(began),
        waits_since: Some(ms(began)),
        taken_at: None,
        answers: Answers::default(),
        response_seconds: None,
        responses: None,
        auto_transferred_at: None,
        lived_seconds: None,
        service_seconds: None,
        messages: 7,
        awaits_reply: false,
        awaits_reply_since: None,
        asked_before_close: None,
        visitor_wrote_at: None,
        opened_again_at: None,
        ending: None,
    }
}

fn served(by: &str, taken: i64, observation: ChatObservation) -> ChatObservation {
    ChatObservation { agent: Some(by.into()), taken_at: Some(ms(taken)), ..observation }
}

fn answered(second: i64, observation: ChatObservation) -> ChatObservation {
    let answer = Some(ms(second));
    ChatObservation {
        answers: Answers { first_at: answer, last_reply_at: answer, ..observation.answers },
        response_seconds: Some(4.0),
        responses: Some(1.0),
        ..observation
    }
}

fn replied(second: i64, observation: ChatObservation) -> ChatObservation {
    let last_reply_at = Some(ms(second));
    ChatObservation { answers: Answers { last_reply_at, ..observation.answers }, ..observation }
}

fn closed(second: i64, closer: Closer, observation: ChatObservation) -> ChatObservation {
    let is_served = observation.agent.is_some();
    let ending = Ending { at: ms(second), closer, is_served, tags: Vec::new() };
    let lived = ms(second).seconds_since(observation.began.unwrap());
    ChatObservation { ending: Some(Box::new(ending)), lived_seconds: Some(lived), ..observation }
}

/// A ledger that counts from second 0 on, with a threshold of 60 s.
struct CountedWorkspace {
    ledger: Ledger,
    levels: ServiceLevels,
    departments: KnownIds,
}

impl CountedWorkspace {
    fn new() -> Self {
        let (ledger, levels) = (Ledger::begin(at(0)), ServiceLevels::default());
        Self { ledger, levels, departments: KnownIds::new(10) }
    }

    fn events(&mut self, observations: &[ChatObservation]) -> Vec<Event> {
        let service_levels =
            ServiceLevelsById { levels: &self.levels, departments: &self.departments };
        self.ledger.advance(observations, service_levels)
    }

    fn see(&mut self, observation: ChatObservation) -> Vec<EventKind> {
        self.events(&[observation]).into_iter().map(|event| event.kind).collect()
    }

    fn verdicts(&mut self, observation: ChatObservation) -> Vec<ServiceLevelResult> {
        let told = self.see(observation);
        told.into_iter()
            .filter_map(
                |kind| if let EventKind::Judged(verdict) = kind { Some(verdict) } else { None },
            )
            .collect()
    }
}

fn waited(wait_seconds: f64) -> EventKind {
    EventKind::LeftQueue { outcome: QueueOutcome::Assigned, wait_seconds, is_estimated: false }
}

fn outcome(told: &[EventKind]) -> Option<(Closer, Outcome)> {
    told.iter().find_map(|kind| match kind {
        EventKind::Closed(closing) => Some((closing.closer, closing.outcome)),
        _ => None,
    })
}

#[test]
fn a_chat_is_told_once_however_often_it_is_read() {
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.see(observation(1, 10)), [EventKind::Started]);
    assert_eq!(workspace.see(observation(1, 11)), []);
    let taken = served("ada", 12, observation(1, 13));
    assert_eq!(workspace.see(taken.clone()), [waited(11.0)]);
    assert_eq!(workspace.see(taken), []);
}

#[test]
fn a_chat_that_lives_shorter_than_a_poll_is_told_whole_from_its_one_row() {
    let row = closed(30, Closer::Agent, answered(9, served("ada", 5, observation(1, 40))));
    let told = CountedWorkspace::new().see(ChatObservation {
        answers: Answers { reaction_seconds: Some(4.0), ..row.answers },
        ..row
    });
    let first = EventKind::FirstResponse { seconds: 8.0, reaction_seconds: Some(4.0) };
    assert_eq!(told[0], EventKind::Started);
    assert_eq!(told[1], waited(4.0));
    assert_eq!(told[2], EventKind::Responses { seconds: 4.0, count: 1.0 });
    assert_eq!(told[3..5], [first, EventKind::Judged(ServiceLevelResult::Met)]);
    assert_eq!(outcome(&told), Some((Closer::Agent, Outcome::Answered)));
    assert_eq!(told.len(), 6);
}

#[test]
fn a_closed_chat_is_told_once_though_windows_overlap() {
    let mut workspace = CountedWorkspace::new();
    let row = closed(30, Closer::Visitor, observation(1, 40));
    assert!(!workspace.see(row.clone()).is_empty());
    assert_eq!(workspace.see(row), []);
    assert_eq!(workspace.ledger.counted_closes(at(30), at(31)), 1);
}

#[test]
fn what_happened_before_counting_began_is_not_told() {
    let mut workspace = CountedWorkspace::new();
    let old = answered(-20, served("ada", -50, observation(-100, 5)));
    assert_eq!(workspace.see(old.clone()), []);
    let more = ChatObservation { response_seconds: Some(10.0), responses: Some(3.0), ..old };
    assert_eq!(workspace.see(more.clone()), [EventKind::Responses { seconds: 6.0, count: 2.0 }]);
    assert!(outcome(&workspace.see(closed(30, Closer::Agent, more))).is_some());
    assert_eq!(CountedWorkspace::new().see(closed(-1, Closer::Agent, observation(-100, 5))), []);
}

#[test]
fn a_chat_that_waits_while_counting_begins_has_its_wait_told_when_it_ends() {
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.see(observation(-30, 5)), []);
    assert_eq!(workspace.see(served("ada", 10, observation(-30, 12))), [waited(40.0)]);
}

#[test]
fn a_late_close_is_told_and_counted_as_late() {
    let mut workspace = CountedWorkspace::new();
    workspace.ledger.coverage.read_until(at(60));
    assert!(outcome(&workspace.see(closed(30, Closer::Agent, observation(1, 90)))).is_some());
    assert_eq!(workspace.ledger.late, 1);
}

#[test]
fn a_row_older_than_the_close_that_was_counted_begins_no_new_chat() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(closed(30, Closer::Agent, observation(1, 40)));
    assert_eq!(workspace.see(served("ada", 5, observation(1, 41))), []);
    assert_eq!(workspace.ledger.tracked(), 0);
}

#[test]
fn missed_falls_when_the_threshold_has_passed_and_not_when_the_chat_ends() {
    let mut workspace = CountedWorkspace::new();
    assert_eq!(workspace.verdicts(observation(1, 62)), []);
    assert_eq!(workspace.verdicts(observation(1, 66)), [], "the reply may not be written yet");
    assert_eq!(workspace.verdicts(observation(1, 67)), [ServiceLevelResult::Missed]);
    assert_eq!(workspace.verdicts(answered(70, served("ada", 68, observation(1, 80)))), []);
    assert_eq!(workspace.verdicts(closed(90, Closer::Agent, observation(1, 95))), []);
}

#[test]
fn a_verdict_goes_by_the_times_in_the_row_however_late_it_is_read() {
    let verdict = |row| CountedWorkspace::new().verdicts(row);
    let answer = |second| answered(second, served("ada", 2, observation(1, 1_000)));
    assert_eq!(verdict(answer(61)), [ServiceLevelResult::Met]);
    assert_eq!(verdict(answer(62)), [ServiceLevelResult::Missed]);
    let end = |second, closer| closed(second, closer, observation(1, 1_000));
    assert_eq!(verdict(end(5, Closer::Visitor)), [ServiceLevelResult::AbandonedShort]);
    assert_eq!(verdict(end(6, Closer::Visitor)), [ServiceLevelResult::Abandoned]);
    assert_eq!(verdict(end(61, Closer::Agent)), [ServiceLevelResult::ClosedUnanswered]);
    assert_eq!(verdict(end(61, Closer::System)), [ServiceLevelResult::ClosedUnanswered]);
    assert_eq!(verdict(end(62, Closer::Visitor)), [ServiceLevelResult::Missed]);
}

#[test]
fn a_threshold_that_was_changed_holds_for_what_is_not_judged_yet() {
    let mut workspace = CountedWorkspace::new();
    workspace.verdicts(observation(1, 30));
    workspace.levels.default.threshold = Duration::from_secs(20);
    assert_eq!(workspace.verdicts(observation(1, 31)), [ServiceLevelResult::Missed]);
    workspace.levels.default.threshold = Duration::from_secs(600);
    assert_eq!(workspace.verdicts(answered(40, served("ada", 32, observation(1, 50)))), []);
}

#[test]
fn a_department_is_judged_by_its_own_promise() {
    let mut workspace = CountedWorkspace::new();
    let promise = ServiceLevel { threshold: Duration::from_secs(20), ..ServiceLevel::default() };
    workspace.levels.departments.insert("VIP".to_owned(), promise);
    workspace.departments.see(&"vip".into(), Some(&"VIP".into()), at(0));
    let vip = ChatObservation { department: Some("vip".into()), ..observation(1, 27) };
    assert_eq!(workspace.verdicts(vip), [ServiceLevelResult::Missed]);
}

#[test]
fn what_is_promised_nothing_is_excluded_at_once() {
    let mail = ChatObservation { source: Source::Known(Channel::Email), ..observation(1, 2) };
    assert_eq!(CountedWorkspace::new().verdicts(mail), [ServiceLevelResult::Excluded]);
}

#[test]
fn a_first_start_judges_only_chats_whose_threshold_had_not_passed() {
    let verdict = |row| CountedWorkspace::new().verdicts(row);
    assert_eq!(verdict(observation(-61, 30)), []);
    assert_eq!(verdict(observation(-50, 30)), [ServiceLevelResult::Missed]);
    assert_eq!(verdict(answered(-10, served("ada", -20, observation(-50, 30)))), []);
    assert_eq!(
        verdict(answered(5, served("ada", -20, observation(-50, 30)))),
        [ServiceLevelResult::Met]
    );
}

#[test]
fn a_reopened_chat_is_no_new_one_and_its_clock_runs_from_when_it_was_seen() {
    let mut workspace = CountedWorkspace::new();
    let life = answered(9, served("ada", 5, observation(1, 10)));
    workspace.see(life.clone());
    workspace.see(closed(30, Closer::Agent, ChatObservation { read_at: ms(40), ..life.clone() }));
    let reopened =
        |read| ChatObservation { lived_seconds: Some(29.0), ..answered(9, observation(1, read)) };
    assert_eq!(workspace.see(reopened(100)), []);
    let reply = replied(130, served("bob", 120, reopened(140)));
    let first = EventKind::FirstResponse { seconds: 30.0, reaction_seconds: None };
    let told = workspace.see(reply.clone());
    assert_eq!(told, [waited(20.0), first, EventKind::Judged(ServiceLevelResult::Met)]);
    let end = closed(200, Closer::Agent, ChatObservation { read_at: ms(210), ..reply });
    assert_eq!(outcome(&workspace.see(end)), Some((Closer::Agent, Outcome::Answered)));
}

#[test]
fn a_reopened_chat_that_nobody_answers_is_missed() {
    let mut workspace = CountedWorkspace::new();
    let reopened = |read| ChatObservation {
        lived_seconds: Some(29.0),
        ..answered(-41, observation(-50, read))
    };
    assert_eq!(workspace.see(reopened(100)), []);
    assert_eq!(workspace.verdicts(reopened(166)), [ServiceLevelResult::Missed]);
}

#[test]
fn what_is_older_than_the_last_complete_scan_came_in_by_another_door() {
    let mut workspace = CountedWorkspace::new();
    workspace.ledger.coverage.saw_all_since(at(2_000));
    assert_eq!(workspace.see(observation(1, 2_100)), []);
    assert_eq!(
        workspace.see(ChatObservation { key: Key::of("new"), ..observation(1_200, 2_100) })[0],
        EventKind::Started
    );
}

#[test]
fn a_bot_does_not_stop_the_clock_and_a_person_starts_it() {
    let mut workspace = CountedWorkspace::new();
    let bot = |read| ChatObservation {
        is_with_bot: true,
        ..answered(3, served("bot", 2, observation(1, read)))
    };
    assert!(workspace.verdicts(bot(10)).is_empty());
    assert!(workspace.verdicts(bot(500)).is_empty(), "it waits for a person");
    let person = |read| answered(3, served("ada", 510, observation(1, read)));
    assert_eq!(workspace.see(person(520)), [EventKind::Transferred(Transfer::Agent)]);
    let reply = replied(540, person(550));
    let first = EventKind::FirstResponse { seconds: 30.0, reaction_seconds: None };
    assert_eq!(workspace.see(reply), [first, EventKind::Judged(ServiceLevelResult::Met)]);
}

#[test]
fn a_chat_that_a_bot_keeps_to_its_end_is_excluded() {
    let bot =
        ChatObservation { is_with_bot: true, ..answered(3, served("bot", 2, observation(1, 900))) };
    assert_eq!(
        CountedWorkspace::new().verdicts(closed(800, Closer::Visitor, bot)),
        [ServiceLevelResult::Excluded]
    );
}

#[test]
fn sums_that_fall_are_a_new_base_and_nothing_happened() {
    let mut workspace = CountedWorkspace::new();
    let sums = |read, seconds, count| ChatObservation {
        response_seconds: Some(seconds),
        responses: Some(count),
        ..replied(9, served("ada", 5, observation(1, read)))
    };
    workspace.see(sums(10, 20.0, 2.0));
    assert_eq!(workspace.see(sums(11, 5.0, 1.0)), []);
    let more = EventKind::Responses { seconds: 3.0, count: 1.0 };
    assert_eq!(workspace.see(sums(12, 8.0, 2.0)), [more]);
}

#[test]
fn a_gap_longer_than_what_is_read_back_is_said_and_not_counted() {
    let mut workspace = CountedWorkspace::new();
    let day = 24 * 3600;
    workspace.ledger.coverage.bound_gap(at(day + 100));
    assert!((workspace.ledger.coverage.unobserved_seconds() - 100.0).abs() < 1e-9);
    assert_eq!(workspace.see(closed(50, Closer::Agent, observation(1, day + 100))), []);
    assert!(!workspace.see(closed(101, Closer::Agent, observation(1, day + 100))).is_empty());
}

#[test]
fn of_more_open_chats_than_are_followed_each_close_is_told_once_and_each_start() {
    let mut workspace = CountedWorkspace::new();
    let numbered = |number: usize| ChatObservation {
        key: Key::of(&number.to_string()),
        ..observation(100, 110)
    };
    let open: Vec<ChatObservation> = (0..MOST_TRACKED + 2).map(numbered).collect();
    for _ in 0..2 {
        workspace.events(&open);
        assert_eq!(workspace.ledger.tracked(), MOST_TRACKED);
    }
    let last = numbered(MOST_TRACKED + 1);
    for is_first in [true, false] {
        let told = workspace.see(closed(130, Closer::Agent, last.clone()));
        assert_eq!(told.contains(&EventKind::Started), is_first);
        assert_eq!(outcome(&told).is_some(), is_first);
    }
    workspace.see(closed(140, Closer::Agent, numbered(0)));
    assert!(
        workspace.see(numbered(MOST_TRACKED)).contains(&EventKind::Started),
        "there is room again"
    );
}

#[test]
fn a_chat_that_no_list_shows_for_a_week_is_given_up() {
    let mut workspace = CountedWorkspace::new();
    workspace.see(observation(1, 10));
    workspace.ledger.prune(at(7 * 24 * 3600 + 9));
    assert_eq!((workspace.ledger.tracked(), workspace.ledger.given_up), (1, 0));
    workspace.ledger.prune(at(7 * 24 * 3600 + 11));
    assert_eq!((workspace.ledger.tracked(), workspace.ledger.given_up), (0, 1));
}
