//! The labels of everything on the floor at one moment.

use std::sync::Arc;

use super::moment::Rules;
use crate::omnichannel::floor::Floor;
use crate::omnichannel::names::{Labels, PUBLIC, Shown};
use crate::omnichannel::room::Source;

/// The labels of everything at one moment.
pub(super) struct Labelled {
    pub(super) departments: Labels,
    pub(super) agents: Labels,
    apps: Labels,
    priorities: Labels,
    public: Arc<str>,
}

impl Labelled {
    pub(super) fn of(floor: &Floor, rules: &Rules) -> Self {
        Self {
            departments: floor.departments.labels(Shown::Name),
            agents: floor.agent_names.labels(rules.agent_label),
            apps: floor.apps.labels(Shown::Id),
            priorities: floor.priorities.labels(Shown::Id),
            public: Arc::from(PUBLIC),
        }
    }

    pub(super) fn department(&self, id: Option<&Arc<str>>) -> &Arc<str> {
        id.map_or(&self.public, |id| self.departments.of(id))
    }

    pub(super) fn source(&self, source: &Source) -> Arc<str> {
        match source {
            Source::Known(kind) => Arc::from(*kind),
            Source::App(alias) => Arc::from(format!("app:{}", self.apps.of(alias))),
        }
    }

    pub(super) fn priority(&self, id: &str) -> &Arc<str> {
        self.priorities.of(id)
    }
}
