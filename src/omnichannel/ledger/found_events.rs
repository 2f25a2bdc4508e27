//! The events that a ledger finds in rows, and the service levels by which it judges the chats of the rows.

use crate::omnichannel::event::Event;
use crate::omnichannel::labels::names::{KnownIds, PUBLIC};
use crate::omnichannel::service_level::{ServiceLevel, ServiceLevels};

/// The service levels of a workspace, by department id.
#[derive(Debug, Clone, Copy)]
pub struct ServiceLevelsById<'a> {
    /// Service levels, by department name.
    pub levels: &'a ServiceLevels,
    /// The departments, with the names of their ids.
    pub departments: &'a KnownIds,
}

impl ServiceLevelsById<'_> {
    /// The service level of the department with this id, or of chats without a department.
    pub(super) fn of(&self, department: Option<&str>) -> &ServiceLevel {
        let name = department.map_or(PUBLIC, |id| self.departments.name(id).map_or(id, |it| it));
        self.levels.of(name)
    }
}

/// The events that rows show for the first time, and the service levels by which their chats are judged.
#[derive(Debug)]
pub(super) struct FoundEvents<'a> {
    pub(super) service_levels: ServiceLevelsById<'a>,
    pub(super) events: Vec<Event>,
}
