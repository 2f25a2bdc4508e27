//! Comparison of passwords with bcrypt hashes, one at a time and not on the threads that serve.
//!
//! A bcrypt hash takes some hundredths of a second by design, so outcomes are kept under a digest with a key of this
//! process: neither passwords nor data to guess them by stay in memory. The parts of the digested data are separated by
//! their lengths; otherwise the password of one user could match that of another user (CVE-2022-46146). A user who does
//! not exist costs the same time as a user who exists. Wrong passwords are kept apart from right ones, so that a client
//! that guesses cannot evict the entries of valid users.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::credentials::Credentials;
use super::error::AccessControlError;
use crate::http::web_config::Users;

/// Number of the latest outcomes that are kept, of each kind.
const KEPT: usize = 256;
/// Longest wait for the comparison to begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// The result of a password check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// Too many requests wait for a comparison.
    Busy,
}

/// The comparison of passwords, with the kept outcomes.
pub(super) struct Passwords {
    key: hmac::Key,
    turn: Arc<Semaphore>,
    kept: Arc<Mutex<Kept>>,
}

type Digest = [u8; 32];

#[derive(Default)]
struct Kept {
    right: VecDeque<Digest>,
    wrong: VecDeque<Digest>,
}

impl Kept {
    fn get(&self, digest: &Digest) -> Option<bool> {
        let is_right = self.right.contains(digest);
        (is_right || self.wrong.contains(digest)).then_some(is_right)
    }

    fn keep(&mut self, digest: Digest, is_right: bool) {
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

    /// Compares the credentials with those of the users.
    pub(super) async fn verdict(&self, users: &Users, credentials: Credentials) -> Verdict {
        let known = users.get(&credentials.user).cloned();
        let is_user = known.is_some();
        let hash = known.unwrap_or_else(|| users.nobody());
        let digest = self.digest(&credentials, hash.expose());
        if let Some(is_right) = lock(&self.kept).get(&digest) {
            return verdict(is_right);
        }
        let turn = Arc::clone(&self.turn).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, turn).await else {
            return Verdict::Busy;
        };
        // Another request with the same credentials may have been compared in the meantime.
        if let Some(is_right) = lock(&self.kept).get(&digest) {
            return verdict(is_right);
        }
        let kept = Arc::clone(&self.kept);
        let compare = move |turn: OwnedSemaphorePermit| {
            let password = credentials.password.expose_secret();
            // The comparison runs in any case, so that an unknown user takes the same time.
            let is_match = bcrypt::verify(password, hash.expose()).unwrap_or(false);
            let is_right = is_match && is_user;
            lock(&kept).keep(digest, is_right);
            drop(turn);
            is_right
        };
        // The comparison owns the permit until it ends, even if no request waits for it any more.
        let compared = tokio::task::spawn_blocking(move || compare(turn)).await;
        verdict(compared.unwrap_or(false))
    }

    fn digest(&self, credentials: &Credentials, hash: &str) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [credentials.user.as_bytes(), hash.as_bytes()] {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        context.update(credentials.password.expose_secret());
        context.sign().as_ref().try_into().unwrap_or_default()
    }
}

fn verdict(is_right: bool) -> Verdict {
    if is_right { Verdict::Right } else { Verdict::Wrong }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // A list without its newest entry is as good as the whole list, so the data of a poisoned lock is valid.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
