//! The increase of a series as `increase()` has it: the sum of the steps up, without the value of the first sample.

use std::collections::HashMap;

use crate::counts::{self, Counted};

/// The samples of a series so far.
#[derive(Debug, Clone, Copy)]
struct Samples {
    first: f64,
    last: f64,
    increase: f64,
}

/// The counted series of files that are read in the order of time.
#[derive(Debug, Default)]
pub struct Steps {
    of: HashMap<String, Samples>,
}

impl Steps {
    /// Takes the next sample of a series. After a fall, the whole value is an increase, as after a restart.
    pub fn take(&mut self, series: &str, value: f64) {
        let Some(samples) = self.of.get_mut(series) else {
            let samples = Samples { first: value, last: value, increase: 0.0 };
            self.of.insert(series.to_owned(), samples);
            return;
        };
        let step = value - samples.last;
        samples.increase += if step < 0.0 { value } else { step };
        samples.last = value;
    }

    /// The increase of each series.
    pub fn increases(&self) -> Counted {
        let lines =
            self.of.iter().map(|(series, samples)| format!("{series} {}", samples.increase));
        counts::page(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// The series whose first sample is not 0: what happened before it is in no increase.
    pub fn without_zero(&self) -> Vec<&str> {
        let late = self.of.iter().filter(|(_, samples)| samples.first != 0.0);
        late.map(|(series, _)| series.as_str()).collect()
    }
}

#[test]
fn an_increase_lacks_the_first_value_and_begins_again_after_a_fall() {
    let mut steps = Steps::default();
    for (series, value) in [("a", 0.0), ("b", 4.0), ("a", 2.0), ("b", 5.0), ("a", 1.0)] {
        steps.take(series, value);
    }
    let increases: Vec<_> = steps.increases().into_values().collect();
    assert_eq!((increases, steps.without_zero()), (vec![3.0, 1.0], vec!["b"]));
}
