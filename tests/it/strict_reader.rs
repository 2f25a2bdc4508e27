//! A page as the strict reader of another project reads it.

use std::collections::BTreeMap;
use std::fmt::Display;

use openmetrics_parser::openmetrics::parse_openmetrics;
use openmetrics_parser::prometheus::parse_prometheus;
use openmetrics_parser::{
    HistogramValue, MetricFamily, MetricNumber, OpenMetricsValue, PrometheusValue,
    RenderableMetricValue, Sample, SummaryValue,
};

/// The labels of a sample.
pub type Labels = BTreeMap<String, String>;

/// A family; the name of a counter lacks `_total`.
#[derive(Debug, PartialEq)]
pub struct Family {
    pub kind: String,
    pub help: String,
    /// Empty for none.
    pub unit: String,
    pub samples: BTreeMap<Labels, Values>,
}

/// The values of one label set.
#[derive(Debug, Default, PartialEq)]
pub struct Values {
    /// By what tells them apart: the bound of a bucket, `sum`, `count`; empty for a single value.
    pub numbers: BTreeMap<String, f64>,
    /// The time at which they were zero, seconds of the Unix time.
    pub created: Option<f64>,
}

/// The families of a page in the text format. Panics if the reader refuses the page.
pub fn text(page: &str) -> BTreeMap<String, Family> {
    let read = parse_prometheus(page).unwrap();
    let families = read.families.values().map(|family| {
        let name = family.family_name.trim_end_matches("_total");
        (name.to_owned(), family_of(family, prometheus_values))
    });
    families.collect()
}

/// The families of a page in OpenMetrics. Panics if the reader refuses the page.
///
/// Release 0.5 of the reader does not know two things that OpenMetrics 1.0 has. It takes `_created` of a summary for a
/// sample of a wrong name, so it reads these samples as gauges. It takes a unit for that of a wrong type where the
/// family is a histogram or a summary, so these units do not pass through it.
pub fn openmetrics(page: &str) -> BTreeMap<String, Family> {
    let (known, units) = split(page);
    let read = parse_openmetrics(&known).unwrap();
    let read = read.families.into_iter();
    let mut families: BTreeMap<_, _> =
        read.map(|(name, family)| (name, family_of(&family, openmetrics_values))).collect();
    for (name, unit) in units {
        unit.clone_into(&mut families.get_mut(name).unwrap().unit);
    }
    let is_summary = |name: &&String| families[*name].kind == "summary";
    let summaries: Vec<_> = families.keys().filter(is_summary).cloned().collect();
    for name in summaries {
        let Some(created) = families.remove(&format!("{name}_created")) else { continue };
        let summary = families.get_mut(&name).unwrap();
        for (labels, values) in created.samples {
            summary.samples.get_mut(&labels).unwrap().created = Some(values.numbers[""]);
        }
    }
    families
}

/// The page as the reader knows it, and the units that it does not know, by family.
fn split(page: &str) -> (String, Vec<(&str, &str)>) {
    let (mut known, mut created, mut units) = (String::new(), String::new(), Vec::new());
    let (mut family, mut kind) = ("", "");
    for line in page.split_inclusive('\n') {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            (family, kind) = described.trim_end().split_once(' ').unwrap();
        }
        let sample = line.strip_prefix(family).filter(|_| kind == "summary");
        match line.strip_prefix("# UNIT ").filter(|_| matches!(kind, "histogram" | "summary")) {
            Some(unit) => units.push(unit.trim_end().split_once(' ').unwrap()),
            None if sample.is_some_and(|rest| rest.starts_with("_created{")) => {
                let start = format!("# TYPE {family}_created gauge\n");
                if !created.contains(&start) {
                    created += &start;
                }
                created += line;
            }
            None => known += line,
        }
    }
    let end = known.strip_suffix("# EOF\n").unwrap().len();
    known.insert_str(end, &created);
    (known, units)
}

fn family_of<K: Clone + Display, V: Clone + RenderableMetricValue>(
    family: &MetricFamily<K, V>,
    values: fn(&V) -> Values,
) -> Family {
    let labels = |sample: &Sample<V>| -> Labels {
        let labels = sample.get_labelset().unwrap();
        labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let samples = family.iter_samples().map(|sample| (labels(sample), values(&sample.value)));
    Family {
        kind: family.family_type.to_string(),
        help: family.help.clone(),
        unit: family.unit.clone(),
        samples: samples.collect(),
    }
}

fn openmetrics_values(value: &OpenMetricsValue) -> Values {
    match value {
        OpenMetricsValue::Gauge(number) => single(*number, None),
        OpenMetricsValue::Counter(counter) => single(counter.value, counter.created),
        OpenMetricsValue::Histogram(histogram) => of_histogram(histogram),
        OpenMetricsValue::Summary(summary) => of_summary(summary),
        other => panic!("{other:?}"),
    }
}

fn prometheus_values(value: &PrometheusValue) -> Values {
    match value {
        PrometheusValue::Gauge(number) => single(*number, None),
        PrometheusValue::Counter(counter) => single(counter.value, None),
        PrometheusValue::Histogram(histogram) => of_histogram(histogram),
        PrometheusValue::Summary(summary) => of_summary(summary),
        PrometheusValue::Unknown(_) => panic!("{value:?}"),
    }
}

fn single(number: MetricNumber, created: Option<f64>) -> Values {
    Values { numbers: [(String::new(), number.as_f64())].into(), created }
}

fn of_histogram(histogram: &HistogramValue) -> Values {
    let bucket = |(bound, count): (f64, MetricNumber)| (format!("le {bound}"), count.as_f64());
    let buckets = histogram.buckets.iter().map(|bucket| (bucket.upper_bound, bucket.count));
    let numbers = buckets.map(bucket).chain(sum_and_count(histogram.sum, histogram.count));
    Values { numbers: numbers.collect(), created: histogram.created }
}

fn of_summary(summary: &SummaryValue) -> Values {
    let numbers = sum_and_count(summary.sum, summary.count).collect();
    Values { numbers, created: summary.created }
}

fn sum_and_count(
    sum: Option<MetricNumber>,
    count: Option<u64>,
) -> impl Iterator<Item = (String, f64)> {
    let numbers = [("sum", sum.unwrap().as_f64()), ("count", count.unwrap() as f64)];
    numbers.map(|(name, number)| (name.to_owned(), number)).into_iter()
}
