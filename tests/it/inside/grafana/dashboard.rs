//! One dashboard: its name, its variables, its rows of panels, and its two forms.
//!
//! The provisioned form finds its data source by a variable. On import by hand, Grafana asks for the data source.

use serde_json::{Value, json};

use super::annotations;
use super::panel::Panel;

pub struct Dashboard {
    /// Name of the dashboard's files.
    pub name: &'static str,
    /// Never changes, because alerts and bookmarks contain it.
    pub uid: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub time: Time,
    /// Variables in addition to the data source and the workspace.
    pub variables: Vec<Value>,
    /// Rows of panels with their titles; a row without a title has no line of its own.
    pub rows: Vec<(&'static str, Vec<Panel>)>,
}

/// The time range of a dashboard when it is opened.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    pub from: &'static str,
    pub to: &'static str,
    /// Time after which the browser asks again; empty if it does not.
    pub refresh: &'static str,
}

/// Since midnight.
pub const TODAY: Time = Time { from: "now/d", to: "now", refresh: "30s" };

/// The last hours of a shift.
pub const SIX_HOURS: Time = Time { from: "now-6h", ..TODAY };

/// A variable with several values: all values of a label.
pub fn variable(name: &str, label: &str, query: &str) -> Value {
    let query = query.replace('#', "rocketchat_omnichannel_").replace('\'', "\"");
    json!({
        "name": name, "label": label, "type": "query", "hide": 0,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "query": { "query": query, "refId": "StandardVariableQuery" },
        "refresh": 2, "sort": 1, "multi": true, "includeAll": true, "allValue": ".+", "regex": "",
        "current": { "selected": true, "text": ["All"], "value": ["$__all"] }, "options": [],
    })
}

pub fn department() -> Value {
    let query = "label_values(#open_chats{workspace=~'$workspace'}, department)";
    variable("department", "Department", query)
}

fn workspace() -> Value {
    variable("workspace", "Workspace", "label_values(#up, workspace)")
}

fn data_source() -> Value {
    json!({
        "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        "hide": 0, "refresh": 1, "regex": "", "multi": false, "includeAll": false, "current": {}, "options": [],
    })
}

impl Dashboard {
    /// The panels with their positions: from left to right, row by row.
    fn panels(&self) -> Vec<Value> {
        let (mut placed, mut y) = (Vec::new(), 0);
        for (title, panels) in &self.rows {
            if !title.is_empty() {
                let place = json!({ "x": 0, "y": y, "w": 24, "h": 1 });
                placed.push(json!({ "type": "row", "title": title, "collapsed": false, "panels": [], "gridPos": place }));
                y += 1;
            }
            let (mut x, mut height) = (0, 0);
            for panel in panels {
                let (w, h) = panel.size;
                if x + w > 24 {
                    (x, y, height) = (0, y + height, 0);
                }
                let mut json = panel.json.clone();
                json["gridPos"] = json!({ "x": x, "y": y, "w": w, "h": h });
                placed.push(json);
                (x, height) = (x + w, height.max(h));
            }
            y += height;
        }
        for (id, panel) in (1..).zip(&mut placed) {
            panel["id"] = json!(id);
        }
        placed
    }

    pub fn provisioned(&self) -> Value {
        let variables =
            [data_source(), workspace()].into_iter().chain(self.variables.iter().cloned());
        json!({
            "uid": self.uid, "title": self.title, "description": self.about,
            "tags": ["rocketchat-omnichannel"], "schemaVersion": 39, "version": 1,
            "editable": false, "graphTooltip": 1, "fiscalYearStartMonth": 0, "liveNow": false,
            "time": { "from": self.time.from, "to": self.time.to }, "timezone": "browser", "refresh": self.time.refresh, "timepicker": {},
            "links": [{
                "type": "dashboards", "tags": ["rocketchat-omnichannel"], "title": "Omnichannel", "icon": "external link",
                "keepTime": true, "includeVars": true, "asDropdown": true, "targetBlank": false, "tooltip": "", "url": "",
            }],
            "annotations": { "list": annotations::all() },
            "templating": { "list": variables.collect::<Vec<_>>() },
            "panels": self.panels(),
        })
    }

    pub fn imported(&self) -> Value {
        let mut json = self.provisioned();
        json["__inputs"] = json!([{
            "name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource",
            "pluginId": "prometheus", "pluginName": "Prometheus",
            "description": "The Prometheus that scrapes the exporter",
        }]);
        json["__requires"] = json!([
            { "type": "grafana", "id": "grafana", "name": "Grafana", "version": "10.4.0" },
            { "type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0" },
        ]);
        json["id"] = Value::Null;
        json["editable"] = json!(true);
        json["templating"]["list"][0]["current"] =
            json!({ "selected": true, "text": "Prometheus", "value": "${DS_PROMETHEUS}" });
        json
    }
}
