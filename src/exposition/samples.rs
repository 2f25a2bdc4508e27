//! The samples of one family: compact while a page is filled, a [`Collector`] once it is.
//!
//! Only the sheet fills them. The messages of the registry crate take some five hundred bytes a
//! sample, so they are made for one family at a time, when it is encoded.

use std::ops::Range;

use prometheus::core::{Collector, Desc};
use prometheus::proto;

use super::catalog::{Family, Kind};
use super::label::sanitised;
use crate::histogram::Buckets;

/// Ends each label value. No printable value holds it and it sorts before whatever one may hold,
/// so that the joined values of a sample order like the list of them and are its identity.
const END: char = '\0';

/// The samples of one family.
#[derive(Debug)]
pub struct Samples {
    family: &'static Family,
    labels: String,
    given: Vec<Sample>,
}

/// One sample; the range is where its label values stand.
#[derive(Debug)]
struct Sample {
    labels: Range<usize>,
    value: Value,
}

/// What a sample says.
#[derive(Debug)]
pub(super) enum Value {
    Number(f64),
    Histogram(Box<Buckets>),
}

impl Samples {
    pub(super) fn new(family: &'static Family) -> Self {
        Self { family, labels: String::new(), given: Vec::new() }
    }

    /// The family these are samples of.
    pub fn family(&self) -> &'static Family {
        self.family
    }

    pub(super) fn push(&mut self, labels: &[&str], value: Value) {
        let start = self.labels.len();
        for label in labels {
            self.labels.push_str(&sanitised(label));
            self.labels.push(END);
        }
        let labels = start..self.labels.len();
        self.given.push(Sample { labels, value });
    }

    /// Orders the samples by their label values and leaves out duplicates, which it counts; of
    /// equal ones the sample given first stays.
    pub(super) fn order(&mut self) -> u64 {
        let count = self.given.len();
        let labels = |sample: &Sample| self.labels.get(sample.labels.clone());
        self.given.sort_by(|a, b| labels(a).cmp(&labels(b)));
        self.given.dedup_by(|a, b| labels(a) == labels(b));
        (count - self.given.len()) as u64
    }

    fn metric(&self, sample: &Sample) -> proto::Metric {
        let values = self.labels.get(sample.labels.clone()).unwrap_or_default();
        let mut pairs = Vec::with_capacity(self.family.labels.len() + 1);
        let named = self.family.label_names().zip(values.split_terminator(END));
        pairs.extend(named.map(|(name, value)| pair(name, value)));
        let mut metric = proto::Metric::from_label(pairs);
        match &sample.value {
            Value::Histogram(buckets) => metric.set_histogram(printable(buckets)),
            Value::Number(number) if self.family.kind == Kind::Counter => {
                let mut counter = proto::Counter::default();
                counter.set_value(*number);
                metric.set_counter(counter);
            }
            Value::Number(number) => {
                let mut gauge = proto::Gauge::default();
                gauge.set_value(*number);
                metric.set_gauge(gauge);
            }
        }
        metric
    }
}

impl Collector for Samples {
    fn desc(&self) -> Vec<&Desc> {
        // The catalogue test does what descriptors are for.
        Vec::new()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let mut family = proto::MetricFamily::default();
        family.set_name(self.family.name.to_owned());
        family.set_help(self.family.help.to_owned());
        family.set_field_type(match self.family.kind {
            Kind::Gauge => proto::MetricType::GAUGE,
            Kind::Counter => proto::MetricType::COUNTER,
            Kind::Histogram => proto::MetricType::HISTOGRAM,
        });
        let metrics = self.given.iter().map(|sample| self.metric(sample));
        family.set_metric(metrics.collect());
        vec![family]
    }
}

fn pair(name: &str, value: &str) -> proto::LabelPair {
    let mut pair = proto::LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

fn printable(buckets: &Buckets) -> proto::Histogram {
    let cumulative = buckets.cumulative().map(|(bound, count)| {
        let mut bucket = proto::Bucket::default();
        bucket.set_upper_bound(bound);
        bucket.set_cumulative_count(count);
        bucket
    });
    let mut histogram = proto::Histogram::default();
    histogram.set_bucket(cumulative.collect());
    histogram.set_sample_sum(buckets.sum());
    histogram.set_sample_count(buckets.count());
    histogram
}
