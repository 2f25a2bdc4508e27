//! What has been counted since counting began: counters, summaries and histograms.
//!
//! The cycle records each event once, the store keeps them, the exposition shows them. Plain data: a clone
//! shares every measure until one of the two changes it. A label set that is new is shown as 0 before it is
//! shown above 0. Whether an event happened, the ledger knows.

mod histogram_buckets;
mod measure;
mod pending;
mod record;
mod series;
mod state;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::histogram_buckets::HistogramBuckets;
pub use self::measure::{Kind, Measure};
pub use self::series::{LabelSet, Value};
pub use self::state::{StateError, TotalsState};

use self::pending::PendingSeries;
use self::series::{Amount, Day, Family, Series, join};
use super::names::OTHER;

/// A label set that nothing touched for so long is dropped: turnover would fill the caps.
const KEPT_DAYS: u32 = 90;

/// When something is counted, by the two clocks that matter to it.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// The server's clock.
    pub now: Timestamp,
    /// Since the start of the process: no clock step shortens a hold.
    pub uptime: Duration,
}

/// Everything counted of one workspace.
#[derive(Debug, Clone)]
pub struct Totals {
    histogram_buckets: HistogramBuckets,
    families: BTreeMap<Measure, Arc<Family>>,
    pending: PendingSeries,
}

impl Totals {
    /// Nothing counted yet.
    pub fn new(histogram_buckets: HistogramBuckets) -> Self {
        Self { histogram_buckets, families: BTreeMap::new(), pending: PendingSeries::default() }
    }

    /// The label sets of a measure in the order of their labels, with what may be shown of them.
    pub fn shown(&self, measure: Measure) -> impl Iterator<Item = (LabelSet<'_>, Cow<'_, Value>)> {
        let is_held = self.pending.of(measure);
        let series = self.families.get(&measure).into_iter().flat_map(|family| &family.0);
        series.map(move |(key, series)| {
            let value = if is_held(key) {
                Cow::Owned(self.histogram_buckets.zero(measure))
            } else {
                Cow::Borrowed(&series.value)
            };
            (LabelSet(key), value)
        })
    }

    /// All that is held is on the page of this cycle; called once the cycle's totals are durable.
    pub fn mark_shown(&mut self, cycle: u64) {
        self.pending.mark_shown(cycle);
    }

    /// Lets go what was on the page of the last scraped cycle or one before it, and what was shown and has
    /// been held for two minutes of `uptime`.
    pub fn release(&mut self, scraped_cycle: Option<u64>, uptime: Duration) {
        self.pending.release(scraped_cycle, uptime);
    }

    /// Drops label sets that nothing has touched for 90 days; those that are introduced again and again
    /// are touched.
    pub fn drop_untouched(&mut self, now: Timestamp) {
        let horizon = Day::of(now).before(KEPT_DAYS);
        for family in self.families.values_mut() {
            if family.0.values().any(|series| series.touched < horizon) {
                Arc::make_mut(family).0.retain(|_, series| series.touched >= horizon);
            }
        }
        self.forget_holds();
    }

    /// Drops what names single agents, where the rules do not have it counted any more.
    pub fn forget_agents(&mut self) {
        self.families.retain(|measure, _| !measure.is_personal());
        self.forget_holds();
    }

    /// Every value begins again at zero, which Prometheus takes for a restart; the label sets stay, and are held
    /// from `uptime` on: without a zero between them, it would take the new value for the old one grown.
    pub fn reset_values(&mut self, uptime: Duration) {
        let measures: Vec<Measure> = self.families.keys().copied().collect();
        for measure in measures {
            self.reset(measure, uptime);
        }
    }

    fn reset(&mut self, measure: Measure, uptime: Duration) {
        let family = self.families.get_mut(&measure).map(Arc::make_mut);
        for (key, series) in family.into_iter().flat_map(|family| &mut family.0) {
            series.value = self.histogram_buckets.zero(measure);
            self.pending.hold(measure, Arc::clone(key), uptime);
        }
    }

    fn forget_holds(&mut self) {
        let families = &self.families;
        let has = |measure, key: &str| {
            families.get(&measure).is_some_and(|family| family.0.contains_key(key))
        };
        self.pending.keep(has);
    }

    /// Adds to a label set, or to `other` where there is no room for it; says whether it could.
    fn add(&mut self, measure: Measure, labels: &[&str], amount: Amount, when: When) -> bool {
        let mut key = String::new();
        join(labels, &mut key);
        if !self.meet(measure, &key, when) {
            let folded = labels.iter().enumerate();
            let folded = folded.map(|(at, it)| if at < measure.open_labels() { OTHER } else { it });
            join(&folded.collect::<Vec<_>>(), &mut key);
            self.enter(measure, &key, when);
        }
        let family = Arc::make_mut(self.families.entry(measure).or_default());
        family.add(&key, amount)
    }

    /// Touches a label set, a new one as far as there is room; says whether it is there.
    fn meet(&mut self, measure: Measure, key: &str, when: When) -> bool {
        let known = self.families.get(&measure);
        let has_room = known.is_none_or(|family| family.0.len() < measure.most_label_sets());
        let is_known = known.is_some_and(|family| family.0.contains_key(key));
        if is_known || has_room {
            self.enter(measure, key, when);
        }
        is_known || has_room
    }

    /// Touches a label set; a new one begins at zero and is held. Most are touched already: then nothing
    /// is copied.
    fn enter(&mut self, measure: Measure, key: &str, when: When) {
        let today = Day::of(when.now);
        let family = self.families.entry(measure).or_default();
        match family.touched(key) {
            Some(touched) if touched == today => {}
            Some(_) => Arc::make_mut(family).touch(key, today),
            None => {
                let (key, value) = (Arc::<str>::from(key), self.histogram_buckets.zero(measure));
                let series = Series { value, touched: today };
                Arc::make_mut(family).0.insert(Arc::clone(&key), series);
                self.pending.hold(measure, key, when.uptime);
            }
        }
    }
}
