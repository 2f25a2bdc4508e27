//! Combinations of a department with a channel, a priority or an SLA policy.
//!
//! Departments, channels, priorities and policies each have a limit, but the product of two limits is still large; therefore
//! combinations have a limit too. The combinations seen first have labels of their own; the channel or priority of any
//! further combination is `other`. A combination is remembered as long as a name.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::names::{Names, OTHER, PUBLIC};
use crate::omnichannel::chat::{Chat, Source};
use crate::omnichannel::event::Event;

/// Prefix of the channel of an app.
pub(super) const APP: &str = "app:";
/// Separator between the department and the value in the id of a combination.
const END: char = '\0';

/// The remembered combinations of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Combinations {
    known: Names,
    most: usize,
}

/// The labels of the combinations of one kind at one moment.
#[derive(Debug, Default)]
pub struct CombinationLabels {
    own: BTreeSet<String>,
    folded: BTreeSet<String>,
    most: usize,
}

impl Combinations {
    /// No combination yet; at most `most` combinations have labels of their own.
    pub(super) fn new(most: usize) -> Self {
        Self { known: Names::new(most), most }
    }

    /// Notes that a department has chats of this value at `now`.
    pub(super) fn see(&mut self, department: &str, value: &str, now: Timestamp) {
        self.known.see(&Arc::from(join(department, value)), None, now);
    }

    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.known.forget_before(horizon);
    }

    /// Number of combinations that were ever counted under `other`.
    pub(super) fn folded_ever(&self) -> u64 {
        self.known.folded_ever()
    }

    /// The combinations by label; `label` turns the ids of a department and a value into the label of the combination.
    pub(super) fn labels(&self, label: impl Fn(&str, &str) -> String) -> CombinationLabels {
        let mut labels = CombinationLabels { most: self.most, ..CombinationLabels::default() };
        for id in self.known.ids() {
            let Some((department, value)) = id.split_once(END) else { continue };
            let of = if self.known.is_own(id) { &mut labels.own } else { &mut labels.folded };
            of.insert(label(department, value));
        }
        labels
    }
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

/// The combinations of one workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct Combined {
    pub(super) sources: Combinations,
    pub(super) priorities: Combinations,
    pub(super) slas: Combinations,
}

impl Combined {
    /// No combination yet; at most `most` combinations of each kind have labels of their own.
    pub(super) fn new(most: usize) -> Self {
        let none = || Combinations::new(most);
        Self { sources: none(), priorities: none(), slas: none() }
    }

    /// Notes the combinations of open chats; the chats of a run have the same department and source.
    pub(super) fn see_chats(&mut self, runs: &[&[Chat]], known: &KnownNames<'_>, now: Timestamp) {
        let (mut sources, mut priorities, mut slas) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for run in runs {
            let Some(first) = run.first() else { continue };
            let department = place(first.department.as_ref(), known.departments);
            sources.insert((department, &first.source));
            let with_priority = run.iter().filter_map(|chat| chat.urgency.priority());
            priorities.extend(with_priority.map(|priority| (department, priority)));
            let with_sla = run.iter().filter_map(|chat| chat.urgency.sla());
            slas.extend(with_sla.map(|sla| (department, sla)));
        }
        for (department, source) in sources {
            self.sources.see(department, &channel(source, known.apps), now);
        }
        for (department, priority) in priorities {
            self.priorities.see(department, place(Some(priority), known.priorities), now);
        }
        for (department, sla) in slas {
            self.slas.see(department, place(Some(sla), known.slas), now);
        }
    }

    /// Notes the combinations of events.
    pub(super) fn see_events(&mut self, events: &[Event], known: &KnownNames<'_>, now: Timestamp) {
        for Event { department, source, .. } in events {
            let department = place(department.as_ref(), known.departments);
            self.sources.see(department, &channel(source, known.apps), now);
        }
    }

    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        self.sources.forget_before(horizon);
        self.priorities.forget_before(horizon);
        self.slas.forget_before(horizon);
    }
}

/// The names of one workspace that combinations are made of.
pub(super) struct KnownNames<'a> {
    pub(super) departments: &'a Names,
    pub(super) apps: &'a Names,
    pub(super) priorities: &'a Names,
    pub(super) slas: &'a Names,
}

/// The channel in a combination: all apps without a label of their own share one channel.
pub(super) fn channel<'a>(source: &'a Source, apps: &Names) -> Cow<'a, str> {
    match source {
        Source::Known(kind) => Cow::Borrowed(kind),
        Source::App(alias) => Cow::Owned(format!("{APP}{}", place(Some(alias), apps))),
    }
}

/// The id in a combination: `Public` without an id, `other` for an id without a label of its own, else the id.
pub(super) fn place<'a>(id: Option<&'a Arc<str>>, departments: &Names) -> &'a str {
    match id {
        None => PUBLIC,
        Some(id) if departments.is_own(id) => id,
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
        let mut combinations = Combinations::new(2);
        for _ in 0..2 {
            for value in ["a", "b", "c"] {
                combinations.see("sales", value, Timestamp::UNIX_EPOCH);
            }
        }
        let labels = combinations.labels(join);
        assert_eq!(
            ["a", "b", "c", "d"].map(|it| labels.has("sales", it)),
            [true, true, false, false]
        );
        assert_eq!(combinations.folded_ever(), 1);
        assert!(labels.has_idle("sales", "d", 2) && !labels.has_idle("sales", "d", 3));
        assert!(!labels.has_idle("sales", "c", 2), "its chats are counted under other");
    }
}
