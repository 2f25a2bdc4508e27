//! The page in OpenMetrics has the series of the page in the text format, with the same values.

use std::collections::BTreeSet;
use std::time::Duration;

use rocketchat_omnichannel_exporter::catalog::{ALL, Kind};
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::openmetrics::END;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use tokio::time::Instant;

use crate::watching::{Watched, small};

/// The page of a workspace that was watched for a while, as text and in OpenMetrics.
async fn pages() -> (String, String) {
    let mut watched = Watched::in_process(&small("7.10.0"), |_| {});
    for _ in 0..30 {
        watched.simulator.world(|world| world.live(Duration::from_secs(60)));
        watched.scraped().await;
    }
    let (mut builder, now) = (PageBuilder::new(), Instant::now());
    families::fill(&mut builder, &[watched.cycle.snapshot()], now);
    let mut another = PageBuilder::new();
    families::fill(&mut another, &[watched.cycle.snapshot()], now);
    let (mut text, mut page) = (String::new(), String::new());
    builder.finish().encode(&mut text).unwrap();
    another.finish().encode_openmetrics(true, &mut page).unwrap();
    (text, page + END)
}

fn samples(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

/// The page without `_created` of summaries: OpenMetrics 1.0 has it, but release 0.5 of the strict reader does not know it.
fn readable(page: &str) -> String {
    let summaries = || ALL.iter().filter(|metric| metric.kind == Kind::Summary);
    let is_unknown = |line: &&str| {
        summaries().any(|metric| line.starts_with(&format!("{}_created{{", metric.name)))
    };
    page.split_inclusive('\n').filter(|line| !is_unknown(line)).collect()
}

#[tokio::test]
async fn a_strict_reader_takes_the_page_and_it_has_the_same_samples_as_the_text() {
    let (text, page) = pages().await;
    openmetrics_parser::openmetrics::parse_openmetrics(&readable(&page)).unwrap();
    let (created, same): (Vec<_>, Vec<_>) =
        samples(&page).into_iter().partition(|line| line.contains("_created{"));
    assert_eq!(same, samples(&text));
    let (all, beginnings) = (same.len(), created.len());
    assert!(beginnings > 50 && beginnings < all / 2, "{beginnings} of {all}");
    assert!(page.ends_with("# EOF\n"));
    let times: BTreeSet<_> = created.iter().map(|line| line.rsplit_once(' ').unwrap().1).collect();
    assert_eq!(times.len(), 1, "all totals of a new state began together: {times:?}");
}

#[tokio::test]
async fn each_label_set_of_the_totals_has_one_beginning_and_no_other_family_has_one() {
    let (_, page) = pages().await;
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
