//! Access control: TLS, passwords, request rate and headers, always as the current web config file sets them.
//!
//! Without a file every request is allowed. The file and its certificates are checked for changes at most once a
//! second, when a connection or request arrives, and are read again after a change. While the file is invalid, every
//! request is answered with 500, as in the exporter-toolkit: a protection may be in the part that cannot be read. A
//! connection that was admitted under earlier certificates or requirements ends after its next answer. While new
//! certificates are invalid, as when only one file of a pair has been written, the earlier certificates stay in use.

mod access_settings;
mod credentials;
mod error;
mod passwords;
mod token_bucket;
mod web_config_files;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

pub(super) use self::access_settings::{Admission, Tls};
pub use self::error::AccessControlError;

use self::access_settings::{AccessRules, AccessSettings};
use self::credentials::Credentials;
use self::passwords::{Busy, Passwords};
use self::web_config_files::WebConfigFiles;
use super::webhook::is_webhook;

/// Shortest time between two checks of the files.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest wait for a check of the files; a slow file system does not delay a request for longer.
const LOOK_PATIENCE: Duration = Duration::from_secs(2);

/// The access control of the server; clones share it.
#[derive(Clone, Default)]
pub struct AccessControl(Option<Arc<Guarded>>);

struct Guarded {
    /// Locked during a check of the files.
    files: Mutex<WebConfigFiles>,
    in_effect: ArcSwap<AccessSettings>,
    looked: Mutex<Instant>,
    passwords: Passwords,
}

impl AccessControl {
    /// Access control by the file at `path`; without a path every request is allowed. Blocks while the files are read.
    pub fn new(path: Option<&Path>) -> Result<Self, AccessControlError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let (files, in_effect) = WebConfigFiles::open(path)?;
        Ok(Self(Some(Arc::new(Guarded {
            files: Mutex::new(files),
            in_effect: ArcSwap::from_pointee(in_effect),
            looked: Mutex::new(Instant::now()),
            passwords: Passwords::new()?,
        }))))
    }

    /// The scheme of the served addresses: `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        let guarded = self.0.as_ref();
        let speaks_tls = guarded.is_some_and(|it| it.in_effect.load().tls.is_some());
        if speaks_tls { "https" } else { "http" }
    }

    /// The TLS settings for a new connection; `None` without TLS.
    pub(super) async fn tls(&self) -> Option<Tls> {
        current(self.0.as_ref()?).await.tls.clone()
    }

    /// The router behind the access control.
    pub(super) fn guard(&self, router: Router) -> Router {
        match &self.0 {
            None => router,
            Some(guarded) => {
                let guarded = Arc::clone(guarded);
                router.layer(middleware::from_fn_with_state(guarded, answer))
            }
        }
    }
}

/// The rules and TLS settings in effect, after a check of the files if one is due.
async fn current(guarded: &Arc<Guarded>) -> Arc<AccessSettings> {
    if guarded.is_due() {
        let this = Arc::clone(guarded);
        let look = tokio::task::spawn_blocking(move || this.look());
        if tokio::time::timeout(LOOK_PATIENCE, look).await.is_err() {
            tracing::warn!(
                "Reading the web config file takes too long. The exporter continues with the content \
                that it read last. Check the mount of the file."
            );
        }
    }
    guarded.in_effect.load_full()
}

impl Guarded {
    fn is_due(&self) -> bool {
        let mut looked = self.looked.lock();
        let is_due = looked.elapsed() >= LOOK_EVERY;
        if is_due {
            *looked = Instant::now();
        }
        is_due
    }

    fn look(&self) {
        // Another check may be still running, as on a file system that hangs.
        let Some(mut files) = self.files.try_lock() else { return };
        if let Some(changed) = files.look(&self.in_effect.load()) {
            self.in_effect.store(Arc::new(changed));
        }
    }
}

async fn answer(State(guarded): State<Arc<Guarded>>, request: Request, next: Next) -> Response {
    let in_effect = current(&guarded).await;
    let Some(rules) = &in_effect.rules else {
        let message = "The web config file is not valid; see the log of the exporter.\n";
        return (StatusCode::INTERNAL_SERVER_ERROR, message).into_response();
    };
    let admitted = request.extensions().get::<Admission>().copied();
    // A webhook has its own token, and a flood of forged webhooks must not use up the rate of the scrapes.
    let admission = if is_webhook(request.uri().path()) {
        Ok(())
    } else {
        admit(&guarded.passwords, rules, request.headers()).await
    };
    let mut response = match admission {
        Ok(()) => next.run(request).await,
        Err(refused) => refused,
    };
    for (name, value) in &rules.headers {
        response.headers_mut().insert(name, value.clone());
    }
    if admitted != Some(Admission::by(in_effect.tls.as_ref())) {
        // A client with the certificate that is required now may connect again.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn admit(
    passwords: &Passwords,
    rules: &AccessRules,
    headers: &HeaderMap,
) -> Result<(), Response> {
    if rules.rate.as_ref().is_some_and(|rate| !rate.allows(Instant::now())) {
        return Err((StatusCode::TOO_MANY_REQUESTS, "Too many requests.\n").into_response());
    }
    if rules.users.is_empty() {
        return Ok(());
    }
    let are_right = match Credentials::of(headers) {
        Some(credentials) => passwords.are_right(&rules.users, credentials).await,
        None => Ok(false),
    };
    match are_right {
        Ok(true) => Ok(()),
        Ok(false) => {
            let challenge = [(WWW_AUTHENTICATE, "Basic")];
            Err((StatusCode::UNAUTHORIZED, challenge, "Unauthorized.\n").into_response())
        }
        Err(Busy) => {
            let message = "Too many passwords are being verified; try again later.\n";
            Err((StatusCode::SERVICE_UNAVAILABLE, message).into_response())
        }
    }
}
