//! The check of a server: TLS, version, clocks, token, and the requests that its rate limiter leaves.

use jiff::SignedDuration;

use super::readable::Check;
use super::report::CheckStep;
use crate::cycle::session;
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::info::Info;
use crate::rocketchat::limiter::RequestPriority;

/// Largest difference of clocks that agree: `Date` has whole seconds.
const AGREEMENT: SignedDuration = SignedDuration::from_secs(2);
/// Largest difference at which the times that the exporter exports still fit the times that Prometheus records.
const FARTHEST: SignedDuration = SignedDuration::from_secs(60);

impl Check<'_, '_> {
    /// Requests the version. This is the first request, so it checks TLS as well.
    pub(super) async fn version(&mut self) -> Result<(), CheckStep> {
        let client = &self.client.workspace_client.client;
        let permit =
            client.permit(Endpoint::Info, RequestPriority::First, self.client.patience).await;
        let answer = match permit {
            Some(permit) => client.object::<Info>(permit).await,
            None => {
                Err(Failure::new(Endpoint::Info, Reason::Timeout, "the request budget is used up"))
            }
        };
        self.tls(answer.as_ref().err())?;
        let (step, report) = (CheckStep::Version, &mut *self.report);
        let version = answer.map(|info| info.version());
        match &version {
            Ok(Some(version)) => report.well(step, version),
            Ok(None) => report.aside(
                step,
                &"hidden, although Rocket.Chat shows it without a login: let /api/info through; \
              until then the exporter derives the version from the answers",
            ),
            Err(failure) if session::is_down(failure.reason) => {
                report.failed(step, failure);
                return Err(step);
            }
            Err(failure) => report.aside(
                step,
                &format!("hidden, so the exporter derives the version from the answers: {failure}"),
            ),
        }
        self.capabilities = Capabilities::of(version.ok().flatten());
        Ok(())
    }

    fn tls(&mut self, failure: Option<&Failure>) -> Result<(), CheckStep> {
        let (step, report) = (CheckStep::Tls, &mut *self.report);
        if self.workspace.url.scheme() == "http" {
            report.aside(step, &"none: the token is sent unencrypted");
            return Ok(());
        }
        match failure {
            Some(failure) if failure.reason == Reason::Tls => {
                report.failed(step, &failure.problem_and_remedy());
                return Err(step);
            }
            Some(failure) if session::is_down(failure.reason) => {
                report.aside(step, &"unknown, the server did not answer");
            }
            _ => report.well(step, &"the certificate is trusted"),
        }
        Ok(())
    }

    /// Reports the difference between the server's clock and this machine's clock, as the server's first answer showed
    /// it.
    pub(super) fn clock(&mut self) {
        let (step, report) = (CheckStep::Clock, &mut *self.report);
        let offset = self.client.workspace_client.clock.said_offset();
        let seconds = offset.abs().as_secs();
        let direction = if offset.is_negative() { "behind" } else { "ahead of" };
        let apart = format!("the server is {seconds} s {direction} this machine");
        if offset.abs() < AGREEMENT {
            report.well(step, &"the server and this machine agree");
        } else if offset.abs() <= FARTHEST {
            report.well(step, &format!("{apart}; ages use the server's clock"));
        } else {
            report.failed(step, &format!("{apart}; synchronize both clocks with NTP"));
        }
    }

    /// Checks the token and reports its user.
    pub(super) async fn token(&mut self) -> Result<(), CheckStep> {
        let (step, report) = (CheckStep::Token, &mut *self.report);
        let client = &self.client.workspace_client.client;
        let Some(permit) =
            client.permit(Endpoint::Me, RequestPriority::First, self.client.patience).await
        else {
            report.aside(step, &"not requested: the request budget is used up, wait a minute");
            return Err(step);
        };
        match session::verify_token(client, permit).await {
            Ok(()) => {
                report.well(step, &format!("accepted, its user is {}", client.user_id()));
                Ok(())
            }
            Err(failure) => {
                report.failed(step, &failure);
                Err(step)
            }
        }
    }

    /// Reports the limits of the rate limiter in the answers so far.
    pub(super) fn rate_limit(&mut self) {
        let (step, report) = (CheckStep::RateLimit, &mut *self.report);
        let limits = self.client.workspace_client.request_stats.traffic().limits;
        let scarcest = limits.iter().min_by_key(|(_, (announced, _))| announced.remaining);
        let Some((endpoint, (announced, _))) = scarcest else {
            let own = self.client.workspace_client.client.per_minute(Endpoint::LivechatRooms);
            let found = format!(
                "the server announces none; the exporter sends at most {own} requests a minute to \
                 each route"
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
}
