//! The data that every question needs, and the columns, rows and departments that the questions share.

use jiff::Timestamp;
use url::Url;

use super::error::Refusal;
use super::listing::{Cell, Listing};
use super::wanted::DepartmentFilter;
use crate::cli::inspect::Inspection;
use crate::cycle::resolution;
use crate::omnichannel::labels::names::PUBLIC;
use crate::omnichannel::rules::Rules;
use crate::operator::client::{Completeness, Departments, OperatorClient, Seen};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::error::Failure;
use crate::rocketchat::visitor::VisitorRow;

/// The key of a column, and its cell in a row.
pub(super) type Column<R> = (&'static str, fn(&R, &InspectContext<'_>) -> Cell);

/// The data that every question needs.
pub(super) struct InspectContext<'a> {
    pub(super) client: &'a OperatorClient,
    pub(super) capabilities: Capabilities,
    pub(super) departments: Departments,
    /// The refusal because of which the departments could not be read.
    pub(super) refusal: Option<Failure>,
    /// The service levels and the rules about agents.
    pub(super) rules: Rules,
    pub(super) inspection: &'a Inspection,
    /// The address of the workspace.
    pub(super) url: &'a Url,
}

impl InspectContext<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.client.workspace_client.clock.now()
    }

    /// The address that opens a room in Rocket.Chat's own client. The client's route of live chats is `/live/:id` in
    /// every generation, while its route of the list of current chats (`/omnichannel/current`) shows different things
    /// in different generations.
    pub(super) fn link(&self, room: &str) -> Cell {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["live", room]);
        }
        Cell::text(Some(url.as_str()))
    }

    /// These columns, and those of the visitor if visitors are shown.
    pub(super) fn columns<R>(&self, own: &[Column<Seen<R>>]) -> Vec<Column<Seen<R>>> {
        let mut columns = own.to_vec();
        if self.inspection.visitors {
            columns.push(("visitor", |(_, visitor), _| {
                Cell::text(visitor.as_ref().and_then(VisitorRow::name))
            }));
            columns.push(("phone", |(_, visitor), _| {
                Cell::text(visitor.as_ref().and_then(VisitorRow::phone))
            }));
        }
        columns
    }

    /// The rows under these columns.
    pub(super) fn listing<R>(
        &self,
        subject: &'static str,
        columns: &[Column<R>],
        rows: &[R],
        completeness: Completeness,
    ) -> Listing {
        let cells = |row| columns.iter().map(|(_, cell)| cell(row, self)).collect();
        Listing {
            subject,
            columns: columns.iter().map(|(name, _)| *name).collect(),
            rows: rows.iter().map(cells).collect(),
            is_cut: completeness == Completeness::Part,
        }
    }

    /// The departments that the command line names, or else the configuration.
    pub(super) fn places(&self, asked: &[String]) -> Result<DepartmentFilter, Refusal> {
        let is_public =
            |asked: &&String| *asked == PUBLIC && self.departments.named(PUBLIC).is_empty();
        let (public, asked): (Vec<_>, Vec<_>) = asked.iter().partition(is_public);
        let own = &self.client.plan.departments;
        let is_asked = !asked.is_empty() || !public.is_empty();
        let named = if is_asked { asked.into_iter().cloned().collect() } else { own.clone() };
        let ids = resolution::resolve(&named, |name| self.departments.named(name));
        let ids = ids.map_err(|unknown| self.unresolved(&unknown))?;
        Ok(DepartmentFilter { ids, public: !public.is_empty() })
    }

    /// The reason why no chat can be searched in these departments.
    fn unresolved(&self, unknown: &[String]) -> Refusal {
        if let Some(failure) = &self.refusal {
            return resolution::not_readable(unknown, failure).into();
        }
        let unknown = unknown.first().cloned().unwrap_or_default();
        if self.departments.completeness == Completeness::Whole {
            Refusal::UnknownDepartment(unknown)
        } else {
            Refusal::DepartmentUnread(unknown)
        }
    }

    /// The name of a department: from the list of departments, else from the row, else its id. Without a department it
    /// is `Public`, as in the metrics.
    pub(super) fn department<'d>(&'d self, id: Option<&'d str>, row: Option<&'d str>) -> &'d str {
        let known = id.and_then(|id| self.departments.names.get(id)?.as_deref());
        known.or(row).or(id).unwrap_or(PUBLIC)
    }
}
