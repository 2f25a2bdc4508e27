//! The figures of one department.

use std::collections::HashMap;
use std::sync::Arc;

use super::chats::ChatFigures;
use super::headcount::Headcount;

/// The departments under construction, found by label once and by place from then on.
#[derive(Default)]
pub(super) struct ByLabel {
    departments: Vec<DepartmentPresent>,
    places: HashMap<Arc<str>, usize>,
}

impl ByLabel {
    /// The place of a label; a label met for the first time gets one.
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

/// One department, or `Public`, or `other`.
#[derive(Debug, Clone, Default)]
pub struct DepartmentPresent {
    /// The label value.
    pub label: Arc<str>,
    /// The ids behind it; none for `Public`.
    pub ids: Vec<Arc<str>>,
    /// Figures of its chats.
    pub chats: ChatFigures,
    /// Distinct agents holding chats of it, and chats whose agent is offline; `None` while `queue` is stale.
    pub holding: Option<Holding>,
    /// Its members; `None` where the directory may not be read.
    pub members: Option<Headcount>,
    /// Target time, seconds.
    pub threshold_seconds: f64,
    /// Share of chats to be answered in time.
    pub objective_ratio: f64,
    /// Whether its business hours are open; `None` where none are configured: always open.
    pub is_open: Option<bool>,
}

/// Who holds the chats of a department.
#[derive(Debug, Clone, Default)]
pub struct Holding {
    /// Distinct agents by status and whether they accept.
    pub agents: Headcount,
    /// Chats held by agents who are offline.
    pub offline_chats: u64,
}
