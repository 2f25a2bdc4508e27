//! New label sets that are shown as 0 until a scrape has seen them there.
//!
//! Prometheus takes the first value it sees of a series as its beginning: what happened before would be
//! lost. Only the totals use it; label sets that continue are not in it and cost nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::measure::Measure;

/// Nobody scrapes as rarely, or nobody scrapes.
const LONGEST: Duration = Duration::from_secs(120);

#[derive(Debug, Clone)]
struct PendingSince {
    since: Duration,
    shown_in: Option<u64>,
}

/// The label sets that are held; a clone shares them until one of the two changes.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingSeries(BTreeMap<Measure, Arc<BTreeMap<Arc<str>, PendingSince>>>);

impl PendingSeries {
    /// Holds a label set from `uptime` on.
    pub(super) fn hold(&mut self, measure: Measure, key: Arc<str>, uptime: Duration) {
        let hold = PendingSince { since: uptime, shown_in: None };
        Arc::make_mut(self.0.entry(measure).or_default()).insert(key, hold);
    }

    /// Whether a label set of this measure is held.
    pub(super) fn of(&self, measure: Measure) -> impl Fn(&str) -> bool {
        let keys = self.0.get(&measure);
        move |key| keys.is_some_and(|keys| keys.contains_key(key))
    }

    /// All are on the page of this cycle, if they were on none before.
    pub(super) fn mark_shown(&mut self, cycle: u64) {
        for holds in self.0.values_mut() {
            if holds.values().any(|hold| hold.shown_in.is_none()) {
                for hold in Arc::make_mut(holds).values_mut() {
                    hold.shown_in.get_or_insert(cycle);
                }
            }
        }
    }

    /// Lets go those that a scrape saw, and those that were shown and held for long enough. One that was
    /// never shown stays: its zero would never have been anywhere.
    pub(super) fn release(&mut self, scraped_cycle: Option<u64>, uptime: Duration) {
        let stays = |hold: &PendingSince| {
            let is_late = uptime.saturating_sub(hold.since) >= LONGEST;
            hold.shown_in.is_none_or(|shown| Some(shown) > scraped_cycle && !is_late)
        };
        self.retain(|_, _, hold| stays(hold));
    }

    /// Forgets those of which nothing is left.
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
