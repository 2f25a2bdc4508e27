//! A Prometheus that holds simulated weeks and the recorded series of the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::counts::Counted;
use crate::inside::deploy::rules::Rule;
use crate::prometheus_server::{Prometheus, Range};

use super::week::STEP;

/// Labels of a series, in the text format.
pub type Labels = BTreeMap<String, String>;

/// A Prometheus, and the evaluations of its time.
pub struct Evaluation {
    prometheus: Prometheus,
    range: Range,
}

impl Evaluation {
    /// Loads the files, which have a sample for each step, and records the series of the rules.
    pub async fn new(files: &[PathBuf], rules: &[Rule], end: i64, steps: usize) -> Self {
        let step = i64::try_from(STEP.as_secs()).unwrap();
        let begin = end - step * (i64::try_from(steps).unwrap() - 1);
        let prometheus = Prometheus::holding_all(files, end, step);
        Self::recorded(prometheus, rules, Range { begin, end, step }).await
    }

    /// Records the series of the rules over a time.
    pub async fn recorded(prometheus: Prometheus, rules: &[Rule], range: Range) -> Self {
        let mut evaluation = Self { prometheus, range };
        let mut open: Vec<_> = rules.iter().filter(|rule| rule.record.is_some()).collect();
        while !open.is_empty() {
            let unknown: BTreeSet<_> = open.iter().filter_map(|it| it.record.as_deref()).collect();
            let is_ready = |rule: &&Rule| !unknown.iter().any(|name| rule.expr.contains(name));
            let (ready, later): (Vec<_>, Vec<_>) = open.iter().copied().partition(is_ready);
            assert!(!ready.is_empty(), "recorded series in a circle: {unknown:?}");
            evaluation.record(&ready).await;
            open = later;
        }
        evaluation.prometheus.ready().await;
        evaluation
    }

    async fn record(&mut self, rules: &[&Rule]) {
        let mut text = String::new();
        for rule in rules {
            let name = rule.record.as_deref().unwrap();
            writeln!(text, "# TYPE {name} gauge").unwrap();
            // A window of days changes slowly, and is expensive.
            let coarse = if rule.expr.contains("d])") { 10 } else { 1 };
            let range = Range { step: self.range.step * coarse, ..self.range };
            let series = self.prometheus.over(&rule.expr, range).await.unwrap();
            for (labels, values) in series {
                let labels: Vec<_> = labels
                    .iter()
                    .filter(|(label, _)| *label != "__name__")
                    .map(|(label, value)| format!("{label}=\"{value}\""))
                    .collect();
                let labels = labels.join(",");
                for (at, value) in values {
                    for repeat in 0..coarse {
                        let at = at + repeat * self.range.step;
                        writeln!(text, "{name}{{{labels}}} {value} {at}").unwrap();
                    }
                }
            }
        }
        text += "# EOF\n";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recorded.om");
        std::fs::write(&file, text).unwrap();
        self.prometheus.add(&file);
    }

    /// The evaluations at which an expression has a value, by the labels of the value.
    pub async fn holds(&self, expression: &str) -> Vec<(Labels, BTreeSet<usize>)> {
        let series = self.prometheus.over(expression, self.range).await.unwrap();
        let number = |at: i64| usize::try_from((at - self.range.begin) / self.range.step).unwrap();
        let numbers =
            |values: Vec<(i64, String)>| values.iter().map(|(at, _)| number(*at)).collect();
        series.into_iter().map(|(labels, values)| (labels, numbers(values))).collect()
    }

    /// The times at which an expression has values, seconds since 1970; an error of the server if it refuses the expression.
    pub async fn times(&self, expression: &str) -> Result<BTreeSet<i64>, String> {
        let series = self.prometheus.over(expression, self.range).await?;
        Ok(series.into_iter().flat_map(|(_, values)| values).map(|(at, _)| at).collect())
    }

    /// The values of an expression at the end, by series; an error of the server if it refuses the expression.
    pub async fn values(&self, expression: &str) -> Result<Counted, String> {
        self.prometheus.values(expression).await
    }

    pub async fn value(&self, expression: &str) -> f64 {
        self.prometheus.value(expression).await.unwrap()
    }
}
