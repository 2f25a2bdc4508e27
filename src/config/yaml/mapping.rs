//! A YAML mapping that is being built, and the mappings that its `<<` merges into it.

use config::{Map, Value, ValueKind};

use super::mistake::{Mistake, YamlError};

/// The left side of a colon.
#[derive(Clone)]
pub(super) enum MappingKey {
    /// A name in its written form.
    Name(String),
    /// `<<`, without quotes.
    Merge,
}

/// A mapping whose end the parser has not reached.
#[derive(Default)]
pub(super) struct Mapping {
    entries: Map<String, Value>,
    /// The key whose value comes next, with its line.
    waiting: Option<(MappingKey, usize)>,
    /// The mappings that `<<` names; an entry of an earlier mapping wins.
    merged: Option<Vec<Map<String, Value>>>,
}

impl Mapping {
    /// Adds the next key or the next value; `key` is `None` if the value cannot be a key. The error names the line.
    pub(super) fn put(
        &mut self,
        value: Value,
        key: Option<MappingKey>,
        line: usize,
    ) -> Result<(), YamlError> {
        match self.waiting.take() {
            None => self.waiting = Some((key.ok_or_else(|| Mistake::NoKey.at(line))?, line)),
            Some((MappingKey::Name(name), line)) => {
                if self.entries.insert(name, value).is_some() {
                    return Err(Mistake::Twice.at(line));
                }
            }
            Some((MappingKey::Merge, line)) => {
                let merged = sources(value).ok_or_else(|| Mistake::NoMerge.at(line))?;
                if self.merged.replace(merged).is_some() {
                    return Err(Mistake::TwoMerges.at(line));
                }
            }
        }
        Ok(())
    }

    /// All entries. The mapping's own entries win over merged entries, wherever the `<<` stands.
    pub(super) fn ended(self) -> Map<String, Value> {
        let mut entries = self.entries;
        for (key, value) in self.merged.into_iter().flatten().flatten() {
            entries.entry(key).or_insert(value);
        }
        entries
    }
}

fn sources(value: Value) -> Option<Vec<Map<String, Value>>> {
    match value.kind {
        ValueKind::Array(items) => items.into_iter().map(|item| item.into_table().ok()).collect(),
        _ => Some(vec![value.into_table().ok()?]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    /// The entries under `c`, sorted.
    fn merged(text: &str) -> String {
        let ValueKind::Table(entries) = tree(text).unwrap().remove("c").unwrap().kind else {
            panic!("c is no mapping");
        };
        let entry = |(key, value): (String, Value)| format!("{key}={value}");
        let mut entries: Vec<_> = entries.into_iter().map(entry).collect();
        entries.sort();
        entries.join(" ")
    }

    #[test]
    fn own_keys_win_over_merged_ones_wherever_they_stand() {
        let given = "a: &a {x: 1, y: 1}\n";
        assert_eq!(merged(&format!("{given}c: {{<<: *a, y: 2, z: 2}}")), "x=1 y=2 z=2");
        assert_eq!(merged(&format!("{given}c: {{y: 2, <<: *a}}")), "x=1 y=2");
        assert_eq!(merged(&format!("{given}c: {{y: , <<: *a}}")), "x=1 y=nil");
        assert_eq!(merged(&format!("{given}c:\n  <<: *a\n")), "x=1 y=1");
    }

    #[test]
    fn the_first_of_several_mappings_wins() {
        let given = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n";
        assert_eq!(merged(&format!("{given}c: {{<<: [*a, *b]}}")), "x=1 y=1 z=2");
        assert_eq!(
            merged(&format!("{given}c: {{<<: [*b, *a, {{w: 3, x: 3}}]}}")),
            "w=3 x=1 y=2 z=2"
        );
        assert_eq!(merged("c: {<<: [], x: 1}"), "x=1");
    }

    #[test]
    fn what_is_merged_may_have_been_merged_itself() {
        let given = "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\n";
        assert_eq!(merged(&format!("{given}c: {{<<: *b, z: 3}}")), "x=1 y=2 z=3");
        assert_eq!(merged("c: {<<: {<<: {x: 1}, y: 2}}"), "x=1 y=2");
        let list = "b: [&a {x: 1, y: 1}, &d {<<: *a, y: 2}]\n";
        assert_eq!(merged(&format!("{list}c: *d")), "x=1 y=2");
    }

    #[test]
    fn only_whole_mappings_are_merged() {
        let given = "a: &a {x: {p: 1}}\n";
        assert_eq!(merged(&format!("{given}c: {{<<: *a, x: {{q: 2}}}}")), "x={ q => 2,  }");
    }

    #[test]
    fn a_quoted_one_is_a_key_like_any_other() {
        assert_eq!(merged("c: {'<<': 1, \"<\": 2}"), "<<=1 <=2");
    }

    #[test]
    fn what_cannot_be_merged_is_told_with_its_line() {
        for wrong in
            ["s3cret", "", "[s3cret]", "[{a: 1}, s3cret]", "[[{a: 1}]]", "7", "\n    - s3cret\n"]
        {
            let told = tree(&format!("b: 1\nc:\n  <<: {wrong}\n  d: 1\n")).unwrap_err();
            assert_eq!(told, Mistake::NoMerge.at(3));
        }
        let twice = tree("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n").unwrap_err();
        assert_eq!(twice, Mistake::TwoMerges.at(2));
    }
}
