//! The rule files, checked against the catalogue and against their own descriptions.

use std::collections::BTreeSet;

use config::{Config, File, FileFormat};
use serde::Deserialize;

use super::{files, repository};
use crate::external::promql;

const FOLDER: &str = "deploy/prometheus";

#[derive(Debug, Deserialize)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

/// A rule as Prometheus reads it.
#[derive(Debug, Deserialize)]
pub struct Rule {
    pub record: Option<String>,
    pub alert: Option<String>,
    pub expr: String,
    #[serde(default, rename = "for")]
    pending: Option<String>,
    #[serde(default)]
    keep_firing_for: Option<String>,
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub annotations: Annotations,
}

impl Rule {
    /// `for` in minutes.
    pub fn pending_minutes(&self) -> usize {
        minutes(self.pending.as_deref())
    }

    /// `keep_firing_for` in minutes.
    pub fn keep_firing_minutes(&self) -> usize {
        minutes(self.keep_firing_for.as_deref())
    }
}

fn minutes(duration: Option<&str>) -> usize {
    let Some(duration) = duration else { return 0 };
    let (number, unit) = duration.split_at(duration.len() - 1);
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        _ => panic!("not in minutes or hours: {duration}"),
    };
    number.parse::<usize>().unwrap() * minutes
}

#[derive(Debug, Default, Deserialize)]
pub struct Labels {
    pub severity: Option<String>,
    pub runbooks: Option<String>,
    pub dashboards: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Annotations {
    pub summary: String,
    pub description: String,
    pub runbook_url: String,
    pub dashboard_url: String,
    pub command: Option<String>,
}

fn groups() -> Vec<Group> {
    let read = |name: &String| {
        let path = repository(FOLDER).join(name);
        let file = File::from(path).format(FileFormat::Yaml);
        let read = Config::builder().add_source(file).build().unwrap();
        read.try_deserialize::<RuleFile>().unwrap().groups
    };
    files(FOLDER, ".rules.yaml").iter().flat_map(read).collect()
}

/// All rules of all files.
pub fn all() -> Vec<Rule> {
    groups().into_iter().flat_map(|group| group.rules).collect()
}

/// The rules that are alerts, by name.
pub fn alerts() -> Vec<(String, Rule)> {
    let named = |mut rule: Rule| Some((rule.alert.take()?, rule));
    all().into_iter().filter_map(named).collect()
}

/// The recorded series that an expression asks for.
pub fn recorded_names(expression: &str) -> impl Iterator<Item = &str> {
    words(expression).filter(|word| word.contains(":rocketchat_omnichannel_"))
}

/// The words of an expression: names of series, labels, functions and operators.
pub fn words(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn every_metric_label_and_value_in_the_rules_is_one_of_the_catalogue() {
    let rules = all();
    assert!(rules.len() > 50, "{}", rules.len());
    for rule in &rules {
        assert_eq!(promql::unknown(&rule.expr), Vec::<String>::new(), "{}", rule.expr);
    }
}

#[test]
fn every_recorded_series_that_is_asked_for_is_recorded() {
    let rules = all();
    let recorded: BTreeSet<_> = rules.iter().filter_map(|rule| rule.record.as_deref()).collect();
    for rule in &rules {
        for name in recorded_names(&rule.expr) {
            assert!(recorded.contains(name), "{name} in {}", rule.expr);
        }
    }
}

#[test]
fn alerts_have_a_severity_a_standing_summary_and_a_description_of_the_case() {
    for (name, rule) in alerts() {
        assert!(name.starts_with("Omnichannel"), "{name}");
        let severity = rule.labels.severity.unwrap();
        assert!(["critical", "warning", "info"].contains(&&*severity), "{name}: {severity}");
        let Annotations { summary, description, .. } = rule.annotations;
        assert!(summary.ends_with('.') && !summary.contains("{{"), "{name}: {summary}");
        assert!(description.ends_with('.') && description.contains("{{"), "{name}: {description}");
    }
}

#[test]
fn alerts_about_chats_and_agents_are_silent_outside_business_hours() {
    let gate = "(rocketchat_omnichannel_business_hours_open == 0)";
    let of_calls = "(workspace:rocketchat_omnichannel_open_departments:count > 0)";
    for group in groups() {
        let open = "(rocketchat_omnichannel_business_hours_open) == 1";
        let gate = match group.name.trim_start_matches("rocketchat-omnichannel.") {
            "customer.alerts" | "agents.alerts" => gate,
            "voip.alerts" => of_calls,
            _ => continue,
        };
        for rule in group.rules {
            let is_gated = [gate, open].iter().any(|gate| rule.expr.contains(gate));
            assert!(is_gated, "{:?}", rule.alert);
        }
    }
}
