//! Checks every entry of the catalogue against the naming rules of `promtool check metrics` and the privacy promise.

use std::collections::BTreeSet;

use strum::VariantArray;

use super::{ALL, Kind, Metric};
use crate::omnichannel::list::List;

fn parts(family: &Metric) -> impl Iterator<Item = &'static str> {
    family.name.split('_')
}

fn is_snake_case(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !word.contains("__")
        && !word.ends_with('_')
}

#[track_caller]
fn no_family(what: &str, breaks_the_rule: impl Fn(&Metric) -> bool) {
    let culprits: Vec<_> = ALL.iter().filter(|f| breaks_the_rule(f)).map(|f| f.name).collect();
    assert!(culprits.is_empty(), "{what}: {culprits:?}");
}

#[test]
fn the_index_of_a_family_is_its_place() {
    assert!(ALL.iter().map(|metric| metric.index).eq(0..ALL.len()));
}

#[test]
fn each_family_of_the_totals_has_a_key_of_its_own_and_its_first_labels_are_open() {
    let keys: Vec<_> = ALL.iter().filter_map(|metric| metric.key).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "a key occurs twice");
    let fixed = ["closer", "direction", "kind", "outcome", "result"];
    no_family("open labels", |f| {
        let is_wrong = |(at, label)| fixed.contains(label) == (at < f.open_labels);
        f.key.is_some() && f.labels.iter().enumerate().any(is_wrong)
    });
    no_family("bounds", |f| f.scale.is_some() != (f.key.is_some() && f.kind == Kind::Histogram));
}

#[test]
fn names_are_prefixed_snake_case_and_unique() {
    no_family("prefix", |f| !f.name.starts_with("rocketchat_omnichannel_"));
    no_family("snake case", |f| !is_snake_case(f.name));
    let names: BTreeSet<_> = ALL.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), ALL.len(), "a name occurs twice");
}

#[test]
fn counters_and_only_counters_end_in_total() {
    no_family("_total", |f| (f.kind == Kind::Counter) != f.name.ends_with("_total"));
}

#[test]
fn no_name_ends_in_a_suffix_that_belongs_to_histograms_and_summaries() {
    no_family("suffix", |f| ["_count", "_sum", "_bucket"].iter().any(|s| f.name.ends_with(s)));
}

#[test]
fn names_use_base_units() {
    // "business hours" is the usual term for a timetable; the value is not in hours.
    let is_timetable = |f: &Metric| f.name == "rocketchat_omnichannel_business_hours_open";
    let foreign = ["minutes", "hours", "days", "weeks", "milliseconds", "percent", "ms", "s", "m"];
    no_family("unit", |f| !is_timetable(f) && parts(f).any(|p| foreign.contains(&p)));
    no_family("type word", |f| {
        parts(f).any(|p| ["gauge", "counter", "histogram", "summary"].contains(&p))
    });
}

#[test]
fn seconds_ratios_and_facts_say_so_in_the_name() {
    no_family("seconds", |f| (f.unit == "seconds") != parts(f).any(|p| p == "seconds"));
    no_family("ratio", |f| (f.unit == "ratio") != f.name.ends_with("_ratio"));
    no_family("info", |f| (f.unit == "info") != f.name.ends_with("_info"));
}

#[test]
fn help_is_one_line_of_whole_sentences() {
    no_family("full stop", |f| !f.help.ends_with('.'));
    no_family("capital", |f| !f.help.starts_with(|c: char| c.is_ascii_uppercase()));
    no_family("one line", |f| f.help.contains(['\n', '\t']) || f.help.contains("  "));
    no_family("length", |f| !(40..=320).contains(&f.help.len()));
}

#[test]
fn help_says_whether_a_number_is_polled() {
    let origin = ["olled", "polls", "poll;", "with a poll", "subtract it from time()"];
    no_family("origin", |f| !origin.iter().any(|word| f.help.contains(word)));
}

#[test]
fn labels_are_snake_case_unique_and_never_reserved() {
    no_family("label", |f| !f.labels.iter().all(|l| is_snake_case(l)));
    no_family("reserved", |f| {
        f.labels.iter().any(|l| ["workspace", "le", "quantile", "job", "instance"].contains(l))
    });
    no_family("twice", |f| f.labels.iter().collect::<BTreeSet<_>>().len() != f.labels.len());
}

#[test]
fn no_label_can_carry_what_belongs_to_a_visitor() {
    let personal = ["visitor", "room", "token", "phone", "email", "message", "tag", "contact"];
    // Tags are free text: only those that the configuration lists are counted.
    let is_listed = |f: &Metric| f.name == "rocketchat_omnichannel_chats_closed_by_tag_total";
    no_family("personal", |f| {
        !is_listed(f) && f.labels.iter().any(|l| personal.iter().any(|word| l.contains(word)))
    });
}

#[test]
fn every_feeding_list_is_one_that_a_cycle_polls() {
    let lists: Vec<_> = List::VARIANTS.iter().map(AsRef::as_ref).collect();
    no_family("list", |f| !f.collectors.iter().all(|list| lists.contains(list)));
}
