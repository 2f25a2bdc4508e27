//! Label values of ids: readable, distinct and limited in number.
//!
//! The label is the name, or the id. If several ids would have the same label, or if the label would be one of the
//! reserved words `other` and `Public`, a piece of the id is added. An id beyond the limit is counted under `other`.
//! The rules are the same for every kind of id.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sanitize;

/// The label value of everything beyond a limit.
pub const OTHER: &str = "other";
/// The label value of chats without a department, as in the server's own queue metrics.
pub const PUBLIC: &str = "Public";
/// Longest name in a label, bytes. The name with the id stays below the limit of the exposition, because a cut there
/// could make two labels equal.
const LONGEST_NAME: usize = 160;
/// Longest id after a name, bytes.
const LONGEST_ID: usize = 60;

/// True if the word is the id or the name. An id belongs to one thing; several things may have the same name.
pub fn is_called(id: &str, name: Option<&str>, word: &str) -> bool {
    id == word || name == Some(word)
}

/// The ids among these ids and names that the word names.
pub(crate) fn called<'n>(
    named: impl IntoIterator<Item = (&'n str, Option<&'n str>)>,
    word: &str,
) -> Vec<String> {
    let called = named.into_iter().filter(|(id, name)| is_called(id, *name, word));
    called.map(|(id, _)| id.to_owned()).collect()
}

/// Ids and names in a batch of rows, by kind.
#[derive(Debug, Clone, Default)]
pub struct SeenNames {
    /// The departments.
    pub(crate) departments: SeenIds,
    /// The agents, with the user names.
    pub(crate) agents: SeenIds,
    /// The priorities.
    pub(crate) priorities: SeenIds,
    /// The SLA policies.
    pub(crate) slas: SeenIds,
}

impl SeenNames {
    /// Adds the ids and names of another batch.
    pub fn absorb(&mut self, other: &Self) {
        self.departments.absorb(&other.departments);
        self.agents.absorb(&other.agents);
        self.priorities.absorb(&other.priorities);
        self.slas.absorb(&other.slas);
    }
}

/// Ids of one kind, each with the name if a row had a name; all users of an id share one copy.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenIds(BTreeMap<Arc<str>, Option<Arc<str>>>);

impl SeenIds {
    /// Notes an id with the name, and returns the shared copy of the id.
    pub(crate) fn note(&mut self, id: &str, name: Option<&str>) -> Arc<str> {
        let known = self.0.get_key_value(id);
        if let Some((kept, known_name)) = known
            && (name.is_none() || known_name.as_deref() == name)
        {
            return Arc::clone(kept);
        }
        let kept = known.map_or_else(|| Arc::from(id), |(kept, _)| Arc::clone(kept));
        self.0.insert(Arc::clone(&kept), name.map(Arc::from));
        kept
    }

    fn absorb(&mut self, other: &Self) {
        for (id, name) in &other.0 {
            self.note(id, name.as_deref());
        }
    }

    /// The name of the id, if a row had one.
    pub(crate) fn name(&self, id: &str) -> Option<&Arc<str>> {
        self.0.get(id)?.as_ref()
    }
}

/// The facts that are remembered of an id.
#[derive(Debug, Clone)]
struct KnownId {
    name: Option<Arc<str>>,
    last_seen: Timestamp,
    /// True if the id has a label of its own: the first ids up to the limit. The value stays until the id is forgotten.
    admitted: bool,
}

/// The remembered ids of one kind, each with its name and the time at which it was last seen.
#[derive(Debug, Clone, Default)]
pub struct KnownIds {
    pub(super) cap: usize,
    known: BTreeMap<Arc<str>, KnownId>,
    /// Number of remembered ids with a label of their own.
    admitted_count: usize,
    /// Number of ids that were ever counted under `other`.
    pub(super) folded_ever: u64,
}

impl KnownIds {
    /// No id yet; at most `cap` ids get a label of their own.
    pub fn new(cap: usize) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Notes that `id` exists at `now`; `None` as the name keeps an earlier name.
    pub fn see(&mut self, id: &Arc<str>, name: Option<&Arc<str>>, now: Timestamp) {
        if let Some(known) = self.known.get_mut(id) {
            known.last_seen = now;
            if let Some(name) = name {
                known.name = Some(Arc::clone(name));
            }
            return;
        }
        let admitted = self.admitted_count < self.cap;
        self.admitted_count += usize::from(admitted);
        self.folded_ever += u64::from(!admitted);
        let known = KnownId { name: name.cloned(), last_seen: now, admitted };
        self.known.insert(Arc::clone(id), known);
    }

    /// Notes that these ids exist at `now`, with the names that rows had.
    pub(super) fn see_named(&mut self, seen: &SeenIds, now: Timestamp) {
        for (id, name) in &seen.0 {
            self.see(id, name.as_ref(), now);
        }
    }

    /// Notes that these ids exist at `now`; their names stay.
    pub fn see_all<'i>(&mut self, ids: impl IntoIterator<Item = &'i Arc<str>>, now: Timestamp) {
        for id in ids {
            self.see(id, None, now);
        }
    }

    /// Forgets the ids that were last seen before `horizon`.
    pub fn forget_before(&mut self, horizon: Timestamp) {
        self.known.retain(|_, known| known.last_seen >= horizon);
        self.admitted_count = self.known.values().filter(|known| known.admitted).count();
    }

    /// Every id with its name and the time at which it was last seen; ids with a label of their own come first.
    pub fn entries(&self) -> impl Iterator<Item = (&Arc<str>, Option<&Arc<str>>, Timestamp)> {
        let of = |admitted| self.known.iter().filter(move |(_, known)| known.admitted == admitted);
        let all = of(true).chain(of(false));
        all.map(|(id, known)| (id, known.name.as_ref(), known.last_seen))
    }

    /// Every remembered id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.known.keys()
    }

    /// The remembered ids that the word names: the word is the id or the name.
    pub fn called(&self, word: &str) -> Vec<String> {
        called(self.known.iter().map(|(id, known)| (&**id, known.name.as_deref())), word)
    }

    /// Number of remembered ids.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// True if the id is remembered.
    pub fn knows(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }

    /// True if the id is remembered and has a label of its own.
    pub fn is_own(&self, id: &str) -> bool {
        self.known.get(id).is_some_and(|known| known.admitted)
    }

    /// The latest name of the id; `None` if the id has no name yet or is not remembered.
    pub fn name(&self, id: &str) -> Option<&Arc<str>> {
        self.known.get(id)?.name.as_ref()
    }

    /// The labels of all ids; labels of their own are distinct.
    pub fn labels(&self, content: LabelContent) -> Labels {
        let own = self.known.iter().filter(|(_, known)| known.admitted);
        let bases: Vec<(&Arc<str>, Arc<str>)> =
            own.map(|(id, known)| (id, sanitized(content.base(id, known.name.as_ref())))).collect();
        let mut uses: HashMap<&str, u32> = HashMap::from([(OTHER, 1), (PUBLIC, 1)]);
        for (_, base) in &bases {
            *uses.entry(base).or_default() += 1;
        }
        let mut taken = BTreeSet::new();
        let label = |(id, base): &(&Arc<str>, Arc<str>)| {
            let is_shared = uses.get(&**base).is_some_and(|uses| *uses > 1);
            let label = if is_shared {
                distinct(base, id, |label| {
                    !uses.contains_key(label.as_str()) && taken.insert(label.to_owned())
                })
            } else {
                Arc::clone(base)
            };
            (Arc::clone(id), label)
        };
        Labels { own: bases.iter().map(label).collect(), other: Arc::from(OTHER) }
    }
}

/// The content of a label: the name or the id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelContent {
    /// The name, or the id as long as the id has no name.
    #[default]
    Name,
    /// The id.
    Id,
}

impl LabelContent {
    fn base<'a>(self, id: &'a Arc<str>, name: Option<&'a Arc<str>>) -> &'a Arc<str> {
        match (self, name) {
            (Self::Name, Some(name)) if !name.trim().is_empty() => name,
            _ => id,
        }
    }
}

/// The labels of one kind at one moment.
#[derive(Debug, Clone)]
pub struct Labels {
    own: HashMap<Arc<str>, Arc<str>>,
    other: Arc<str>,
}

impl Labels {
    /// The label of an id; `other` if the id is beyond the limit or unknown.
    pub fn of(&self, id: &str) -> &Arc<str> {
        self.own.get(id).unwrap_or(&self.other)
    }
}

/// The text as it can be printed. Most texts need no change; then the result shares the memory of `text`.
fn sanitized(text: &Arc<str>) -> Arc<str> {
    let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.len() <= LONGEST_NAME && text.bytes().all(is_plain) {
        Arc::clone(text)
    } else {
        Arc::from(sanitize::name(text, LONGEST_NAME))
    }
}

/// The first label that `is_free` accepts: the base with a piece of the id, with the whole id, or with a number too.
fn distinct(base: &str, id: &str, is_free: impl FnMut(&String) -> bool) -> Arc<str> {
    let id = sanitize::name(id, LONGEST_ID);
    let short: String = id.chars().take(4).collect();
    let candidates = [format!("{base} ({short})"), format!("{base} ({id})")];
    let numbered = (2_u32..).map(|number| format!("{base} ({id}) {number}"));
    let label = candidates.into_iter().chain(numbered).find(is_free);
    label.map_or_else(|| Arc::from(base), Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known_ids(cap: usize, pairs: &[(&str, Option<&str>)]) -> KnownIds {
        let mut known = KnownIds::new(cap);
        for (id, name) in pairs {
            known.see(&Arc::from(*id), name.map(Arc::from).as_ref(), Timestamp::UNIX_EPOCH);
        }
        known
    }

    #[test]
    fn two_departments_of_one_name_are_told_apart_by_their_ids() {
        let known = known_ids(
            10,
            &[("abcdef", Some("Sales")), ("zyxwvu", Some("Sales")), ("q", Some("Care"))],
        );
        let labels = known.labels(LabelContent::Name);
        let shown: Vec<&str> =
            ["abcdef", "zyxwvu", "q"].iter().map(|id| &**labels.of(id)).collect();
        assert_eq!(shown, ["Sales (abcd)", "Sales (zyxw)", "Care"]);
    }

    #[test]
    fn words_with_a_meaning_and_missing_names_get_an_id() {
        let known =
            known_ids(10, &[("abcdef", Some(PUBLIC)), ("ghijkl", Some(OTHER)), ("mno", None)]);
        let labels = known.labels(LabelContent::Name);
        let shown: Vec<&str> =
            ["abcdef", "ghijkl", "mno"].iter().map(|id| &**labels.of(id)).collect();
        assert_eq!(shown, ["Public (abcd)", "other (ghij)", "mno"]);
    }

    #[test]
    fn what_is_beyond_the_cap_is_other_until_somebody_leaves() {
        let mut known = known_ids(2, &[("a", None), ("b", None), ("c", None), ("c", None)]);
        assert_eq!(&**known.labels(LabelContent::Name).of("c"), OTHER);
        assert_eq!(known.folded_ever, 1);
        let later = Timestamp::from_second(100).unwrap();
        known.see(&Arc::from("b"), None, later);
        known.forget_before(later);
        known.see(&Arc::from("c"), None, later);
        assert_eq!(&**known.labels(LabelContent::Name).of("c"), "c");
    }

    #[test]
    fn names_that_differ_by_what_nobody_sees_are_told_apart_by_their_ids() {
        let turned = "Sales\u{202e}";
        let hidden =
            [("abcdef", Some(turned)), ("zyxwvu", Some("Sales\u{200b}")), ("q", Some("Sales"))];
        let known = known_ids(10, &hidden);
        let labels = known.labels(LabelContent::Name);
        let shown = hidden.map(|(id, _)| &**labels.of(id));
        assert_eq!(shown, ["Sales\u{fffd} (abcd)", "Sales\u{fffd} (zyxw)", "Sales"]);
    }

    #[test]
    fn long_names_are_told_apart_by_ids_that_are_never_cut_off() {
        let long = "\u{6f22}".repeat(90);
        let known = known_ids(10, &[("abcdef", Some(&long)), ("zyxwvu", Some(&long))]);
        let labels = known.labels(LabelContent::Name);
        assert!(
            labels.of("abcdef").ends_with(" (abcd)") && labels.of("zyxwvu").ends_with(" (zyxw)")
        );
        assert!(labels.of("abcdef").len() <= 256, "what the exposition prints whole");
    }

    proptest! {
        #[test]
        fn labels_are_distinct_and_printable_whatever_the_names_are(
            pairs in prop::collection::btree_map("[ab]{1,6}", prop::option::of("(?s)[a-c(). \\n\u{202e}\u{200b}\u{61c}]{0,4}|Public|other"), 0..40)
        ) {
            let pairs: Vec<_> = pairs.iter().map(|(id, name)| (id.as_str(), name.as_deref())).collect();
            let known = known_ids(1_000, &pairs);
            let labels = known.labels(LabelContent::Name);
            let mut seen = BTreeSet::from([PUBLIC.to_owned(), OTHER.to_owned()]);
            for (id, _) in pairs {
                let label = labels.of(id);
                prop_assert!(!label.chars().any(sanitize::is_invisible));
                prop_assert!(seen.insert(label.to_string()), "{} twice", label);
            }
        }
    }
}
