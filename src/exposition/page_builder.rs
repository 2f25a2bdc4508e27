//! The builder of one page: orders the samples of catalogue families into metric families.
//!
//! Every page is filled into a new builder. The builder makes every input fit for the text format: it never fails and
//! never panics. It counts the samples that it leaves out in [`Refused`]. It does not depend on the source of a number.

use std::collections::BTreeMap;

use prometheus::Result;

use super::catalog::{Family, Kind};
use super::samples::{Samples, Value};
use crate::cycle::scrape_mark::ScrapeMark;
use crate::histogram::Buckets;

/// The samples of a page under construction, by family.
#[derive(Default)]
pub struct PageBuilder {
    /// In the order in which the families were first filled.
    families: Vec<Samples>,
    /// The index of a family in `families`, by the address of the family, which is a static. Names share a prefix that
    /// is too long to compare for every sample.
    places: BTreeMap<usize, usize>,
    /// Address and index of the family filled last: one family is filled many times in a row.
    latest: Option<(usize, usize)>,
    refused: Refused,
    scrape_marks: Vec<ScrapeMark>,
}

/// A finished page, not yet encoded.
#[derive(Debug)]
pub struct RenderedPage {
    /// The families that have samples, ordered by name; the samples of each family are ordered by their label values.
    pub families: Vec<Samples>,
    /// The samples that were left out.
    pub refused: Refused,
    /// The marks to set when the page is handed out.
    pub scrape_marks: Vec<ScrapeMark>,
}

impl RenderedPage {
    /// Appends the page to `text`, family by family, and drops each family after it is written. The encoder refuses
    /// only content that a builder cannot hold.
    pub fn encode(self, text: &mut String) -> Result<()> {
        let mut spare = Vec::new();
        self.families.into_iter().try_for_each(|samples| samples.encode(text, &mut spare))
    }
}

/// Samples that were left out because printing them would have broken the page or its meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Values that are not finite, and counters below zero.
    pub impossible: u64,
    /// Samples with more or fewer label values than the family has labels.
    pub mislabelled: u64,
    /// Samples of another kind than that of the family.
    pub wrong_kind: u64,
    /// Samples whose labels were taken already; the first sample stays.
    pub duplicate: u64,
    /// The first family that had a sample refused.
    pub family: Option<&'static str>,
}

impl Refused {
    /// Number of samples left out for any reason.
    pub fn total(&self) -> u64 {
        self.impossible + self.mislabelled + self.wrong_kind + self.duplicate
    }
}

impl PageBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one series of a gauge; `labels` are the workspace and then the family's own labels.
    pub fn gauge(&mut self, family: &'static Family, labels: &[&str], value: f64) {
        if !value.is_finite() {
            self.refused.impossible += 1;
            return self.note(family);
        }
        let value = Value::Number(without_sign_of_zero(value));
        self.add(family, Kind::Gauge, labels, value);
    }

    /// Sets one series of a counter to its total; `labels` as for [`PageBuilder::gauge`].
    pub fn counter(&mut self, family: &'static Family, labels: &[&str], total: f64) {
        if !total.is_finite() || total < 0.0 {
            self.refused.impossible += 1;
            return self.note(family);
        }
        let total = Value::Number(without_sign_of_zero(total));
        self.add(family, Kind::Counter, labels, total);
    }

    /// Sets one label set of a histogram; `labels` as for [`PageBuilder::gauge`].
    pub fn histogram(&mut self, family: &'static Family, labels: &[&str], buckets: &Buckets) {
        let value = Value::Histogram(Box::new(buckets.clone()));
        self.add(family, Kind::Histogram, labels, value);
    }

    /// Adds a mark, which is set whenever the page is handed out.
    pub fn expect_scrape_mark(&mut self, scrape_mark: ScrapeMark) {
        self.scrape_marks.push(scrape_mark);
    }

    /// Sets one label set of a summary to the sum and the number of its observations; `labels` as for
    /// [`PageBuilder::gauge`].
    pub fn summary(&mut self, family: &'static Family, labels: &[&str], sum: f64, count: u64) {
        if !sum.is_finite() || sum < 0.0 {
            self.refused.impossible += 1;
            return self.note(family);
        }
        let value = Value::Summary { sum: without_sign_of_zero(sum), count };
        self.add(family, Kind::Summary, labels, value);
    }

    /// The samples left out so far; duplicates are found by [`PageBuilder::finish`].
    pub fn refused(&self) -> Refused {
        self.refused
    }

    /// Orders families and samples, leaves out duplicates and returns the page.
    pub fn finish(mut self) -> RenderedPage {
        let mut families = std::mem::take(&mut self.families);
        families.sort_unstable_by_key(|samples| samples.family().name);
        for samples in &mut families {
            let duplicates = samples.order();
            if duplicates > 0 {
                self.refused.duplicate += duplicates;
                self.note(samples.family());
            }
        }
        RenderedPage { families, refused: self.refused, scrape_marks: self.scrape_marks }
    }

    fn add(&mut self, family: &'static Family, kind: Kind, labels: &[&str], value: Value) {
        if family.kind != kind {
            self.refused.wrong_kind += 1;
            return self.note(family);
        }
        if labels.len() != family.labels.len() + 1 {
            self.refused.mislabelled += 1;
            return self.note(family);
        }
        let place = self.place(family);
        if let Some(samples) = self.families.get_mut(place) {
            samples.push(labels, value);
        }
    }

    fn place(&mut self, family: &'static Family) -> usize {
        let address = std::ptr::from_ref(family).addr();
        if let Some((latest, place)) = self.latest
            && latest == address
        {
            return place;
        }
        let place = *self.places.entry(address).or_insert_with(|| {
            self.families.push(Samples::new(family));
            self.families.len() - 1
        });
        self.latest = Some((address, place));
        place
    }

    fn note(&mut self, family: &'static Family) {
        self.refused.family.get_or_insert(family.name);
    }
}

/// Turns minus zero into zero, because `-0` on the page would look like an error.
fn without_sign_of_zero(value: f64) -> f64 {
    value + 0.0
}

#[cfg(test)]
mod tests {
    use prometheus::core::Collector;

    use super::super::catalog::{
        AGENT_CHATS, API_REQUEST_DURATION_SECONDS, API_REQUESTS_TOTAL, OPEN_CHATS,
        RESPONSE_SECONDS, UP,
    };
    use super::*;
    use crate::histogram::Bounds;

    fn printed(builder: PageBuilder) -> String {
        let mut text = String::new();
        builder.finish().encode(&mut text).unwrap();
        text
    }

    fn samples(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.starts_with('#')).collect()
    }

    #[test]
    fn labels_come_in_catalogue_order_with_the_workspace_first() {
        let mut builder = PageBuilder::new();
        builder.gauge(&OPEN_CHATS, &["acme", "Sales", "queued"], 3.0);
        let text = printed(builder);
        assert_eq!(
            samples(&text),
            [
                r#"rocketchat_omnichannel_open_chats{workspace="acme",department="Sales",state="queued"} 3"#
            ]
        );
        assert!(text.contains("# TYPE rocketchat_omnichannel_open_chats gauge\n"));
        assert!(text.contains("# HELP rocketchat_omnichannel_open_chats Open chats by state"));
    }

    #[test]
    fn the_page_does_not_depend_on_the_order_it_was_filled_in() {
        let fill = |order: &[usize]| {
            let mut builder = PageBuilder::new();
            for i in order {
                builder.gauge(&UP, &[["a", "b", "c"][*i]], 1.0);
                builder.gauge(&OPEN_CHATS, &["w", ["x", "y", "z"][*i], "queued"], 2.0);
            }
            printed(builder)
        };
        assert_eq!(fill(&[0, 1, 2]), fill(&[2, 0, 1]));
    }

    #[test]
    fn label_sets_that_read_the_same_when_joined_stay_two_series() {
        let mut builder = PageBuilder::new();
        builder.gauge(&AGENT_CHATS, &["w", "ab", "c"], 1.0);
        builder.gauge(&AGENT_CHATS, &["w", "a", "bc"], 2.0);
        let text = printed(builder);
        assert_eq!(samples(&text).len(), 2, "{text}");
    }

    #[test]
    #[expect(clippy::disallowed_types, reason = "shows why it is disallowed")]
    fn the_crates_own_vector_merges_such_label_sets() {
        let opts = prometheus::Opts::new("chats", "Chats.");
        let vector = prometheus::GaugeVec::new(opts, &["agent", "department"]).unwrap();
        vector.with_label_values(&["ab", "c"]).set(1.0);
        vector.with_label_values(&["a", "bc"]).set(2.0);
        let families = prometheus::core::Collector::collect(&vector);
        assert_eq!(families[0].get_metric().len(), 1, "the ban of *Vec can be lifted");
    }

    #[test]
    fn of_two_samples_with_the_same_labels_the_first_stays_and_the_other_is_counted() {
        let mut builder = PageBuilder::new();
        builder.gauge(&UP, &["acme\u{1}"], 1.0);
        builder.gauge(&UP, &["acme\u{2}"], 0.0);
        let rendered = builder.finish();
        assert_eq!(rendered.refused.duplicate, 1);
        assert_eq!(rendered.refused.family, Some("rocketchat_omnichannel_up"));
        let kept = rendered.families[0].collect();
        let values = kept[0].get_metric().iter().map(|m| m.get_gauge().get_value());
        assert_eq!(values.collect::<Vec<_>>(), [1.0]);
    }

    #[test]
    fn what_cannot_be_printed_is_left_out_and_counted() {
        let mut builder = PageBuilder::new();
        builder.gauge(&UP, &["w"], f64::NAN);
        builder.gauge(&UP, &["w"], f64::INFINITY);
        builder.counter(&API_REQUESTS_TOTAL, &["w", "livechat/rooms", "200"], -1.0);
        builder.gauge(&UP, &[], 1.0);
        builder.gauge(&UP, &["w", "more"], 1.0);
        builder.gauge(&API_REQUESTS_TOTAL, &["w", "livechat/rooms", "200"], 1.0);
        let RenderedPage { families, refused, .. } = builder.finish();
        assert!(families.is_empty());
        assert_eq!((refused.impossible, refused.mislabelled, refused.wrong_kind), (3, 2, 1));
        assert_eq!(refused.total(), 6);
    }

    #[test]
    fn a_family_of_many_samples_has_one_header_and_every_sample_once_in_order() {
        let mut builder = PageBuilder::new();
        let names: Vec<String> = (0..1_000).map(|number| format!("w{number:04}")).collect();
        for name in &names {
            builder.gauge(&OPEN_CHATS, &[name, "# a", "queued"], 1.0);
        }
        let text = printed(builder);
        assert_eq!(text.lines().filter(|line| line.starts_with("# ")).count(), 2);
        let workspace = |line: &&str| line.split('"').nth(1).map(str::to_owned);
        let printed: Vec<String> = samples(&text).iter().filter_map(workspace).collect();
        assert_eq!(printed, names);
    }

    #[test]
    fn what_a_histogram_leaves_behind_shows_in_no_other_family() {
        let mut builder = PageBuilder::new();
        builder.histogram(
            &API_REQUEST_DURATION_SECONDS,
            &["w", "livechat/rooms"],
            &Buckets::new(&Bounds::new([1.0])),
        );
        builder.counter(&API_REQUESTS_TOTAL, &["w", "livechat/rooms", "200"], 4.0);
        builder.gauge(&UP, &["w"], 1.0);
        let text = printed(builder);
        assert!(text.contains(
            "requests_total{workspace=\"w\",endpoint=\"livechat/rooms\",code=\"200\"} 4\n"
        ));
        assert!(text.ends_with("up{workspace=\"w\"} 1\n"), "{text}");
    }

    #[test]
    fn minus_zero_is_printed_as_zero() {
        let mut builder = PageBuilder::new();
        builder.gauge(&UP, &["w"], -0.0);
        assert!(printed(builder).ends_with("{workspace=\"w\"} 0\n"));
    }

    #[test]
    fn a_summary_prints_its_sum_and_its_count_and_no_quantile() {
        let mut builder = PageBuilder::new();
        builder.summary(&RESPONSE_SECONDS, &["w", "Sales"], 12.5, 3);
        builder.summary(&RESPONSE_SECONDS, &["w", "Support"], f64::NAN, 3);
        assert_eq!(builder.refused().impossible, 1);
        let text = printed(builder);
        let labels = r#"{workspace="w",department="Sales"}"#;
        let name = RESPONSE_SECONDS.name;
        let expected = [format!("{name}_sum{labels} 12.5"), format!("{name}_count{labels} 3")];
        assert_eq!(samples(&text), expected);
        assert!(text.contains(&format!("# TYPE {name} summary\n")));
    }

    #[test]
    fn a_histogram_prints_cumulative_buckets_and_the_unbounded_one() {
        let mut buckets = Buckets::new(&Bounds::new([0.1, 1.0]));
        assert!([0.05, 0.5, 3.0].into_iter().all(|seconds| buckets.observe(seconds)));
        let mut builder = PageBuilder::new();
        builder.histogram(&API_REQUEST_DURATION_SECONDS, &["w", "livechat/rooms"], &buckets);
        let text = printed(builder);
        let values: Vec<_> =
            samples(&text).iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(values, ["1", "2", "3", "3.55", "3"]);
        assert!(text.contains(r#"endpoint="livechat/rooms",le="+Inf"} 3"#));
    }
}
