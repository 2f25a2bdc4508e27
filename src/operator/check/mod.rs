//! `check`: a preflight for operators, from the configuration to the last permission.
//!
//! The command sends only requests that `serve` would send, through the same client and within the same budget: up to
//! 17 requests for each workspace. It reports one line about each step and changes nothing.

mod compare;
mod endpoints;
mod network;
mod optional;
mod readable;
mod report;
mod rooms;
mod server;

use std::path::Path;

use crate::clock::Clock;
use crate::config::{Problems, Settings, Workspace};
use crate::file_permissions;
use crate::http::AccessControl;
use crate::operator::client::OperatorClient;
use crate::rocketchat::capabilities::Capabilities;
use crate::store::{self, DirectoryCheck, LockMode};
use crate::wiring::RateLimiters;

use readable::Check;
pub use report::CheckResult;
use report::{CheckReport, CheckStep};

/// Reports the problems of a configuration that could not be read.
pub fn refuse(problems: &Problems, print: &mut dyn FnMut(&str)) -> CheckResult {
    let mut report = CheckReport::new(print);
    problems.lines().iter().for_each(|line| report.misconfigured("configuration", line));
    report.result
}

/// Checks everything in turn and reports one line about each step.
pub async fn run(settings: &Settings, clock: &Clock, print: &mut dyn FnMut(&str)) -> CheckResult {
    let mut report = CheckReport::new(print);
    let count = settings.workspaces.len();
    let noun = if count == 1 { "workspace" } else { "workspaces" };
    report.well("configuration", &format!("valid, {count} {noun}"));
    web_config(settings.web.config_file.as_deref(), &mut report);
    shard(settings, &mut report);
    let directory = settings.state.directory.as_deref();
    state_directory(directory, LockMode::of(settings.shard), &mut report);
    for exposed in file_permissions::lines(settings) {
        report.aside("permissions", &exposed);
    }
    let mut rate_limiters = RateLimiters::default();
    for workspace in &settings.workspaces {
        report.place = format!("{}: ", workspace.name);
        match OperatorClient::new(workspace, clock, &mut rate_limiters) {
            Ok(client) => {
                if let Err(failed) = check(workspace, &client, &mut report).await {
                    report.skip_after(failed);
                }
            }
            Err(error) => report.misconfigured("configuration", &error),
        }
    }
    report.result
}

/// Checks one workspace. `Err` is the failed step, without which later steps cannot be checked.
async fn check(
    workspace: &Workspace,
    client: &OperatorClient,
    report: &mut CheckReport<'_>,
) -> Result<(), CheckStep> {
    network::look(workspace, report).await?;
    let capabilities = Capabilities::of(None);
    let mut check = Check { workspace, client, capabilities, report };
    check.version().await?;
    check.clock();
    check.token().await?;
    check.endpoints().await;
    check.rate_limit();
    Ok(())
}

fn web_config(path: Option<&Path>, report: &mut CheckReport<'_>) {
    match AccessControl::new(path) {
        Ok(access) if path.is_some() => {
            report
                .well("web configuration", &format!("valid, the server uses {}", access.scheme()));
        }
        Ok(_) => {}
        Err(error) => report.misconfigured("web configuration", &error),
    }
}

/// Reports the shard. All workspaces are checked, because replicas share the configuration, and a change of their
/// number may assign any workspace to this replica.
fn shard(settings: &Settings, report: &mut CheckReport<'_>) {
    let Some(shard) = settings.shard else { return };
    let watched = settings.watched();
    let names: Vec<_> = watched.iter().map(|workspace| workspace.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    report.well(
        "shard",
        &format!("{} of {}, with the workspaces: {names}", shard.index(), shard.count()),
    );
}

fn state_directory(path: Option<&Path>, lock_mode: LockMode, report: &mut CheckReport<'_>) {
    let step = "state directory";
    let Some(path) = path else {
        let finding = "none: counters begin at zero at each start; set --state.directory to keep their values";
        return report.aside(step, &finding);
    };
    let found = match store::try_out(path, lock_mode) {
        Ok(DirectoryCheck::Ready) => "can be written, and no other exporter uses it",
        Ok(DirectoryCheck::Missing) => "does not exist yet and can be created",
        Err(error) => {
            return report.failed(step, &error.to_string().trim_start_matches("state directory "));
        }
    };
    report.well(step, &format!("{} {found}", path.display()));
}
