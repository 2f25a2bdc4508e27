//! The totals in the form of the durable state.
//!
//! The form is plain data for a compact format, and borrows from the totals when it is written. Impossible values are
//! refused: if the numbers of a state do not fit together, the state is not used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Totals;
use super::beginnings::Beginnings;
use super::first_zero::FirstZero;
use super::histogram_buckets::HistogramBuckets;
use super::series::{AllSeries, Day, MOST, Series, Value};
use crate::catalog::label_set::LabelSet;
use crate::catalog::{self, Kind, Metric};
use crate::histogram::Bounds;

/// The totals in the form of the durable state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TotalsState<'a> {
    families: Vec<FamilyState<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FamilyState<'a> {
    measure: Cow<'a, str>,
    /// Bounds of a histogram; empty for other kinds.
    bounds: Cow<'a, [f64]>,
    series: Vec<SeriesState<'a>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct SeriesState<'a> {
    labels: Cow<'a, str>,
    touched_day: u32,
    is_held: bool,
    value: Cow<'a, Value>,
}

/// The kept values of the family with this key do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the saved totals of {0} are not in the form that this exporter writes")]
pub struct StateError(&'static str);

impl Totals {
    /// The totals in the form of the durable state; texts and numbers are borrowed, not copied.
    pub fn to_state(&self) -> TotalsState<'_> {
        let families = self.families.iter();
        TotalsState { families: families.map(|(metric, it)| self.kept(metric, it)).collect() }
    }

    fn kept<'a>(&'a self, metric: &Metric, family: &'a AllSeries) -> FamilyState<'a> {
        let is_held = self.first_zero.of(metric);
        let bounds = self.histogram_buckets.bounds(metric).map_or(&[][..], Bounds::as_slice);
        let series = family.iter().map(|(key, series)| SeriesState {
            labels: Cow::Borrowed(key),
            touched_day: series.touched.0,
            is_held: is_held(key),
            value: Cow::Borrowed(&series.value),
        });
        FamilyState {
            measure: Cow::Borrowed(key(metric)),
            bounds: Cow::Borrowed(bounds),
            series: series.collect(),
        }
    }

    /// The kept totals, and true if some of them begin again at zero because their bounds have changed. Held label sets
    /// are held again from `uptime` on. A family that this version does not have is left out. `now` is a time of the
    /// machine's clock.
    ///
    /// Fails if kept values are impossible or do not fit together.
    pub fn from_state(
        state: &TotalsState<'_>,
        beginnings: Beginnings,
        histogram_buckets: HistogramBuckets,
        uptime: Duration,
        now: Timestamp,
    ) -> Result<(Self, bool), StateError> {
        let (mut families, mut first_zero) = (BTreeMap::new(), FirstZero::default());
        let mut changed = Vec::new();
        for kept in &state.families {
            let is_kept = |metric: &&&Metric| metric.key == Some(&*kept.measure);
            let Some(metric) = catalog::ALL.iter().find(is_kept).copied() else { continue };
            changed.extend(has_changed(metric, kept, &histogram_buckets)?.then_some(metric));
            let family = kept.restored(metric, &mut first_zero, uptime)?;
            if families.insert(metric, Arc::new(family)).is_some() {
                return Err(malformed(metric));
            }
        }
        let mut totals = Self { families, first_zero, beginnings, ..Self::new(histogram_buckets) };
        for metric in &changed {
            totals.reset(metric, uptime);
            totals.beginnings.begin_again(metric, now);
        }
        Ok((totals, !changed.is_empty()))
    }
}

fn key(metric: &Metric) -> &'static str {
    metric.key.unwrap_or_default()
}

fn malformed(metric: &Metric) -> StateError {
    StateError(key(metric))
}

/// True if the bounds of a histogram have changed since the state was written.
fn has_changed(
    metric: &Metric,
    kept: &FamilyState<'_>,
    histogram_buckets: &HistogramBuckets,
) -> Result<bool, StateError> {
    match histogram_buckets.bounds(metric) {
        Some(bounds) => Ok(bounds.as_slice() != &*kept.bounds),
        None if kept.bounds.is_empty() => Ok(false),
        None => Err(malformed(metric)),
    }
}

impl FamilyState<'_> {
    fn restored(
        &self,
        metric: &'static Metric,
        first_zero: &mut FirstZero,
        uptime: Duration,
    ) -> Result<AllSeries, StateError> {
        let malformed = || malformed(metric);
        let mut family = AllSeries::default();
        let bounds = Bounds::new(self.bounds.iter().copied());
        for kept in &self.series {
            let value = restored(&kept.value, metric.kind, &bounds).ok_or_else(malformed)?;
            let key: Arc<str> = Arc::from(&*kept.labels);
            if kept.is_held {
                first_zero.hold(metric, Arc::clone(&key), uptime);
            }
            let has_its_labels = LabelSet(&key).has(metric.labels.len());
            let series = Series { value, touched: Day(kept.touched_day) };
            if family.insert(key, series).is_some() || !has_its_labels {
                return Err(malformed());
            }
        }
        Ok(family)
    }
}

/// A kept value of a family of this kind and with these bounds; `None` if it is impossible.
fn restored(kept: &Value, kind: Kind, bounds: &Bounds) -> Option<Value> {
    match (kept, kind) {
        (Value::Count(count), Kind::Counter) if *count <= MOST => Some(kept.clone()),
        (Value::Sum { seconds, count }, Kind::Summary) if *count <= MOST => {
            (seconds.is_finite() && *seconds >= 0.0).then(|| kept.clone())
        }
        (Value::Distribution(buckets), Kind::Histogram) if buckets.count() <= MOST => {
            buckets.restored(bounds).map(|buckets| Value::Distribution(Box::new(buckets)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        FIRST_RESPONSE_SECONDS, ON_HOLD_TOTAL, RESPONSE_SECONDS, TRANSFERS_TOTAL,
    };
    use crate::omnichannel::service_level::ServiceLevels;
    use crate::omnichannel::totals::CountingTime;
    use crate::omnichannel::totals::series::Amount;

    fn histogram_buckets() -> HistogramBuckets {
        HistogramBuckets::of(&ServiceLevels::default())
    }

    const RESTART: Timestamp = Timestamp::constant(600, 0);

    fn from_state(
        state: &TotalsState<'_>,
        histogram_buckets: HistogramBuckets,
        uptime: Duration,
    ) -> Result<(Totals, bool), StateError> {
        let beginnings = Beginnings::at(Timestamp::UNIX_EPOCH);
        Totals::from_state(state, beginnings, histogram_buckets, uptime, RESTART)
    }

    fn totals() -> Totals {
        let when = CountingTime { now: Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };
        let mut totals = Totals::new(histogram_buckets());
        let several = Amount::Several { seconds: 5.0, count: 2.0 };
        assert!(totals.add(ON_HOLD_TOTAL.metric, &["Sales"], Amount::Times(3), when));
        assert!(totals.add(RESPONSE_SECONDS.metric, &["Sales"], several, when));
        assert!(totals.add(FIRST_RESPONSE_SECONDS.metric, &["Sales"], Amount::Seconds(25.0), when));
        totals.first_zero.mark_shown(1);
        totals.first_zero.release(Some(1), Duration::ZERO);
        assert!(totals.add(TRANSFERS_TOTAL.metric, &["Sales", "agent"], Amount::Times(1), when));
        totals
    }

    fn shown(totals: &Totals, metric: &Metric) -> Vec<Value> {
        totals.shown(metric).map(|(_, value)| value.into_owned()).collect()
    }

    /// The result of restoring a state that `spoil` has changed.
    fn spoilt(spoil: impl Fn(&mut TotalsState<'_>)) -> Result<bool, StateError> {
        let totals = totals();
        let mut state = totals.to_state();
        spoil(&mut state);
        from_state(&state, histogram_buckets(), Duration::ZERO).map(|(_, is_reset)| is_reset)
    }

    fn with_value(of: &Metric, value: &Value) -> Result<bool, StateError> {
        spoilt(|state| {
            let mut families = state.families.iter_mut();
            families.find(|it| it.measure == key(of)).unwrap().series[0].value =
                Cow::Owned(value.clone());
        })
    }

    #[test]
    fn what_is_held_is_held_again_and_what_is_not_goes_on() {
        let totals = totals();
        let kept = postcard::to_allocvec(&totals.to_state()).unwrap();
        let state: TotalsState<'static> = postcard::from_bytes(&kept).unwrap();
        let (mut restored, is_reset) =
            from_state(&state, histogram_buckets(), Duration::from_secs(500)).unwrap();
        assert!(!is_reset);
        assert_eq!(shown(&restored, ON_HOLD_TOTAL.metric), [Value::Count(3)]);
        restored.first_zero.mark_shown(9);
        restored.first_zero.release(Some(8), Duration::from_secs(619));
        assert_eq!(shown(&restored, TRANSFERS_TOTAL.metric), [Value::Count(0)]);
        restored.first_zero.release(Some(8), Duration::from_secs(620));
        assert_eq!(shown(&restored, TRANSFERS_TOTAL.metric), [Value::Count(1)]);
    }

    #[test]
    fn a_histogram_with_other_bounds_begins_at_zero_and_the_rest_goes_on() {
        let totals = totals();
        let mut levels = ServiceLevels::default();
        levels.default.threshold = Duration::from_secs(25);
        let changed = HistogramBuckets::of(&levels);
        let (restored, is_reset) =
            from_state(&totals.to_state(), changed.clone(), Duration::ZERO).unwrap();
        assert!(is_reset);
        let began = |metric: &'static Metric| restored.beginnings.of(metric);
        assert_eq!(began(FIRST_RESPONSE_SECONDS.metric), Some(RESTART));
        assert_eq!(began(ON_HOLD_TOTAL.metric), Some(Timestamp::UNIX_EPOCH));
        let zero = changed.zero(FIRST_RESPONSE_SECONDS.metric);
        let is_held = restored.first_zero.of(FIRST_RESPONSE_SECONDS.metric);
        let families = &restored.families;
        let pending = families[FIRST_RESPONSE_SECONDS.metric].keys().filter(|key| is_held(key));
        assert_eq!(pending.count(), 1, "until a scrape has seen the zero");
        assert_eq!(shown(&restored, FIRST_RESPONSE_SECONDS.metric), [zero]);
        assert_eq!(shown(&restored, ON_HOLD_TOTAL.metric), [Value::Count(3)]);
    }

    #[test]
    fn a_measure_of_another_version_is_left_out() {
        let unknown = |state: &mut TotalsState<'_>| state.families[0].measure = "tomorrow".into();
        assert_eq!(spoilt(unknown), Ok(false));
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        let distribution = |counts: usize, sum: f64, count: u64| {
            let stored = postcard::to_allocvec(&(vec![1_u64; counts], sum, count)).unwrap();
            Value::Distribution(postcard::from_bytes(&stored).unwrap())
        };
        let refused = [
            (ON_HOLD_TOTAL.metric, Value::Count(u64::MAX)),
            (ON_HOLD_TOTAL.metric, Value::Sum { seconds: 1.0, count: 1 }),
            (RESPONSE_SECONDS.metric, Value::Count(1)),
            (RESPONSE_SECONDS.metric, Value::Sum { seconds: -1.0, count: 1 }),
            (RESPONSE_SECONDS.metric, Value::Sum { seconds: f64::NAN, count: 1 }),
            (RESPONSE_SECONDS.metric, Value::Sum { seconds: 1.0, count: u64::MAX }),
            (FIRST_RESPONSE_SECONDS.metric, distribution(16, 1.0, 16)),
            (FIRST_RESPONSE_SECONDS.metric, distribution(17, 1.0, 16)),
            (FIRST_RESPONSE_SECONDS.metric, distribution(17, f64::INFINITY, 17)),
            (FIRST_RESPONSE_SECONDS.metric, distribution(17, 1.0, u64::MAX)),
        ];
        for (metric, value) in refused {
            let expected = Err(malformed(metric));
            assert_eq!(with_value(metric, &value), expected, "{value:?}");
        }
        assert_eq!(
            with_value(FIRST_RESPONSE_SECONDS.metric, &distribution(17, 1.0, 18)),
            Ok(false)
        );
    }

    #[test]
    fn label_sets_and_bounds_that_cannot_be_are_refused() {
        let spoils: [fn(&mut TotalsState<'_>); 6] = [
            |state| state.families[0].series[0].labels = "Sales".into(),
            |state| state.families[0].series[0].labels = "Sales\0more\0and\0".into(),
            |state| state.families[0].bounds = vec![1.0].into(),
            |state| {
                let twice = state.families[0].series[0].clone();
                state.families[0].series.push(twice);
            },
            |state| {
                let twice = state.families[0].clone();
                state.families.push(twice);
            },
            |state| {
                let histogram = state.families.iter_mut().find(|it| it.bounds.len() == 17);
                histogram.unwrap().bounds = vec![f64::NAN; 17].into();
            },
        ];
        for (number, spoil) in spoils.into_iter().enumerate() {
            assert!(spoilt(spoil).is_err(), "{number}");
        }
    }
}
