//! `inspect`: asks the endpoints by hand and shows their data, without data of visitors unless requested.
//!
//! The configured filters of a workspace apply here too; a filter of the command line replaces the configured filter of
//! its kind. The requests have the form of the cycle's requests, go to one workspace and stay within the same budget.
//! The module prints nothing itself.

mod calls;
mod chats;
mod context;
mod error;
mod listing;
mod loads;
mod replies;
mod wanted;

use std::sync::Arc;

use crate::cli::inspect::{Inspection, OutputFormat, Subject};
use crate::clock::Clock;
use crate::config::{Settings, Workspace};
use crate::cycle::session::{Session, SessionStatus};
use crate::operator::client::{Departments, OperatorClient, QueryError};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::wiring::{self, RateLimiters};

use context::InspectContext;
pub use error::{InspectError, Refusal};
use listing::Listing;

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
        OutputFormat::Table => listing.to_table(),
        OutputFormat::Json => listing.to_json(&workspace.name, client.workspace_client.clock.now()),
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

async fn ask(
    workspace: &Workspace,
    client: &OperatorClient,
    inspection: &Inspection,
) -> Result<Listing, Refusal> {
    let plan = &client.plan;
    let mut session = Session::new(Arc::clone(&plan.workspace), plan.interval);
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
