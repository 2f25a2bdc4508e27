//! New label sets that are shown as 0 until a scrape has read the 0.
//!
//! Prometheus takes the first value of a series as its start, so events before the first scrape would be lost. Label
//! sets that are not new are not listed here and cost nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::measure::Measure;

/// Longest time that a new series stays 0 without a scrape.
const LONGEST: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
struct PendingSince {
    since: Duration,
    shown_in: Option<u64>,
}

/// The held label sets. A clone shares them until one of the two changes.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingSeries(BTreeMap<Measure, Arc<BTreeMap<Arc<str>, PendingSince>>>);

impl PendingSeries {
    /// Holds a label set from `uptime` on.
    pub(super) fn hold(&mut self, measure: Measure, key: Arc<str>, uptime: Duration) {
        let hold = PendingSince { since: uptime, shown_in: None };
        Arc::make_mut(self.0.entry(measure).or_default()).insert(key, hold);
    }

    /// A function that is true for the held label sets of this measure.
    pub(super) fn of(&self, measure: Measure) -> impl Fn(&str) -> bool {
        let keys = self.0.get(&measure);
        move |key| keys.is_some_and(|keys| keys.contains_key(key))
    }

    /// Notes that all held label sets are on the page of this cycle. A label set that was shown earlier keeps its
    /// cycle.
    pub(super) fn mark_shown(&mut self, cycle: u64) {
        for holds in self.0.values_mut() {
            if holds.values().any(|hold| hold.shown_in.is_none()) {
                for hold in Arc::make_mut(holds).values_mut() {
                    hold.shown_in.get_or_insert(cycle);
                }
            }
        }
    }

    /// Releases the label sets that a scrape has read, and those that were shown and held for [`LONGEST`]. A label set
    /// that was never shown stays held, because its zero has never been on a page.
    pub(super) fn release(&mut self, scraped_cycle: Option<u64>, uptime: Duration) {
        let stays = |hold: &PendingSince| {
            let is_late = uptime.saturating_sub(hold.since) >= LONGEST;
            hold.shown_in.is_none_or(|shown| Some(shown) > scraped_cycle && !is_late)
        };
        self.retain(|_, _, hold| stays(hold));
    }

    /// Forgets the held label sets that no longer exist in the totals.
    pub(super) fn keep(&mut self, is_kept: impl Fn(Measure, &str) -> bool) {
        self.retain(|measure, key, _| is_kept(measure, key));
    }

    fn retain(&mut self, stays: impl Fn(Measure, &str, &PendingSince) -> bool) {
        self.0.retain(|measure, holds| {
            if holds.iter().any(|(key, hold)| !stays(*measure, key, hold)) {
                Arc::make_mut(holds).retain(|key, hold| stays(*measure, key, hold));
            }
            !holds.is_empty()
        });
    }
}
