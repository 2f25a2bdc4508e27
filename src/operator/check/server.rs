//! The check of a server: TLS, version, clocks, token, and the requests that its rate limiter leaves.

use jiff::SignedDuration;

use super::report::{Report, Step};
use crate::config::Workspace;
use crate::cycle::session;
use crate::operator::client::OperatorClient;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::info::Info;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::server_version::ServerVersion;

/// Largest difference of clocks that agree: `Date` has whole seconds.
const AGREEMENT: SignedDuration = SignedDuration::from_secs(2);
/// Largest difference at which the times that the exporter exports still fit the times that Prometheus records.
const FARTHEST: SignedDuration = SignedDuration::from_secs(60);

/// Requests the version. This is the first request, so it checks TLS as well.
pub(super) async fn version(
    workspace: &Workspace,
    operator_client: &OperatorClient,
    report: &mut Report<'_>,
) -> Result<Capabilities, Step> {
    let client = &operator_client.workspace_client.client;
    let permit = client.permit(Endpoint::Info, Priority::First, operator_client.patience()).await;
    let answer = match permit {
        Some(permit) => client.object::<Info>(permit).await,
        None => Err(Failure::new(Endpoint::Info, Reason::Timeout, "the request budget is used up")),
    };
    tls(workspace, answer.as_ref().err(), report)?;
    let version = match answer {
        Ok(info) => info.version(),
        Err(failure) if session::is_down(failure.reason) => {
            report.failed(Step::Version.name(), &failure);
            return Err(Step::Version);
        }
        Err(failure) => {
            report.aside(
                Step::Version.name(),
                &format!("hidden, so the exporter derives the version from the answers: {failure}"),
            );
            return Ok(Capabilities::of(None));
        }
    };
    report_version(version, report);
    Ok(Capabilities::of(version))
}

fn report_version(version: Option<ServerVersion>, report: &mut Report<'_>) {
    match version {
        Some(version) => report.well(Step::Version.name(), &version),
        None => report.aside(
            Step::Version.name(),
            &"hidden, although Rocket.Chat shows it without a login: let /api/info through; until then the exporter derives \
             the version from the answers",
        ),
    }
}

fn tls(
    workspace: &Workspace,
    failure: Option<&Failure>,
    report: &mut Report<'_>,
) -> Result<(), Step> {
    let step = Step::Tls;
    if workspace.url.scheme() == "http" {
        report.aside(step.name(), &"none: the token is sent unencrypted");
        return Ok(());
    }
    match failure {
        Some(failure) if failure.reason == Reason::Tls => {
            report.failed(step.name(), &failure.advice());
            return Err(step);
        }
        Some(failure) if session::is_down(failure.reason) => {
            report.aside(step.name(), &"unknown, the server did not answer");
        }
        _ => report.well(step.name(), &"the certificate is trusted"),
    }
    Ok(())
}

/// Reports the difference between the server's clock and this machine's clock, as the server's first answer showed it.
pub(super) fn clock(operator_client: &OperatorClient, report: &mut Report<'_>) {
    let (step, offset) = (Step::Clock.name(), operator_client.workspace_client.clock.said_offset());
    let seconds = offset.abs().as_secs();
    let direction = if offset.is_negative() { "behind" } else { "ahead of" };
    if offset.abs() < AGREEMENT {
        report.well(step, &"the server and this machine agree");
    } else if offset.abs() <= FARTHEST {
        let found = format!(
            "the server is {seconds} s {direction} this machine; ages use the server's clock"
        );
        report.well(step, &found);
    } else {
        let found = format!(
            "the server is {seconds} s {direction} this machine; synchronize both clocks with NTP"
        );
        report.failed(step, &found);
    }
}

/// Checks the token and reports its user.
pub(super) async fn token(
    operator_client: &OperatorClient,
    report: &mut Report<'_>,
) -> Result<(), Step> {
    let (step, client) = (Step::Token, &operator_client.workspace_client.client);
    let Some(permit) =
        client.permit(Endpoint::Me, Priority::First, operator_client.patience()).await
    else {
        report.aside(step.name(), &"not requested: the request budget is used up, wait a minute");
        return Err(step);
    };
    match session::verify_token(client, permit).await {
        Ok(()) => {
            report.well(step.name(), &format!("accepted, its user is {}", client.user_id()));
            Ok(())
        }
        Err(failure) => {
            report.failed(step.name(), &failure);
            Err(step)
        }
    }
}

/// Reports the limits of the rate limiter in the answers so far.
pub(super) fn rate_limit(operator_client: &OperatorClient, report: &mut Report<'_>) {
    let step = Step::RateLimit.name();
    let limits = operator_client.workspace_client.request_stats.traffic().limits;
    let scarcest = limits.iter().min_by_key(|(_, (announced, _))| announced.remaining);
    let Some((endpoint, (announced, _))) = scarcest else {
        let own = operator_client.workspace_client.client.per_minute(Endpoint::LivechatRooms);
        let found = format!(
            "the server announces none; the exporter sends at most {own} requests a minute to each \
            route"
        );
        return report.well(step, &found);
    };
    let (limit, left, route) = (announced.limit, announced.remaining, endpoint.route());
    let found = format!("{left} of {limit} requests left for {route}");
    if left == 0 {
        let remedy = "other clients with the same address use them up: grant the permission api-bypass-rate-limit";
        report.failed(step, &format!("{found}; {remedy}"));
    } else {
        report.well(
            step,
            &format!("{found}; the exporter uses at most {} of each {limit}", limit / 2),
        );
    }
}
