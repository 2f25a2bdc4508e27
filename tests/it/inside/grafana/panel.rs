//! One panel: a title, a description, queries, and the display of its values.
//!
//! Queries have short forms: `#` is the prefix of our metrics, `@W`, `@D`, `@A`, `@Q` are the matchers of the
//! variables, `@F` those of alerts, quotes are single. People who do not see red and green can distinguish the colours.
//! Each colour has one meaning: blue is well, amber needs a look, red needs a person at once, grey is no data.
//!
//! A figure, a bar and a table show the present: their queries are instant, so that they lose their values when the
//! exporter is not scraped. Only curves, heat maps and timelines have queries over the range of the dashboard.

use serde_json::{Map, Value, json};

pub const WELL: &str = "#2B7BBA";
pub const LOOK: &str = "#D08200";
pub const NOW: &str = "#B10E24";
pub const REST: &str = "#8A8F98";
pub const OTHER: &str = "#8E63B0";
pub const LIGHT: &str = "#56B4E9";

/// Units of values, by Grafana's names.
pub const CHATS: &str = "none";
pub const SECONDS: &str = "s";
pub const SHARE: &str = "percentunit";

/// Alerts of the workspace, and alerts without a workspace, for example that of a missing exporter.
pub const FIRING: &str = "alertname=~\"Omnichannel.+\",workspace=~`|${workspace:regex}`";

/// The text of a figure without a value.
const NO_DATA: &str = "no data";

/// Kinds of panels that show a course: their queries cover the range of the dashboard.
pub const COURSES: [&str; 3] = ["timeseries", "heatmap", "state-timeline"];

#[derive(Debug, Clone)]
pub struct Panel {
    pub size: (u64, u64),
    pub json: Value,
}

/// The query of Prometheus: `#` is the prefix of a metric, `@E` the labels that tell two exporters apart, and `@` with
/// another letter a matcher of the dashboard's variables.
pub fn expanded(query: &str) -> String {
    let department = "workspace=~\"$workspace\",department=~\"$department\"";
    query
        .replace("@E", "cluster, namespace, job, instance")
        .replace("@W", "workspace=~\"$workspace\"")
        .replace("@D", department)
        .replace("@A", &format!("{department},agent=~\"$agent\""))
        .replace("@P", "workspace=~\"$workspace\",agent=~\"$agent\"")
        .replace("@F", FIRING)
        .replace("@Q", "workspace=~\"$workspace\",queue=~\"$queue\"")
        .replace('\'', "\"")
        .replace('#', "rocketchat_omnichannel_")
}

pub fn panel(kind: &str, title: &str, about: &str, unit: &str, options: &Value) -> Panel {
    let json = json!({
        "type": kind, "title": title, "description": about,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "targets": [], "options": options,
        "fieldConfig": { "overrides": [], "defaults": {
            "unit": unit, "noValue": NO_DATA, "mappings": [],
            "color": { "mode": "thresholds" },
            "thresholds": { "mode": "absolute", "steps": [{ "color": WELL, "value": null }] },
        }},
    });
    Panel { size: (4, 5), json }
}

/// Figures that are readable from a distance; the background shows the state.
pub fn stat(title: &str, about: &str, unit: &str) -> Panel {
    let options = json!({
        "colorMode": "background", "graphMode": "none", "justifyMode": "center", "textMode": "auto",
        "orientation": "auto", "wideLayout": true,
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
    });
    // "1 mins" would be everything from half a minute to one and a half.
    let decimals = i32::from(unit == SECONDS);
    panel("stat", title, about, unit, &options)
        .set("/fieldConfig/defaults/decimals", json!(decimals))
        .push("/fieldConfig/defaults/mappings", nothing(NO_DATA))
}

/// Lines over time, with a list of their names below.
pub fn lines(title: &str, about: &str, unit: &str) -> Panel {
    let options = json!({
        "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] },
        "tooltip": { "mode": "multi", "sort": "desc" },
    });
    let custom = json!({
        "drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "never", "spanNulls": false,
        "stacking": { "mode": "none", "group": "A" }, "thresholdsStyle": { "mode": "off" },
    });
    let lines = panel("timeseries", title, about, unit, &options).size(12, 8);
    lines
        .set("/fieldConfig/defaults/custom", custom)
        .set("/fieldConfig/defaults/color", json!({ "mode": "palette-classic" }))
        .set("/fieldConfig/defaults/min", json!(0))
}

/// A bar for each series, with its latest value beside it.
pub fn bars(title: &str, about: &str, unit: &str) -> Panel {
    let options = json!({
        "displayMode": "basic", "orientation": "horizontal", "showUnfilled": true,
        "valueMode": "color", "namePlacement": "auto", "sizing": "auto", "minVizWidth": 8, "minVizHeight": 16,
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
    });
    let bars = panel("bargauge", title, about, unit, &options).size(8, 8);
    bars.set("/fieldConfig/defaults/min", json!(0)).set("/fieldConfig/defaults/decimals", json!(0))
}

/// A row for each series with its states over time.
pub fn timeline(title: &str, about: &str) -> Panel {
    let options = json!({
        "mergeValues": true, "showValue": "never", "alignValue": "left", "rowHeight": 0.8,
        "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true },
        "tooltip": { "mode": "single", "sort": "none" },
    });
    let timeline = panel("state-timeline", title, about, "none", &options).size(12, 8);
    timeline.set("/fieldConfig/defaults/custom", json!({ "lineWidth": 0, "fillOpacity": 80 }))
}

/// Distribution of the values of a histogram over time.
pub fn heatmap(title: &str, about: &str, unit: &str) -> Panel {
    let options = json!({
        "calculate": false, "cellGap": 1, "showValue": "never", "filterValues": { "le": 0.5 },
        "color": { "mode": "scheme", "scheme": "Blues", "steps": 64, "exponent": 0.5, "fill": "blue",
            "scale": "exponential", "reverse": false },
        "yAxis": { "axisPlacement": "left", "unit": unit, "reverse": false },
        "rowsFrame": { "layout": "auto" }, "legend": { "show": true },
        "tooltip": { "mode": "single", "yHistogram": false }, "exemplars": { "color": "rgba(255,0,255,0.7)" },
    });
    panel("heatmap", title, about, "none", &options).size(12, 8)
}

/// Text, for content that a figure cannot show.
pub fn words(title: &str, about: &str, content: &str) -> Panel {
    let mut panel =
        panel("text", title, about, "none", &json!({ "mode": "markdown", "content": content }));
    for unwanted in ["targets", "fieldConfig", "datasource"] {
        panel.json.as_object_mut().unwrap().remove(unwanted);
    }
    panel.size(24, 3)
}

/// Maps values from `first` on to a text in red.
pub fn text_from(first: f64, text: &str) -> Value {
    let result = json!({ "text": text, "color": NOW, "index": 0 });
    json!({ "type": "range", "options": { "from": first, "to": null, "result": result } })
}

/// Maps values to texts with their colours.
pub fn texts(words: &[(&str, &str, &str)]) -> Value {
    let options: Map<_, _> = (0..)
        .zip(words)
        .map(|(index, (value, text, color))| {
            ((*value).to_owned(), json!({ "text": text, "color": color, "index": index }))
        })
        .collect();
    json!({ "type": "value", "options": options })
}

/// Maps a missing value to a text in grey.
pub fn nothing(text: &str) -> Value {
    let result = json!({ "text": text, "color": REST, "index": 0 });
    json!({ "type": "special", "options": { "match": "null+nan", "result": result } })
}

impl Panel {
    /// Replaces the value at a JSON pointer; panics if the parent is missing.
    pub fn set(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.json.pointer_mut(parent).expect(pointer)[key] = value;
        self
    }

    /// Allows values below zero.
    pub fn signed(mut self) -> Self {
        self.json["fieldConfig"]["defaults"].as_object_mut().unwrap().remove("min");
        self
    }

    pub fn push(mut self, pointer: &str, value: Value) -> Self {
        self.json.pointer_mut(pointer).expect(pointer).as_array_mut().unwrap().push(value);
        self
    }

    pub fn size(self, width: u64, height: u64) -> Self {
        Self { size: (width, height), ..self }
    }

    pub fn reference(&self) -> String {
        let number = self.json["targets"].as_array().unwrap().len();
        char::from(b'A' + u8::try_from(number).unwrap()).to_string()
    }

    pub fn target(self, legend: &str, query: &str, format: &str) -> Self {
        let is_instant = !COURSES.iter().any(|kind| self.json["type"] == *kind);
        let target = json!({
            "refId": self.reference(), "expr": expanded(query), "legendFormat": legend, "format": format,
            "instant": is_instant, "range": !is_instant, "editorMode": "code",
            "datasource": { "type": "prometheus", "uid": "${datasource}" },
        });
        self.push("/targets", target)
    }

    /// A query; `legend` names its series.
    pub fn query(self, legend: &str, query: &str) -> Self {
        self.target(legend, query, "time_series")
    }

    /// Removes the latest query: its legend and its expression.
    pub fn take_query(&mut self) -> (String, String) {
        let target = self.json["targets"].as_array_mut().unwrap().pop().unwrap();
        let text = |key: &str| target[key].as_str().unwrap().to_owned();
        (text("legendFormat"), text("expr"))
    }

    /// Evaluates the first query every six hours at most: a window of a day is expensive.
    pub fn every_six_hours(self) -> Self {
        self.set("/targets/0/interval", json!("6h"))
    }

    /// A query whose series are the buckets of a histogram.
    pub fn buckets(self, query: &str) -> Self {
        self.target("{{le}}", query, "heatmap")
            .set("/targets/0/interval", json!("5m"))
            .set("/maxDataPoints", json!(96))
    }

    pub fn on(mut self, field: &str, property: &str, value: impl Into<Value>) -> Self {
        let value: Value = value.into();
        let overrides = self.json["fieldConfig"]["overrides"].as_array_mut().unwrap();
        let known = overrides.iter_mut().find(|it| it["matcher"]["options"] == field);
        let property = json!({ "id": property, "value": value });
        match known {
            Some(known) => known["properties"].as_array_mut().unwrap().push(property),
            None => overrides.push(json!({
                "matcher": { "id": "byName", "options": field }, "properties": [property],
            })),
        }
        self
    }

    /// Gives one series the same colour wherever it appears.
    pub fn colour(self, series: &str, colour: &str) -> Self {
        self.on(series, "color", json!({ "mode": "fixed", "fixedColor": colour }))
    }

    /// Draws one series with dashes: a target, or another week.
    pub fn dashed(self, series: &str) -> Self {
        self.on(series, "custom.lineStyle", json!({ "fill": "dash", "dash": [8, 6] }))
            .on(series, "custom.stacking", json!({ "mode": "none", "group": "B" }))
            .on(series, "custom.fillOpacity", json!(0))
            .on(series, "custom.lineWidth", json!(2))
    }

    /// Sets the colours from these values on; below the first value the colour is that of "well".
    pub fn steps(self, steps: &[(f64, &str)]) -> Self {
        self.beginning(WELL, steps)
    }

    /// The same with another colour for the lowest values.
    pub fn beginning(self, first: &str, steps: &[(f64, &str)]) -> Self {
        self.set("/fieldConfig/defaults/thresholds/steps", json!(stepped(first, steps)))
    }

    /// Stacks series that add up. Areas have no edge, because the edge of a series of zeros is visible.
    pub fn stacked(self) -> Self {
        self.set("/fieldConfig/defaults/custom/stacking/mode", json!("normal"))
            .set("/fieldConfig/defaults/custom/fillOpacity", json!(70))
            .set("/fieldConfig/defaults/custom/lineWidth", json!(0))
    }

    /// Shows names and highest values in the legend: the names, and so the colours, are not known here.
    pub fn told_by_value(self) -> Self {
        let legend = json!({
            "displayMode": "table", "placement": "right", "showLegend": true, "calcs": ["max"],
        });
        self.set("/options/legend", legend)
    }

    /// The text of a panel without series.
    pub fn empty(self, text: &str) -> Self {
        self.set("/fieldConfig/defaults/noValue", json!(text))
    }

    pub fn decimals(self, decimals: u8) -> Self {
        self.set("/fieldConfig/defaults/decimals", json!(decimals))
    }

    pub fn max(self, max: f64) -> Self {
        self.set("/fieldConfig/defaults/max", json!(max))
    }

    /// Texts in place of values, with their colours.
    pub fn mapped(self, words: &[(&str, &str, &str)]) -> Self {
        self.push("/fieldConfig/defaults/mappings", texts(words))
    }

    /// The text in place of values from a day on, infinity included.
    pub fn mapped_infinity(self, text: &str) -> Self {
        self.mapped_from(86_400.0, text)
    }

    /// The text in place of values from `first` on, in red.
    pub fn mapped_from(self, first: f64, text: &str) -> Self {
        self.push("/fieldConfig/defaults/mappings", text_from(first, text))
    }
}

pub fn stepped(first: &str, steps: &[(f64, &str)]) -> Vec<Value> {
    let first = json!({ "color": first, "value": null });
    let rest = steps.iter().map(|(value, color)| json!({ "color": color, "value": value }));
    std::iter::once(first).chain(rest).collect()
}
