//! The chart's schema and the exporter's configuration have the same keys and the same words.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use rocketchat_omnichannel_exporter::config::{Flags, load};
use serde_json::{Value, json};

const SCHEMA: &str =
    include_str!("../../../../deploy/helm/rocketchat-omnichannel-exporter/values.schema.json");

/// Path to a value; `None` is the first item of a list.
type Way = Vec<Option<String>>;

/// The exporter's message about this value at the end of the path.
fn complaints(way: &[Option<String>], value: Value) -> String {
    let nest = |inner: Value, step: &Option<String>| match step {
        Some(key) => json!({ key.as_str(): inner }),
        None => json!([inner]),
    };
    let tree = way.iter().rev().fold(value, nest);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, tree.to_string()).unwrap();
    let flags = Flags { config_file: Some(file), ..Flags::default() };
    load(&flags, BTreeMap::new()).unwrap_err().to_string()
}

fn words(complaints: &str, before: &str) -> Option<BTreeSet<String>> {
    let (_, words) = complaints.split_once(before)?;
    Some(words.lines().next()?.split(", ").map(str::to_owned).collect())
}

/// The keys that the exporter knows at this path; `None` if it expects no mapping of its own keys.
fn known_keys(way: &[Option<String>]) -> Option<BTreeSet<String>> {
    words(&complaints(way, json!({ "?": 1 })), "known here: ")
}

fn resolved<'s>(schema: &'s Value, node: &'s Value) -> &'s Value {
    let Some(reference) = node["$ref"].as_str() else { return node };
    schema.pointer(reference.trim_start_matches('#')).expect(reference)
}

/// The schemas of a value: the branches of `oneOf`, or the one schema.
fn choices(node: &Value) -> &[Value] {
    node["oneOf"].as_array().map_or(slice::from_ref(node), Vec::as_slice)
}

/// Compares a value and everything below it; returns the number of keys.
fn compare(schema: &Value, node: &Value, way: &Way) -> usize {
    let node = resolved(schema, node);
    let mapping = choices(node).iter().find(|choice| choice["properties"].is_object());
    let into = |step: Option<String>| way.iter().cloned().chain([step]).collect::<Way>();
    if let Some(properties) = mapping.and_then(|mapping| mapping["properties"].as_object()) {
        let keys = properties.keys().cloned().collect();
        assert_eq!(known_keys(way), Some(keys), "{way:?}");
        let inner = properties.iter().map(|(key, node)| (into(Some(key.clone())), node));
        return inner.map(|(way, node)| 1 + compare(schema, node, &way)).sum();
    }
    assert_eq!(known_keys(way), None, "{way:?}");
    if let Some(allowed) = node["enum"].as_array() {
        let allowed = allowed.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        let known = words(&complaints(way, json!("?")), "must be one of ");
        assert_eq!(known, Some(allowed), "{way:?}");
    }
    let inner = [(Some("X".to_owned()), "additionalProperties"), (None, "items")];
    let inner = inner.into_iter().filter(|(_, kind)| node[*kind].is_object());
    inner.map(|(step, kind)| compare(schema, &node[kind], &into(step))).sum()
}

#[test]
fn the_values_of_the_chart_have_every_key_and_word_of_the_configuration_and_no_other() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let met = compare(&schema, &schema["properties"]["config"], &Way::new());
    assert!(met > 80, "{met}");
}

#[test]
fn a_key_that_one_side_lacks_is_noticed() {
    for (place, key) in
        [("/properties/config/properties/web", "listen_addres"), ("/definitions/promise", "x")]
    {
        let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
        schema.pointer_mut(place).unwrap()["properties"][key] = json!({ "type": "string" });
        let compared = std::panic::catch_unwind(|| {
            compare(&schema, &schema["properties"]["config"], &Way::new())
        });
        assert!(compared.is_err(), "{place}");
    }
}
