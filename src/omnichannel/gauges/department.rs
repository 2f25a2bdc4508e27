//! The gauges of one department.

use std::collections::HashMap;
use std::sync::Arc;

use super::chats::ChatFigures;
use super::headcount::Headcount;

/// The departments while their gauges are computed. A label is searched once and then replaced by its place.
#[derive(Default)]
pub(super) struct ByLabel {
    departments: Vec<DepartmentPresent>,
    places: HashMap<Arc<str>, usize>,
}

impl ByLabel {
    /// The place of a label; a new label gets the next place.
    pub(super) fn place(&mut self, label: &Arc<str>) -> usize {
        if let Some(place) = self.places.get(label) {
            return *place;
        }
        let place = self.departments.len();
        self.places.insert(Arc::clone(label), place);
        self.departments
            .push(DepartmentPresent { label: Arc::clone(label), ..DepartmentPresent::default() });
        place
    }

    pub(super) fn at(&mut self, place: usize) -> Option<&mut DepartmentPresent> {
        self.departments.get_mut(place)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut DepartmentPresent> {
        self.departments.iter_mut()
    }

    pub(super) fn in_order(mut self) -> Vec<DepartmentPresent> {
        self.departments.sort_unstable_by(|a, b| a.label.cmp(&b.label));
        self.departments
    }
}

/// The gauges of one department, of `Public`, or of `other`.
#[derive(Debug, Clone, Default)]
pub struct DepartmentPresent {
    /// The label value.
    pub label: Arc<str>,
    /// The ids of the departments with this label; empty for `Public`.
    pub ids: Vec<Arc<str>>,
    /// The gauges of the chats.
    pub chats: ChatFigures,
    /// Distinct agents who hold chats, and chats whose agent is offline; `None` while the list `queue` is stale.
    pub holding: Option<Holding>,
    /// The members; `None` if a list of members is stale or may not be read.
    pub members: Option<Headcount>,
    /// The slots of the accepting members; `None` if a limit, the members or the chats held are unknown.
    pub slots: Option<Slots>,
    /// Threshold of the service level, seconds.
    pub threshold_seconds: f64,
    /// Share of chats to be answered within the threshold, above 0 and at most 1.
    pub objective_ratio: f64,
    /// True during the business hours; `None` if no hours are configured, which means always open.
    pub is_open: Option<bool>,
}

/// The slots of the accepting agents of a department.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Slots {
    /// Sum of the lowest limits of the agents, chats.
    pub total: u64,
    /// Chats that the agents may still take.
    pub free: u64,
}

/// The agents who hold the chats of a department.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    /// Distinct agents by status and acceptance of chats.
    pub agents: Headcount,
    /// Number of chats of agents who are offline.
    pub offline_chats: u64,
}
