//! The page in OpenMetrics has the series of the page in the text format, with the same values.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::catalog::{ALL, Kind, Metric};
use rocketchat_omnichannel_exporter::cycle::snapshot::Snapshot;
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::openmetrics::END;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use tokio::time::Instant;

use crate::strict_reader::{self, Family};
use crate::watching::{Watched, small};

/// A page as text and in OpenMetrics, and what it shows.
struct Pages {
    text: String,
    openmetrics: String,
    snapshot: Arc<Snapshot>,
}

/// The page of a workspace that was watched for a while.
async fn pages() -> Pages {
    let mut watched = Watched::in_process(&small("7.10.0"), |_| {});
    for _ in 0..30 {
        watched.simulator.world(|world| world.live(Duration::from_secs(60)));
        watched.scraped().await;
    }
    let (snapshot, now) = (watched.cycle.snapshot(), Instant::now());
    let builder = || {
        let mut builder = PageBuilder::new();
        families::fill(&mut builder, &[Arc::clone(&snapshot)], now);
        builder.finish()
    };
    let (mut text, mut openmetrics) = (String::new(), String::new());
    builder().encode(&mut text).unwrap();
    builder().encode_openmetrics(true, &mut openmetrics).unwrap();
    Pages { text, openmetrics: openmetrics + END, snapshot }
}

fn samples(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

#[tokio::test]
async fn the_page_has_the_same_samples_as_the_text_in_the_same_order() {
    let Pages { text, openmetrics: page, .. } = pages().await;
    let (created, same): (Vec<_>, Vec<_>) =
        samples(&page).into_iter().partition(|line| line.contains("_created{"));
    assert_eq!(same, samples(&text));
    let (all, beginnings) = (same.len(), created.len());
    assert!(beginnings > 50 && beginnings < all / 2, "{beginnings} of {all}");
    assert!(page.ends_with("# EOF\n"));
    let times: BTreeSet<_> = created.iter().map(|line| line.rsplit_once(' ').unwrap().1).collect();
    assert_eq!(times.len(), 1, "all totals of a new state began together: {times:?}");
}

/// The unit of a family: the one of the catalogue, if the name ends with it and it is a base unit.
fn unit(name: &str, metric: &Metric) -> &'static str {
    let is_told = ["seconds", "ratio"].contains(&metric.unit);
    if is_told && name.ends_with(metric.unit) { metric.unit } else { "" }
}

#[tokio::test]
async fn a_strict_reader_reads_each_family_sample_and_beginning_as_it_was_written() {
    let pages = pages().await;
    let mut text = strict_reader::text(&pages.text);
    let page = strict_reader::openmetrics(&pages.openmetrics);
    for (name, family) in &mut text {
        let is_metric = |metric: &&&Metric| metric.name.trim_end_matches("_total") == name;
        let metric = ALL.iter().find(is_metric).unwrap();
        unit(name, metric).clone_into(&mut family.unit);
        let began = metric.key.and_then(|_| pages.snapshot.totals.beginnings.of(metric));
        for values in family.samples.values_mut() {
            values.created = began.map(|at| at.as_millisecond() as f64 / 1000.0);
        }
        assert_eq!(page.get(name), Some(&*family), "{name}");
    }
    assert_eq!(page.len(), text.len());
    let with_unit = page.values().filter(|family| !family.unit.is_empty());
    let kinds: BTreeSet<_> = with_unit.map(|family| &*family.kind).collect();
    assert_eq!(kinds, ["counter", "gauge", "histogram", "summary"].into());
    let has_created = |family: &&Family| family.samples.values().any(|it| it.created.is_some());
    let kinds: BTreeSet<_> = page.values().filter(has_created).map(|it| &*it.kind).collect();
    assert_eq!(kinds, ["counter", "histogram", "summary"].into());
}

#[tokio::test]
async fn each_label_set_of_the_totals_has_one_beginning_and_no_other_family_has_one() {
    let page = pages().await.openmetrics;
    let is_created = |line: &&str| line.contains("_created{");
    let all: Vec<_> = samples(&page).into_iter().filter(is_created).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for metric in ALL.iter() {
        let base = metric.name.trim_end_matches("_total");
        let last = if metric.kind == Kind::Counter { "_total{" } else { "_count{" };
        let count =
            |start: String| samples(&page).iter().filter(|line| line.starts_with(&start)).count();
        let (label_sets, created) =
            (count(format!("{base}{last}")), count(format!("{base}_created{{")));
        let expected = if metric.key.is_some() { label_sets } else { 0 };
        assert_eq!(created, expected, "{}", metric.name);
    }
}

#[test]
fn no_name_of_a_family_is_the_name_of_a_sample_of_another_family() {
    let mut taken = BTreeSet::new();
    for metric in ALL.iter() {
        let name = metric.name;
        let base = name.strip_suffix("_total").unwrap_or(name);
        let ends: &[&str] = match metric.kind {
            Kind::Gauge => &[""],
            Kind::Counter => &["", "_total", "_created"],
            Kind::Summary => &["", "_sum", "_count", "_created"],
            Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
        };
        for end in ends {
            assert!(taken.insert(format!("{base}{end}")), "{base}{end}");
        }
    }
}
