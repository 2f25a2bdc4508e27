//! The rules of every dashboard, including those of Grafana's dashboard linter.
//!
//! The linter asks for `job` and `instance`; these rules ask for `workspace`, which distinguishes our series.

use serde_json::{Value, json};

use super::panel::{COURSES, FIRING};
use super::{all, expressions, panels};

/// Faults of a dashboard in its provisioned form.
fn faults(dashboard: &Value) -> Vec<String> {
    let mut faults = frame(dashboard);
    let mut titles = std::collections::BTreeSet::new();
    for panel in panels(dashboard) {
        let title = panel["title"].as_str().unwrap_or_default();
        if !titles.insert(title) {
            faults.push(format!("{title}: twice"));
        }
        let found = if panel["type"] == "text" { described(panel) } else { looks(panel) };
        faults.extend(found.into_iter().map(|fault| format!("{title}: {fault}")));
        for expression in expressions(panel) {
            faults.extend(asks(expression).map(|fault| format!("{title}: {fault}: {expression}")));
        }
    }
    faults
}

fn frame(dashboard: &Value) -> Vec<String> {
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let of_type = |kind: &str| variables.iter().filter(|it| it["type"] == kind).count();
    let named = |name: &str| variables.iter().find(|it| it["name"] == name);
    let is_complete = |it: &Value| it["allValue"] == ".+" && it["multi"] == true;
    let mut queried = variables.iter().filter(|it| it["type"] == "query");
    let rules = [
        ("one data source", of_type("datasource") == 1 && variables[0]["name"] == "datasource"),
        ("its label", variables[0]["label"] == "Data source"),
        ("several workspaces", named("workspace").is_some_and(is_complete)),
        ("others are all by .+", queried.all(is_complete)),
        (
            "variables follow the time",
            variables.iter().all(|it| it["refresh"] == 2 || it["type"] != "query"),
        ),
        ("not editable", dashboard["editable"] == false),
        ("a uid of at most 40", dashboard["uid"].as_str().is_some_and(|uid| uid.len() <= 40)),
        ("the tag", dashboard["tags"][0] == "rocketchat-omnichannel"),
        ("links keep the time", dashboard["links"][0]["keepTime"] == true),
        ("links keep variables", dashboard["links"][0]["includeVars"] == true),
        ("the reader's time zone", dashboard["timezone"] == "browser"),
        ("a description", dashboard["description"].as_str().is_some_and(|it| it.len() > 30)),
    ];
    rules.iter().filter(|rule| !rule.1).map(|rule| rule.0.to_owned()).collect()
}

fn described(panel: &Value) -> Vec<&'static str> {
    let has = |key: &str| panel[key].as_str().is_some_and(|text| text.len() > 3);
    let rules = [("no title", has("title")), ("no description", has("description"))];
    rules.into_iter().filter(|rule| !rule.1).map(|rule| rule.0).collect()
}

fn looks(panel: &Value) -> Vec<&'static str> {
    let defaults = &panel["fieldConfig"]["defaults"];
    let empty = defaults["noValue"].as_str().unwrap_or_default();
    let rules = [
        ("no unit", defaults["unit"].is_string()),
        ("no word for no data", !empty.is_empty()),
        ("no query", expressions(panel).count() > 0),
        ("another data source", panel["datasource"]["uid"] == "${datasource}"),
        ("no thresholds", defaults["thresholds"]["steps"][0]["value"].is_null()),
        (
            "a figure of the present that keeps its last value",
            COURSES.contains(&kind(panel)) || is_of_now(panel),
        ),
        ("a legend with the last value", !legend(panel).any(|calc| calc.starts_with("last"))),
        (
            "a range in each step of a range",
            !COURSES.contains(&kind(panel))
                || !expressions(panel).any(|it| it.contains("[$__range]")),
        ),
        (
            "a window without the state of the exporter",
            kind(panel) != "stat" || expressions(panel).all(is_gated),
        ),
        (
            "a fixed colour for a promise",
            !has_fixed_steps(panel) || !expressions(panel).any(is_promised),
        ),
        ("a colour that is not ours", colours(panel).iter().all(|colour| is_ours(colour))),
        ("too wide", panel["gridPos"]["x"].as_u64() < Some(24)),
    ];
    let wrong = rules.into_iter().filter(|rule| !rule.1).map(|rule| rule.0);
    described(panel).into_iter().chain(wrong).collect()
}

fn kind(panel: &Value) -> &str {
    panel["type"].as_str().unwrap()
}

/// True if all queries are of one moment: a range keeps the last value of a series that has ended.
fn is_of_now(panel: &Value) -> bool {
    let targets = panel["targets"].as_array().unwrap();
    targets.iter().all(|target| target["instant"] == true && target["range"] == false)
}

/// The calculations of a legend, which are of the last value that there was, not of the present.
fn legend(panel: &Value) -> impl Iterator<Item = &str> {
    let calculations = panel["options"]["legend"]["calcs"].as_array();
    calculations.into_iter().flatten().map(|calc| calc.as_str().unwrap())
}

/// True if the expression has no value without the exporter: a window of time has values after the exporter has gone.
fn is_gated(expression: &str) -> bool {
    let gate = ") and on () max(rocketchat_omnichannel_up{";
    // The age of the data has a value of its own without the exporter.
    [gate, " or on () vector("].iter().any(|it| expression.contains(it))
        || !expression.contains('[')
}

fn has_fixed_steps(panel: &Value) -> bool {
    let steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"].as_array();
    steps.is_some_and(|steps| steps.len() > 1)
}

/// True for a wait or a share that the configuration has a target for.
fn is_promised(expression: &str) -> bool {
    let promised =
        ["oldest_wait_seconds", "awaiting_reply_oldest", "service_level_chats_total", "voip_late"];
    promised.iter().any(|family| expression.contains(family))
}

/// Every fixed colour of a panel.
fn colours(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own =
                fields.iter().filter(|(key, _)| ["color", "fixedColor"].contains(&key.as_str()));
            let own = own.filter_map(|(_, value)| value.as_str());
            own.chain(fields.values().flat_map(colours)).collect()
        }
        Value::Array(values) => values.iter().flat_map(colours).collect(),
        _ => Vec::new(),
    }
}

/// True if the colour is not from Grafana's palette: one man in twelve sees its red and its green as one colour.
fn is_ours(colour: &str) -> bool {
    colour == "transparent" || colour.starts_with('#') || colour.starts_with("rgba")
}

/// The fault of an expression, if any: a counter must be shown by its growth over a range with several polls.
fn asks(expression: &str) -> Option<&'static str> {
    let ranges = expression.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    let is_fit = |range: &str| {
        ["$__range", "$__range:30m", "$__interval", "5m", "15m", "30m", "1h", "1d"].contains(&range)
    };
    let of_counters = expression.matches("_total{").count()
        + expression.matches("_sum{").count()
        + expression.matches("_count{").count()
        + expression.matches("_bucket{").count();
    let grown = expression.matches("increase(").count() + expression.matches("rate(").count();
    let is_state = expression.contains("exporter_state_restores_total");
    let of_alerts = expression.matches(FIRING).count();
    let selectors = expression.replace("${", "$").matches('{').count();
    let narrowed = expression.matches("workspace=~\"$workspace\"").count() + of_alerts;
    if !ranges.into_iter().all(is_fit) {
        Some("a range that is not one of ours")
    } else if of_counters != grown && !is_state {
        Some("a counter as it is")
    } else if selectors != narrowed {
        Some("another workspace's series")
    } else {
        None
    }
}

#[test]
fn every_dashboard_keeps_the_rules() {
    for dashboard in all() {
        assert_eq!(faults(&dashboard.provisioned()), Vec::<String>::new(), "{}", dashboard.title);
    }
}

#[test]
fn a_dashboard_that_breaks_a_rule_is_told() {
    let right = super::wallboard::dashboard().provisioned();
    let broken: [(&str, Value); 11] = [
        ("/editable", true.into()),
        ("/links/0/keepTime", false.into()),
        ("/panels/0/title", "".into()),
        ("/panels/0/description", "".into()),
        ("/panels/0/fieldConfig/defaults/unit", Value::Null),
        ("/panels/0/fieldConfig/defaults/thresholds/steps/0/color", "green".into()),
        ("/panels/0/targets/0/range", true.into()),
        ("/panels/0/targets/0/instant", false.into()),
        ("/panels/14/options/legend/calcs", json!(["lastNotNull"])),
        ("/panels/0/targets/0/expr", "sum(a_total{workspace=~\"$workspace\"})".into()),
        ("/panels/14/targets/0/expr", "sum(rate(a_total[15m]))".into()),
    ];
    for (pointer, value) in broken {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert_eq!(faults(&wrong).len(), 1, "{pointer}: {:?}", faults(&wrong));
    }
}

#[test]
fn an_import_asks_for_its_data_source_and_is_otherwise_the_same() {
    for dashboard in all() {
        let (own, mut imported) = (dashboard.provisioned(), dashboard.imported());
        assert_eq!(imported["__inputs"][0]["name"], "DS_PROMETHEUS");
        let current = imported["templating"]["list"][0]["current"].take();
        assert_eq!(current["value"], "${DS_PROMETHEUS}");
        assert!(!own.to_string().contains("DS_PROMETHEUS"));
        assert_eq!(own["panels"], imported["panels"]);
    }
}
