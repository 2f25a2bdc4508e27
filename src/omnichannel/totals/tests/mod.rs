//! Tests of the totals: the values that are shown after events, holds, resets and drops.

use std::collections::BTreeMap;

use super::*;
use crate::catalog;
use crate::omnichannel::chat::Source;
use crate::omnichannel::event::Direction;
use crate::omnichannel::event::{
    CallEvent, CallEventKind, Closer, Closing, ENDINGS, Event, EventKind, Outcome, QueueOutcome,
    ServiceLevelResult,
};
use crate::omnichannel::labels::labelled::{Countable, EventLabels};
use crate::omnichannel::service_level::ServiceLevels;

mod stories;

const MINUTE: Duration = Duration::from_mins(1);
const SALES: EventLabels<'static> =
    EventLabels { department: "Sales", source: "widget", agent: None };

fn empty() -> Totals {
    Totals::new(HistogramBuckets::of(&ServiceLevels::default()))
}

fn at(uptime: Duration) -> CountingTime {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    CountingTime { now: now + jiff::SignedDuration::try_from(uptime).unwrap(), uptime }
}

fn on_day(day: i64) -> CountingTime {
    CountingTime { now: Timestamp::from_second(day * 86_400).unwrap(), uptime: Duration::ZERO }
}

fn event(kind: EventKind) -> Event {
    Event { kind, department: None, agent: None, source: Source::OTHER }
}

fn ended(duration_seconds: f64) -> EventKind {
    EventKind::Closed(Closing {
        closer: Closer::Agent,
        outcome: Outcome::Answered,
        duration_seconds: Some(duration_seconds),
        handle_seconds: Some(30.0),
        messages: 7,
        tags: vec!["vip".into()],
    })
}

/// All shown values, by family and labels. Each value is a list of numbers that never fall.
fn page(totals: &Totals) -> BTreeMap<(&'static Metric, String), Vec<f64>> {
    let of = |metric| {
        totals.shown(metric).map(move |(labels, value)| {
            let labels = labels.values().collect::<Vec<_>>().join("/");
            ((metric, labels), numbers(&value))
        })
    };
    totals.metrics().flat_map(of).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Count(count) => vec![*count as f64],
        Value::Sum { seconds, count } => vec![*seconds, *count as f64],
        Value::Distribution(buckets) => {
            let under = buckets.cumulative().map(|(_, count)| count as f64);
            [buckets.sum(), buckets.count() as f64].into_iter().chain(under).collect()
        }
    }
}

fn value(totals: &Totals, metric: &'static Metric, labels: &str) -> Vec<f64> {
    let value = page(totals).remove(&(metric, labels.to_owned()));
    let mut value = value.unwrap_or_else(|| panic!("{} {labels}", metric.name));
    value.truncate(2);
    value
}

/// Totals of these events without a held label set, and the number of impossible values.
fn counted(events: &[(EventKind, EventLabels<'_>)]) -> (Totals, u64) {
    let mut totals = empty();
    let record = |(kind, labels): &(EventKind, EventLabels<'_>)| {
        totals.record(&event(kind.clone()), labels, at(MINUTE))
    };
    let impossible = events.iter().map(record).sum();
    totals.first_zero.mark_shown(1);
    totals.first_zero.release(Some(1), MINUTE);
    (totals, impossible)
}

fn countable() -> Countable<'static> {
    Countable {
        by_source: None,
        departments: ["Public", "Sales"].into(),
        sources: ["sms", "widget"].into(),
        call_queues: ["support"].into(),
        tags: ["vip"].into(),
    }
}

#[test]
fn an_end_feeds_every_family_of_ends_and_the_agents_only_where_an_agent_is_named() {
    let ann = EventLabels { agent: Some("ann"), ..SALES };
    let (totals, impossible) = counted(&[(ended(90.0), SALES), (ended(30.0), ann)]);
    assert_eq!(impossible, 0);
    let shown = |metric, labels| value(&totals, metric, labels);
    assert_eq!(shown(catalog::CHATS_CLOSED_TOTAL.metric, "Sales/widget/agent/answered"), [2.0]);
    assert_eq!(shown(catalog::CHAT_DURATION_SECONDS.metric, "Sales"), [120.0, 2.0]);
    assert_eq!(shown(catalog::HANDLE_SECONDS.metric, "Sales"), [60.0, 2.0]);
    assert_eq!(shown(catalog::CHAT_MESSAGES_TOTAL.metric, "Sales"), [14.0]);
    assert_eq!(shown(catalog::CHATS_CLOSED_BY_TAG_TOTAL.metric, "vip"), [2.0]);
    assert_eq!(shown(catalog::AGENT_CHATS_CLOSED_TOTAL.metric, "ann/Sales"), [1.0]);
    assert_eq!(shown(catalog::AGENT_HANDLE_SECONDS.metric, "ann/Sales"), [30.0, 1.0]);
}

#[test]
fn what_happens_before_the_end_feeds_its_own_families() {
    let ann = EventLabels { agent: Some("ann"), ..SALES };
    let waited = EventKind::LeftQueue {
        outcome: QueueOutcome::Assigned,
        wait_seconds: 40.0,
        is_estimated: true,
    };
    let answered = EventKind::FirstResponse { seconds: 50.0, reaction_seconds: Some(10.0) };
    let (totals, impossible) = counted(&[
        (EventKind::Started, SALES),
        (waited, SALES),
        (answered, ann),
        (EventKind::Responses { seconds: 33.0, count: 3.0 }, ann),
        (EventKind::Judged(ServiceLevelResult::Met), SALES),
        (EventKind::Held, SALES),
    ]);
    assert_eq!(impossible, 0);
    let expected: [(&'static Metric, &str, &[f64]); 10] = [
        (catalog::CHATS_STARTED_TOTAL.metric, "Sales/widget", &[1.0]),
        (catalog::QUEUE_WAIT_SECONDS.metric, "Sales/assigned", &[40.0, 1.0]),
        (catalog::ESTIMATED_WAITS_TOTAL.metric, "", &[1.0]),
        (catalog::FIRST_RESPONSE_SECONDS.metric, "Sales", &[50.0, 1.0]),
        (catalog::REACTION_SECONDS.metric, "Sales", &[10.0, 1.0]),
        (catalog::AGENT_REACTION_SECONDS.metric, "ann/Sales", &[10.0, 1.0]),
        (catalog::RESPONSE_SECONDS.metric, "Sales", &[33.0, 3.0]),
        (catalog::AGENT_RESPONSE_SECONDS.metric, "ann/Sales", &[33.0, 3.0]),
        (catalog::SERVICE_LEVEL_CHATS_TOTAL.metric, "Sales/met", &[1.0]),
        (catalog::ON_HOLD_TOTAL.metric, "Sales", &[1.0]),
    ];
    for (metric, labels, numbers) in expected {
        assert_eq!(value(&totals, metric, labels), numbers, "{metric:?}");
    }
    assert_eq!(page(&totals).len(), expected.len(), "and nothing else");
}

#[test]
fn a_time_longer_than_any_life_spoils_no_sum() {
    let ann = EventLabels { agent: Some("ann"), ..SALES };
    let (totals, impossible) = counted(&[(ended(1e300), ann), (ended(30.0), ann)]);
    assert_eq!(impossible, 1);
    assert_eq!(value(&totals, catalog::AGENT_CHATS_CLOSED_TOTAL.metric, "ann/Sales"), [2.0]);
    let told = page(&totals).into_values().flatten();
    assert!(told.into_iter().all(|number| number < 1e9));
}

#[test]
fn values_that_cannot_be_are_told_once_and_the_rest_of_the_event_counts() {
    let ann = EventLabels { agent: Some("ann"), ..SALES };
    let late = EventKind::FirstResponse { seconds: 5.0, reaction_seconds: Some(-2.0) };
    let (totals, impossible) = counted(&[(ended(f64::NAN), ann), (late, ann)]);
    assert_eq!(impossible, 2);
    assert_eq!(value(&totals, catalog::AGENT_CHATS_CLOSED_TOTAL.metric, "ann/Sales"), [1.0]);
    assert_eq!(value(&totals, catalog::CHAT_DURATION_SECONDS.metric, "Sales"), [0.0, 0.0]);
    assert_eq!(value(&totals, catalog::FIRST_RESPONSE_SECONDS.metric, "Sales"), [5.0, 1.0]);
    assert!(
        !page(&totals)
            .contains_key(&(catalog::AGENT_REACTION_SECONDS.metric, "ann/Sales".to_owned()))
    );
}

#[test]
fn a_call_feeds_the_families_of_its_queue_as_far_as_its_row_tells() {
    let mut totals = empty();
    let call = |kind| CallEvent { kind, queue: "q".into(), direction: Direction::Inbound };
    let closed = CallEventKind::Closed {
        closer: Closer::Visitor,
        wait_seconds: None,
        duration_seconds: Some(60.0),
        hold_seconds: Some(-1.0),
        lacks_pbx_event: true,
    };
    let events = [call(CallEventKind::Started), call(closed)];
    let impossible = events.map(|event| totals.record_call(&event, "support", at(MINUTE)));
    assert_eq!(impossible, [0, 1]);
    totals.first_zero.mark_shown(1);
    totals.first_zero.release(Some(1), MINUTE);
    assert_eq!(value(&totals, catalog::VOIP_CALLS_STARTED_TOTAL.metric, "support/inbound"), [1.0]);
    assert_eq!(
        value(&totals, catalog::VOIP_CALLS_CLOSED_TOTAL.metric, "support/inbound/visitor"),
        [1.0]
    );
    assert_eq!(
        value(&totals, catalog::VOIP_CALL_DURATION_SECONDS.metric, "support/inbound"),
        [60.0, 1.0]
    );
    assert_eq!(
        value(&totals, catalog::VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL.metric, "inbound"),
        [1.0]
    );
    assert!(
        !page(&totals).contains_key(&(catalog::VOIP_WAIT_SECONDS.metric, "support".to_owned()))
    );
}

#[test]
fn everything_that_can_happen_is_introduced_at_zero_and_only_once() {
    let mut totals = empty();
    totals.introduce(&countable(), at(MINUTE));
    let introduced = page(&totals);
    let of_department = 2 * (1 + ENDINGS.len()) + 6 + 4 + 2 + 7;
    assert_eq!(introduced.len(), 2 * of_department + (3 + 9 + 3 + 2) + 3 + 1 + 1);
    assert!(introduced.values().flatten().all(|number| *number == 0.0));
    totals.introduce(&countable(), at(MINUTE * 2));
    assert_eq!(page(&totals), introduced);
}

#[test]
fn a_server_without_calls_gets_no_label_set_about_calls() {
    let mut totals = empty();
    totals.introduce(&Countable { call_queues: [].into(), ..countable() }, at(MINUTE));
    assert_eq!(totals.shown(catalog::VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL.metric).count(), 0);
}

#[test]
fn introducing_what_is_known_copies_nothing() {
    let mut totals = empty();
    totals.introduce(&countable(), at(MINUTE));
    let copy = totals.clone();
    totals.introduce(&countable(), at(MINUTE * 2));
    for (metric, family) in &copy.families {
        assert!(Arc::ptr_eq(family, &totals.families[metric]), "{metric:?}");
    }
    totals.record(&event(EventKind::Held), &SALES, at(MINUTE));
    assert!(!Arc::ptr_eq(
        &copy.families[catalog::ON_HOLD_TOTAL.metric],
        &totals.families[catalog::ON_HOLD_TOTAL.metric]
    ));
    assert_eq!(value(&copy, catalog::ON_HOLD_TOTAL.metric, "Sales"), [0.0]);
}

#[test]
fn a_new_label_set_is_zero_until_a_scrape_saw_it() {
    let mut totals = empty();
    for _ in 0..2 {
        totals.record(&event(EventKind::Held), &SALES, at(MINUTE));
    }
    let shown = |totals: &Totals| value(totals, catalog::ON_HOLD_TOTAL.metric, "Sales");
    totals.first_zero.release(Some(6), MINUTE);
    assert_eq!(shown(&totals), [0.0], "a scrape of a page before");
    totals.first_zero.mark_shown(7);
    totals.first_zero.mark_shown(8);
    totals.first_zero.release(Some(6), MINUTE * 2);
    assert_eq!(shown(&totals), [0.0]);
    totals.first_zero.release(Some(7), MINUTE * 2);
    assert_eq!(shown(&totals), [2.0]);
}

#[test]
fn a_hold_ends_after_two_minutes_where_nobody_scrapes_unless_it_was_never_shown() {
    let mut totals = empty();
    totals.record(&event(EventKind::Held), &SALES, at(MINUTE));
    totals.first_zero.release(None, MINUTE * 10);
    assert_eq!(value(&totals, catalog::ON_HOLD_TOTAL.metric, "Sales"), [0.0]);
    totals.first_zero.mark_shown(7);
    totals.first_zero.release(None, Duration::from_millis(179_999));
    assert_eq!(value(&totals, catalog::ON_HOLD_TOTAL.metric, "Sales"), [0.0]);
    totals.first_zero.release(None, MINUTE * 3);
    assert_eq!(value(&totals, catalog::ON_HOLD_TOTAL.metric, "Sales"), [1.0]);
}

#[test]
fn what_nothing_touched_for_ninety_days_is_dropped_and_begins_at_zero_again() {
    let mut totals = empty();
    let support = EventLabels { department: "Support", ..SALES };
    totals.record(&event(EventKind::Held), &SALES, on_day(1));
    totals.record(&event(EventKind::Held), &support, on_day(1));
    totals.record(&event(EventKind::Held), &support, on_day(2));
    totals.drop_untouched(on_day(91).now);
    assert_eq!(totals.shown(catalog::ON_HOLD_TOTAL.metric).count(), 2);
    totals.drop_untouched(on_day(92).now);
    let left: Vec<_> = page(&totals).into_keys().map(|(_, labels)| labels).collect();
    assert_eq!(left, ["Support"]);
    totals.record(&event(EventKind::Held), &SALES, on_day(92));
    assert_eq!(value(&totals, catalog::ON_HOLD_TOTAL.metric, "Sales"), [0.0], "held anew");
}

#[test]
fn beyond_the_cap_people_count_under_other_and_fixed_words_stay() {
    let mut totals = empty();
    let most = most_label_sets(catalog::AGENT_CHATS_CLOSED_TOTAL.metric);
    for number in 0..most + 2 {
        let agent = format!("agent{number:05}");
        let labels = EventLabels { agent: Some(&agent), ..SALES };
        totals.record(&event(ended(1.0)), &labels, at(MINUTE));
    }
    totals.first_zero.mark_shown(1);
    totals.first_zero.release(Some(1), MINUTE);
    assert_eq!(totals.shown(catalog::AGENT_CHATS_CLOSED_TOTAL.metric).count(), most + 1);
    assert_eq!(value(&totals, catalog::AGENT_CHATS_CLOSED_TOTAL.metric, "other/other"), [2.0]);
    let ends = value(&totals, catalog::CHATS_CLOSED_TOTAL.metric, "Sales/widget/agent/answered");
    assert_eq!(ends, [(most + 2) as f64]);
}

#[test]
fn nothing_of_single_agents_is_left_once_they_are_forgotten() {
    let ann = EventLabels { agent: Some("ann"), ..SALES };
    let (mut totals, _) = counted(&[(ended(1.0), ann)]);
    totals.forget_agents(jiff::Timestamp::UNIX_EPOCH);
    let state = postcard::to_allocvec(&totals.to_state()).unwrap();
    assert!(!state.windows(3).any(|window| window == b"ann"));
    assert_eq!(value(&totals, catalog::HANDLE_SECONDS.metric, "Sales"), [30.0, 1.0]);
}

#[test]
fn values_that_are_reset_are_zero_until_a_scrape_has_seen_it() {
    let (mut totals, _) = counted(&[(EventKind::Held, SALES), (ended(9.0), SALES)]);
    totals.reset_values(MINUTE, jiff::Timestamp::UNIX_EPOCH);
    for _ in 0..3 {
        totals.record(&event(EventKind::Held), &SALES, at(MINUTE));
    }
    assert!(page(&totals).values().flatten().all(|number| *number == 0.0));
    totals.first_zero.mark_shown(8);
    totals.first_zero.release(Some(8), MINUTE);
    assert_eq!(value(&totals, catalog::ON_HOLD_TOTAL.metric, "Sales"), [3.0]);
}
