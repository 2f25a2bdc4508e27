//! Rows of calls that the ledger of calls does not count.

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::omnichannel::call::CallObservation;
use rocketchat_omnichannel_exporter::omnichannel::event::CallEventKind;
use rocketchat_omnichannel_exporter::omnichannel::ledger::{CallLedger, MOST_TRACKED};
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallRow;
use serde_json::{Value, json};

/// Minutes of a day.
const DAY: i64 = 24 * 60;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_mins(minute)
}

/// The observation of a row that was read at this minute; `None` if the row tells too little.
fn observed(row: &Value, read: i64) -> Option<CallObservation> {
    let row: CallRow = serde_json::from_str(&row.to_string()).unwrap();
    CallObservation::of(&row, at(read))
}

/// A call that began at minute `began` and goes on.
fn active(id: &str, began: i64, read: i64) -> CallObservation {
    let row = json!({ "_id": id, "open": true, "ts": at(began).to_string() });
    observed(&row, read).unwrap()
}

/// A call from minute `began` to minute `closed`.
fn ended(id: &str, began: i64, closed: i64, read: i64) -> CallObservation {
    let (ts, closed_at) = (at(began).to_string(), at(closed).to_string());
    observed(&json!({ "_id": id, "ts": ts, "closedAt": closed_at }), read).unwrap()
}

/// The number of starts and of ends that the rows tell. All calls have then been read up to this minute.
fn told(ledger: &mut CallLedger, rows: &[CallObservation], minute: i64) -> (usize, usize) {
    let events = ledger.advance(rows);
    ledger.prune(at(minute));
    ledger.coverage.read_to_the_end(at(minute));
    ledger.coverage.saw_all_since(at(minute));
    let starts = events.iter().filter(|event| event.kind == CallEventKind::Started).count();
    (starts, events.len() - starts)
}

#[test]
fn a_call_whose_row_tells_no_beginning_is_not_counted() {
    let row = |beginnings: &[&str]| {
        let mut row = json!({ "_id": "a", "closedAt": at(2).to_string() });
        for key in beginnings {
            row[*key] = at(1).to_string().into();
        }
        observed(&row, 3)
    };
    assert_eq!(row(&[]), None);
    assert_eq!(observed(&json!({ "_id": "a", "open": true }), 3), None);
    for beginnings in [&["ts"][..], &["callStarted"], &["ts", "callStarted"]] {
        let rows = [row(beginnings).unwrap()];
        assert_eq!(told(&mut CallLedger::begin(at(0)), &rows, 3), (1, 1), "{beginnings:?}");
    }
}

#[test]
fn what_ended_more_than_a_day_before_calls_could_be_read_again_is_not_counted() {
    for (hours, closed, expected) in [(24, 119, (1, 1)), (26, 119, (0, 0)), (26, 122, (1, 1))] {
        let mut ledger = CallLedger::begin(at(0));
        told(&mut ledger, &[], 1);
        let now = hours * 60;
        ledger.coverage.bound_gap(at(now));
        let rows = [ended("a", closed - 1, closed, now)];
        assert_eq!(told(&mut ledger, &rows, now), expected, "{hours} hours, minute {closed}");
    }
}

#[test]
fn of_more_calls_than_are_followed_a_further_one_is_counted_from_the_row_of_its_end() {
    let mut ledger = CallLedger::begin(at(0));
    let followed = (0..MOST_TRACKED).map(|number| active(&number.to_string(), 1, 2));
    assert_eq!(told(&mut ledger, &followed.collect::<Vec<_>>(), 2), (MOST_TRACKED, 0));
    assert_eq!(told(&mut ledger, &[active("further", 1, 3)], 3), (0, 0));
    for expected in [(1, 1), (0, 0)] {
        assert_eq!(told(&mut ledger, &[ended("further", 1, 4, 5)], 5), expected);
    }
    assert_eq!(told(&mut ledger, &[ended("0", 1, 4, 5)], 5), (0, 1), "its start is counted");
    assert_eq!(told(&mut ledger, &[active("next", 5, 6)], 6), (1, 0), "there is room again");
}

#[test]
fn a_call_that_no_list_shows_for_a_week_is_counted_only_if_its_end_is_recent() {
    for (days, closed, ends) in
        [(6, 3, 1), (8, 3, 0), (8, 6 * DAY - 1, 0), (8, 6 * DAY + 1, 1), (8, 8 * DAY - 1, 1)]
    {
        let mut ledger = CallLedger::begin(at(0));
        assert_eq!(told(&mut ledger, &[active("a", 1, 2)], 2), (1, 0));
        let now = days * DAY;
        assert_eq!(told(&mut ledger, &[], now), (0, 0));
        let row = [ended("a", 1, closed, now + 1)];
        assert_eq!(told(&mut ledger, &row, now + 1), (0, ends), "{days} days, minute {closed}");
    }
}
