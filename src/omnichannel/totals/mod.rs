//! The counters, summaries and histograms since counting began.
//!
//! The totals are plain data: a clone shares every family until one of the two changes it. A new label set is shown as
//! 0 first: see [`FirstZero`]. The ledger decides which events happened; each event is recorded here once.

pub mod beginnings;
mod first_zero;
mod histogram_buckets;
mod record;
mod series;
pub mod service_level_history;
pub mod state;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use self::first_zero::FirstZero;
pub use self::histogram_buckets::HistogramBuckets;
pub use self::series::Value;

use self::beginnings::Beginnings;
use self::series::{AllSeries, Amount, Day, Series};
use self::service_level_history::ServiceLevelHistory;
use super::labels::names::OTHER;
use crate::catalog::label_set::{LabelSet, join};
use crate::catalog::{ALL, CHATS_CLOSED_TOTAL, Kind, Metric};

/// Days after which an untouched label set is dropped. Otherwise names that come and go would fill the limit.
const KEPT_DAYS: u32 = 90;

/// The time of counting, by two clocks.
#[derive(Debug, Clone, Copy)]
pub struct CountingTime {
    /// Time of the server's clock.
    pub now: Timestamp,
    /// Time since the start of the process. A step of the clock cannot shorten a hold that is measured by it.
    pub uptime: Duration,
}

/// All totals of one workspace.
#[derive(Debug, Clone)]
pub struct Totals {
    histogram_buckets: HistogramBuckets,
    families: BTreeMap<&'static Metric, Arc<AllSeries>>,
    /// The label sets that are shown as 0.
    pub first_zero: FirstZero,
    /// The times at which the values were zero.
    pub beginnings: Beginnings,
    /// The latest verdicts of the service level.
    pub service_level_history: Arc<ServiceLevelHistory>,
}

impl Totals {
    /// Empty totals.
    pub fn new(histogram_buckets: HistogramBuckets) -> Self {
        Self {
            histogram_buckets,
            families: BTreeMap::new(),
            first_zero: FirstZero::default(),
            beginnings: Beginnings::default(),
            service_level_history: Arc::default(),
        }
    }

    /// The families that have label sets, in the order of the catalogue.
    pub fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        self.families.keys().copied()
    }

    /// The label sets of a family in the order of their labels, with the values that may be shown: zero for a held
    /// one.
    pub fn shown(&self, metric: &Metric) -> impl Iterator<Item = (LabelSet<'_>, Cow<'_, Value>)> {
        let is_held = self.first_zero.of(metric);
        let series = self.families.get(metric).into_iter().flat_map(|family| &**family);
        series.map(move |(key, series)| {
            let value = if is_held(key) {
                Cow::Owned(self.histogram_buckets.zero(metric))
            } else {
                Cow::Borrowed(&series.value)
            };
            (LabelSet(key), value)
        })
    }

    /// Begins the history of the service level if it has not begun.
    pub fn begin_history(&mut self, now: Timestamp) {
        if self.service_level_history.since().is_none() {
            Arc::make_mut(&mut self.service_level_history).begin(now);
        }
    }

    /// Drops label sets that were not touched for 90 days. [`Totals::introduce`] touches a label set too.
    pub fn drop_untouched(&mut self, now: Timestamp) {
        let horizon = Day::of(now).before(KEPT_DAYS);
        for family in self.families.values_mut() {
            if family.values().any(|series| series.touched < horizon) {
                Arc::make_mut(family).retain(|_, series| series.touched >= horizon);
            }
        }
        self.forget_holds();
    }

    /// Drops all label sets that name single agents; needed if the rules no longer count by agent, or use another form
    /// of the agent labels. Their values begin again at `now`, a time of the machine's clock.
    pub fn forget_agents(&mut self, now: Timestamp) {
        self.families.retain(|metric, _| !metric.is_personal());
        for metric in ALL.iter().filter(|metric| metric.is_personal() && metric.key.is_some()) {
            self.beginnings.begin_again(metric, now);
        }
        self.forget_holds();
    }

    /// Sets every value to zero, which Prometheus takes for a restart. The label sets stay and are held from `uptime`
    /// on. The values begin at `now`, a time of the machine's clock.
    pub fn reset_values(&mut self, uptime: Duration, now: Timestamp) {
        let metrics: Vec<_> = self.metrics().collect();
        for metric in metrics {
            self.reset(metric, uptime);
        }
        self.beginnings = Beginnings::at(now);
    }

    fn reset(&mut self, metric: &'static Metric, uptime: Duration) {
        let family = self.families.get_mut(metric).map(Arc::make_mut);
        for (key, series) in family.into_iter().flatten() {
            series.value = self.histogram_buckets.zero(metric);
            self.first_zero.hold(metric, Arc::clone(key), uptime);
        }
    }

    fn forget_holds(&mut self) {
        let families = &self.families;
        let has = |metric: &Metric, key: &str| {
            families.get(metric).is_some_and(|family| family.contains_key(key))
        };
        self.first_zero.keep(has);
    }

    /// Adds to a label set, or to `other` if there is no room for the label set. False if the amount is impossible.
    fn add(
        &mut self,
        metric: &'static Metric,
        labels: &[&str],
        amount: Amount,
        when: CountingTime,
    ) -> bool {
        let mut key = String::new();
        join(labels, &mut key);
        if !self.meet(metric, &key, when) {
            let folded = labels.iter().enumerate();
            let folded = folded.map(|(at, it)| if at < metric.open_labels { OTHER } else { it });
            join(&folded.collect::<Vec<_>>(), &mut key);
            self.enter(metric, &key, self.touched(metric, &key), when);
        }
        let family = Arc::make_mut(self.families.entry(metric).or_default());
        family.get_mut(&*key).is_some_and(|series| series.value.add(amount))
    }

    /// Touches a label set, or creates it if there is room. True if the label set exists afterwards.
    fn meet(&mut self, metric: &'static Metric, key: &str, when: CountingTime) -> bool {
        let touched = self.touched(metric, key);
        let size = || self.families.get(metric).map_or(0, |family| family.len());
        let exists = touched.is_some() || size() < most_label_sets(metric);
        if exists {
            self.enter(metric, key, touched, when);
        }
        exists
    }

    /// The day on which a label set was last touched; `None` without such a label set.
    fn touched(&self, metric: &'static Metric, key: &str) -> Option<Day> {
        Some(self.families.get(metric)?.get(key)?.touched)
    }

    /// Touches a label set, which was last `touched` on that day. A new label set begins at zero and is held. A label set
    /// that was touched today is not changed, so its family is not copied.
    fn enter(
        &mut self,
        metric: &'static Metric,
        key: &str,
        touched: Option<Day>,
        when: CountingTime,
    ) {
        let today = Day::of(when.now);
        if touched == Some(today) {
            return;
        }
        let family = self.families.entry(metric).or_default();
        if let Some(series) = Arc::make_mut(family).get_mut(key) {
            series.touched = today;
            return;
        }
        let (key, value) = (Arc::<str>::from(key), self.histogram_buckets.zero(metric));
        let series = Series { value, touched: today };
        Arc::make_mut(family).insert(Arc::clone(&key), series);
        self.first_zero.hold(metric, key, when.uptime);
    }
}

/// Most label sets of a family; further ones are counted under `other`. `LabelLimits` is not enough: it limits the names
/// and combinations in use, but a name that is gone keeps its label sets for a while. A histogram may have fewer label
/// sets because it has a series for each bound.
fn most_label_sets(metric: &Metric) -> usize {
    match metric.kind {
        Kind::Histogram => 1_000,
        _ if metric == CHATS_CLOSED_TOTAL.metric => 10_000,
        _ => 4_000,
    }
}
