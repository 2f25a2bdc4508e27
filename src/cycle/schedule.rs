//! The interval of a list within the budget of its route.
//!
//! Pure arithmetic. The list behind the alerts that call people keeps the interval as long as it takes at most 2/5 of
//! the budget of its route; beyond that its interval grows, so that the longer scans keep a share. The longer scans
//! share the rest of the budget by weight.

use std::time::Duration;

use crate::omnichannel::list::List;

/// Share of the route's budget that the first list may take and still keep the interval.
const SHARE_OF_THE_FIRST: f64 = 0.4;

/// Demand of a list on its route: the pages of a scan, and the wanted interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The list.
    pub list: List,
    /// Pages of its last scan, at least 1.
    pub pages: u32,
    /// Wanted interval.
    pub interval: Duration,
}

impl Demand {
    fn per_minute(self) -> f64 {
        f64::from(self.pages.max(1)) * 60.0 / self.interval.as_secs_f64().max(0.001)
    }

    fn interval_at(self, requests_per_minute: f64) -> Duration {
        let seconds = f64::from(self.pages.max(1)) * 60.0 / requests_per_minute.max(0.01);
        Duration::from_secs_f64(seconds).max(self.interval)
    }
}

/// Interval of the first list of a route.
pub fn first_interval(first: Demand, budget_per_minute: u32) -> Duration {
    first.interval_at(f64::from(budget_per_minute) * SHARE_OF_THE_FIRST)
}

/// Requests of the first list, per minute.
pub fn first_per_minute(first: Demand, budget_per_minute: u32) -> f64 {
    let interval = first_interval(first, budget_per_minute);
    Demand { interval, ..first }.per_minute().clamp(0.0, f64::from(budget_per_minute))
}

/// Requests reserved for the first list, per minute, rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
pub fn reserved_per_minute(first: Demand, budget_per_minute: u32) -> u32 {
    first_per_minute(first, budget_per_minute).ceil() as u32
}

/// Weight of a list in the sharing of the rest of the budget.
pub fn weight(list: List) -> f64 {
    // Scans of open chats are the longest and feed most gauges.
    if list == List::Open { 2.0 } else { 1.0 }
}

/// Effective intervals of the other lists. They share the rest of the budget by weight; a share that a list does not
/// need goes to the lists that need more.
pub fn rest_intervals(rest: &[Demand], left_per_minute: f64) -> Vec<(List, Duration)> {
    let mut short: Vec<Demand> = rest.to_vec();
    let mut left = left_per_minute;
    loop {
        let weights: f64 = short.iter().map(|demand| weight(demand.list)).sum();
        let unit = left / weights.max(1.0);
        let fits = |demand: &Demand| demand.per_minute() <= unit * weight(demand.list) + 1e-9;
        let satisfied: f64 =
            short.iter().filter(|demand| fits(demand)).map(|d| d.per_minute()).sum();
        let before = short.len();
        short.retain(|demand| !fits(demand));
        left = (left - satisfied).max(0.0);
        if short.len() == before {
            return rest.iter().map(|demand| (demand.list, paced(*demand, &short, unit))).collect();
        }
    }
}

fn paced(demand: Demand, short: &[Demand], unit: f64) -> Duration {
    if short.contains(&demand) {
        demand.interval_at(unit * weight(demand.list))
    } else {
        demand.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn demand(list: List, pages: u32) -> Demand {
        Demand { list, pages, interval: Duration::from_secs(30) }
    }

    fn seconds(rest: &[Demand], left: f64) -> Vec<u64> {
        rest_intervals(rest, left).into_iter().map(|(_, interval)| interval.as_secs()).collect()
    }

    #[test]
    fn with_five_requests_a_minute_the_queue_keeps_its_interval_and_the_scans_come_less_often() {
        let queued = demand(List::Queued, 1);
        assert_eq!(first_interval(queued, 5), Duration::from_secs(30));
        assert_eq!(reserved_per_minute(queued, 5), 2);
        let few = [demand(List::Closed, 1), demand(List::OnHold, 1), demand(List::Open, 1)];
        assert_eq!(seconds(&few, 3.0), [80, 80, 40]);
        let many = [demand(List::Closed, 1), demand(List::OnHold, 1), demand(List::Open, 10)];
        assert_eq!(seconds(&many, 3.0), [80, 80, 400]);
    }

    #[test]
    fn a_long_queue_gives_way_rather_than_take_the_whole_budget() {
        assert_eq!(first_interval(demand(List::Queued, 3), 5), Duration::from_secs(90));
        assert_eq!(reserved_per_minute(demand(List::Queued, 3), 5), 2);
    }

    #[test]
    fn the_smallest_budget_still_leaves_something_to_every_list() {
        let queued = demand(List::Queued, 1);
        let rest = [demand(List::Closed, 1), demand(List::OnHold, 1), demand(List::Open, 1)];
        assert_eq!(first_interval(queued, 1), Duration::from_secs(150));
        assert_eq!(seconds(&rest, 1.0 - first_per_minute(queued, 1)), [400, 400, 200]);
    }

    #[test]
    fn a_rich_budget_leaves_every_list_its_interval() {
        let rest = [demand(List::Closed, 2), demand(List::OnHold, 1), demand(List::Open, 10)];
        assert_eq!(seconds(&rest, 100.0), [30, 30, 30]);
    }

    proptest! {
        #[test]
        fn the_lists_together_never_ask_for_more_than_is_left(
            pages in prop::collection::vec(1_u32..200, 3), left in 1.0_f64..200.0
        ) {
            let lists = [List::Closed, List::OnHold, List::Open];
            let rest: Vec<_> = lists.iter().zip(pages).map(|(list, pages)| demand(*list, pages)).collect();
            let spent: f64 = rest_intervals(&rest, left).into_iter().zip(&rest)
                .map(|((_, interval), demand)| Demand { interval, ..*demand }.per_minute()).sum();
            prop_assert!(spent <= left * 1.001, "{} of {}", spent, left);
        }
    }
}
