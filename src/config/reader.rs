//! Reads a tree of values strictly: each key is read by its name, and a key that was not read is a problem.
//!
//! Reading continues after a problem, so that one run reports all problems.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;

use config::{Value, ValueKind};

use super::location::Location;
use super::problems::Problems;
use super::scalar::{ScalarResult, path, remedy, text, without_quotes};

/// Names of departments are case-sensitive, names of variables are not.
const LOST_CASE: &str =
    "the name of a variable does not keep upper and lower case: set this in the file";

/// A mapping that is being read.
pub(crate) struct MappingReader<'a> {
    entries: BTreeMap<String, Value>,
    asked: BTreeMap<&'static str, Location>,
    location: Location,
    problems: &'a mut Problems,
}

impl MappingReader<'_> {
    /// Reads a mapping and reports its unknown keys; `None` if the value is not a mapping.
    pub(crate) fn read<T>(
        value: Value,
        location: Location,
        problems: &mut Problems,
        read: impl FnOnce(&mut MappingReader<'_>) -> T,
    ) -> Option<T> {
        let ValueKind::Table(entries) = value.kind else {
            problems.add(&location, &"must be a mapping of keys to values");
            return None;
        };
        let mut section = MappingReader {
            entries: entries.into_iter().collect(),
            asked: BTreeMap::new(),
            location,
            problems,
        };
        let read = read(&mut section);
        section.name_unknown_keys();
        Some(read)
    }

    /// The value of a key; `None` if the key is absent or its value is wrong. A key without a value counts as absent.
    pub(crate) fn get<T>(
        &mut self,
        key: &'static str,
        scalar: impl FnOnce(&Value) -> ScalarResult<T>,
    ) -> Option<T> {
        let value = self.take(key)?;
        let read = scalar(&value);
        read.map_err(|expected| self.complain(key, &remedy(expected, &value))).ok()
    }

    /// Replaces a default by the value of a key, if the key is there and its value is right.
    pub(crate) fn set<T>(
        &mut self,
        key: &'static str,
        setting: &mut T,
        scalar: impl FnOnce(&Value) -> ScalarResult<T>,
    ) {
        if let Some(value) = self.get(key, scalar) {
            *setting = value;
        }
    }

    /// Name of a key for a remedy, written as in the layer that set this mapping.
    pub(crate) fn name_of(&self, key: &str) -> String {
        self.location.name_of(key)
    }

    /// The value of a key that has no default; an absent key is a problem.
    pub(crate) fn require<T>(
        &mut self,
        key: &'static str,
        scalar: impl FnOnce(&Value) -> ScalarResult<T>,
    ) -> Option<T> {
        if !self.holds(key) {
            self.take(key);
            self.complain(key, &"is missing");
        }
        self.get(key, scalar)
    }

    /// The path of a file; a relative path starts from [`Self::folder`].
    pub(crate) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        let path = self.get(key, path)?;
        Some(self.folder(key).join(path))
    }

    /// The path of a file that has no default; an absent key is a problem.
    pub(crate) fn require_path(&mut self, key: &'static str) -> Option<PathBuf> {
        let path = self.require(key, path)?;
        Some(self.folder(key).join(path))
    }

    /// The folder that a relative path under this key starts from: the folder of the file that sets the key, or the
    /// working directory if a variable sets the key.
    pub(crate) fn folder(&self, key: &str) -> PathBuf {
        self.place_of(key).folder()
    }

    /// The items of a list; `None` if an item is wrong. In a variable, commas separate the items.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        scalar: impl Fn(&Value) -> ScalarResult<T>,
    ) -> Option<Vec<T>> {
        let value = self.take(key)?;
        let location = self.place_of(key);
        let items =
            items(value, &location).map_err(|expected| self.complain(key, &expected)).ok()?;
        let read = |(index, item): (usize, &Value)| {
            let read = scalar(item);
            let location = || location.item(index, item);
            read.map_err(|expected| self.problems.add(&location(), &remedy(expected, item))).ok()
        };
        let read: Vec<Option<T>> = items.iter().enumerate().map(read).collect();
        read.into_iter().collect()
    }

    /// The items of a list; a single text counts as a list with one item.
    pub(crate) fn list_or_one<T>(
        &mut self,
        key: &'static str,
        scalar: impl Fn(&Value) -> ScalarResult<T>,
    ) -> Option<Vec<T>> {
        if let Some(value) = self.entries.get_mut(key)
            && value.origin().is_none()
            && matches!(value.kind, ValueKind::String(_))
        {
            let one = std::mem::take(value);
            value.kind = ValueKind::Array(vec![one]);
        }
        self.list(key, scalar)
    }

    /// Reads the mapping under a key.
    pub(crate) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut MappingReader<'_>) -> T,
    ) -> Option<T> {
        let value = self.take(key)?;
        MappingReader::read(value, self.place_of(key), self.problems, read)
    }

    /// Reads a list of mappings under a key; `None` in the place of an item that is not a mapping.
    pub(crate) fn sections<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(usize, &mut MappingReader<'_>) -> T,
    ) -> Option<Vec<Option<T>>> {
        let value = self.take(key)?;
        let ValueKind::Array(items) = value.kind else {
            self.complain(key, &"must be a list of mappings: write a dash before each mapping");
            return None;
        };
        let location = self.place_of(key);
        let read = items.into_iter().enumerate().map(|(index, item)| {
            let location = location.item(index, &item);
            MappingReader::read(item, location, self.problems, |section| read(index, section))
        });
        Some(read.collect())
    }

    /// A mapping whose keys are the operator's own names. A variable cannot set such a key, because variables lose the
    /// case of a name.
    pub(crate) fn named<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&str, Value, Location, &mut Problems) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let ValueKind::Table(entries) = self.take(key)?.kind else {
            self.complain(key, &"must be a mapping of names to values");
            return None;
        };
        let location = self.place_of(key);
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        let read = entries.into_iter().filter_map(|(name, value)| {
            let location = location.entry(&name, &value);
            if location.is_environment() {
                self.problems.add(&location, &LOST_CASE);
                return None;
            }
            let value = read(&name, value, location, self.problems)?;
            Some((name, value))
        });
        Some(read.collect())
    }

    /// A mapping of the operator's own names to text.
    pub(crate) fn text_map(&mut self, key: &'static str) -> Option<BTreeMap<String, String>> {
        self.named(key, |_, value, location, problems| {
            text(&value).map_err(|expected| problems.add(&location, &expected)).ok()
        })
    }

    /// True if the key has a value.
    pub(crate) fn holds(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|value| value.kind != ValueKind::Nil)
    }

    /// True if the key holds a mapping.
    pub(crate) fn holds_mapping(&self, key: &str) -> bool {
        let value = self.entries.get(key);
        value.is_some_and(|value| matches!(value.kind, ValueKind::Table(_)))
    }

    /// True if each key has no value or a blank text.
    pub(crate) fn is_blank(&self) -> bool {
        let blank = |value: &Value| match &value.kind {
            ValueKind::Nil => true,
            ValueKind::String(text) => text.trim().is_empty(),
            _ => false,
        };
        self.entries.values().all(blank)
    }

    /// Number of problems so far. An increase during a reading shows that its cause is already reported.
    pub(crate) fn problems(&self) -> usize {
        self.problems.lines().len()
    }

    /// Adds a problem with a key of this mapping.
    pub(crate) fn complain(&mut self, key: &str, remedy: &impl Display) {
        self.problems.add(&self.place_of(key), remedy);
    }

    fn place_of(&self, key: &str) -> Location {
        let asked = self.asked.get(key).cloned();
        asked.unwrap_or_else(|| self.location.key(key))
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        let value = self.entries.remove(key);
        let location = match &value {
            Some(value) => self.location.entry(key, value),
            None => self.place_of(key),
        };
        self.asked.insert(key, location);
        value.filter(|value| value.kind != ValueKind::Nil)
    }

    fn name_unknown_keys(self) {
        let known: Vec<_> = self.asked.into_keys().collect();
        for (key, value) in self.entries {
            let location = self.location.entry(&key, &value);
            if location.is_environment() {
                let nearest = nearest(&key, &known).map(|known| self.location.entry(known, &value));
                self.problems.add(&location, &unknown_key("variable", nearest, &known));
            } else {
                let nearest = nearest(&key, &known).map(|known| format!("\"{known}\""));
                let unknown = format!("key {}", shown(&key, &known));
                self.problems.add(&self.location, &unknown_key(&unknown, nearest, &known));
            }
        }
    }
}

fn items(value: Value, location: &Location) -> ScalarResult<Vec<Value>> {
    let source = value.origin().map(str::to_owned);
    if location.is_environment() {
        without_quotes(&value)?;
    }
    match value.kind {
        ValueKind::Array(items) => Ok(items),
        ValueKind::String(text) if location.is_environment() => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(items.map(|item| Value::new(source.as_ref(), item)).collect())
        }
        _ => Err("must be a list, e.g. [a, b]".into()),
    }
}

fn unknown_key(unknown: &str, nearest: Option<impl Display>, known: &[&str]) -> String {
    match nearest {
        Some(nearest) => format!("unknown {unknown}; did you mean {nearest}?"),
        None => format!("unknown {unknown}; known here: {}", known.join(", ")),
    }
}

fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let key = key.to_lowercase();
    let likeness = |known: &str| strsim::jaro_winkler(&key, known);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.filter(|known| likeness(known) >= 0.8)
}

/// The key in a form that a message may repeat. `{auth_token:abc}` without a space is one key that ends in a secret,
/// so a key is shown only if it has at most 32 characters and all are ASCII letters or `_-.`.
fn shown(key: &str, known: &[&str]) -> String {
    let letters = |c: char| c.is_ascii_alphabetic() || "_-.".contains(c);
    if key.len() <= 32 && key.chars().all(letters) {
        return format!("\"{key}\"");
    }
    match known.iter().find(|known| key.starts_with(**known)) {
        Some(known) => format!("that begins with \"{known}\" (a colon needs a space after it)"),
        None => format!("of {} characters (not shown)", key.chars().count()),
    }
}
