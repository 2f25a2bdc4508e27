//! The registry of label values: the ids that a workspace has shown, with their names, up to the limits.
//!
//! Names come from the server, where anybody may choose them: without a limit the number of series would be unbounded.
//! An id that has vanished is remembered for an hour, so that its gauges are 0 before they disappear. The module reads
//! no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::combinations::{self, channel, place};
use super::names::{KnownIds, SeenNames};
use crate::omnichannel::chat::{Chat, Source};
use crate::omnichannel::event::{CallEvent, Event};

/// Time for which something that has vanished, such as a department or an agent, is still served as 0.
pub(in crate::omnichannel) const VANISHED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// The largest number of label values of each kind; any further value is `other`.
#[derive(Debug, Clone, Copy)]
pub struct LabelLimits {
    /// Departments.
    pub departments: usize,
    /// Agents.
    pub agents: usize,
    /// Apps as sources, priorities, SLA policies and call queues, each.
    pub others: usize,
    /// Pairs of agent and department: first the pairs with chats, then the members.
    pub pairs: usize,
    /// Pairs of department and source, of department and priority, and of department and SLA policy, each.
    pub combinations: usize,
}

impl Default for LabelLimits {
    fn default() -> Self {
        Self { departments: 200, agents: 2_000, others: 50, pairs: 4_000, combinations: 1_000 }
    }
}

/// The remembered ids of one workspace.
#[derive(Debug, Clone)]
pub struct LabelRegistry {
    /// Departments.
    pub departments: KnownIds,
    /// Agents.
    pub agents: KnownIds,
    /// PBX queues.
    pub call_queues: KnownIds,
    pub(super) apps: KnownIds,
    pub(super) priorities: KnownIds,
    pub(super) slas: KnownIds,
    /// The channels, each with the time at which it was last seen.
    sources: BTreeMap<Source, Timestamp>,
    /// Combinations of a department and a channel.
    pub(super) with_sources: KnownIds,
    /// Combinations of a department and a priority.
    pub(super) with_priorities: KnownIds,
    /// Combinations of a department and an SLA policy.
    pub(super) with_slas: KnownIds,
    /// Largest number of pairs of agent and department with labels of their own.
    pub(in crate::omnichannel) most_pairs: usize,
    pairs_folded: u64,
}

impl LabelRegistry {
    /// A registry without ids.
    pub fn new(limits: LabelLimits) -> Self {
        Self {
            departments: KnownIds::new(limits.departments),
            agents: KnownIds::new(limits.agents),
            call_queues: KnownIds::new(limits.others),
            apps: KnownIds::new(limits.others),
            priorities: KnownIds::new(limits.others),
            slas: KnownIds::new(limits.others),
            sources: BTreeMap::new(),
            with_sources: KnownIds::new(limits.combinations),
            with_priorities: KnownIds::new(limits.combinations),
            with_slas: KnownIds::new(limits.combinations),
            most_pairs: limits.pairs,
            pairs_folded: 0,
        }
    }

    /// Notes the names that a cycle has read. `now` is the time by the server's clock.
    pub fn name(&mut self, seen_names: &SeenNames, now: Timestamp) {
        self.departments.see_named(&seen_names.departments, now);
        self.agents.see_named(&seen_names.agents, now);
        self.priorities.see_named(&seen_names.priorities, now);
        self.slas.see_named(&seen_names.slas, now);
    }

    /// Notes the ids of open chats; the chats of a run have the same department and source. Their agents are noted from
    /// the pairs of agent and department.
    pub(in crate::omnichannel) fn see_chats(&mut self, runs: &[&[Chat]], now: Timestamp) {
        let firsts = || runs.iter().filter_map(|run| run.first());
        self.departments.see_all(firsts().filter_map(|chat| chat.department.as_ref()), now);
        self.see_sources(firsts().map(|chat| &chat.source), now);
        let (mut sources, mut priorities, mut slas) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for run in runs {
            let Some(first) = run.first() else { continue };
            let department = place(first.department.as_ref(), &self.departments);
            sources.insert((department, &first.source));
            // A run has few different values: each is put into the set of all runs once.
            let of_run = |value: fn(&Chat) -> Option<&Arc<str>>| {
                run.iter().filter_map(value).collect::<BTreeSet<_>>()
            };
            let in_department = |value| (department, value);
            priorities
                .extend(of_run(|chat| chat.urgency.priority()).into_iter().map(in_department));
            slas.extend(of_run(|chat| chat.urgency.sla()).into_iter().map(in_department));
        }
        self.priorities.see_all(priorities.iter().map(|(_, priority)| *priority), now);
        self.slas.see_all(slas.iter().map(|(_, sla)| *sla), now);
        for (department, source) in sources {
            self.see_with_source(department, source, now);
        }
        combinations::see_all(&mut self.with_priorities, priorities, &self.priorities, now);
        combinations::see_all(&mut self.with_slas, slas, &self.slas, now);
    }

    /// Notes the departments, agents, sources and queues of events: a chat that began and ended between two polls is in
    /// no list.
    pub(in crate::omnichannel) fn see_events(
        &mut self,
        events: &[Event],
        calls: &[CallEvent],
        now: Timestamp,
    ) {
        self.departments.see_all(events.iter().filter_map(|event| event.department.as_ref()), now);
        self.agents.see_all(events.iter().filter_map(|event| event.agent.as_ref()), now);
        self.call_queues.see_all(calls.iter().map(|call| &call.queue), now);
        self.see_sources(events.iter().map(|event| &event.source), now);
        for Event { department, source, .. } in events {
            let department = place(department.as_ref(), &self.departments);
            self.see_with_source(department, source, now);
        }
    }

    fn see_with_source(&mut self, department: &str, source: &Source, now: Timestamp) {
        let channel = channel(source, &self.apps);
        combinations::see(&mut self.with_sources, department, &channel, now);
    }

    fn see_sources<'s>(&mut self, sources: impl Iterator<Item = &'s Source>, now: Timestamp) {
        self.sources.extend(sources.map(|source| (source.clone(), now)));
        let apps = self.sources.keys().filter_map(|source| match source {
            Source::App(alias) => Some(alias),
            Source::Known(_) => None,
        });
        self.apps.see_all(apps, now);
    }

    /// Notes the number of pairs of agent and department.
    pub(in crate::omnichannel) fn see_pairs(&mut self, pairs: usize) {
        self.pairs_folded = self.pairs_folded.max(pairs.saturating_sub(self.most_pairs) as u64);
    }

    /// Forgets the ids that were last seen before `horizon`.
    pub(in crate::omnichannel) fn forget_before(&mut self, horizon: Timestamp) {
        let ids = [&mut self.departments, &mut self.agents, &mut self.call_queues];
        let values = [&mut self.apps, &mut self.priorities, &mut self.slas];
        let combinations = [&mut self.with_sources, &mut self.with_priorities, &mut self.with_slas];
        for names in ids.into_iter().chain(values).chain(combinations) {
            names.forget_before(horizon);
        }
        self.sources.retain(|_, seen| *seen >= horizon);
    }

    /// The channels seen within the last hour.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.keys()
    }

    /// Number of values that were ever counted under `other`, by label or combination of labels.
    pub fn folded_ever(&self) -> [(&'static str, u64); 10] {
        [
            ("department", self.departments.folded_ever),
            ("agent", self.agents.folded_ever),
            ("pair", self.pairs_folded),
            ("department_source", self.with_sources.folded_ever),
            ("department_priority", self.with_priorities.folded_ever),
            ("department_sla", self.with_slas.folded_ever),
            ("source", self.apps.folded_ever),
            ("priority", self.priorities.folded_ever),
            ("sla", self.slas.folded_ever),
            ("queue", self.call_queues.folded_ever),
        ]
    }
}
