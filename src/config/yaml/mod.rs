//! Parses a text in YAML into a tree of values.
//!
//! The tree is built from the parser's events, because the parser's own loader has no limits: a few lines with aliases
//! of aliases fill the memory, and a few lines with nested lists fill the stack.

mod mapping;
mod mistake;

use std::collections::HashMap;

use config::{Map, Value, ValueKind};
use yaml_rust2::Yaml;
use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::TScalarStyle;

use self::mapping::{Mapping, MappingKey};
use self::mistake::Mistake;
pub(crate) use self::mistake::YamlError;

/// Deepest nesting; no setting is nested a quarter as deep.
const MOST_DEPTH: usize = 64;

/// Most memory that anchors and aliases may add to a tree, bytes: far more than a person would repeat.
const MOST_COPIED_BYTES: usize = 32 * 1024 * 1024;

/// Number of entries that a hash map has room for, even if it holds fewer.
const LEAST_ENTRIES: usize = 4;

/// The mapping in a text; an empty text is an empty mapping.
pub(crate) fn tree(text: &str) -> Result<Map<String, Value>, YamlError> {
    let mut parser = Parser::new_from_str(text);
    let mut builder = Builder::default();
    loop {
        let next = parser.next_token();
        let (event, mark) = next.map_err(|error| {
            let is_alias = error.info().ends_with("unknown anchor");
            let mistake = if is_alias { Mistake::NoAnchor } else { Mistake::NoMapping };
            mistake.at(error.marker().line())
        })?;
        if event == Event::StreamEnd {
            break;
        }
        builder.take(event, mark.line())?;
    }
    match builder.root.map(|root| root.kind) {
        None | Some(ValueKind::Nil) => Ok(Map::new()),
        Some(ValueKind::Table(entries)) => Ok(entries),
        Some(_) => Err(YamlError::Whole(Mistake::NoMapping)),
    }
}

/// A tree that is being built.
#[derive(Default)]
struct Builder {
    root: Option<Value>,
    /// Lists and mappings that have not ended, the outermost first, each with the number of its anchor.
    open: Vec<(Collection, usize)>,
    /// The values that have an anchor, by the number of the anchor.
    anchors: HashMap<usize, Anchored>,
    copied_bytes: usize,
    /// The line of the present event.
    line: usize,
}

#[derive(Clone)]
struct Anchored {
    value: Value,
    /// The key for an alias of the value that stands before a colon; `None` if the value cannot be a key.
    key: Option<MappingKey>,
    weight: usize,
}

enum Collection {
    List(Vec<Value>),
    Mapping(Mapping),
}

impl Builder {
    fn take(&mut self, event: Event, line: usize) -> Result<(), YamlError> {
        self.line = line;
        match event {
            Event::DocumentStart if self.root.is_some() => Err(Mistake::SecondDocument.at(line)),
            Event::SequenceStart(anchor, _) => self.begin(Collection::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => {
                self.begin(Collection::Mapping(Mapping::default()), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Scalar(text, style, anchor, tag) => {
                let kind = kind(&text, style, tag.as_ref());
                let is_merge = text == "<<" && style == TScalarStyle::Plain && tag.is_none();
                let key = if is_merge { MappingKey::Merge } else { MappingKey::Name(text) };
                let key = (kind != ValueKind::Nil).then_some(key);
                self.put(Value::new(None, kind), anchor, key)
            }
            Event::Alias(anchor) => self.copy(anchor),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, collection: Collection, anchor: usize) -> Result<(), YamlError> {
        if self.open.len() == MOST_DEPTH {
            return Err(Mistake::TooDeep.at(self.line));
        }
        self.open.push((collection, anchor));
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlError> {
        let Some((collection, anchor)) = self.open.pop() else {
            return Ok(());
        };
        let kind = match collection {
            Collection::List(items) => ValueKind::Array(items),
            Collection::Mapping(mapping) => ValueKind::Table(mapping.ended()),
        };
        self.put(Value::new(None, kind), anchor, None)
    }

    /// Adds a value to the innermost open list or mapping, or makes the value the root. `key` is the key that the value
    /// forms if it stands before a colon.
    fn put(
        &mut self,
        value: Value,
        anchor: usize,
        key: Option<MappingKey>,
    ) -> Result<(), YamlError> {
        // The parser counts anchors from 1; 0 means that the value has no anchor.
        if anchor > 0 {
            let name = match &key {
                Some(MappingKey::Name(name)) => name.len(),
                Some(MappingKey::Merge) | None => 0,
            };
            let weight = weight(&value) + name;
            self.pay(weight)?;
            self.anchors
                .insert(anchor, Anchored { value: value.clone(), key: key.clone(), weight });
        }
        match self.open.last_mut().map(|(collection, _)| collection) {
            None => self.root = Some(value),
            Some(Collection::List(items)) => items.push(value),
            Some(Collection::Mapping(mapping)) => mapping.put(value, key, self.line)?,
        }
        Ok(())
    }

    fn copy(&mut self, anchor: usize) -> Result<(), YamlError> {
        let inside_itself = Mistake::InsideItself.at(self.line);
        let weight = self.anchors.get(&anchor).map(|it| it.weight);
        self.pay(weight.ok_or(inside_itself)?)?;
        let copied = self.anchors.get(&anchor).cloned();
        let Anchored { value, key, .. } = copied.ok_or(inside_itself)?;
        self.put(value, 0, key)
    }

    fn pay(&mut self, weight: usize) -> Result<(), YamlError> {
        self.copied_bytes = self.copied_bytes.saturating_add(weight);
        if self.copied_bytes > MOST_COPIED_BYTES {
            return Err(Mistake::TooLarge.at(self.line));
        }
        Ok(())
    }
}

/// Approximate memory of a value, bytes.
fn weight(value: &Value) -> usize {
    let inner: usize = match &value.kind {
        ValueKind::String(text) => text.len(),
        ValueKind::Array(items) => items.iter().map(weight).sum(),
        ValueKind::Table(entries) => {
            let unused = LEAST_ENTRIES.saturating_sub(entries.len()) * size_of::<(String, Value)>();
            let used =
                |(key, value): (&String, &Value)| size_of::<String>() + key.len() + weight(value);
            unused + entries.iter().map(used).sum::<usize>()
        }
        _ => 0,
    };
    size_of::<Value>() + inner
}

/// The meaning of a scalar. A scalar that stands in quotes or in a block, or has another tag than `bool`, `int`,
/// `float` or `null`, is text.
fn kind(text: &str, style: TScalarStyle, tag: Option<&Tag>) -> ValueKind {
    let is_typed = |tag: &Tag| {
        tag.handle == "tag:yaml.org,2002:"
            && matches!(tag.suffix.as_str(), "bool" | "int" | "float" | "null")
    };
    if style != TScalarStyle::Plain || !tag.is_none_or(is_typed) {
        return ValueKind::String(text.to_owned());
    }
    match Yaml::from_str(text) {
        Yaml::Null => ValueKind::Nil,
        Yaml::Boolean(switch) => ValueKind::Boolean(switch),
        Yaml::Integer(number) => ValueKind::I64(number),
        // Rust cannot parse YAML's `.inf`. NaN replaces it, because no setting is infinite.
        Yaml::Real(number) => ValueKind::Float(number.parse().unwrap_or(f64::NAN)),
        _ => ValueKind::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn get(text: &str, key: &str) -> ValueKind {
        tree(text).unwrap().remove(key).unwrap().kind
    }

    fn mistake(text: &str) -> String {
        tree(text).unwrap_err().to_string()
    }

    #[test]
    fn scalars_mean_what_yaml_says() {
        for (written, kind) in [
            ("a", "a".into()),
            ("12", 12.into()),
            ("0x1F", 31.into()),
            ("1.5", 1.5.into()),
            ("true", true.into()),
            ("~", ValueKind::Nil),
            ("", ValueKind::Nil),
            ("'12'", "12".into()),
            ("\"true\"", "true".into()),
            ("!!str 12", "12".into()),
            ("!!int 12", 12.into()),
            ("!own 12", "12".into()),
            ("|\n  a\n  b\n", "a\nb\n".into()),
        ] {
            assert_eq!(get(&format!("a: {written}\n"), "a"), kind, "{written}");
        }
        assert!(matches!(get("a: .inf", "a"), ValueKind::Float(number) if number.is_nan()));
    }

    #[test]
    fn keys_are_text_as_it_is_written() {
        let keys = |text: &str| {
            let mut keys: Vec<_> = tree(text).unwrap().into_keys().collect();
            keys.sort();
            keys
        };
        assert_eq!(keys("{a: 1, 'b c': 2, 007: 3, true: 4}"), ["007", "a", "b c", "true"]);
        assert_eq!(keys("a: &k name\n*k : 1\n"), ["a", "name"]);
        assert_eq!(keys("a: &k 007\n*k : 1\n"), ["007", "a"]);
        for no_key in ["[a]: 1", "{a: 1}: 1", "~: 1", "a: &k [1]\n*k : 2\n"] {
            assert!(mistake(no_key).contains("a key must be text"), "{no_key}");
        }
    }

    #[test]
    fn nothing_is_an_empty_mapping() {
        for nothing in ["", "# a\n", "---\n", "---\n# a\n...\n", "~\n", "{}"] {
            assert!(tree(nothing).unwrap().is_empty(), "{nothing}");
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, line) in [
            ("a: 1\nb: 2\na:\n  - s3cret\n", "line 3: the same key is in this mapping twice"),
            ("a: 1\n b: s3cret\n", "line 2: not a YAML mapping"),
            ("a: 1\n---\nb: 2\n", "line 2: a second document begins"),
            ("a: *s3cret\n", "line 1: an alias without an anchor"),
            ("a: 1\nb: &b [s3cret, *b]\n", "line 2: an alias inside its own anchor"),
        ] {
            let told = mistake(text);
            assert!(told.starts_with(line) && !told.contains("s3cret"), "{told}");
        }
        for no_mapping in ["s3cret", "- s3cret", "12"] {
            assert_eq!(mistake(no_mapping), Mistake::NoMapping.to_string());
        }
    }

    #[test]
    fn an_alias_is_a_copy() {
        let text = "a: &a {b: [1, 2]}\nc: *a\nd: {e: *a}\n";
        assert_eq!(get(text, "c"), get(text, "a"));
        let again = "a: &a 1\nb: &a 2\nc: *a\n";
        assert_eq!(get(again, "c"), 2.into());
    }

    /// Aliases of aliases: the last line stands for 9 to the power of `levels` values.
    fn bomb(levels: usize) -> String {
        let level = |level: usize| {
            let inner = if level == 0 { "x".to_owned() } else { format!("*a{}", level - 1) };
            format!("a{level}: &a{level} [{}]\n", vec![inner; 9].join(","))
        };
        (0..levels).map(level).collect()
    }

    #[test]
    fn aliases_of_aliases_end_before_they_fill_the_memory() {
        assert!(tree(&bomb(3)).is_ok());
        let long =
            format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1 << 16].join(","));
        let nested = (0..60).fold(String::new(), |text, level| text + &format!("&a{level} ["));
        let nested = format!("a: {nested}{}{}", "x,".repeat(100_000), "]".repeat(60));
        let small_maps = format!("a: &a {{b: 1}}\nb: [{}]\n", vec!["*a"; 100_000].join(","));
        let long_number = "0".repeat(1 << 20);
        let long_number = format!("a: &a {long_number}\nb: [{}]\n", vec!["*a"; 100].join(","));
        let chain = |level: usize| format!("a{level}: &a{level} [*a{}]\n", level - 1);
        let chain = "a0: &a0 [x]\n".to_owned() + &(1..50_000).map(chain).collect::<String>();
        for text in [bomb(9), bomb(60), long, nested, small_maps, long_number, chain] {
            let begun = Instant::now();
            assert!(mistake(&text).ends_with(&Mistake::TooLarge.to_string()));
            assert!(begun.elapsed() < Duration::from_secs(10));
        }
    }

    #[test]
    fn what_is_nested_without_end_does_not_fill_the_stack() {
        for nested in
            ["- ".repeat(1 << 20), "[".repeat(100), "{a: ".repeat(100), "? ".repeat(1 << 20)]
        {
            let told = tree(&format!("a:\n  {nested}")).unwrap_err();
            assert_eq!(told, Mistake::TooDeep.at(2));
        }
    }
}
