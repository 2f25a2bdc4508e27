//! The value of a histogram: observations counted under ascending upper bounds.
//!
//! It is plain data, so that an observation needs no registry, and a value can be compared and stored. Histograms of
//! the same quantity with different labels share one copy of the bounds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Ascending inclusive upper bounds; a clone shares the same memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds(Arc<[f64]>);

impl Bounds {
    /// Sorts the bounds and removes duplicates and bounds that are not finite: the exposition format adds the bucket
    /// `+Inf` itself.
    pub fn new(bounds: impl IntoIterator<Item = f64>) -> Self {
        let mut bounds: Vec<f64> = bounds.into_iter().filter(|bound| bound.is_finite()).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        Self(Arc::from(bounds))
    }

    /// The bounds, ascending.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

/// Observations of a non-negative quantity, in the unit of its family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buckets {
    /// A stored histogram has no bounds before [`Buckets::restored`].
    #[serde(skip)]
    bounds: Bounds,
    counts: Box<[u64]>,
    sum: f64,
    count: u64,
}

impl Buckets {
    /// An empty histogram.
    pub fn new(bounds: &Bounds) -> Self {
        let counts = vec![0; bounds.0.len()].into_boxed_slice();
        Self { bounds: bounds.clone(), counts, sum: 0.0, count: 0 }
    }

    /// A stored histogram with its bounds. `None` if the stored values contradict each other or the bounds.
    pub fn restored(&self, bounds: &Bounds) -> Option<Self> {
        let under_bounds = self.counts.iter().try_fold(0_u64, |all, one| all.checked_add(*one))?;
        let is_sound = self.counts.len() == bounds.0.len() && under_bounds <= self.count;
        let is_possible = self.sum.is_finite() && self.sum >= 0.0;
        (is_sound && is_possible).then(|| Self { bounds: bounds.clone(), ..self.clone() })
    }

    /// Counts one value; false if the value is invalid. Negative and non-finite values are invalid, since they would
    /// lower the sum or make it non-finite.
    #[must_use = "false means that the value is impossible: count it as an invalid record"]
    pub fn observe(&mut self, value: f64) -> bool {
        let possible = value.is_finite() && value >= 0.0 && (self.sum + value).is_finite();
        if possible {
            let index = self.bounds.0.partition_point(|bound| *bound < value);
            if let Some(bucket) = self.counts.get_mut(index) {
                *bucket += 1;
            }
            self.sum += value;
            self.count += 1;
        }
        possible
    }

    /// Upper bounds with the number of values at or below each, ascending.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let mut seen = 0;
        self.bounds.0.iter().zip(&self.counts).map(move |(bound, in_bucket)| {
            seen += in_bucket;
            (*bound, seen)
        })
    }

    /// Sum of all values, those above the last bound included.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Number of all values, those above the last bound included.
    pub fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(values: &[f64]) -> Buckets {
        let mut buckets = Buckets::new(&Bounds::new([1.0, 5.0, 10.0]));
        for value in values {
            assert!(buckets.observe(*value));
        }
        buckets
    }

    #[test]
    fn bounds_are_a_sorted_set_of_finite_numbers() {
        let bounds = Bounds::new([60.0, 5.0, f64::INFINITY, 60.0, f64::NAN, 20.0]);
        assert_eq!(bounds.as_slice(), [5.0, 20.0, 60.0]);
    }

    #[test]
    fn a_value_on_a_bound_is_below_it() {
        let buckets = observed(&[0.0, 1.0, 5.0]);
        assert_eq!(buckets.cumulative().collect::<Vec<_>>(), [(1.0, 2), (5.0, 3), (10.0, 3)]);
    }

    #[test]
    fn a_monster_is_in_the_sum_and_the_count_but_under_no_bound() {
        let buckets = observed(&[2.0, 16_833_455.0]);
        assert_eq!(buckets.cumulative().last(), Some((10.0, 1)));
        assert_eq!((buckets.count(), buckets.sum()), (2, 16_833_457.0));
    }

    #[test]
    fn values_that_cannot_be_change_nothing() {
        let mut buckets = observed(&[3.0]);
        let before = buckets.clone();
        for impossible in [-0.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!buckets.observe(impossible));
        }
        assert_eq!(buckets, before);
    }

    #[test]
    fn what_was_kept_is_the_same_again_and_what_cannot_be_is_refused() {
        let kept = observed(&[3.0, 20.0]);
        let bounds = &kept.bounds;
        let restored = |counts: &[u64], sum, count| {
            let stored = Buckets { bounds: Bounds::default(), counts: counts.into(), sum, count };
            stored.restored(bounds)
        };
        assert_eq!(restored(&kept.counts, kept.sum, kept.count), Some(kept.clone()));
        let refused = [
            restored(&[0, 1], 3.0, 2),
            restored(&[0, 1, 2], 3.0, 2),
            restored(&[u64::MAX, 1, 0], 3.0, 2),
            restored(&[0, 1, 0], -1.0, 2),
            restored(&[0, 1, 0], f64::NAN, 2),
        ];
        assert!(refused.iter().all(Option::is_none));
    }
}
