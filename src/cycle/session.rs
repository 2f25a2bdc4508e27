//! The standing with a server: its version, and that the token is whose it should be.
//!
//! Established at the first cycle, confirmed when the version may have changed or the token was refused.
//! Called by the cycle before it gathers.

use std::time::Duration;

use tokio::time::Instant;

use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::client::Client;
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::info::Info;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::me::Me;
use crate::rocketchat::retry::Backoff;

/// A server may be replaced by a newer one at any time.
const VERSION_EVERY: Duration = Duration::from_secs(600);

/// What is established about a server.
#[derive(Debug)]
pub(crate) struct Session {
    capabilities: Option<Capabilities>,
    version_asked: Option<Instant>,
    is_verified: bool,
    backoff: Backoff,
    resume_at: Option<Instant>,
}

impl Session {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            capabilities: None,
            version_asked: None,
            is_verified: false,
            backoff: Backoff::new(interval),
            resume_at: None,
        }
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.capabilities.unwrap_or(Capabilities::of(None))
    }

    pub(crate) fn learn_queued_filter(&mut self, works: bool) {
        if let Some(capabilities) = self.capabilities.as_mut() {
            capabilities.learn_queued_filter(works);
        }
    }

    /// The version is asked for again at the next cycle.
    pub(crate) fn doubt_version(&mut self) {
        self.version_asked = None;
    }

    /// The token is checked again at the next cycle.
    pub(crate) fn doubt_token(&mut self) {
        self.is_verified = false;
    }

    pub(crate) fn resumes_at(&self) -> Option<Instant> {
        self.resume_at
    }

    pub(crate) fn is_paused(&self, now: Instant) -> bool {
        self.resume_at.is_some_and(|at| now < at)
    }

    /// Makes sure of version and token; asks only for what is in doubt.
    pub(crate) async fn establish(
        &mut self,
        client: &Client,
        patience: Duration,
    ) -> Result<(), Failure> {
        let outcome = self.ask(client, patience).await;
        match &outcome {
            Ok(()) => {
                self.backoff.succeeded();
                self.resume_at = None;
            }
            Err(_) => self.resume_at = Some(Instant::now() + self.backoff.failed(fastrand::f64())),
        }
        outcome
    }

    async fn ask(&mut self, client: &Client, patience: Duration) -> Result<(), Failure> {
        let is_old = |at: Instant| at.elapsed() >= VERSION_EVERY;
        if self.version_asked.is_none_or(is_old) {
            self.ask_version(client, patience).await?;
        }
        if !self.is_verified {
            let verified = verify_token(client, patience).await;
            if verified.is_err() && self.capabilities().version().is_none() {
                // What kept the token from being checked may have kept the version back as well.
                self.version_asked = None;
            }
            verified?;
            self.is_verified = true;
        }
        Ok(())
    }

    /// A server that does not tell its version is tried carefully; one that does not answer is down; one
    /// that told it before and answers oddly once is still what it was.
    async fn ask_version(&mut self, client: &Client, patience: Duration) -> Result<(), Failure> {
        let Some(permit) = client
            .permit(Endpoint::Info, Priority::First, patience)
            .await
        else {
            return Ok(());
        };
        let version = match client.object::<Info>(permit).await {
            Ok(info) => info.version(),
            Err(failure) if failure.reason.concerns_the_route() => return Err(failure),
            Err(_) => self.capabilities().version(),
        };
        self.version_asked = Some(Instant::now());
        if self.capabilities.map(|known| known.version()) != Some(version) {
            let shown = version.map_or("hidden".to_owned(), |version| version.to_string());
            tracing::info!(
                server_version = shown,
                "the server's version decides what it is asked"
            );
            self.capabilities = Some(Capabilities::of(version));
        }
        Ok(())
    }
}

/// Some servers let a wrong token pass as nobody: the answer must name the configured user.
async fn verify_token(client: &Client, patience: Duration) -> Result<(), Failure> {
    let Some(permit) = client.permit(Endpoint::Me, Priority::First, patience).await else {
        return Err(Failure::new(
            Endpoint::Me,
            Reason::RateLimited,
            "no budget to check the token",
        ));
    };
    let me = client.object::<Me>(permit).await?;
    if &*me.id != client.user_id() {
        return Err(Failure::new(
            Endpoint::Me,
            Reason::Unauthorized,
            "the token is another user's",
        ));
    }
    Ok(())
}
