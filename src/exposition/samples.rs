//! The samples of one family: compact until they are encoded.
//!
//! The messages of the `prometheus` crate take about 500 bytes per sample, so the messages are made for one part of a
//! family at a time, when this part is encoded.

use std::ops::Range;

use prometheus::{Result, TextEncoder, proto};

use crate::catalog::label_set::{self, LabelSet};
use crate::catalog::{Kind, Metric};
use crate::histogram::Buckets;
use crate::sanitize;

/// Number of samples that are messages at the same time; their messages stay in the cache.
const PART: usize = 256;

/// The samples of one family.
#[derive(Debug)]
pub struct Samples {
    pub(super) metric: &'static Metric,
    /// The label values of all samples, as label sets.
    labels: String,
    given: Vec<Sample>,
}

/// One sample; `labels` is the range of its label set.
#[derive(Debug)]
struct Sample {
    labels: Range<usize>,
    value: SampleValue,
}

/// The value of a sample.
#[derive(Debug)]
pub(super) enum SampleValue {
    Number(f64),
    Summary { sum: f64, count: u64 },
    Histogram(Box<Buckets>),
}

impl Samples {
    pub(super) fn new(metric: &'static Metric) -> Self {
        Self { metric, labels: String::new(), given: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Adds a sample; `workspace` is the label set of the workspace alone.
    pub(super) fn push<'l>(
        &mut self,
        workspace: &str,
        labels: impl Iterator<Item = &'l str>,
        value: SampleValue,
    ) {
        let start = self.labels.len();
        self.labels.push_str(workspace);
        for label in labels {
            label_set::append(&sanitize::label(label), &mut self.labels);
        }
        self.given.push(Sample { labels: start..self.labels.len(), value });
    }

    /// Orders the samples by their label values, removes duplicates and returns their number. Of equal samples the
    /// first one stays.
    pub(super) fn order(&mut self) -> u64 {
        let count = self.given.len();
        let labels = |sample: &Sample| self.labels.get(sample.labels.clone());
        // Samples usually arrive in the order of their labels and need no sorting.
        if self.given.is_sorted_by(|a, b| labels(a) < labels(b)) {
            return 0;
        }
        self.given.sort_by(|a, b| labels(a).cmp(&labels(b)));
        self.given.dedup_by(|a, b| labels(a) == labels(b));
        (count - self.given.len()) as u64
    }

    /// Appends the samples to `text`, one part at a time. The messages stay in `spare` for the next part, so that few
    /// labels are copied again.
    pub(super) fn encode(&self, text: &mut String, spare: &mut Vec<proto::Metric>) -> Result<()> {
        let (encoder, mut lines) = (TextEncoder::new(), String::new());
        for (number, part) in self.given.chunks(PART).enumerate() {
            let metrics = spare.split_off(spare.len().saturating_sub(part.len()));
            let mut family = self.message_of(part, metrics);
            lines.clear();
            encoder.encode_utf8(std::slice::from_ref(&family), &mut lines)?;
            let is_first = number == 0;
            text.push_str(if is_first { &lines } else { without_header(&lines) });
            spare.append(&mut family.take_metric());
        }
        Ok(())
    }

    /// All samples as one message.
    pub fn message(&self) -> proto::MetricFamily {
        self.message_of(&self.given, Vec::new())
    }

    fn message_of(&self, part: &[Sample], mut metrics: Vec<proto::Metric>) -> proto::MetricFamily {
        let mut family = proto::MetricFamily::default();
        family.set_name(self.metric.name.to_owned());
        family.set_help(self.metric.help.to_owned());
        family.set_field_type(match self.metric.kind {
            Kind::Gauge => proto::MetricType::GAUGE,
            Kind::Counter => proto::MetricType::COUNTER,
            Kind::Histogram => proto::MetricType::HISTOGRAM,
            Kind::Summary => proto::MetricType::SUMMARY,
        });
        metrics.resize_with(part.len(), proto::Metric::default);
        for (metric, sample) in metrics.iter_mut().zip(part) {
            self.relabel(metric, sample);
            sample.value.set(metric, self.metric.kind);
        }
        family.set_metric(metrics);
        family
    }

    fn relabel(&self, metric: &mut proto::Metric, sample: &Sample) {
        let values = self.labels.get(sample.labels.clone()).unwrap_or_default();
        let count = self.metric.labels.len() + 1;
        if metric.get_label().len() != count {
            let mut pairs = metric.take_label();
            pairs.resize_with(count, proto::LabelPair::default);
            metric.set_label(pairs);
        }
        let named = self.metric.label_names().zip(LabelSet(values).values());
        for (pair, (name, value)) in metric.mut_label().iter_mut().zip(named) {
            if pair.name() != name {
                pair.set_name(name.to_owned());
            }
            if pair.value() != value {
                pair.set_value(value.to_owned());
            }
        }
    }
}

impl SampleValue {
    pub(super) fn histogram(buckets: &Buckets) -> Self {
        Self::Histogram(Box::new(buckets.clone()))
    }

    fn set(&self, metric: &mut proto::Metric, kind: Kind) {
        match self {
            Self::Histogram(buckets) => metric.set_histogram(proto_histogram(buckets)),
            Self::Summary { sum, count } => {
                let mut summary = proto::Summary::default();
                summary.set_sample_sum(*sum);
                summary.set_sample_count(*count);
                metric.set_summary(summary);
            }
            Self::Number(number) if kind == Kind::Counter => {
                let mut counter = proto::Counter::default();
                counter.set_value(*number);
                metric.set_counter(counter);
            }
            Self::Number(number) => {
                let mut gauge = proto::Gauge::default();
                gauge.set_value(*number);
                metric.set_gauge(gauge);
            }
        }
    }
}

/// Removes the header lines. The encoder writes a header for each part, but a family has only one header.
fn without_header(mut lines: &str) -> &str {
    while let Some((_, rest)) = lines.strip_prefix("# ").and_then(|it| it.split_once('\n')) {
        lines = rest;
    }
    lines
}

fn proto_histogram(buckets: &Buckets) -> proto::Histogram {
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
