//! The labels of everything on the floor at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::moment::{Detail, Rules};
use crate::omnichannel::floor::Floor;
use crate::omnichannel::names::{Labels, OTHER, PUBLIC, Shown};
use crate::omnichannel::room::Source;

/// The labels of everything at one moment.
pub(super) struct Labelled {
    pub(super) departments: Labels,
    pub(super) agents: Labels,
    priorities: Labels,
    sources: BTreeMap<Source, Arc<str>>,
    other: Arc<str>,
    public: Arc<str>,
}

impl Labelled {
    pub(super) fn of(floor: &Floor, rules: &Rules) -> Self {
        let shows_agents = rules.detail > Detail::Off;
        let agents = shows_agents.then(|| floor.agent_names.labels(rules.agent_label));
        Self {
            departments: floor.departments.labels(Shown::Name),
            agents: agents.unwrap_or_default(),
            priorities: floor.priorities.labels(Shown::Id),
            sources: source_labels(floor),
            other: Arc::from(OTHER),
            public: Arc::from(PUBLIC),
        }
    }

    pub(super) fn department(&self, id: Option<&Arc<str>>) -> &Arc<str> {
        id.map_or(&self.public, |id| self.departments.of(id))
    }

    pub(super) fn source(&self, source: &Source) -> &Arc<str> {
        self.sources.get(source).unwrap_or(&self.other)
    }

    pub(super) fn priority(&self, id: &str) -> &Arc<str> {
        self.priorities.of(id)
    }
}

fn source_labels(floor: &Floor) -> BTreeMap<Source, Arc<str>> {
    let apps = floor.apps.labels(Shown::Id);
    let label = |source: &Source| match source {
        Source::Known(kind) => Arc::from(*kind),
        Source::App(alias) => Arc::from(format!("app:{}", apps.of(alias))),
    };
    let sources = floor.sources();
    sources.map(|source| (source.clone(), label(source))).collect()
}
