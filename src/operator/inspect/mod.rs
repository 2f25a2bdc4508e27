//! `inspect`: asks the endpoints by hand and shows their data, without data of visitors unless requested.
//!
//! The configured filters of a workspace apply here too; a filter of the command line replaces the configured filter of
//! its kind. The requests have the form of the cycle's requests, go to one workspace and stay within the same budget.
//! The module prints nothing itself.

mod calls;
mod chats;
mod error;
mod listing;
mod loads;
mod replies;
mod wanted;

use jiff::Timestamp;
use url::Url;

use crate::cli::inspect::{Format, Inspection, Subject};
use crate::clock::Clock;
use crate::config::{Settings, Workspace};
use crate::cycle::resolution;
use crate::cycle::session::{Session, SessionStatus};
use crate::omnichannel::labels::names::PUBLIC;
use crate::omnichannel::rules::Rules;
use crate::operator::client::{Completeness, Departments, OperatorClient, QueryError, Seen};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::visitor::VisitorRow;
use crate::wiring::{self, RateLimiters};

pub use error::{InspectError, Refusal};
use listing::{Cell, Listing};
use wanted::DepartmentFilter;

/// Sends the requests and returns the text to print.
pub async fn run(
    settings: &Settings,
    clock: &Clock,
    inspection: &Inspection,
) -> Result<String, InspectError> {
    let workspace = choose(&settings.workspaces, inspection.workspace.as_deref())?;
    let name = || workspace.name.clone();
    let client = OperatorClient::new(workspace, clock, &mut RateLimiters::default())
        .map_err(|source| InspectError::HttpSettings(name(), source))?;
    let listing = ask(workspace, &client, inspection).await;
    let refused = |source| InspectError::Refused(name(), source);
    let listing = listing.map_err(refused)?.limit(inspection.limit);
    Ok(match inspection.format {
        Format::Table => listing.to_table(),
        Format::Json => listing.to_json(&workspace.name, client.workspace_client.clock.now()),
    })
}

/// The workspace with this name, or the only one.
pub(crate) fn choose<'a>(
    workspaces: &'a [Workspace],
    wanted: Option<&str>,
) -> Result<&'a Workspace, InspectError> {
    let names = || workspaces.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    match (workspaces, wanted) {
        ([one], None) => Ok(one),
        (_, None) => Err(InspectError::NoWorkspace(names())),
        (_, Some(wanted)) => workspaces
            .iter()
            .find(|workspace| workspace.name == wanted)
            .ok_or_else(|| InspectError::UnknownWorkspace(wanted.to_owned(), names())),
    }
}

/// The key of a column, and its cell in a row.
type Column<R> = (&'static str, fn(&R, &InspectContext<'_>) -> Cell);

/// The data that every question needs.
struct InspectContext<'a> {
    client: &'a OperatorClient,
    capabilities: Capabilities,
    departments: Departments,
    /// The refusal because of which the departments could not be read.
    refusal: Option<Failure>,
    /// The service levels and the rules about agents.
    rules: Rules,
    inspection: &'a Inspection,
    /// The address of the workspace.
    url: &'a Url,
}

async fn ask(
    workspace: &Workspace,
    client: &OperatorClient,
    inspection: &Inspection,
) -> Result<Listing, Refusal> {
    let mut session = Session::new(workspace.poll.interval);
    let standing = session.establish(&client.workspace_client.client, client.patience).await?;
    if standing == SessionStatus::Later {
        return Err(QueryError::Budget(Endpoint::Me).into());
    }
    let capabilities = session.capabilities();
    let (departments, refusal) = departments(client, capabilities, &inspection.subject).await?;
    let context = InspectContext {
        client,
        capabilities,
        departments,
        refusal,
        rules: wiring::rules(workspace),
        inspection,
        url: &workspace.url,
    };
    match &inspection.subject {
        Subject::Waiting { departments } => chats::waiting(&context, departments).await,
        Subject::Missed { since, until, of } => {
            replies::missed(&context, of, (*since, *until)).await
        }
        Subject::Unanswered(of) => replies::unanswered(&context, of).await,
        Subject::Rooms(asked) => chats::rooms(&context, asked).await,
        Subject::Queue { department, agent, available } => {
            loads::queue(&context, department.as_deref(), agent.as_deref(), *available).await
        }
        Subject::Calls(asked) => calls::calls(&context, asked).await,
        Subject::Call { rid, token } => calls::call(&context, rid, token).await,
    }
}

/// The departments of the workspace; none are read for calls, which have no department. If the token may not read the
/// departments, their names come from the rooms.
async fn departments(
    client: &OperatorClient,
    capabilities: Capabilities,
    subject: &Subject,
) -> Result<(Departments, Option<Failure>), Refusal> {
    if matches!(subject, Subject::Calls(_) | Subject::Call { .. }) {
        return Ok((Departments::unknown(), None));
    }
    match client.departments(capabilities.archived_departments()).await {
        Err(QueryError::Failed(failure)) if failure.reason == Reason::Forbidden => {
            Ok((Departments::unknown(), Some(failure)))
        }
        departments => Ok((departments?, None)),
    }
}

impl InspectContext<'_> {
    fn now(&self) -> Timestamp {
        self.client.workspace_client.clock.now()
    }

    /// The address that opens a room in Rocket.Chat's own client. The client's route of live chats is `/live/:id` in
    /// every generation, while its route of the list of current chats (`/omnichannel/current`) shows different things
    /// in different generations.
    fn link(&self, room: &str) -> Cell {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["live", room]);
        }
        Cell::text(Some(url.as_str()))
    }

    /// These columns, and those of the visitor if visitors are shown.
    fn columns<R>(&self, own: &[Column<Seen<R>>]) -> Vec<Column<Seen<R>>> {
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
    fn listing<R>(
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
    fn places(&self, asked: &[String]) -> Result<DepartmentFilter, Refusal> {
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
            return resolution::not_told(unknown, failure).into();
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
    fn department<'d>(&'d self, id: Option<&'d str>, row: Option<&'d str>) -> &'d str {
        let known = id.and_then(|id| self.departments.names.get(id)?.as_deref());
        known.or(row).or(id).unwrap_or(PUBLIC)
    }
}
