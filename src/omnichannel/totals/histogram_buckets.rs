//! The bounds of the histograms: those of the catalogue, with the configured thresholds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::service_level::ServiceLevels;
use super::series::Value;
use crate::catalog::{self, Kind, Metric, TargetBounds};
use crate::histogram::{Bounds, Buckets};

/// The bounds of each histogram of the totals, seconds. All label sets of a histogram share one copy.
#[derive(Debug, Clone)]
pub struct HistogramBuckets(Arc<BTreeMap<&'static Metric, Bounds>>);

impl HistogramBuckets {
    /// The bounds, with every threshold of these service levels as a bound of waits.
    pub fn of(levels: &ServiceLevels) -> Self {
        let of_chats: Vec<f64> = levels.thresholds().map(|it| it.as_secs_f64()).collect();
        let of_calls = [levels.voip_threshold.as_secs_f64()];
        let bounds = |metric: &&'static Metric| {
            let scale = metric.scale?;
            let more: &[f64] = match scale.targets {
                TargetBounds::None => &[],
                TargetBounds::OfChats => &of_chats,
                TargetBounds::OfCalls => &of_calls,
            };
            Some((*metric, Bounds::new(scale.bounds.iter().chain(more).copied())))
        };
        Self(Arc::new(catalog::ALL.iter().filter_map(bounds).collect()))
    }

    /// The bounds of a histogram; `None` for other kinds.
    pub(super) fn bounds(&self, metric: &Metric) -> Option<&Bounds> {
        self.0.get(metric)
    }

    /// The value of a new label set.
    pub(super) fn zero(&self, metric: &Metric) -> Value {
        match self.bounds(metric) {
            Some(bounds) => Value::Distribution(Box::new(Buckets::new(bounds))),
            None if metric.kind == Kind::Summary => Value::Sum { seconds: 0.0, count: 0 },
            None => Value::Count(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::omnichannel::service_level::ServiceLevel;

    #[test]
    fn every_target_time_is_a_bound_of_waits_and_of_nothing_else() {
        let targets = [Duration::from_secs(25), Duration::from_millis(1_500)];
        let bounds = |targets: &[Duration], metric| {
            let level = |threshold| ServiceLevel { threshold, ..ServiceLevel::default() };
            let own = (0_u8..).zip(targets).map(|(name, it)| (name.to_string(), level(*it)));
            let levels = ServiceLevels { departments: own.collect(), ..Default::default() };
            let buckets = HistogramBuckets::of(&levels);
            buckets.bounds(metric).unwrap().as_slice().to_vec()
        };
        let waits = bounds(&targets, catalog::QUEUE_WAIT_SECONDS.metric);
        let usual = bounds(&[], catalog::QUEUE_WAIT_SECONDS.metric);
        assert!(waits.contains(&25.0) && waits.contains(&1.5) && waits.len() == usual.len() + 2);
        let reactions = catalog::REACTION_SECONDS.metric;
        assert_eq!(bounds(&targets, reactions), bounds(&[], reactions));
    }

    #[test]
    fn the_target_time_of_calls_is_a_bound_of_the_waits_of_callers_alone() {
        let levels =
            ServiceLevels { voip_threshold: Duration::from_secs(25), ..Default::default() };
        let buckets = HistogramBuckets::of(&levels);
        let has = |metric| buckets.bounds(metric).unwrap().as_slice().contains(&25.0);
        assert!(has(catalog::VOIP_WAIT_SECONDS.metric));
        assert!(
            !has(catalog::QUEUE_WAIT_SECONDS.metric) && !has(catalog::VOIP_HOLD_SECONDS.metric)
        );
    }
}
