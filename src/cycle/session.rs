//! The session with a server: the version of the server, and the check that the token belongs to the configured user.
//!
//! The version is read in every cycle: a server may be replaced by a newer one between two polls, and the content of a
//! list depends on the version. `/api/info` needs no token and has no rate limit. The token is checked in the first
//! cycle, and again after the server refused it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::poll_context::{Pause, PollOutcome};
use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::client::{Client, Permit};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::info::Info;
use crate::rocketchat::limiter::RequestPriority;
use crate::rocketchat::me::Me;
use crate::rocketchat::server_version::ServerVersion;

/// Time for which a version is believed after the server no longer shows it.
const BELIEVED_FOR: Duration = Duration::from_secs(600);
/// Pause of `/api/info` after a timeout, because the lists wait for the version.
const PAUSE_AFTER_TIMEOUT: Duration = Duration::from_secs(60);

/// Progress of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionStatus {
    /// The version was asked for and the token is verified.
    Established,
    /// Our own budget does not allow the request yet.
    Later,
}

/// Facts established about a server.
#[derive(Debug)]
pub(crate) struct Session {
    /// Name of the workspace, for the log.
    workspace: Arc<str>,
    capabilities: Option<Capabilities>,
    /// Time of the server's last answer about its version.
    version_heard: Instant,
    /// End of the pause of `/api/info`.
    version_paused_until: Option<Instant>,
    is_verified: bool,
    pub(crate) pause: Pause,
}

impl Session {
    pub(crate) fn new(workspace: Arc<str>, interval: Duration) -> Self {
        Self {
            workspace,
            capabilities: None,
            version_heard: Instant::now(),
            version_paused_until: None,
            is_verified: false,
            pause: Pause::new(interval),
        }
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.capabilities.unwrap_or(Capabilities::of(None))
    }

    /// Ends the pause of `/api/info` and marks the evidence of earlier answers as doubtful, because the server may have
    /// been replaced.
    pub(crate) fn doubt_version(&mut self) {
        self.version_paused_until = None;
        self.capabilities = self.capabilities.map(Capabilities::doubted);
    }

    /// Requests a new check of the token in the next cycle.
    pub(crate) fn doubt_token(&mut self) {
        self.is_verified = false;
    }

    /// Checks version and token. `patience` limits a wait for the budget. `Err` if the server is down or the token is
    /// wrong.
    pub(crate) async fn establish(
        &mut self,
        client: &Client,
        patience: Duration,
    ) -> Result<SessionStatus, Failure> {
        let outcome = self.ask(client, patience).await;
        match &outcome {
            Ok(_) => self.pause.succeeded(),
            Err(_) => self.pause.failed(Instant::now()),
        }
        outcome
    }

    /// Learns from the answers of a round. True if the lists were asked for in the form of another version, so that
    /// they show no queue, or an old one.
    pub(crate) async fn review(&mut self, client: &Client, outcome: &PollOutcome) -> bool {
        let asked_by = self.capabilities();
        if outcome.depends_on_version || asked_by.is_contradicted_by(outcome.signs) {
            // After a failure the known version stays, because the lists have been answered.
            let _unknown = self.ask_version(client, Duration::ZERO).await;
        }
        self.capabilities = self.capabilities.map(|known| known.with(outcome.signs));
        self.capabilities().moves_queue_of(asked_by)
    }

    async fn ask(&mut self, client: &Client, patience: Duration) -> Result<SessionStatus, Failure> {
        // The confirmation of a known version never waits for the budget.
        let is_known = self.capabilities.is_some();
        self.ask_version(client, if is_known { Duration::ZERO } else { patience }).await?;
        if !is_known && self.capabilities().version().is_none() {
            // A cut answer looks like a hidden version: ask once more.
            self.ask_version(client, patience).await?;
        }
        if !self.is_verified {
            let Some(permit) = client.permit(Endpoint::Me, RequestPriority::First, patience).await
            else {
                return Ok(SessionStatus::Later);
            };
            verify_token(client, permit).await?;
            self.is_verified = true;
        }
        Ok(SessionStatus::Established)
    }

    /// Reads the version. A server that hides its version is asked carefully; a server that does not answer is down. A
    /// version that was shown stays valid until the server shows another one, or for at most `BELIEVED_FOR` without a
    /// version.
    async fn ask_version(&mut self, client: &Client, patience: Duration) -> Result<(), Failure> {
        let now = Instant::now();
        let is_known = self.capabilities.is_some();
        if is_known && self.version_paused_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        let Some(permit) = client.permit(Endpoint::Info, RequestPriority::First, patience).await
        else {
            return Ok(());
        };
        match client.object::<Info>(permit).await {
            Ok(info) => self.hear(info.version()),
            Err(failure) if is_down(failure.reason) => {
                let is_slow = failure.reason == Reason::Timeout;
                self.version_paused_until = is_slow.then(|| Instant::now() + PAUSE_AFTER_TIMEOUT);
                return if is_known { Ok(()) } else { Err(failure) };
            }
            Err(_) if self.is_version_believed() => {}
            Err(_) => self.hear(None),
        }
        Ok(())
    }

    fn is_version_believed(&self) -> bool {
        self.capabilities().version().is_some() && self.version_heard.elapsed() < BELIEVED_FOR
    }

    fn hear(&mut self, version: Option<ServerVersion>) {
        let known = self.capabilities.map(|known| known.version());
        if known != Some(version) {
            let shown = version.map_or("hidden".to_owned(), |version| version.to_string());
            tracing::info!(
                workspace = &*self.workspace,
                server_version = shown,
                "The exporter adapts its requests to the server's version."
            );
            self.capabilities = Some(self.capabilities().with_version(version));
        }
        self.version_heard = Instant::now();
    }
}

/// True if a failure of `/api/info` means that no other request would be answered either. A proxy may hide this address
/// alone behind a login, a redirect or a page of its own.
pub(crate) fn is_down(reason: Reason) -> bool {
    matches!(reason, Reason::Connect | Reason::Dns | Reason::Tls | Reason::Timeout | Reason::Server)
}

/// Checks that the answer names the configured user: some servers treat a wrong token as an anonymous user.
pub(crate) async fn verify_token(client: &Client, permit: Permit) -> Result<(), Failure> {
    let me = client.object::<Me>(permit).await?;
    if &*me.id != client.user_id() {
        return Err(Failure::new(
            Endpoint::Me,
            Reason::Unauthorized,
            "the token belongs to another user",
        ));
    }
    Ok(())
}
