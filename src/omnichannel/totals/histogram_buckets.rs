//! The bounds of the histograms.
//!
//! The bounds of waits are closest from 20 s to 60 s, because targets usually lie there and visitors give up there. The
//! long bounds repeat the bounds of the server's own queue metrics, so that both can be compared.

use std::time::Duration;

use super::measure::{Kind, Measure};
use super::series::Value;
use crate::histogram::{Bounds, Buckets};

const WAIT: [f64; 17] = [
    5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0,
    3600.0, 14400.0, 86400.0,
];
const REACTION: [f64; 14] =
    [5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0];
const LONG: [f64; 15] = [
    30.0, 60.0, 120.0, 240.0, 360.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0, 7200.0,
    14400.0, 86400.0,
];
const CALL_WAIT: [f64; 12] =
    [5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0];
const CALL_DURATION: [f64; 13] =
    [15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 480.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0];
const CALL_HOLD: [f64; 9] = [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];

/// The bounds of each histogram, seconds. All label sets of a histogram share one copy.
#[derive(Debug, Clone)]
pub struct HistogramBuckets {
    wait: Bounds,
    reaction: Bounds,
    long: Bounds,
    call_wait: Bounds,
    call_duration: Bounds,
    call_hold: Bounds,
}

impl HistogramBuckets {
    /// The bounds, with every configured threshold as a bound of waits.
    pub fn new(thresholds: impl Iterator<Item = Duration>) -> Self {
        let thresholds = thresholds.map(|threshold| threshold.as_secs_f64());
        Self {
            wait: Bounds::new(WAIT.into_iter().chain(thresholds)),
            reaction: Bounds::new(REACTION),
            long: Bounds::new(LONG),
            call_wait: Bounds::new(CALL_WAIT),
            call_duration: Bounds::new(CALL_DURATION),
            call_hold: Bounds::new(CALL_HOLD),
        }
    }

    /// The bounds of a histogram; `None` for other kinds.
    pub(super) fn bounds(&self, measure: Measure) -> Option<&Bounds> {
        match measure {
            Measure::QueueWait | Measure::FirstResponse => Some(&self.wait),
            Measure::Reaction => Some(&self.reaction),
            Measure::ChatDuration | Measure::Handle => Some(&self.long),
            Measure::CallWait => Some(&self.call_wait),
            Measure::CallDuration => Some(&self.call_duration),
            Measure::CallHold => Some(&self.call_hold),
            _ => None,
        }
    }

    /// The value of a new label set.
    pub(super) fn zero(&self, measure: Measure) -> Value {
        match (measure.kind(), self.bounds(measure)) {
            (_, Some(bounds)) => Value::Distribution(Box::new(Buckets::new(bounds))),
            (Kind::Summary, None) => Value::Sum { seconds: 0.0, count: 0 },
            (Kind::Counter | Kind::Histogram, None) => Value::Count(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_and_only_histograms_have_bounds() {
        let histogram_buckets = HistogramBuckets::new(std::iter::empty());
        for measure in Measure::ALL {
            let is_histogram = measure.kind() == Kind::Histogram;
            assert_eq!(histogram_buckets.bounds(*measure).is_some(), is_histogram, "{measure:?}");
        }
    }

    #[test]
    fn every_target_time_is_a_bound_of_waits_and_of_nothing_else() {
        let targets = [Duration::from_secs(25), Duration::from_millis(1_500)];
        let histogram_buckets = HistogramBuckets::new(targets.into_iter());
        let waits = histogram_buckets.wait.as_slice();
        assert!(waits.contains(&25.0) && waits.contains(&1.5) && waits.len() == WAIT.len() + 2);
        assert_eq!(histogram_buckets.reaction.as_slice(), REACTION);
    }
}
