//! The builder of one page: orders the samples of catalogue families into metric families.
//!
//! Every page is filled into a new builder. The builder makes every input fit for the text format: it never fails and
//! never panics. It counts the samples that it leaves out in [`Refused`]. It does not depend on the source of a number.

use jiff::Timestamp;
use prometheus::Result;

use super::openmetrics::{self, page::Created};
use super::samples::{SampleValue, Samples};
use crate::catalog::label_set::{self, LabelSet};
use crate::catalog::{ALL, Counter, Family, Gauge, Histogram, Kind, Metric};
use crate::cycle::scrape_mark::ScrapeMark;
use crate::histogram::Buckets;
use crate::sanitize;

/// A page under construction: until `finish`, the samples of each family, also of an empty one, stand at the index of
/// the family in the catalogue.
pub struct PageBuilder(RenderedPage);

/// The part of a page under construction that has the label of one workspace.
pub struct WorkspacePage<'b> {
    builder: &'b mut PageBuilder,
    /// The label set of the workspace alone.
    workspace: String,
}

/// A finished page, not yet encoded.
#[derive(Debug, Default)]
pub struct RenderedPage {
    /// The families that have samples, ordered by name; the samples of each family are ordered by their label values.
    pub families: Vec<Samples>,
    /// The samples that were left out.
    pub refused: Refused,
    /// The marks to set when the page is handed out.
    pub scrape_marks: Vec<ScrapeMark>,
    /// The times at which counted values were zero.
    created: Created,
}

impl RenderedPage {
    /// Appends the page to `text`, family by family, and drops each family after it is written. The encoder refuses
    /// only content that a builder cannot hold.
    pub fn encode(self, text: &mut String) -> Result<()> {
        let mut spare = Vec::new();
        self.families.into_iter().try_for_each(|samples| samples.encode(text, &mut spare))
    }

    /// The same in OpenMetrics, with `_created` if `has_created`; the page still lacks its last line.
    pub fn encode_openmetrics(self, has_created: bool, page: &mut String) -> Result<()> {
        let created = if has_created { self.created } else { Created::default() };
        let (mut spare, mut text) = (Vec::new(), String::new());
        self.families.into_iter().try_for_each(|samples| {
            text.clear();
            samples.encode(&mut text, &mut spare)?;
            openmetrics::page::append(&text, &created, page);
            Ok(())
        })
    }
}

/// Samples that were left out because printing them would have broken the page or its meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Values that are not finite, and counters below zero.
    pub impossible: u64,
    /// Samples whose labels were taken already; the first sample stays.
    pub duplicate: u64,
    /// The first family that had a sample refused.
    pub family: Option<&'static str>,
}

impl Refused {
    /// Number of samples left out for any reason.
    pub fn total(&self) -> u64 {
        self.impossible + self.duplicate
    }
}

impl Default for PageBuilder {
    fn default() -> Self {
        let families = ALL.iter().map(|metric| Samples::new(metric)).collect();
        Self(RenderedPage { families, ..RenderedPage::default() })
    }
}

impl PageBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// The part of the page with this label of a workspace.
    pub fn workspace(&mut self, label: &str) -> WorkspacePage<'_> {
        let mut workspace = String::new();
        label_set::append(&sanitize::label(label), &mut workspace);
        WorkspacePage { builder: self, workspace }
    }

    /// Adds a mark, which is set whenever the page is handed out.
    pub fn expect_scrape_mark(&mut self, scrape_mark: ScrapeMark) {
        self.0.scrape_marks.push(scrape_mark);
    }

    /// Orders families and samples, leaves out duplicates and returns the page.
    pub fn finish(self) -> RenderedPage {
        let Self(mut page) = self;
        page.families.retain(|samples| !samples.is_empty());
        page.families.sort_unstable_by_key(|samples| samples.metric.name);
        for samples in &mut page.families {
            let duplicates = samples.order();
            if duplicates > 0 {
                page.refused.duplicate += duplicates;
                page.refused.family.get_or_insert(samples.metric.name);
            }
        }
        page
    }
}

impl WorkspacePage<'_> {
    /// Sets one series of a gauge, if it has a value.
    pub fn gauge<const N: usize>(
        &mut self,
        family: Family<Gauge, N>,
        labels: [&str; N],
        value: impl Into<Option<f64>>,
    ) {
        if let Some(value) = value.into() {
            self.number(family.metric, &labels, value);
        }
    }

    /// Sets one series of a counter to its total.
    pub fn counter<const N: usize>(
        &mut self,
        family: Family<Counter, N>,
        labels: [&str; N],
        total: f64,
    ) {
        self.number(family.metric, &labels, total);
    }

    /// Sets one label set of a histogram.
    pub fn histogram<const N: usize>(
        &mut self,
        family: Family<Histogram, N>,
        labels: [&str; N],
        buckets: &Buckets,
    ) {
        self.add(family.metric, labels.into_iter(), SampleValue::histogram(buckets));
    }

    /// Notes that the values of a family were zero at this time.
    pub(super) fn created(&mut self, metric: &'static Metric, at: Timestamp) {
        let workspace = LabelSet(&self.workspace).values().next().unwrap_or_default();
        self.builder.0.created.note(metric.name, workspace, at);
    }

    fn number(&mut self, metric: &Metric, labels: &[&str], value: f64) {
        let least = if metric.kind == Kind::Counter { 0.0 } else { f64::MIN };
        if value.is_finite() && value >= least {
            // Minus zero becomes zero, because `-0` on the page would look like an error.
            return self.add(metric, labels.iter().copied(), SampleValue::Number(value + 0.0));
        }
        self.builder.0.refused.impossible += 1;
        self.builder.0.refused.family.get_or_insert(metric.name);
    }

    /// Adds a sample; kind and labels have to be those of the family.
    pub(super) fn add<'l>(
        &mut self,
        metric: &Metric,
        labels: impl Iterator<Item = &'l str>,
        value: SampleValue,
    ) {
        if let Some(samples) = self.builder.0.families.get_mut(metric.index) {
            samples.push(&self.workspace, labels, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        AGENT_CHATS, API_REQUEST_DURATION_SECONDS, API_REQUESTS_TOTAL, OPEN_CHATS,
        RESPONSE_SECONDS, UP,
    };
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
        builder.workspace("acme").gauge(OPEN_CHATS, ["Sales", "queued"], 3.0);
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
                builder.workspace(["a", "b", "c"][*i]).gauge(UP, [], 1.0);
                builder.workspace("w").gauge(OPEN_CHATS, [["x", "y", "z"][*i], "queued"], 2.0);
            }
            printed(builder)
        };
        assert_eq!(fill(&[0, 1, 2]), fill(&[2, 0, 1]));
    }

    #[test]
    fn label_sets_that_read_the_same_when_joined_stay_two_series() {
        let mut builder = PageBuilder::new();
        builder.workspace("w").gauge(AGENT_CHATS, ["ab", "c"], 1.0);
        builder.workspace("w").gauge(AGENT_CHATS, ["a", "bc"], 2.0);
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
        builder.workspace("acme\u{1}").gauge(UP, [], 1.0);
        builder.workspace("acme\u{2}").gauge(UP, [], 0.0);
        let rendered = builder.finish();
        assert_eq!(rendered.refused.duplicate, 1);
        assert_eq!(rendered.refused.family, Some("rocketchat_omnichannel_up"));
        let kept = rendered.families[0].message();
        let values = kept.get_metric().iter().map(|m| m.get_gauge().get_value());
        assert_eq!(values.collect::<Vec<_>>(), [1.0]);
    }

    #[test]
    fn what_cannot_be_printed_is_left_out_and_counted() {
        let mut builder = PageBuilder::new();
        builder.workspace("w").gauge(UP, [], f64::NAN);
        builder.workspace("w").gauge(UP, [], f64::INFINITY);
        builder.workspace("w").counter(API_REQUESTS_TOTAL, ["livechat/rooms", "200"], -1.0);
        let RenderedPage { families, refused, .. } = builder.finish();
        assert!(families.is_empty());
        assert_eq!((refused.impossible, refused.total()), (3, 3));
    }

    #[test]
    fn a_family_of_many_samples_has_one_header_and_every_sample_once_in_order() {
        let mut builder = PageBuilder::new();
        let names: Vec<String> = (0..1_000).map(|number| format!("w{number:04}")).collect();
        for name in &names {
            builder.workspace(name).gauge(OPEN_CHATS, ["# a", "queued"], 1.0);
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
        builder.workspace("w").histogram(
            API_REQUEST_DURATION_SECONDS,
            ["livechat/rooms"],
            &Buckets::new(&Bounds::new([1.0])),
        );
        builder.workspace("w").counter(API_REQUESTS_TOTAL, ["livechat/rooms", "200"], 4.0);
        builder.workspace("w").gauge(UP, [], 1.0);
        let text = printed(builder);
        assert!(text.contains(
            "requests_total{workspace=\"w\",endpoint=\"livechat/rooms\",code=\"200\"} 4\n"
        ));
        assert!(text.ends_with("up{workspace=\"w\"} 1\n"), "{text}");
    }

    #[test]
    fn minus_zero_is_printed_as_zero() {
        let mut builder = PageBuilder::new();
        builder.workspace("w").gauge(UP, [], -0.0);
        assert!(printed(builder).ends_with("{workspace=\"w\"} 0\n"));
    }

    #[test]
    fn a_summary_prints_its_sum_and_its_count_and_no_quantile() {
        let mut builder = PageBuilder::new();
        let value = SampleValue::Summary { sum: 12.5, count: 3 };
        builder.workspace("w").add(RESPONSE_SECONDS.metric, ["Sales"].into_iter(), value);
        let text = printed(builder);
        let labels = r#"{workspace="w",department="Sales"}"#;
        let name = RESPONSE_SECONDS.metric.name;
        let expected = [format!("{name}_sum{labels} 12.5"), format!("{name}_count{labels} 3")];
        assert_eq!(samples(&text), expected);
        assert!(text.contains(&format!("# TYPE {name} summary\n")));
    }

    #[test]
    fn a_histogram_prints_cumulative_buckets_and_the_unbounded_one() {
        let mut buckets = Buckets::new(&Bounds::new([0.1, 1.0]));
        assert!([0.05, 0.5, 3.0].into_iter().all(|seconds| buckets.observe(seconds)));
        let mut builder = PageBuilder::new();
        builder.workspace("w").histogram(
            API_REQUEST_DURATION_SECONDS,
            ["livechat/rooms"],
            &buckets,
        );
        let text = printed(builder);
        let values: Vec<_> =
            samples(&text).iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(values, ["1", "2", "3", "3.55", "3"]);
        assert!(text.contains(r#"endpoint="livechat/rooms",le="+Inf"} 3"#));
    }
}
