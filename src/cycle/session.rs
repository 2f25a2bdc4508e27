//! The standing with a server: its version, and that the token is whose it should be.
//!
//! Established at the first cycle, confirmed when the version may have changed or the token was refused.
//! Called by the cycle before it gathers, and by the commands that ask by hand.

use std::time::Duration;

use tokio::time::Instant;

use crate::rocketchat::capabilities::Capabilities;
use crate::rocketchat::client::{Client, Permit};
use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};
use crate::rocketchat::info::Info;
use crate::rocketchat::limiter::Priority;
use crate::rocketchat::me::Me;
use crate::rocketchat::retry::Backoff;

/// A server may be replaced by a newer one at any time.
const VERSION_EVERY: Duration = Duration::from_secs(600);

/// How far the session got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Version and token are known.
    Established,
    /// Our own budget does not allow to ask yet.
    Later,
}

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

    pub(crate) fn learn_no_queued_filter(&mut self) {
        if let Some(capabilities) = self.capabilities.as_mut() {
            capabilities.learn_no_queued_filter();
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
    ) -> Result<Standing, Failure> {
        let outcome = self.ask(client, patience).await;
        match &outcome {
            Ok(_) => {
                self.backoff.succeeded();
                self.resume_at = None;
            }
            Err(_) => self.resume_at = Some(Instant::now() + self.backoff.failed(fastrand::f64())),
        }
        outcome
    }

    async fn ask(&mut self, client: &Client, patience: Duration) -> Result<Standing, Failure> {
        let is_old = |at: Instant| at.elapsed() >= VERSION_EVERY;
        if self.version_asked.is_none_or(is_old) {
            self.ask_version(client, patience).await?;
        }
        if !self.is_verified {
            let Some(permit) = client.permit(Endpoint::Me, Priority::First, patience).await else {
                return Ok(Standing::Later);
            };
            let verified = verify_token(client, permit).await;
            if verified.is_err() && self.capabilities().version().is_none() {
                // What kept the token from being checked may have kept the version back as well.
                self.version_asked = None;
            }
            verified?;
            self.is_verified = true;
        }
        Ok(Standing::Established)
    }

    /// A server that does not tell its version is tried carefully; one that does not answer is down; one
    /// that told it before is still what it was until it says otherwise.
    async fn ask_version(&mut self, client: &Client, patience: Duration) -> Result<(), Failure> {
        let Some(permit) = client.permit(Endpoint::Info, Priority::First, patience).await else {
            return Ok(());
        };
        let version = match client.object::<Info>(permit).await {
            Ok(info) => info.version(),
            Err(_) if self.capabilities.is_some() => return Ok(()),
            Err(failure) if is_down(failure.reason) => return Err(failure),
            Err(_) => None,
        };
        self.version_asked = Some(Instant::now());
        let is_new = self.capabilities.map(|known| known.version()) != Some(version);
        if is_new {
            let shown = version.map_or("hidden".to_owned(), |version| version.to_string());
            tracing::info!(
                server_version = shown,
                "The server's version decides what it is asked."
            );
        }
        // What was learned about a hidden version is tried again: the server may have been replaced.
        if is_new || version.is_none() {
            self.capabilities = Some(Capabilities::of(version));
        }
        Ok(())
    }
}

/// Whether a failure of `/api/info` means that nothing else would answer either. A proxy may hide this
/// one address behind a login, a redirect or a page of its own.
pub(crate) fn is_down(reason: Reason) -> bool {
    matches!(reason, Reason::Connect | Reason::Dns | Reason::Tls | Reason::Timeout | Reason::Server)
}

/// Some servers let a wrong token pass as nobody: the answer must name the configured user.
pub(crate) async fn verify_token(client: &Client, permit: Permit) -> Result<(), Failure> {
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
