//! The documentation names each field of `/status.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tokio::time::Instant;

use super::status::{busy, facts, rendered};
use crate::watching::Watched;

const PAGE: &str = include_str!("../../../docs/page.md");

/// Fields by the path of their object, in the notation of `jq`.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// Adds the fields of each object in a value.
fn add(value: &Value, path: &str, fields: &mut Fields) {
    match value {
        Value::Object(object) => {
            let object_path = if path.is_empty() { "." } else { path };
            fields.entry(object_path.to_owned()).or_default().extend(object.keys().cloned());
            for (name, value) in object {
                add(value, &format!("{path}.{name}"), fields);
            }
        }
        Value::Array(values) => {
            for value in values {
                add(value, &format!("{path}[]"), fields);
            }
        }
        _ => {}
    }
}

/// The words in a cell that are in the font of code.
fn code(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The fields that the table names: objects in the first column, their fields in the second one.
fn documented() -> Fields {
    let (_, rows) = PAGE.split_once("| object | fields |").unwrap();
    let rows = rows.lines().skip(2).map_while(|line| line.strip_prefix("| "));
    let mut fields = Fields::new();
    for row in rows {
        let mut cells = row.split(" | ");
        let (objects, names) = (cells.next().unwrap(), cells.next().unwrap());
        for object in code(objects) {
            let known = fields.insert(object.to_owned(), code(names).map(str::to_owned).collect());
            assert_eq!(known, None, "{object} has two rows");
        }
    }
    fields
}

#[tokio::test(start_paused = true)]
async fn the_documentation_names_exactly_the_fields_of_the_json() {
    let mut watched = Watched::in_process(&busy(), |_| {});
    let began = Instant::now();
    watched.polled().await;
    let (_, json) = rendered(facts(&watched, began));
    let mut fields = Fields::new();
    add(&serde_json::from_str(&json).unwrap(), "", &mut fields);
    assert!(fields.len() > 8, "{fields:?}");
    assert_eq!(documented(), fields);
}
