//! The fields that the exporter decodes from an answer, found by changing the answer.
//!
//! A field is decoded if the answer without the field, or with another value in it, is decoded differently. No list of
//! fields is kept: the types of `src/rocketchat` are the list.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::rocketchat::page::{self, Page, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The kind of value in which a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Number,
    Flag,
    Time,
    List,
    Object,
    /// Any value is the same.
    Presence,
}

/// Decodes a body as the exporter does.
#[derive(Clone, Copy)]
pub struct Reader {
    /// The type of the rows.
    pub row: &'static str,
    /// The decoded page as text.
    read: fn(&Value) -> String,
}

impl Reader {
    pub fn of_list<R: Row + Debug>() -> Self {
        let read = |body: &Value| format!("{:#?}", page::decode::<R>(body.to_string().as_bytes()));
        Self { row: type_name::<R>(), read }
    }

    pub fn of_object<R: DeserializeOwned + Debug>() -> Self {
        let read = |body: &Value| {
            let row = page::decode_object::<R>(body.to_string().as_bytes());
            format!("{:#?}", row.map(|row| Page { rows: vec![row], total: None, invalid: 0 }))
        };
        Self { row: type_name::<R>(), read }
    }
}

/// The decoded fields of an endpoint.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The fields of the answer, as paths.
    pub fields: BTreeMap<String, Kind>,
    /// The fields of the rows, as the code names them.
    named: BTreeSet<String>,
    /// The fields of the rows that a change of an answer changed.
    changed: BTreeSet<String>,
}

impl Decoded {
    /// Adds what an answer shows. Each row is changed in a page of its own: a page of many rows takes long to decode.
    pub fn add(&mut self, reader: Reader, answer: &Value) {
        let pages = pages_of_one_row(answer);
        assert!(!pages.is_empty(), "no rows: {answer}");
        for page in pages {
            let read = (reader.read)(&page);
            assert!(read.starts_with("Ok("), "{read} {page}");
            let values = values(&read);
            self.named.extend(values.keys().cloned());
            for place in places(&page) {
                self.try_at(&place, &page, reader, (&read, &values));
            }
        }
    }

    fn try_at(&mut self, place: &Place, page: &Value, reader: Reader, whole: (&str, &Values)) {
        if self.fields.contains_key(&place.path) {
            return;
        }
        for changed in [place.removed_from(page), place.changed_in(page)] {
            let read = (reader.read)(&changed);
            if read != whole.0 {
                let kind = || place.kind(page, |other| (reader.read)(other) == whole.0);
                let kind = *self.fields.entry(place.path.clone()).or_insert_with(kind);
                // A removed object changes all fields below it, also one that no answer has.
                if !matches!(kind, Kind::List | Kind::Object) {
                    self.changed.extend(differing(whole.1, &values(&read)));
                }
            }
        }
    }

    /// Adds the fields of the rows of another endpoint with the same rows.
    pub fn add_rows_of(&mut self, other: &Self) {
        self.named.extend(other.named.iter().cloned());
        self.changed.extend(other.changed.iter().cloned());
    }

    /// The fields of the rows that no answer has with a value, as the code names them.
    pub fn never_changed(&self) -> impl Iterator<Item = &String> {
        let is_above =
            |name: &String| self.named.iter().any(|it| it.starts_with(&format!("{name}.")));
        self.named.difference(&self.changed).filter(move |name| !is_above(name))
    }
}

/// An answer with a list at its top as several answers, of one member each.
fn pages_of_one_row(answer: &Value) -> Vec<Value> {
    let list = answer.as_object().unwrap().iter().find(|(_, field)| field.is_array());
    let Some((name, rows)) = list else { return vec![answer.clone()] };
    let with_row = |row: &Value| {
        let mut page = answer.clone();
        page[name] = json!([row]);
        page
    };
    rows.as_array().unwrap().iter().map(with_row).collect()
}

/// A value inside a document.
struct Place {
    /// The JSON pointer.
    pointer: String,
    /// The names of the fields, with `[]` for the members of a list.
    path: String,
}

/// The places of a document that have a value.
fn places(document: &Value) -> Vec<Place> {
    let mut found = Vec::new();
    find_places(document, &Place { pointer: String::new(), path: String::new() }, &mut found);
    found
}

fn find_places(value: &Value, at: &Place, found: &mut Vec<Place>) {
    let mut enter = |field: &Value, name: &str, path: String| {
        if !field.is_null() {
            let place = Place { pointer: format!("{}/{name}", at.pointer), path };
            find_places(field, &place, found);
            found.push(place);
        }
    };
    let start = if at.path.is_empty() { String::new() } else { format!("{}.", at.path) };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| enter(field, name, format!("{start}{name}")));
        }
        Value::Array(members) => {
            let path = || format!("{}[]", at.path);
            members.iter().enumerate().for_each(|(i, it)| enter(it, &i.to_string(), path()));
        }
        _ => {}
    }
}

impl Place {
    fn removed_from(&self, document: &Value) -> Value {
        let mut document = document.clone();
        let (parent, name) = self.pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Array(members) => drop(members.remove(name.parse().unwrap())),
            fields => drop(fields.as_object_mut().unwrap().remove(name)),
        }
        document
    }

    fn with(&self, value: Value, document: &Value) -> Value {
        let mut document = document.clone();
        *document.pointer_mut(&self.pointer).unwrap() = value;
        document
    }

    /// The document with another value of the same kind at this place.
    fn changed_in(&self, document: &Value) -> Value {
        let other = match document.pointer(&self.pointer).unwrap() {
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
            Value::String(text) => text.parse().map_or_else(
                |_| json!(format!("{text}x")),
                |time: Timestamp| json!(time + SignedDuration::from_secs(1)),
            ),
            Value::Array(_) => json!([]),
            _ => json!({}),
        };
        self.with(other, document)
    }

    /// The kind in which the value is read. `is_same` is true if a document is decoded like the original.
    fn kind(&self, document: &Value, is_same: impl Fn(&Value) -> bool) -> Kind {
        let value = document.pointer(&self.pointer).unwrap();
        let odd = self.with(json!([[]]), document);
        if is_same(&odd) && is_same(&self.changed_in(document)) {
            return Kind::Presence;
        }
        let in_extended_json =
            |time: Timestamp| self.with(json!({ "$date": time.as_millisecond() }), document);
        match value {
            Value::Bool(_) => Kind::Flag,
            Value::Number(_) => Kind::Number,
            // Only a time is read from both forms.
            Value::String(text) => match text.parse().map(in_extended_json) {
                Ok(other) if is_same(&other) => Kind::Time,
                _ => Kind::Text,
            },
            Value::Array(_) => Kind::List,
            _ => Kind::Object,
        }
    }
}

/// The values of the fields of a decoded row, by their names in the code.
type Values = BTreeMap<String, String>;

/// The values in the text of a decoded page, which has one field a line, and the fields of a field below it.
fn values(read: &str) -> Values {
    let mut values = Values::new();
    let mut names: Vec<(usize, &str)> = Vec::new();
    for line in read.lines() {
        let text = line.trim_start();
        let depth = line.len() - text.len();
        while names.last().is_some_and(|(above, _)| *above >= depth) {
            names.pop();
        }
        let is_name = |(name, _): &(&str, &str)| {
            name.chars().all(|it| it == '_' || it.is_ascii_alphanumeric())
        };
        let field = text.split_once(": ").filter(is_name);
        names.extend(field.map(|(name, _)| (depth, name)));
        let path: Vec<_> = names.iter().map(|(_, name)| *name).collect();
        if path.len() > 1 && path[0] == "rows" {
            *values.entry(path.join(".")).or_default() += field.map_or(text, |(_, value)| value);
        }
    }
    values
}

/// The fields that both have, with different values.
fn differing<'a>(one: &'a Values, other: &Values) -> impl Iterator<Item = String> + use<'a> {
    let other = other.clone();
    let is_other =
        move |(name, value): &(&String, &String)| other.get(*name).is_some_and(|it| it != *value);
    one.iter().filter(is_other).map(|(name, _)| name.clone())
}
