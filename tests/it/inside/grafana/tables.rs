//! Tables: a row for each combination of labels, a column for each query.

use serde_json::{Map, json};

use super::panel::{CHATS, Panel, nothing, panel, stepped, text_from, texts};

/// The labels of a table with a row for each department.
pub const BY_DEPARTMENT: &[&str] = &["workspace", "department"];

/// A row for each combination of values of the labels `by`; [`Panel::column`] adds the columns.
pub fn table(title: &str, about: &str, by: &[&str]) -> Panel {
    let options = json!({ "showHeader": true, "cellHeight": "sm" });
    let table = panel("table", title, about, CHATS, &options).size(14, 9);
    let places: Map<_, _> =
        (0..).zip(by).map(|(place, label)| ((*label).into(), json!(place))).collect();
    let names: Map<_, _> =
        by.iter().map(|label| ((*label).into(), capitalised(label).into())).collect();
    let organised = json!({ "id": "organize", "options": {
        "excludeByName": { "Time": true }, "indexByName": places, "renameByName": names,
    }});
    table
        .set("/transformations", json!([{ "id": "merge", "options": {} }, organised]))
        .set(
            "/fieldConfig/defaults/custom",
            json!({ "align": "auto", "filterable": false, "minWidth": 70 }),
        )
        .set("/fieldConfig/defaults/noValue", json!("–"))
}

fn capitalised(label: &str) -> String {
    label[..1].to_uppercase() + &label[1..]
}

impl Panel {
    /// A column of a table: its name, its unit, and the query of its values.
    pub fn column(self, name: &str, unit: &str, query: &str) -> Self {
        let field = format!("Value #{}", self.reference());
        let mut this = self.target("", query, "table").on(&field, "unit", json!(unit));
        this.json["transformations"][1]["options"]["renameByName"][&field] = json!(name);
        let labels = this.json["transformations"][1]["options"]["indexByName"].as_object().unwrap();
        let place = labels.len();
        this.json["transformations"][1]["options"]["indexByName"][&field] = json!(place);
        this
    }

    /// Colours the cells of the latest column from these values on.
    pub fn cell_steps(self, steps: &[(f64, &str)]) -> Self {
        self.painted("transparent", steps)
    }

    /// The same with a colour for the lowest values; a missing value has no colour.
    pub fn cells_beginning(self, first: &str, steps: &[(f64, &str)]) -> Self {
        let mut nothing = nothing("–");
        nothing["options"]["result"]["color"] = "transparent".into();
        let field = self.latest_field();
        self.on(&field, "mappings", json!([nothing])).painted(first, steps)
    }

    fn painted(self, first: &str, steps: &[(f64, &str)]) -> Self {
        let field = self.latest_field();
        let cell = json!({ "type": "color-background", "mode": "basic" });
        let mut steps = stepped(first, steps);
        // Grafana reads the null of the first step as 0 in an override, and as minus infinity elsewhere.
        steps[0]["value"] = json!(-1e9);
        let thresholds = json!({ "mode": "absolute", "steps": steps });
        self.on(&field, "thresholds", thresholds).on(&field, "custom.cellOptions", cell)
    }

    /// Shows a text in the latest column in place of values from `first` on, in red.
    pub fn cell_text_from(self, first: f64, text: &str) -> Self {
        let field = self.latest_field();
        self.on(&field, "mappings", json!([text_from(first, text)]))
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

    /// Sorts a table by its columns, the highest first.
    pub fn sorted_by(self, columns: &[&str]) -> Self {
        let columns: Vec<_> =
            columns.iter().map(|column| json!({ "displayName": column, "desc": true })).collect();
        self.set("/options/sortBy", columns.into())
    }

    /// The column of a table with only one query: Grafana names its field without the letter of the query.
    pub fn only_column(self, name: &str, unit: &str, query: &str) -> Self {
        let mut this = self.target("", query, "table").on("Value", "unit", json!(unit));
        let organised = &mut this.json["transformations"][1]["options"];
        organised["renameByName"]["Value"] = json!(name);
        this
    }

    /// Hides the values of the latest column, whose labels are columns of their own.
    pub fn latest_hidden(self) -> Self {
        let field = self.latest_field();
        self.without(&[&field])
    }

    /// Gives a label the name of its column.
    pub fn named(mut self, label: &str, name: &str) -> Self {
        self.json["transformations"][1]["options"]["renameByName"][label] = json!(name);
        self
    }

    /// Hides a column whose values a link needs: by the key of Grafana up to 11, and by the key of Grafana 12.
    pub fn hidden(self, field: &str) -> Self {
        let hidden = json!({ "viz": true, "legend": false, "tooltip": false });
        self.on(field, "custom.hidden", true).on(field, "custom.hideFrom", hidden)
    }

    /// Leaves fields out of a table.
    pub fn without(mut self, fields: &[&str]) -> Self {
        for field in fields {
            self.json["transformations"][1]["options"]["excludeByName"][*field] = json!(true);
        }
        self
    }

    /// Colours the cells of a column by their words.
    pub fn coloured_words(self, field: &str, words: &[(&str, &str)]) -> Self {
        let words: Vec<_> = words.iter().map(|(word, colour)| (*word, *word, *colour)).collect();
        let cell = json!({ "type": "color-background", "mode": "basic" });
        self.on(field, "mappings", json!([texts(&words)])).on(field, "custom.cellOptions", cell)
    }

    /// Shows a table by pages, from Grafana 12 on; before, the table scrolls.
    pub fn paged(self) -> Self {
        self.set("/options/enablePagination", json!(true))
    }
}
