//! The keys of Grafana's panels: Grafana silently ignores a misspelt key, and these tests report it.

use serde_json::Value;

use super::{all, panels};

/// Allowed keys by panel type, in the options and in the custom part of the fields.
const PANELS: [(&str, &str, &str); 7] = [
    ("stat", "colorMode graphMode justifyMode orientation reduceOptions textMode wideLayout", ""),
    (
        "bargauge",
        "displayMode maxVizHeight minVizHeight minVizWidth namePlacement orientation reduceOptions showUnfilled sizing valueMode",
        "",
    ),
    (
        "timeseries",
        "legend tooltip",
        "drawStyle fillOpacity lineWidth scaleDistribution showPoints spanNulls stacking thresholdsStyle",
    ),
    (
        "table",
        "cellHeight enablePagination showHeader sortBy",
        "align cellOptions filterable minWidth",
    ),
    (
        "heatmap",
        "calculate cellGap color exemplars filterValues legend rowsFrame showValue tooltip yAxis",
        "",
    ),
    (
        "state-timeline",
        "alignValue legend mergeValues perPage rowHeight showValue tooltip",
        "fillOpacity lineWidth",
    ),
    ("text", "content mode", ""),
];
const PANEL: &str = "datasource description fieldConfig gridPos id maxDataPoints options targets timeFrom title transformations type";
const TARGET: &str = "datasource editorMode expr format instant interval legendFormat range refId";
const DEFAULTS: &str = "color custom decimals links mappings max min noValue thresholds unit";
const OVERRIDES: &str = "color custom.cellOptions custom.fillOpacity custom.hidden custom.hideFrom custom.lineStyle custom.lineWidth custom.stacking decimals links mappings thresholds unit";
const UNITS: &str = "bool_yes_no dateTimeFromNow none percentunit s";

/// The keys of an object that are not among these words.
fn strange<'a>(value: &'a Value, words: &'a str) -> impl Iterator<Item = &'a str> {
    let keys = value.as_object().into_iter().flat_map(|object| object.keys().map(String::as_str));
    keys.filter(move |key| !words.split(' ').any(|word| word == *key))
}

fn strange_in_panel(panel: &Value) -> Vec<&str> {
    let kind = panel["type"].as_str().unwrap();
    let Some((_, options, custom)) = PANELS.iter().find(|known| known.0 == kind) else {
        return vec![kind];
    };
    let fields = &panel["fieldConfig"];
    let mut found: Vec<&str> = strange(panel, PANEL)
        .chain(strange(&panel["options"], options))
        .chain(strange(&fields["defaults"], DEFAULTS))
        .chain(strange(&fields["defaults"]["custom"], custom))
        .collect();
    for target in panel["targets"].as_array().into_iter().flatten() {
        found.extend(strange(target, TARGET));
    }
    let overrides = fields["overrides"].as_array().into_iter().flatten();
    let properties = overrides.flat_map(|it| it["properties"].as_array().unwrap());
    for property in properties {
        found.extend(Some(property["id"].as_str().unwrap()).filter(|id| !is_one_of(id, OVERRIDES)));
        let unit = property["value"].as_str().filter(|_| property["id"] == "unit");
        found.extend(unit.filter(|unit| !is_one_of(unit, UNITS)));
    }
    let unit = fields["defaults"]["unit"].as_str();
    found.extend(unit.filter(|unit| !is_one_of(unit, UNITS)));
    found
}

fn is_one_of(word: &str, words: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// Overrides for series that no query names, which have no effect.
fn unmatched(panel: &Value) -> Vec<&str> {
    let targets = panel["targets"].as_array().into_iter().flatten();
    let legends: Vec<&str> = targets.filter_map(|it| it["legendFormat"].as_str()).collect();
    if panel["type"] == "table" || legends.iter().any(|legend| legend.contains("{{")) {
        return Vec::new();
    }
    let overrides = panel["fieldConfig"]["overrides"].as_array().into_iter().flatten();
    let by_name = overrides.filter(|it| it["matcher"]["id"] == "byName");
    let names = by_name.filter_map(|it| it["matcher"]["options"].as_str());
    names.filter(|name| !legends.contains(name)).collect()
}

#[test]
fn panels_use_the_words_that_grafana_knows() {
    for dashboard in all() {
        let json = dashboard.provisioned();
        for panel in panels(&json) {
            let found = (strange_in_panel(panel), unmatched(panel));
            assert_eq!(found, (Vec::new(), Vec::new()), "{}: {}", dashboard.title, panel["title"]);
        }
    }
}

#[test]
fn a_misspelt_word_is_found() {
    let json = super::wallboard::dashboard().provisioned();
    let right = panels(&json).next().unwrap();
    for (pointer, misspelt) in [
        ("", "titel"),
        ("/options", "graphModee"),
        ("/fieldConfig/defaults", "unitt"),
        ("/targets/0", "legendFormatt"),
    ] {
        let mut wrong = right.clone();
        wrong.pointer_mut(pointer).unwrap()[misspelt] = "x".into();
        assert_eq!(strange_in_panel(&wrong), [misspelt]);
    }
}
