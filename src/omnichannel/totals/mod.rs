//! The counters, summaries and histograms since counting began.
//!
//! The totals are plain data: a clone shares every measure until one of the two changes it. A new label set is shown as
//! 0 first: see [`FirstZero`]. The ledger decides which events happened; each event is recorded here once.

mod first_zero;
mod histogram_buckets;
mod measure;
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

pub use self::first_zero::FirstZero;
pub use self::histogram_buckets::HistogramBuckets;
pub use self::measure::{Kind, Measure};
pub use self::series::{LabelSet, Value};
pub use self::state::{StateError, TotalsState};

use self::series::{Amount, Day, Family, Series, join};
use super::labels::names::OTHER;

/// Days after which an untouched label set is dropped. Otherwise names that come and go would fill the limit.
const KEPT_DAYS: u32 = 90;

/// The time of counting, by two clocks.
#[derive(Debug, Clone, Copy)]
pub struct When {
    /// Time of the server's clock.
    pub now: Timestamp,
    /// Time since the start of the process. A step of the clock cannot shorten a hold that is measured by it.
    pub uptime: Duration,
}

/// All totals of one workspace.
#[derive(Debug, Clone)]
pub struct Totals {
    histogram_buckets: HistogramBuckets,
    families: BTreeMap<Measure, Arc<Family>>,
    /// The label sets that are shown as 0.
    pub first_zero: FirstZero,
}

impl Totals {
    /// Empty totals.
    pub fn new(histogram_buckets: HistogramBuckets) -> Self {
        Self { histogram_buckets, families: BTreeMap::new(), first_zero: FirstZero::default() }
    }

    /// The label sets of a measure in the order of their labels, with the values that may be shown: zero for a held
    /// one.
    pub fn shown(&self, measure: Measure) -> impl Iterator<Item = (LabelSet<'_>, Cow<'_, Value>)> {
        let is_held = self.first_zero.of(measure);
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

    /// Drops label sets that were not touched for 90 days. [`Totals::introduce`] touches a label set too.
    pub fn drop_untouched(&mut self, now: Timestamp) {
        let horizon = Day::of(now).before(KEPT_DAYS);
        for family in self.families.values_mut() {
            if family.0.values().any(|series| series.touched < horizon) {
                Arc::make_mut(family).0.retain(|_, series| series.touched >= horizon);
            }
        }
        self.forget_holds();
    }

    /// Drops all label sets that name single agents; needed if the rules no longer count by agent, or use another form
    /// of the agent labels.
    pub fn forget_agents(&mut self) {
        self.families.retain(|measure, _| !measure.is_personal());
        self.forget_holds();
    }

    /// Sets every value to zero, which Prometheus takes for a restart. The label sets stay and are held from `uptime`
    /// on.
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
            self.first_zero.hold(measure, Arc::clone(key), uptime);
        }
    }

    fn forget_holds(&mut self) {
        let families = &self.families;
        let has = |measure, key: &str| {
            families.get(&measure).is_some_and(|family| family.0.contains_key(key))
        };
        self.first_zero.keep(has);
    }

    /// Adds to a label set, or to `other` if there is no room for the label set. False if the amount is impossible.
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

    /// Touches a label set, or creates it if there is room. True if the label set exists afterwards.
    fn meet(&mut self, measure: Measure, key: &str, when: When) -> bool {
        let known = self.families.get(&measure);
        let has_room = known.is_none_or(|family| family.0.len() < measure.most_label_sets());
        let is_known = known.is_some_and(|family| family.0.contains_key(key));
        if is_known || has_room {
            self.enter(measure, key, when);
        }
        is_known || has_room
    }

    /// Touches a label set. A new label set begins at zero and is held. A label set that was touched today is not
    /// changed, so its family is not copied.
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
                self.first_zero.hold(measure, key, when.uptime);
            }
        }
    }
}
