//! The labels of everything in the registry at one moment.
//!
//! Ids become label values only here, so that gauges and totals of one thing have the same labels. The rules decide if
//! and how agents are labelled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::combinations::{self, APP, CombinationLabels};
use super::names::{KnownIds, LabelContent, Labels, OTHER, PUBLIC};
use super::registry::LabelRegistry;
use crate::omnichannel::chat::Source;
use crate::omnichannel::event::Event;
use crate::omnichannel::rules::{AgentDetail, Rules};

/// The labels of all ids at one moment.
#[derive(Debug)]
pub struct Labelled<'r> {
    pub(in crate::omnichannel) registry: &'r LabelRegistry,
    pub(in crate::omnichannel) departments: Labels,
    pub(in crate::omnichannel) agents: Labels,
    priorities: Labels,
    slas: Labels,
    call_queues: Labels,
    sources: BTreeMap<Source, Arc<str>>,
    by_source: CombinationLabels,
    by_priority: CombinationLabels,
    by_sla: CombinationLabels,
    other: Arc<str>,
    public: Arc<str>,
    shows_public: bool,
    counts_agents: bool,
}

/// The labels under which an event is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLabels<'a> {
    /// The department.
    pub department: &'a str,
    /// The channel.
    pub source: &'a str,
    /// The serving agent; `None` without an agent, or if the rules count nothing of single agents.
    pub agent: Option<&'a str>,
}

/// The labels that a department shows with 0 chats.
#[derive(Debug, Default)]
pub(in crate::omnichannel) struct Idle {
    pub(in crate::omnichannel) sources: Vec<Arc<str>>,
    pub(in crate::omnichannel) priorities: Vec<Arc<str>>,
    pub(in crate::omnichannel) slas: Vec<Arc<str>>,
}

/// The label values for which series exist before the first event, each value once.
#[derive(Debug, Clone, Default)]
pub struct Countable<'a> {
    /// Departments, and `Public` if the rules show it.
    pub departments: BTreeSet<&'a str>,
    /// Channels in use.
    pub sources: BTreeSet<&'a str>,
    /// PBX queues.
    pub call_queues: BTreeSet<&'a str>,
    /// Tags that are counted.
    pub tags: BTreeSet<&'a str>,
    /// The combinations of department and channel with labels of their own; `None` for all combinations.
    pub by_source: Option<&'a CombinationLabels>,
}

impl Countable<'_> {
    /// True if chats of this channel in this department have a label of their own.
    pub(in crate::omnichannel) fn has(&self, department: &str, source: &str) -> bool {
        let product = self.departments.len() * self.sources.len();
        self.by_source.is_none_or(|labels| labels.has_idle(department, source, product))
    }
}

impl<'r> Labelled<'r> {
    /// The labels of everything in the registry, by the rules.
    pub fn of(registry: &'r LabelRegistry, rules: &Rules) -> Self {
        let nobody = KnownIds::default();
        let agents = if rules.detail > AgentDetail::Off { &registry.agents } else { &nobody };
        let departments = registry.departments.labels(LabelContent::Name);
        let priorities = registry.priorities.labels(LabelContent::Name);
        let slas = registry.slas.labels(LabelContent::Name);
        let apps = registry.apps.labels(LabelContent::Id);
        let joined = |department: &str, value: &Labels, id: &str| {
            combinations::join(department_label(department, &departments), value.of(id))
        };
        Self {
            registry,
            by_source: combinations::labels(&registry.with_sources, |department, channel| {
                let app = channel.strip_prefix(APP).map(|alias| app(apps.of(alias)));
                let channel = app.as_deref().unwrap_or(channel);
                combinations::join(department_label(department, &departments), channel)
            }),
            by_priority: combinations::labels(&registry.with_priorities, |department, id| {
                joined(department, &priorities, id)
            }),
            by_sla: combinations::labels(&registry.with_slas, |department, id| {
                joined(department, &slas, id)
            }),
            sources: source_labels(registry, &apps),
            departments,
            agents: agents.labels(rules.agent_label),
            priorities,
            slas,
            call_queues: registry.call_queues.labels(LabelContent::Id),
            other: Arc::from(OTHER),
            public: Arc::from(PUBLIC),
            shows_public: rules.shows_public,
            counts_agents: rules.detail >= AgentDetail::Performance,
        }
    }

    /// The labels under which an event is counted.
    pub fn event(&self, event: &Event) -> EventLabels<'_> {
        let agent = event.agent.as_ref().filter(|_| self.counts_agents);
        let department = self.department(event.department.as_ref());
        EventLabels {
            department,
            source: self.source_in(department, &event.source),
            agent: agent.map(|id| &**self.agents.of(id)),
        }
    }

    /// The label values of the registry and the tags for which series exist before the first event.
    pub fn countable<'a>(&'a self, tags: &'a [Arc<str>]) -> Countable<'a> {
        let registry = self.registry;
        let named = registry.departments.ids().map(|id| &**self.departments.of(id));
        let public = self.shows_public.then_some(&*self.public);
        let queues = registry.call_queues.ids();
        Countable {
            departments: named.chain(public).collect(),
            sources: registry.sources().map(|source| &**self.source(source)).collect(),
            call_queues: queues.map(|queue| &**self.call_queue(queue)).collect(),
            tags: tags.iter().map(|tag| &**tag).collect(),
            by_source: Some(&self.by_source),
        }
    }

    /// The label of a channel in the department with this label; `other` if the combination is beyond the limit.
    pub(in crate::omnichannel) fn source_in(&self, department: &str, source: &Source) -> &Arc<str> {
        let label = self.source(source);
        if self.by_source.has(department, label) { label } else { &self.other }
    }

    /// The label of a priority in the department with this label; `other` if the combination is beyond the limit.
    pub(in crate::omnichannel) fn priority_in(&self, department: &str, id: &str) -> &Arc<str> {
        let label = self.priorities.of(id);
        if self.by_priority.has(department, label) { label } else { &self.other }
    }

    /// The label of an SLA policy in the department with this label; `other` if the combination is beyond the limit.
    pub(in crate::omnichannel) fn sla_in(&self, department: &str, id: &str) -> &Arc<str> {
        let label = self.slas.of(id);
        if self.by_sla.has(department, label) { label } else { &self.other }
    }

    /// The label of an SLA policy; `None` for a policy that is counted under `other`.
    pub(in crate::omnichannel) fn sla(&self, id: &str) -> Option<&Arc<str>> {
        self.registry.slas.is_own(id).then(|| self.slas.of(id))
    }

    /// The labels that the department with this label shows with 0 chats; `of` is the number of departments.
    pub(in crate::omnichannel) fn idle(&self, department: &str, of: usize) -> Idle {
        let registry = self.registry;
        let channels = self.sources.len() * of;
        let sources = registry.sources().map(|source| self.source(source));
        let sources = sources.filter(|it| self.by_source.has_idle(department, it, channels));
        let known = |known_ids: &KnownIds, labels: &Labels, combined: &CombinationLabels| {
            let (product, labels) = (known_ids.len() * of, known_ids.ids().map(|id| labels.of(id)));
            labels.filter(|it| combined.has_idle(department, it, product)).cloned().collect()
        };
        Idle {
            priorities: known(&registry.priorities, &self.priorities, &self.by_priority),
            slas: known(&registry.slas, &self.slas, &self.by_sla),
            sources: sources.cloned().collect(),
        }
    }

    /// The label of a PBX queue.
    pub fn call_queue(&self, queue: &str) -> &Arc<str> {
        self.call_queues.of(queue)
    }

    pub(in crate::omnichannel) fn department(&self, id: Option<&Arc<str>>) -> &Arc<str> {
        id.map_or(&self.public, |id| self.departments.of(id))
    }

    fn source(&self, source: &Source) -> &Arc<str> {
        self.sources.get(source).unwrap_or(&self.other)
    }
}

fn app(alias: &str) -> String {
    format!("{APP}{alias}")
}

/// The label of a department id in a combination.
fn department_label<'a>(place: &'a str, departments: &'a Labels) -> &'a str {
    if place == PUBLIC { PUBLIC } else { departments.of(place) }
}

fn source_labels(registry: &LabelRegistry, apps: &Labels) -> BTreeMap<Source, Arc<str>> {
    let label = |source: &Source| match source {
        Source::Known(channel) => Arc::from(<&str>::from(channel)),
        Source::App(alias) => Arc::from(app(apps.of(alias))),
    };
    let sources = registry.sources();
    sources.map(|source| (source.clone(), label(source))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::registry::LabelLimits;
    use super::*;
    use crate::omnichannel::event::Direction;
    use crate::omnichannel::event::{CallEvent, CallEventKind, EventKind};
    use crate::omnichannel::service_level::ServiceLevels;

    fn rules(detail: AgentDetail) -> Rules {
        Rules {
            service_levels: ServiceLevels::default(),
            detail,
            agent_label: LabelContent::Id,
            shows_public: true,
            compares_loads: true,
        }
    }

    fn event() -> Event {
        Event {
            kind: EventKind::Started,
            department: Some("d".into()),
            agent: Some("ann".into()),
            source: Source::App("Fax".into()),
        }
    }

    fn registry_with_the_event() -> LabelRegistry {
        let mut registry = LabelRegistry::new(LabelLimits::default());
        let call = CallEvent {
            kind: CallEventKind::Started,
            queue: "sales".into(),
            direction: Direction::Inbound,
        };
        registry.see_events(&[event()], &[call], jiff::Timestamp::UNIX_EPOCH);
        registry
    }

    #[test]
    fn who_only_an_event_tells_of_has_a_label_of_its_own() {
        let registry = registry_with_the_event();
        let labelled = Labelled::of(&registry, &rules(AgentDetail::Performance));
        let labels = EventLabels { department: "d", source: "app:Fax", agent: Some("ann") };
        assert_eq!(labelled.event(&event()), labels);
        assert_eq!(&**labelled.call_queue("sales"), "sales");
        let tags = ["vip".into()];
        let countable = labelled.countable(&tags);
        assert_eq!(countable.departments, BTreeSet::from(["Public", "d"]));
        assert_eq!(countable.sources, BTreeSet::from(["app:Fax"]));
        assert_eq!(countable.call_queues, BTreeSet::from(["sales"]));
        assert_eq!(countable.tags, BTreeSet::from(["vip"]));
    }

    #[test]
    fn nothing_is_counted_of_single_agents_unless_their_performance_is_asked_for() {
        let registry = registry_with_the_event();
        for detail in [AgentDetail::Off, AgentDetail::Load, AgentDetail::Presence] {
            assert_eq!(Labelled::of(&registry, &rules(detail)).event(&event()).agent, None);
        }
    }
}
