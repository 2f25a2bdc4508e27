//! The PromQL of the documentation: promtool accepts it, and it uses only families of the catalogue. The rules, the
//! dashboards and all other PromQL of the repository have the same checks.

use std::process::Command;

use rocketchat_omnichannel_exporter::catalog::{self, Kind, Metric};
use rocketchat_omnichannel_exporter::cycle::snapshot::Restored;
use rocketchat_omnichannel_exporter::omnichannel::agent::Status;
use rocketchat_omnichannel_exporter::omnichannel::chat::Phase;
use rocketchat_omnichannel_exporter::omnichannel::event::{
    ENDINGS, QueueOutcome, ServiceLevelResult, Transfer,
};
use rocketchat_omnichannel_exporter::omnichannel::list::List;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use strum::VariantArray;

const PAGE: &str = include_str!("../../../docs/counting.md");
const PREFIX: &str = "rocketchat_omnichannel_";

/// The expressions of all code blocks, each with the comment above it.
fn expressions() -> impl Iterator<Item = &'static str> {
    let blocks = PAGE.split("```promql\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap().trim().split("\n\n"))
}

/// The errors of promtool for these expressions as recording rules; `None` if there are none.
pub fn refusal(expressions: &[&str]) -> Option<String> {
    let rule = |(number, expression): (usize, &&str)| {
        let indented = expression.replace('\n', "\n      ");
        format!("  - record: page:{number}\n    expr: |-\n      {indented}\n")
    };
    let head = "groups:\n- name: page\n  rules:\n".to_owned();
    let rules = expressions.iter().enumerate().map(rule).fold(head, |rules, rule| rules + &rule);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.yml");
    std::fs::write(&file, rules).unwrap();
    let output = Command::new("promtool")
        .args(["check", "rules", "--lint-fatal"])
        .arg(&file)
        .output()
        .expect("promtool is missing: apt-get install prometheus");
    let said = [output.stdout, output.stderr].concat();
    (!output.status.success()).then(|| String::from_utf8_lossy(&said).into_owned())
}

/// The family of a series with this name.
fn family(series: &str) -> Option<&'static Metric> {
    catalog::ALL.iter().copied().find(|family| {
        let suffixes: &[&str] = match family.kind {
            Kind::Gauge | Kind::Counter => &[""],
            Kind::Summary => &["_sum", "_count"],
            Kind::Histogram => &["_sum", "_count", "_bucket"],
        };
        let suffix = series.strip_prefix(family.name);
        suffix.is_some_and(|suffix| suffixes.contains(&suffix))
    })
}

/// True if the value is a label value that the code defines, a positive number, or a dashboard variable.
fn is_known(value: &str) -> bool {
    let lists = List::VARIANTS.iter().map(AsRef::as_ref);
    let words = ["queued", "in_progress", "on_hold", "true", "false"];
    let presence = ["online", "away", "busy", "offline"];
    if value.starts_with('$') || lists.chain(words).chain(presence).any(|known| known == value) {
        return true;
    }
    if let Ok(number) = value.parse::<f64>() {
        return number > 0.0;
    }
    let endings = ENDINGS.iter().flat_map(|(closer, outcome)| [closer.as_ref(), outcome.as_ref()]);
    let departures = QueueOutcome::VARIANTS.iter().map(AsRef::as_ref);
    let transfers = Transfer::VARIANTS.iter().map(AsRef::as_ref);
    let verdicts = ServiceLevelResult::VARIANTS.iter().map(AsRef::as_ref);
    let of_chats = endings.chain(departures).chain(transfers).chain(verdicts);
    of_chats.chain(states()).any(|known| known == value)
}

/// Label values of gauges and of the exporter's metrics about itself.
fn states() -> impl Iterator<Item = &'static str> {
    let phases = Phase::OPEN.iter().map(AsRef::as_ref);
    let statuses = Status::VARIANTS.iter().map(AsRef::as_ref);
    let lists = List::VARIANTS.iter().map(AsRef::as_ref);
    let outcomes = Restored::VARIANTS.iter().map(AsRef::as_ref);
    let reasons = Reason::VARIANTS.iter().map(AsRef::as_ref);
    // The capability that is not a list, rows that cannot be used, a version that is hidden, and further label values.
    let words = ["members", "invalid", "", "true", "false", "429"];
    phases.chain(statuses).chain(lists).chain(outcomes).chain(reasons).chain(words)
}

/// A description of the error in `label="value"` for this family; `None` if it is correct.
fn wrong_matcher(family: &Metric, matcher: &str) -> Option<String> {
    let (label, value) = matcher.split_once(['=', '!']).unwrap_or((matcher, ""));
    let mut values = value.trim_start_matches(['=', '~']).trim_matches('"').split('|');
    let has_label = family.label_names().any(|known| known == label);
    let is_bucket = label == "le" && family.kind == Kind::Histogram;
    let is_right = (has_label || is_bucket) && values.all(is_known);
    (!is_right).then(|| format!("{}{{{matcher}}}", family.name))
}

/// Labels in `by` and `on` that no family has.
fn unknown_labels(code: &str) -> impl Iterator<Item = String> {
    let lists = ["by (", "on ("].into_iter().flat_map(|word| code.split(word).skip(1));
    let labels = lists.flat_map(|rest| rest.split(')').next().unwrap().split(", "));
    // Labels of the scrape, of histograms and of the staffing rules, and the empty list.
    let foreign = ["job", "instance", "namespace", "cluster", "le", "what_if", ""];
    let is_known = move |label: &&str| {
        foreign.contains(label)
            || catalog::ALL.iter().any(|it| it.label_names().any(|it| it == *label))
    };
    labels.filter(move |label| !is_known(label)).map(str::to_owned)
}

/// Series, labels and label values that no page of the exporter has. Recorded series are not checked.
pub fn unknown(expression: &str) -> Vec<String> {
    let code: Vec<_> = expression.lines().filter(|line| !line.starts_with('#')).collect();
    let code = code.join(" ");
    let mut unknown: Vec<_> = unknown_labels(&code).collect();
    let is_recorded = |at: &usize| code[..*at].ends_with(':');
    for at in code.match_indices(PREFIX).map(|(at, _)| at).filter(|at| !is_recorded(at)) {
        let rest = &code[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (series, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let Some(family) = family(series) else {
            unknown.push(series.to_owned());
            continue;
        };
        let matchers = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        let matchers = matchers.into_iter().flat_map(|matchers| matchers.split(','));
        unknown.extend(matchers.filter_map(|matcher| wrong_matcher(family, matcher)));
    }
    unknown
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn every_expression_is_read_by_promtool_and_asks_for_families_of_the_catalogue() {
    let all: Vec<_> = expressions().collect();
    assert!(all.len() > 5, "{all:?}");
    assert_eq!(refusal(&all), None);
    for expression in all {
        assert!(expression.contains(PREFIX), "{expression}");
        assert_eq!(unknown(expression), Vec::<String>::new(), "{expression}");
    }
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn a_typo_in_an_expression_does_not_pass() {
    let right = "sum(increase(rocketchat_omnichannel_on_hold_total[1h]))";
    assert_eq!((refusal(&[right]), unknown(right).len()), (None, 0));
    assert!(refusal(&[&right.replace("))", ")")]).is_some());
    assert!(refusal(&[&right.replace("increase", "incraese")]).is_some());
    for (typo, told) in [
        (right.replace("on_hold_total", "on_hold"), "rocketchat_omnichannel_on_hold"),
        (right.replace("on_hold_total", "handle_seconds"), "rocketchat_omnichannel_handle_seconds"),
        (right.replace("sum(", "sum by (workspace, deparment) ("), "deparment"),
        (right.replace('[', "{agent=\"met\"}["), "on_hold_total{agent=\"met\"}"),
        (
            right.replace("on_hold_total", "transfers_total{kind!=\"requeued\"}"),
            "transfers_total{kind!=\"requeued\"}",
        ),
    ] {
        let found = unknown(&typo);
        assert!(found.len() == 1 && found[0].ends_with(told), "{typo}: {found:?}");
    }
}
