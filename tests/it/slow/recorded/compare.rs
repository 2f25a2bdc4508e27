//! A page compared with the true values of a point.

use std::collections::{BTreeMap, BTreeSet};

use super::timeline::{Facts, Point, Rows};
use crate::counts::Counted;
use crate::inside::agreement::tells_answers;

/// Tolerance of ages: a poll, a scrape and the whole seconds of `Date` lie between an age and its gauge.
const AGE_SECONDS: f64 = 3.5;
/// Tolerance of answers: the server notes an answer some milliseconds after its message.
const ANSWER_SECONDS: f64 = 0.03;
/// Tolerance after a reopening: the wait begins at the poll that sees the reopening.
const REOPENED_SECONDS: f64 = 1.5;
const OTHER_SECONDS: f64 = 0.05;

type Values = BTreeMap<Vec<String>, f64>;

/// The values of a family, summed by these labels.
fn sums(page: &Counted, family: &str, labels: &[String]) -> Values {
    let mut sums = Values::new();
    for (series, value) in page.iter().filter(|(series, _)| series.name == family) {
        let of = |label: &String| unescaped(series.labels.get(label).map_or("", String::as_str));
        *sums.entry(labels.iter().map(of).collect()).or_default() += value;
    }
    sums
}

fn unescaped(value: &str) -> String {
    value.replace("\\\"", "\"").replace("\\\\", "\\")
}

fn values(rows: &[(Vec<String>, f64)]) -> Values {
    rows.iter().cloned().collect()
}

/// Label sets with different values on both sides; a label set that one side lacks is 0 there.
fn differing(
    what: &str,
    seen: &Values,
    right: &Values,
    tolerance: impl Fn(&[String]) -> f64,
) -> Vec<String> {
    let keys: BTreeSet<_> = seen.keys().chain(right.keys()).collect();
    let value = |of: &Values, key: &Vec<String>| of.get(key).copied().unwrap_or_default();
    let differs =
        |key: &&Vec<String>| (value(seen, key) - value(right, key)).abs() > tolerance(key) + 1e-6;
    let told = |key: &Vec<String>| {
        format!("{what} {key:?}: page {:?}, right {:?}", seen.get(key), right.get(key))
    };
    keys.into_iter().filter(differs).map(told).collect()
}

/// A page and everything that its comparison with a point needs.
pub struct Comparison<'a> {
    pub version: &'a str,
    /// The kind of the timeline.
    pub name: &'a str,
    pub facts: &'a Facts,
    pub base: &'a Counted,
    pub page: &'a Counted,
    /// The time of the page, milliseconds after the start of the timeline.
    pub at: f64,
}

impl Comparison<'_> {
    pub fn differences(&self, point: &Point) -> Vec<String> {
        let counters =
            point.counters.iter().flat_map(|(name, rows)| self.counter(name, rows, point));
        let gauges = point.gauges.iter().flat_map(|(name, rows)| self.gauge(name, rows));
        let ages = point.oldest.iter().flat_map(|(name, rows)| self.age(name, rows));
        let messages = point.messages.iter().flat_map(|(label, messages)| {
            let rows = Rows { labels: vec![label.clone()], rows: messages.msgs_once.clone() };
            self.counter("chat_messages_total", &rows, point)
        });
        counters.chain(gauges).chain(ages).chain(messages).collect()
    }

    fn counter(&self, name: &str, rows: &Rows, point: &Point) -> Vec<String> {
        let before = sums(self.base, name, &rows.labels);
        let mut grown = sums(self.page, name, &rows.labels);
        for (key, value) in &mut grown {
            *value -= before.get(key).copied().unwrap_or_default();
        }
        let is_of_responses = name.contains("response_seconds") && !name.contains("first");
        if is_of_responses && !tells_answers(self.version) {
            // An answer that cannot be proven is not counted.
            return differing(name, &grown, &Values::new(), |_| 0.0);
        }
        let tolerance = |key: &[String]| self.tolerance(name, key, point);
        differing(name, &grown, &values(&rows.rows), tolerance)
    }

    fn tolerance(&self, name: &str, key: &[String], point: &Point) -> f64 {
        let Some(family) = name.strip_suffix("_sum") else { return 0.0 };
        if family == "queue_wait_seconds" {
            return OTHER_SECONDS + REOPENED_SECONDS * self.reopened(key);
        }
        let is_of_answers = family.contains("response") || family.contains("reaction");
        let counted = point.counters.get(&format!("{family}_count"));
        let count = counted.and_then(|rows| rows.rows.iter().find(|(labels, _)| labels == key));
        if is_of_answers {
            ANSWER_SECONDS * count.map_or(0.0, |(_, count)| *count)
        } else {
            OTHER_SECONDS
        }
    }

    /// Number of waits that began with a reopening.
    fn reopened(&self, key: &[String]) -> f64 {
        if self.name == "reopen" {
            return 1.0;
        }
        let waits = &self.facts.waits_after_reopening;
        waits
            .iter()
            .filter(|(labels, _)| labels.first() == key.first())
            .map(|(_, count)| count)
            .sum()
    }

    fn gauge(&self, name: &str, rows: &Rows) -> Vec<String> {
        let seen = sums(self.page, name, &rows.labels);
        if name == "open_chats_response_average_seconds" {
            if !tells_answers(self.version) {
                return differing(name, &seen, &Values::new(), |_| 0.0);
            }
            return differing(name, &seen, &values(&rows.rows), |_| OTHER_SECONDS);
        }
        differing(name, &seen, &values(&rows.rows), |_| 0.0)
    }

    fn age(&self, name: &str, rows: &[(Vec<String>, f64)]) -> Vec<String> {
        let seen = sums(self.page, name, &["department".to_owned()]);
        let right = rows.iter().map(|(key, since)| (key.clone(), (self.at - since) / 1000.0));
        differing(name, &seen, &right.collect(), |_| AGE_SECONDS)
    }
}
