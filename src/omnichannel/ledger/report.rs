//! The report of a ledger about rows: their new events, and the service levels that the rows were promised.

use crate::omnichannel::event::Event;
use crate::omnichannel::labels::names::{KnownIds, PUBLIC};
use crate::omnichannel::service_level::{ServiceLevel, ServiceLevels};

/// The service levels of a workspace, by department id.
#[derive(Debug, Clone, Copy)]
pub struct Promises<'a> {
    /// Service levels, by department name.
    pub levels: &'a ServiceLevels,
    /// Names of the departments, by id.
    pub departments: &'a KnownIds,
}

impl Promises<'_> {
    pub(super) fn to(&self, department: Option<&str>) -> &ServiceLevel {
        let name = department.map_or(PUBLIC, |id| self.departments.name(id).map_or(id, |it| it));
        self.levels.of(name)
    }
}

/// The events that rows show for the first time, and the service levels by which their chats are judged.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) promises: Promises<'a>,
    pub(super) events: Vec<Event>,
}
