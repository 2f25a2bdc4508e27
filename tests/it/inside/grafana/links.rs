//! Links from a figure or from a row of a table to another dashboard, and to Rocket.Chat.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::panel::Panel;
use super::{all, expressions, panels};

pub const WALLBOARD: &str = "rc-omni-wallboard";
pub const DEPARTMENT: &str = "rc-omni-department";
pub const AGENTS: &str = "rc-omni-agents";
pub const EXPORTER: &str = "rc-omni-exporter";

/// Adds the address of each workspace to a query by `workspace`, as the label `url`.
pub fn with_url(query: &str) -> String {
    format!(
        "({query}) * on (workspace) group_left (url) max by (workspace, url) (#exporter_target_info{{@W}})"
    )
}

fn to(uid: &str, title: &str, variables: &str) -> Value {
    let url = format!("/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}&{variables}");
    json!({ "title": title, "url": url })
}

impl Panel {
    /// Opens another dashboard by a click on a value, with the same time and the same chats.
    pub fn opens(self, uid: &str, title: &str) -> Self {
        let department = if uid == EXPORTER { "" } else { "&${department:queryparam}" };
        let link = to(uid, title, &format!("${{workspace:queryparam}}{department}"));
        self.set("/fieldConfig/defaults/links", json!([link]))
    }

    /// Opens another dashboard by a click on a cell of `column`, with the values of the labels in the same row.
    pub fn row_opens(self, column: &str, labels: &[&str], uid: &str, title: &str) -> Self {
        let variables: Vec<_> = labels
            .iter()
            .map(|label| format!("var-{label}=${{__data.fields.{label}:percentencode}}"))
            .collect();
        self.on(column, "links", json!([to(uid, title, &variables.join("&"))]))
    }

    /// Opens the list of current chats of Rocket.Chat by a click on a cell of `column`. A query of the table needs
    /// [`with_url`]; its column of addresses is hidden.
    pub fn row_opens_rocket_chat(self, column: &str) -> Self {
        let url = "${__data.fields.url:raw}/omnichannel/current";
        let link =
            json!({ "title": "Rocket.Chat: current chats", "url": url, "targetBlank": true });
        self.on(column, "links", json!([link])).hidden("url")
    }

    /// Opens the runbook of an alert by a click on a cell of `column`.
    pub fn row_opens_runbook(self, column: &str) -> Self {
        let url = "${__data.fields.runbooks:raw}/${__data.fields.alertname:percentencode}.md";
        let link = json!({ "title": "Runbook", "url": url, "targetBlank": true });
        self.on(column, "links", json!([link])).hidden("runbooks").hidden("alertname")
    }
}

/// The links of a panel, of all values and of single columns.
fn links(panel: &Value) -> Vec<&Value> {
    let fields = &panel["fieldConfig"];
    let overrides = fields["overrides"].as_array().into_iter().flatten();
    let properties = overrides.flat_map(|it| it["properties"].as_array().unwrap());
    let of_columns = properties.filter(|it| it["id"] == "links").map(|it| &it["value"]);
    let lists = std::iter::once(&fields["defaults"]["links"]).chain(of_columns);
    lists.filter_map(Value::as_array).flatten().collect()
}

/// The names between two texts.
fn between<'a>(text: &'a str, open: &str, close: &[char]) -> BTreeSet<&'a str> {
    text.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

#[test]
fn every_link_leads_to_a_dashboard_and_fills_its_variables() {
    let dashboards = all().map(|dashboard| dashboard.provisioned());
    let target = |uid: &str| dashboards.iter().find(|it| it["uid"] == uid).expect("a uid");
    let mut checked = 0;
    for panel in dashboards.iter().flat_map(panels) {
        for link in links(panel) {
            let url = link["url"].as_str().unwrap();
            let Some(rest) = url.strip_prefix("/d/") else { continue };
            let json = target(rest.split('?').next().unwrap());
            let variables = json["templating"]["list"].as_array().unwrap();
            let names: BTreeSet<_> =
                variables.iter().filter_map(|it| it["name"].as_str()).collect();
            let filled = between(url, "var-", &['=']);
            assert!(filled.is_subset(&names), "{}: {url}", panel["title"]);
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

#[test]
fn every_field_of_a_link_is_a_label_of_its_table() {
    let mut checked = 0;
    for panel in all().map(|dashboard| dashboard.provisioned()).iter().flat_map(panels) {
        let queries: String = expressions(panel).collect();
        let lists = between(&queries, "(", &[')']);
        let labels: BTreeSet<_> = lists.iter().flat_map(|list| list.split(", ")).collect();
        for link in links(panel) {
            let fields = between(link["url"].as_str().unwrap(), "${__data.fields.", &[':']);
            assert!(fields.is_subset(&labels), "{}: {fields:?}", panel["title"]);
            checked += fields.len();
        }
    }
    assert!(checked > 10, "{checked}");
}
