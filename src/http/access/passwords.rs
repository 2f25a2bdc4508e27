//! Comparison of passwords with bcrypt hashes, one at a time and not on the threads that serve.
//!
//! A bcrypt hash takes some hundredths of a second by design, so outcomes are kept under a digest with a key of this
//! process: neither passwords nor data to guess them by stay in memory. The parts of the digested data are separated by
//! their lengths; otherwise the password of one user could match that of another user (CVE-2022-46146). A user who does
//! not exist costs the same time as a user who exists. Wrong passwords are kept apart from right ones, so that a client
//! that guesses cannot evict the entries of valid users.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::credentials::Credentials;
use super::error::AccessControlError;
use crate::http::web_config::{PasswordHash, Users};

/// Number of the latest outcomes that are kept, of each kind.
const KEPT: usize = 256;
/// Longest wait for the comparison to begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// Too many requests wait for a comparison.
pub(super) struct Busy;

/// The comparison of passwords, with the kept outcomes.
pub(super) struct Passwords {
    key: hmac::Key,
    turn: Arc<Semaphore>,
    kept: Arc<Mutex<PasswordCache>>,
}

type CredentialsDigest = [u8; 32];

#[derive(Default)]
struct PasswordCache {
    right: VecDeque<CredentialsDigest>,
    wrong: VecDeque<CredentialsDigest>,
}

impl PasswordCache {
    fn get(&self, digest: &CredentialsDigest) -> Option<bool> {
        let is_right = self.right.contains(digest);
        (is_right || self.wrong.contains(digest)).then_some(is_right)
    }

    fn keep(&mut self, digest: CredentialsDigest, is_right: bool) {
        let kept = if is_right { &mut self.right } else { &mut self.wrong };
        kept.truncate(KEPT - 1);
        kept.push_front(digest);
    }
}

impl Passwords {
    pub(super) fn new() -> Result<Self, AccessControlError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let key = key.map_err(|_| AccessControlError::NoRandomness)?;
        Ok(Self { key, turn: Arc::new(Semaphore::new(1)), kept: Arc::default() })
    }

    /// True if the credentials are those of a user.
    pub(super) async fn are_right(
        &self,
        users: &Users,
        credentials: Credentials,
    ) -> Result<bool, Busy> {
        let known = users.get(&credentials.user).cloned();
        let is_user = known.is_some();
        let hash = known.unwrap_or_else(|| PasswordHash::nobody(users));
        let digest = self.digest(&credentials, hash.expose());
        if let Some(is_right) = self.kept.lock().get(&digest) {
            return Ok(is_right);
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, turn).await else {
            return Err(Busy);
        };
        // Another request with the same credentials may have been compared in the meantime.
        if let Some(is_right) = self.kept.lock().get(&digest) {
            return Ok(is_right);
        }
        let kept = Arc::clone(&self.kept);
        // The comparison owns the permit until it ends, even if no request waits for it any more.
        let compared = tokio::task::spawn_blocking(move || {
            let password = credentials.password.expose_secret();
            // The comparison runs in any case, so that an unknown user takes the same time.
            let is_match = bcrypt::verify(password, hash.expose()).unwrap_or(false);
            let is_right = is_match && is_user;
            kept.lock().keep(digest, is_right);
            drop(turn);
            is_right
        });
        Ok(compared.await.unwrap_or(false))
    }

    fn digest(&self, credentials: &Credentials, hash: &str) -> CredentialsDigest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [credentials.user.as_bytes(), hash.as_bytes()] {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        context.update(credentials.password.expose_secret());
        context.sign().as_ref().try_into().unwrap_or_default()
    }
}
