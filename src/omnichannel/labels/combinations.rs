//! Combinations of a department with a channel, a priority or an SLA policy.
//!
//! Departments, channels, priorities and policies each have a limit, but the product of two limits is still large;
//! therefore combinations have a limit too. The combinations seen first have labels of their own; the channel or
//! priority of any further combination is `other`. A combination is remembered as long as a name.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::names::{KnownIds, OTHER, PUBLIC};
use crate::omnichannel::chat::Source;

/// Prefix of the channel of an app.
pub(super) const APP: &str = "app:";
/// Separator between the department and the value in the id of a combination.
const END: char = '\0';

/// The labels of the combinations of one kind at one moment.
#[derive(Debug, Default)]
pub struct CombinationLabels {
    own: BTreeSet<String>,
    folded: BTreeSet<String>,
    most: usize,
}

/// Notes that a department has chats of this value at `now`.
pub(super) fn see(known: &mut KnownIds, department: &str, value: &str, now: Timestamp) {
    known.see(&Arc::from(join(department, value)), None, now);
}

/// Notes departments that have chats of these values at `now`; `values` are the known values.
pub(super) fn see_all<'i>(
    known: &mut KnownIds,
    pairs: impl IntoIterator<Item = (&'i str, &'i Arc<str>)>,
    values: &KnownIds,
    now: Timestamp,
) {
    for (department, value) in pairs {
        see(known, department, place(Some(value), values), now);
    }
}

/// The combinations by label; `label` turns the ids of a department and a value into the label of the combination.
pub(super) fn labels(known: &KnownIds, label: impl Fn(&str, &str) -> String) -> CombinationLabels {
    let mut labels = CombinationLabels { most: known.cap, ..CombinationLabels::default() };
    for id in known.ids() {
        let Some((department, value)) = id.split_once(END) else { continue };
        let of = if known.is_own(id) { &mut labels.own } else { &mut labels.folded };
        of.insert(label(department, value));
    }
    labels
}

impl CombinationLabels {
    /// True if the combination has a label of its own.
    pub(super) fn has(&self, department: &str, value: &str) -> bool {
        self.own.contains(&join(department, value))
    }

    /// True if a combination without chats is shown with 0. `product` is the number of departments times the number of
    /// values: up to the limit every combination is shown, except the combinations counted under `other`.
    pub(super) fn has_idle(&self, department: &str, value: &str, product: usize) -> bool {
        let id = join(department, value);
        self.own.contains(&id) || (product <= self.most && !self.folded.contains(&id))
    }
}

/// The channel in a combination: all apps without a label of their own share one channel.
pub(super) fn channel<'a>(source: &'a Source, apps: &KnownIds) -> Cow<'a, str> {
    match source {
        Source::Known(channel) => Cow::Borrowed(channel.into()),
        Source::App(alias) => Cow::Owned(format!("{APP}{}", place(Some(alias), apps))),
    }
}

/// The id in a combination: `Public` without an id, `other` for an id without a label of its own, else the id.
pub(super) fn place<'a>(id: Option<&'a Arc<str>>, known: &KnownIds) -> &'a str {
    match id {
        None => PUBLIC,
        Some(id) if known.is_own(id) => id,
        Some(_) => OTHER,
    }
}

/// The id of a combination.
pub(super) fn join(department: &str, value: &str) -> String {
    format!("{department}{END}{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_beyond_the_cap_are_folded_and_counted_once() {
        let mut combinations = KnownIds::new(2);
        for _ in 0..2 {
            for value in ["a", "b", "c"] {
                see(&mut combinations, "sales", value, Timestamp::UNIX_EPOCH);
            }
        }
        let labels = labels(&combinations, join);
        assert_eq!(
            ["a", "b", "c", "d"].map(|it| labels.has("sales", it)),
            [true, true, false, false]
        );
        assert_eq!(combinations.folded_ever, 1);
        assert!(labels.has_idle("sales", "d", 2) && !labels.has_idle("sales", "d", 3));
        assert!(!labels.has_idle("sales", "c", 2), "its chats are counted under other");
    }
}
