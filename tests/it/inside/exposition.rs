//! The page, read by a parser from another project and by the quick reader of these tests: label values survive, with any
//! input.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use openmetrics_parser::prometheus::parse_prometheus;
use proptest::collection::vec;
use proptest::prelude::*;
use rocketchat_omnichannel_exporter::catalog::{
    AGENT_CHATS, API_REQUEST_DURATION_SECONDS, API_REQUESTS_TOTAL,
};
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::histogram::{Bounds, Buckets};

use crate::page_reader;

/// Any text, often with characters that can break an encoder.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        vec(any::<char>(), 0..300).prop_map(String::from_iter),
        r#"[ab\\"{},=\n\r\t\x00\x7f]{0,6}"#,
    ]
}

/// The label value that the parser should read.
fn printable(value: &str) -> String {
    let mut clean = String::new();
    for character in value.chars() {
        let character = if character.is_ascii_control() { '\u{fffd}' } else { character };
        if clean.len() + character.len_utf8() > 256 {
            break;
        }
        clean.push(character);
    }
    clean
}

fn page(builder: PageBuilder) -> String {
    let mut text = String::new();
    builder.finish().encode(&mut text).unwrap();
    text
}

/// Each sample line without its value.
fn series(page: &str) -> Vec<&str> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.rsplit_once(' ').unwrap().0).collect()
}

proptest! {
    #[test]
    fn every_label_value_is_read_back_as_it_was_printed(
        workspace in label(), agent in label(), department in label()
    ) {
        let mut builder = PageBuilder::new();
        builder.workspace(&workspace).gauge(AGENT_CHATS, [&agent, &department], 7.0);
        let text = page(builder);
        let parsed = parse_prometheus(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let family = &parsed.families[AGENT_CHATS.metric.name];
        // The parser sorts labels by name.
        prop_assert_eq!(family.get_label_names(), ["agent", "department", "workspace"]);
        let expected = [&agent, &department, &workspace].map(|value| printable(value));
        prop_assert!(family.get_sample_by_label_values(&expected).is_some(), "{}", text);
        let mut read = page_reader::numbers(&text);
        let (name, mut labels, value) = read.next().unwrap();
        prop_assert_eq!(read.next(), None);
        labels.sort_unstable();
        let labels: Vec<String> = labels.into_iter().map(|(_, value)| value).collect();
        prop_assert_eq!((name, &labels[..], value), (AGENT_CHATS.metric.name, &expected[..], 7.0));
    }

    #[test]
    fn no_series_occurs_twice_whatever_labels_are_given(
        labels in vec((label(), label()), 1..20)
    ) {
        let mut builder = PageBuilder::new();
        let seconds = Buckets::new(&Bounds::new([0.1, 1.0]));
        for (first, second) in &labels {
            builder.workspace("w").gauge(AGENT_CHATS, [first, second], 1.0);
            builder.workspace("w").counter(API_REQUESTS_TOTAL, [first, second], 1.0);
            builder.workspace("w").histogram(API_REQUEST_DURATION_SECONDS, [first], &seconds);
        }
        let text = page(builder);
        let all = series(&text);
        let distinct: BTreeSet<_> = all.iter().collect();
        prop_assert_eq!(distinct.len(), all.len(), "{}", text);
        prop_assert!(parse_prometheus(&text).is_ok(), "{}", text);
    }

    #[test]
    fn distinct_label_sets_stay_distinct_series(
        pairs in proptest::collection::btree_set(("[a-c]{0,3}", "[a-c]{0,3}"), 1..40)
    ) {
        let mut builder = PageBuilder::new();
        for (agent, department) in &pairs {
            builder.workspace("w").gauge(AGENT_CHATS, [agent, department], 1.0);
        }
        prop_assert_eq!(series(&page(builder)).len(), pairs.len());
    }

    #[test]
    fn any_value_is_either_printed_as_a_number_or_refused(value in any::<f64>()) {
        let mut builder = PageBuilder::new();
        builder.workspace("w").gauge(AGENT_CHATS, ["a", "d"], value);
        let rendered = builder.finish();
        let (refused, mut text) = (rendered.refused.total(), String::new());
        rendered.encode(&mut text).unwrap();
        if value.is_finite() {
            let printed: f64 = text.trim_end().rsplit(' ').next().unwrap().parse().unwrap();
            prop_assert_eq!(printed.total_cmp(&(value + 0.0)), Ordering::Equal);
        }
        prop_assert_eq!(refused, u64::from(!value.is_finite()));
        prop_assert_eq!(text.is_empty(), !value.is_finite());
    }
}
