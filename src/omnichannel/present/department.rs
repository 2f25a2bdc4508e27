//! The figures of one department.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chats::ChatFigures;
use super::headcount::Headcount;

/// Departments by their label.
pub(super) type ByLabel = BTreeMap<Arc<str>, DepartmentPresent>;

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
