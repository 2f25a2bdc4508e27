//! The gauges of one department.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chats::ChatFigures;
use super::headcount::Headcount;

/// The departments while their gauges are computed.
pub(super) type ByLabel = BTreeMap<Arc<str>, DepartmentGauges>;

/// The department of a label; a new label gets a department without gauges.
pub(super) fn of<'a>(departments: &'a mut ByLabel, label: &Arc<str>) -> &'a mut DepartmentGauges {
    let new = || DepartmentGauges { label: Arc::clone(label), ..DepartmentGauges::default() };
    departments.entry(Arc::clone(label)).or_insert_with(new)
}

/// The gauges of one department, of `Public`, or of `other`.
#[derive(Debug, Clone, Default)]
pub struct DepartmentGauges {
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
    /// True during the business hours; `None` without hours, which means always open.
    pub is_open: Option<bool>,
    /// True if the widget offers a chat; `None` if that is not known.
    pub widget_is_online: Option<bool>,
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
