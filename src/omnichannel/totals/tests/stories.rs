//! Property test of the totals: no shown value falls, in any order of steps.

use proptest::prelude::*;

use super::super::state::TotalsState;
use super::*;

/// A random step; a number stands for the kind or the labels of an event.
#[derive(Debug, Clone)]
enum Step {
    Record(u8, u8),
    Call(u8),
    Introduce,
    Publish,
    Release { scraped_ago: u64, seconds: u64 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u8..7, 0_u8..3).prop_map(|(kind, whose)| Step::Record(kind, whose)),
        1 => (0_u8..2).prop_map(Step::Call),
        1 => Just(Step::Introduce),
        3 => Just(Step::Publish),
        3 => (0_u64..4, 0_u64..90).prop_map(|(scraped_ago, seconds)| Step::Release { scraped_ago, seconds }),
        1 => Just(Step::Restart),
    ]
}

fn kind(number: u8) -> EventKind {
    match number {
        0 => EventKind::Started,
        1 => EventKind::Held,
        2 => EventKind::Responses { seconds: 12.5, count: 2.0 },
        3 => EventKind::FirstResponse { seconds: -3.0, reaction_seconds: Some(4.0) },
        4 => EventKind::Judged(ServiceLevelResult::Missed),
        5 => EventKind::LeftQueue {
            outcome: QueueOutcome::Abandoned,
            wait_seconds: 200_000.0,
            is_estimated: true,
        },
        _ => ended(77.7),
    }
}

fn whose(number: u8) -> EventLabels<'static> {
    let agent = Some("ann");
    match number {
        0 => SALES,
        1 => EventLabels { agent, ..SALES },
        _ => EventLabels { department: "Support", source: "app:Fax", agent },
    }
}

fn restarted(totals: &Totals, uptime: Duration) -> Totals {
    let bytes = postcard::to_allocvec(&totals.to_state()).unwrap();
    let state: TotalsState<'_> = postcard::from_bytes(&bytes).unwrap();
    let histogram_buckets = HistogramBuckets::of(&ServiceLevels::default());
    let (beginnings, now) = (totals.beginnings.clone(), jiff::Timestamp::UNIX_EPOCH);
    let restored = Totals::from_state(&state, beginnings, histogram_buckets, uptime, now);
    let (restored, is_reset) = restored.unwrap();
    assert!(!is_reset);
    assert_eq!(restored.to_state(), totals.to_state());
    restored
}

proptest! {
    #[test]
    fn nothing_shown_ever_falls_and_everything_is_zero_before_it_is_more(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let (mut totals, mut cycle, mut uptime) = (empty(), 0, Duration::ZERO);
        let mut seen: BTreeMap<(&'static Metric, String), Vec<f64>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Record(number, labels) => {
                    totals.record(&event(kind(number)), &whose(labels), at(uptime));
                }
                Step::Call(queue) => {
                    let call = CallEvent { kind: CallEventKind::Started, queue: "".into(), direction: Direction::Unknown };
                    totals.record_call(&call, ["support", "sales"][usize::from(queue)], at(uptime));
                }
                Step::Introduce => totals.introduce(&countable(), at(uptime)),
                Step::Release { scraped_ago, seconds } => {
                    uptime += Duration::from_secs(seconds);
                    totals.first_zero.release(u64::checked_sub(cycle, scraped_ago), uptime);
                }
                Step::Restart => totals = restarted(&totals, uptime),
                Step::Publish => {
                    cycle += 1;
                    totals.first_zero.mark_shown(cycle);
                    for (series, numbers) in page(&totals) {
                        let before = seen.get(&series).cloned().unwrap_or_else(|| vec![0.0; numbers.len()]);
                        let is_new = !seen.contains_key(&series);
                        prop_assert!(!is_new || numbers.iter().all(|it| *it == 0.0), "{:?} begins at {:?}", series, numbers);
                        let falls = before.iter().zip(&numbers).any(|(before, after)| after < before);
                        prop_assert!(!falls, "{:?} falls from {:?} to {:?}", series, before, numbers);
                        seen.insert(series, numbers);
                    }
                }
            }
        }
    }
}
