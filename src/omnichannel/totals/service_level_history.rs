//! The verdicts of the service level of the last 30 minutes and of the last 26 hours, by department.
//!
//! The counters cannot tell a share of the last minutes. The history counts the same verdicts in the same call, by the
//! time of counting. It is plain data: a clone shares every department until one of the two changes it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::omnichannel::event::ServiceLevelResult;

/// Length of a short interval, and number of those that are kept: 30 minutes.
const MINUTE: i64 = 60;
const MINUTES: i64 = 30;
/// Length of a long interval, and number of those that are kept: the longest day, with a quarter of an hour to spare.
/// Every time zone in use begins its days at a quarter of an hour.
const QUARTER: i64 = 15 * MINUTE;
const QUARTERS: i64 = 26 * 4;
/// Most departments with a history; as many as have labels, and those of a day before.
const MOST_DEPARTMENTS: usize = 512;

/// The number of judged chats and of those that met the service level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// Chats with the result `met` or `missed`.
    pub chats: u64,
    /// Chats with the result `met`.
    pub met: u64,
}

/// The history of all departments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLevelHistory {
    /// Time from which on the history is complete, seconds of the Unix time; `None` before the first cycle.
    since: Option<i64>,
    departments: BTreeMap<Arc<str>, Arc<DepartmentHistory>>,
}

/// The intervals of a department, the oldest first. An interval without a verdict is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct DepartmentHistory {
    minutes: VecDeque<HistoryInterval>,
    quarters: VecDeque<HistoryInterval>,
}

/// The judged chats of one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct HistoryInterval {
    /// Number of the interval since the beginning of the Unix time.
    number: i64,
    chats: u32,
    met: u32,
}

impl ServiceLevelHistory {
    /// Begins the history at `now` if it has not begun.
    pub fn begin(&mut self, now: Timestamp) {
        self.since.get_or_insert(now.as_second());
    }

    /// Time from which on the history is complete; `None` before the first cycle.
    pub fn since(&self) -> Option<Timestamp> {
        self.since.and_then(|since| Timestamp::from_second(since).ok())
    }

    /// Adds a verdict that is counted at `now`. Verdicts to which the service level does not apply are left out.
    pub(super) fn add(&mut self, department: &str, result: ServiceLevelResult, now: Timestamp) {
        let is_met = match result {
            ServiceLevelResult::Met => true,
            ServiceLevelResult::Missed => false,
            _ => return,
        };
        if !self.departments.contains_key(department) {
            self.drop_old_departments(now);
            self.departments.insert(department.into(), Arc::default());
        }
        if let Some(intervals) = self.departments.get_mut(department).map(Arc::make_mut) {
            count(&mut intervals.minutes, now.as_second().div_euclid(MINUTE), MINUTES, is_met);
            count(&mut intervals.quarters, now.as_second().div_euclid(QUARTER), QUARTERS, is_met);
        }
    }

    /// Drops the departments without a kept verdict, and all if too many are left.
    fn drop_old_departments(&mut self, now: Timestamp) {
        let oldest = now.as_second().div_euclid(QUARTER) - QUARTERS;
        let is_kept = |intervals: &DepartmentHistory| {
            intervals.quarters.back().is_some_and(|it| it.number > oldest)
        };
        self.departments.retain(|_, intervals| is_kept(intervals));
        if self.departments.len() >= MOST_DEPARTMENTS {
            self.departments.clear();
            self.since = Some(now.as_second());
        }
    }

    /// The verdicts of the last 30 minutes; the minute of `now` is the last one.
    pub fn last_half_hour(&self, department: &str, now: Timestamp) -> Judged {
        let first = Self::half_hour_began(now).div_euclid(MINUTE);
        self.departments.get(department).map_or_else(Judged::default, |it| sum(&it.minutes, first))
    }

    /// Beginning of the last 30 minutes, seconds of the Unix time.
    pub fn half_hour_began(now: Timestamp) -> i64 {
        (now.as_second().div_euclid(MINUTE) - MINUTES + 1) * MINUTE
    }

    /// The verdicts since `from`, the beginning of a day that has not ended.
    pub fn of_day(&self, department: &str, from: Timestamp) -> Judged {
        let first = from.as_second().div_euclid(QUARTER);
        self.departments.get(department).map_or_else(Judged::default, |it| sum(&it.quarters, first))
    }
}

/// Adds one verdict. A time before the newest interval, after the clock was set back, belongs to the newest interval.
fn count(intervals: &mut VecDeque<HistoryInterval>, number: i64, kept: i64, is_met: bool) {
    let newest = intervals.back().map_or(number, |it| it.number.max(number));
    if intervals.back().is_none_or(|it| it.number < newest) {
        intervals.push_back(HistoryInterval { number, chats: 0, met: 0 });
    }
    if let Some(interval) = intervals.back_mut() {
        interval.chats = interval.chats.saturating_add(1);
        interval.met = interval.met.saturating_add(u32::from(is_met));
    }
    while intervals.front().is_some_and(|it| it.number <= newest.saturating_sub(kept)) {
        intervals.pop_front();
    }
}

fn sum(intervals: &VecDeque<HistoryInterval>, first: i64) -> Judged {
    intervals.iter().filter(|it| it.number >= first).fold(Judged::default(), |sum, it| Judged {
        chats: sum.chats + u64::from(it.chats),
        met: sum.met + u64::from(it.met),
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    const RESULTS: [ServiceLevelResult; 4] = [
        ServiceLevelResult::Met,
        ServiceLevelResult::Missed,
        ServiceLevelResult::Excluded,
        ServiceLevelResult::Abandoned,
    ];

    /// The sum over all verdicts of a department from the second `first` on.
    fn naive(recorded: &[(i64, usize, usize)], department: usize, first: i64) -> Judged {
        let of = recorded.iter().filter(|it| it.1 == department && it.0 >= first && it.2 < 2);
        of.fold(Judged::default(), |sum, it| Judged {
            chats: sum.chats + 1,
            met: sum.met + u64::from(it.2 == 0),
        })
    }

    proptest! {
        #[test]
        fn the_sums_are_the_sums_of_the_verdicts(
            steps in vec((0..4_000_i64, 0..3_usize, 0..4_usize), 0..120),
            ahead in 0..10_000_i64,
            quarter_of_day in 0..96_i64,
        ) {
            let mut now = 1_800_000_000;
            let (mut history, mut recorded) = (ServiceLevelHistory::default(), Vec::new());
            for (step, department, result) in steps {
                now += step;
                history.add(&department.to_string(), RESULTS[result], at(now));
                recorded.push((now, department, result));
            }
            now += ahead;
            let day = now.div_euclid(QUARTER) * QUARTER - quarter_of_day * QUARTER;
            let kept = postcard::to_allocvec(&history).unwrap();
            let restored: ServiceLevelHistory = postcard::from_bytes(&kept).unwrap();
            for department in 0..3 {
                let name = department.to_string();
                let recent = restored.last_half_hour(&name, at(now));
                let first = ServiceLevelHistory::half_hour_began(at(now));
                prop_assert_eq!(recent, naive(&recorded, department, first));
                prop_assert_eq!(restored.of_day(&name, at(day)), naive(&recorded, department, day));
            }
        }
    }

    #[test]
    fn a_department_keeps_no_more_than_its_slots_and_is_dropped_after_them() {
        let mut history = ServiceLevelHistory::default();
        for minute in 0..5_000 {
            history.add("Sales", ServiceLevelResult::Met, at(minute * MINUTE));
        }
        let intervals = &history.departments["Sales"];
        assert_eq!((intervals.minutes.len(), intervals.quarters.len()), (30, 104));
        history.add("Support", ServiceLevelResult::Met, at(5_000 * MINUTE));
        assert_eq!(history.departments.len(), 2);
        history.add("VIP", ServiceLevelResult::Met, at(5_000 * MINUTE + QUARTERS * QUARTER));
        assert_eq!(history.departments.keys().map(|it| &**it).collect::<Vec<_>>(), ["VIP"]);
    }

    #[test]
    fn more_departments_than_have_labels_begin_the_history_again() {
        let mut history = ServiceLevelHistory::default();
        history.begin(at(0));
        for number in 0..=MOST_DEPARTMENTS {
            history.add(&number.to_string(), ServiceLevelResult::Met, at(60));
        }
        assert_eq!((history.departments.len(), history.since()), (1, Some(at(60))));
    }

    #[test]
    fn a_clock_that_was_set_back_loses_no_verdict() {
        let mut history = ServiceLevelHistory::default();
        history.add("Sales", ServiceLevelResult::Met, at(7_200));
        history.add("Sales", ServiceLevelResult::Missed, at(3_600));
        let expected = Judged { chats: 2, met: 1 };
        assert_eq!(history.of_day("Sales", at(0)), expected);
        assert_eq!(history.last_half_hour("Sales", at(7_200)), expected);
    }
}
