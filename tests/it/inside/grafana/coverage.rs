//! Every family of the catalogue is on a dashboard, or the README names it for queries of one's own.

use std::collections::BTreeSet;

use rocketchat_omnichannel_exporter::catalog;
use serde_json::Value;

use super::dashboard::Dashboard;
use super::{all, expressions, folder, panels};
use crate::inside::deploy::rules;

/// The section of the README with the families that are on no dashboard.
const SECTION: &str = "## Metrics on no dashboard";

/// The queries of all panels and annotations, with the rules of the recorded series that they use.
fn queries() -> String {
    let mut queries: Vec<String> = Vec::new();
    for json in all().iter().map(Dashboard::provisioned) {
        queries.extend(panels(&json).flat_map(expressions).map(str::to_owned));
        let annotations = json["annotations"]["list"].as_array().unwrap();
        queries.extend(annotations.iter().map(|it| it["target"]["expr"].to_string()));
    }
    let rules = rules::all();
    let mut recorded: Vec<_> =
        rules.iter().filter_map(|rule| Some((rule.record.as_deref()?, &rule.expr))).collect();
    // A recorded series may use another.
    loop {
        let text = queries.join("\n");
        let (used, unused): (Vec<_>, Vec<_>) =
            recorded.into_iter().partition(|(name, _)| uses(&text, name));
        if used.is_empty() {
            return text;
        }
        queries.extend(used.into_iter().map(|(_, expression)| expression.clone()));
        recorded = unused;
    }
}

/// True if the text has this name, or the name of a part of this histogram or summary.
fn uses(text: &str, name: &str) -> bool {
    rules::words(text).any(|word| {
        word.strip_prefix(name)
            .is_some_and(|part| ["", "_sum", "_count", "_bucket"].contains(&part))
    })
}

/// The expressions of all alerts.
fn alerts() -> String {
    let alerts = rules::all().into_iter().filter(|rule| rule.alert.is_some());
    alerts.map(|rule| rule.expr + "\n").collect()
}

#[test]
fn every_family_is_on_a_dashboard_or_the_readme_names_it_for_other_queries() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let section = readme.split(SECTION).nth(1).expect(SECTION).split("\n## ").next().unwrap();
    let named: BTreeSet<_> = section.split('`').skip(1).step_by(2).collect();
    let queries = queries();
    let absent = catalog::ALL.iter().filter(|family| !uses(&queries, family.name));
    let absent: BTreeSet<_> =
        absent.map(|family| family.name.strip_prefix("rocketchat_omnichannel_").unwrap()).collect();
    assert_eq!(absent, named);
}

#[test]
fn every_recorded_series_is_used_by_an_alert_or_a_dashboard() {
    let rules = rules::all();
    let queries = queries() + &alerts();
    let recorded = rules.iter().filter_map(|rule| rule.record.as_deref());
    let unused: Vec<_> = recorded
        .filter(|name| !uses(&queries, name) && !rules.iter().any(|rule| uses(&rule.expr, name)))
        .filter(|name| !name.ends_with("links:info"))
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn every_recorded_series_on_a_dashboard_is_recorded() {
    let rules = rules::all();
    let recorded: BTreeSet<_> = rules.iter().filter_map(|rule| rule.record.as_deref()).collect();
    let queries = queries();
    let unknown: BTreeSet<_> =
        rules::recorded_names(&queries).filter(|name| !recorded.contains(name)).collect();
    assert_eq!(unknown, BTreeSet::new());
}

#[test]
fn alerts_and_dashboards_share_recorded_series() {
    let rules = rules::all();
    let alerts = alerts();
    let shown: Vec<Value> = all().iter().map(Dashboard::provisioned).collect();
    let shown: String = shown.iter().flat_map(panels).flat_map(expressions).collect();
    let recorded = rules.iter().filter_map(|rule| rule.record.as_deref());
    let shared = recorded.filter(|name| uses(&alerts, name) && uses(&shown, name)).count();
    assert!(shared >= 5, "{shared}");
}
