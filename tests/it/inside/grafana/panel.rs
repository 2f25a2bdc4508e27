//! One panel: a title, a description, queries, and the display of its values.
//!
//! Queries have short forms: `#` is the prefix of our metrics, `@W`, `@D`, `@A`, `@Q` are the matchers of the
//! variables, `@F` those of alerts, quotes are single. People who do not see red and green can distinguish the colours.
//! Each colour has one meaning: blue is well, amber needs a look, red needs a person at once.

use serde_json::{Value, json};

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

#[derive(Debug, Clone)]
pub struct Panel {
    pub size: (u64, u64),
    pub json: Value,
}

fn expanded(query: &str) -> String {
    let department = "workspace=\"$workspace\",department=~\"$department\"";
    query
        .replace("@W", "workspace=\"$workspace\"")
        .replace("@D", department)
        .replace("@A", &format!("{department},agent=~\"$agent\""))
        .replace("@P", "workspace=\"$workspace\",agent=~\"$agent\"")
        .replace("@F", FIRING)
        .replace("@Q", "workspace=\"$workspace\",queue=~\"$queue\"")
        .replace('\'', "\"")
        .replace('#', "rocketchat_omnichannel_")
}

fn panel(kind: &str, title: &str, about: &str, unit: &str, options: &Value) -> Panel {
    let json = json!({
        "type": kind, "title": title, "description": about,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "targets": [], "options": options,
        "fieldConfig": { "overrides": [], "defaults": {
            "unit": unit, "noValue": "nothing yet",
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
    panel("stat", title, about, unit, &options).set("/fieldConfig/defaults/decimals", json!(0))
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

/// A row for each value of `by`; [`Panel::column`] adds the columns.
pub fn table(title: &str, about: &str, by: &str) -> Panel {
    let options = json!({ "showHeader": true, "cellHeight": "sm" });
    let table = panel("table", title, about, CHATS, &options).size(14, 9);
    let organised = json!({ "id": "organize", "options": {
        "excludeByName": { "Time": true }, "indexByName": { by: 0 }, "renameByName": { by: capitalised(by) },
    }});
    table
        .set("/transformations", json!([{ "id": "merge", "options": {} }, organised]))
        .set(
            "/fieldConfig/defaults/custom",
            json!({ "align": "auto", "filterable": false, "minWidth": 70 }),
        )
        .set("/fieldConfig/defaults/noValue", json!("–"))
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

fn capitalised(label: &str) -> String {
    label[..1].to_uppercase() + &label[1..]
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

    fn push(mut self, pointer: &str, value: Value) -> Self {
        self.json.pointer_mut(pointer).expect(pointer).as_array_mut().unwrap().push(value);
        self
    }

    pub fn size(self, width: u64, height: u64) -> Self {
        Self { size: (width, height), ..self }
    }

    fn reference(&self) -> String {
        let number = self.json["targets"].as_array().unwrap().len();
        char::from(b'A' + u8::try_from(number).unwrap()).to_string()
    }

    fn target(self, legend: &str, query: &str, format: &str, is_instant: bool) -> Self {
        let target = json!({
            "refId": self.reference(), "expr": expanded(query), "legendFormat": legend, "format": format,
            "instant": is_instant, "range": !is_instant, "editorMode": "code",
            "datasource": { "type": "prometheus", "uid": "${datasource}" },
        });
        self.push("/targets", target)
    }

    /// A query over the range of the dashboard; `legend` names its series.
    pub fn query(self, legend: &str, query: &str) -> Self {
        self.target(legend, query, "time_series", false)
    }

    /// A query of the present moment.
    pub fn at_once(self, legend: &str, query: &str) -> Self {
        self.target(legend, query, "time_series", true)
    }

    /// A query whose series are the buckets of a histogram.
    pub fn buckets(self, query: &str) -> Self {
        self.target("{{le}}", query, "heatmap", false)
            .set("/targets/0/interval", json!("5m"))
            .set("/maxDataPoints", json!(96))
    }

    /// A column of a table: its name, its unit, and the query of its values.
    pub fn column(self, name: &str, unit: &str, query: &str) -> Self {
        let field = format!("Value #{}", self.reference());
        let mut this = self.target("", query, "table", true).on(&field, "unit", json!(unit));
        this.json["transformations"][1]["options"]["renameByName"][&field] = json!(name);
        let place = this.json["targets"].as_array().unwrap().len();
        this.json["transformations"][1]["options"]["indexByName"][&field] = json!(place);
        this
    }

    /// Colours the cells of the latest column from these values on.
    pub fn cell_steps(self, steps: &[(f64, &str)]) -> Self {
        self.painted("transparent", steps)
    }

    /// The same with a colour for the lowest values; a missing value has no colour.
    pub fn cells_beginning(self, first: &str, steps: &[(f64, &str)]) -> Self {
        let nothing = json!({ "text": "–", "color": "transparent", "index": 0 });
        let nothing =
            json!([{ "type": "special", "options": { "match": "null", "result": nothing } }]);
        let field = self.latest_field();
        self.on(&field, "mappings", nothing).painted(first, steps)
    }

    fn painted(self, first: &str, steps: &[(f64, &str)]) -> Self {
        let field = self.latest_field();
        let cell = json!({ "type": "color-background", "mode": "basic" });
        let thresholds = json!({ "mode": "absolute", "steps": stepped(first, steps) });
        self.on(&field, "thresholds", thresholds).on(&field, "custom.cellOptions", cell)
    }

    /// Shows decimals in the latest column.
    pub fn cell_decimals(self, decimals: u8) -> Self {
        let field = self.latest_field();
        self.on(&field, "decimals", json!(decimals))
    }

    fn latest_field(&self) -> String {
        format!(
            "Value #{}",
            self.json["targets"].as_array().unwrap().last().unwrap()["refId"].as_str().unwrap()
        )
    }

    /// Sorts a table by one of its columns, the highest first.
    pub fn sorted_by(self, column: &str) -> Self {
        self.set("/options/sortBy", json!([{ "displayName": column, "desc": true }]))
    }

    fn on(mut self, field: &str, property: &str, value: impl Into<Value>) -> Self {
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
    }

    /// Sets the colours from these values on; below the first value the colour is that of "well".
    pub fn steps(self, steps: &[(f64, &str)]) -> Self {
        self.beginning(WELL, steps)
    }

    /// The same with another colour for the lowest values.
    pub fn beginning(self, first: &str, steps: &[(f64, &str)]) -> Self {
        self.set("/fieldConfig/defaults/thresholds/steps", json!(stepped(first, steps)))
    }

    /// Stacks series that add up.
    pub fn stacked(self) -> Self {
        self.set("/fieldConfig/defaults/custom/stacking/mode", json!("normal"))
            .set("/fieldConfig/defaults/custom/fillOpacity", json!(40))
            .set("/fieldConfig/defaults/custom/lineWidth", json!(1))
    }

    /// Shows names and latest values in the legend: the names, and so the colours, are not known here.
    pub fn told_by_value(self) -> Self {
        let legend = json!({
            "displayMode": "table", "placement": "right", "showLegend": true, "calcs": ["lastNotNull"],
        });
        self.set("/options/legend", legend)
    }

    /// The text in place of a missing value.
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
        let options: serde_json::Map<_, _> = (0..)
            .zip(words)
            .map(|(index, (value, text, color))| {
                ((*value).to_owned(), json!({ "text": text, "color": color, "index": index }))
            })
            .collect();
        self.set("/fieldConfig/defaults/mappings", json!([{ "type": "value", "options": options }]))
    }

    /// The text in place of values from 86 400 on, infinity included.
    pub fn mapped_infinity(self, text: &str) -> Self {
        let range = json!({ "type": "range", "options": {
            "from": 86_400, "to": null, "result": { "text": text, "color": NOW, "index": 0 },
        }});
        self.set("/fieldConfig/defaults/mappings", json!([range]))
    }

    /// Opens another dashboard by a click on a value, with the same time and the same chats.
    pub fn opens(self, uid: &str, title: &str) -> Self {
        let variables = "${datasource:queryparam}&${workspace:queryparam}";
        let department = if uid == "rc-omni-exporter" { "" } else { "&${department:queryparam}" };
        let url = format!("/d/{uid}?${{__url_time_range}}&{variables}{department}");
        self.set("/fieldConfig/defaults/links", json!([{ "title": title, "url": url }]))
    }
}

fn stepped(first: &str, steps: &[(f64, &str)]) -> Vec<Value> {
    let first = json!({ "color": first, "value": null });
    let rest = steps.iter().map(|(value, color)| json!({ "color": color, "value": value }));
    std::iter::once(first).chain(rest).collect()
}
