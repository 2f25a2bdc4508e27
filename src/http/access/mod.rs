//! Who may ask: TLS, passwords, rate and headers as the web config file has them, whatever it says at the moment.
//!
//! The server shakes hands and answers through it; without a file everybody may ask. The file and its certificates are
//! looked at at most once a second, when somebody comes, and read again when they have changed. While the file is bad,
//! every request is answered 500 as in the exporter-toolkit: what was meant to keep somebody out may be among what
//! cannot be read. A connection that was let in by certificates or demands of before ends with its next answer.
//! Certificates that are bad, as when only half of a pair has been written, leave those before in use.

mod credentials;
mod passwords;
mod rate;
mod source;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio_rustls::TlsAcceptor;

use self::credentials::Credentials;
use self::passwords::{Passwords, Verdict};
use self::rate::Rate;
use self::source::Source;
use super::tls::TlsError;
use crate::config::Problems;
use crate::http::web_config::Users;

/// Time between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A file system that takes longer does not hold up whoever asks.
const LOOK_PATIENCE: Duration = Duration::from_secs(2);

/// Why a web config file cannot be served by.
#[derive(Debug, thiserror::Error)]
pub enum AccessControlError {
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] Problems),
    /// What it says of TLS cannot be done.
    #[error("{path}: {reason}")]
    Tls {
        /// The web config file.
        path: String,
        /// What is wrong.
        reason: TlsError,
    },
    /// There are no random numbers to make a key of.
    #[error("the system gives no random numbers, so no password can be verified")]
    NoRandomness,
    /// It would take away a protection that the process was started with.
    #[error(
        "{path}: {protection} is gone since it was read last: restart the exporter if that is meant"
    )]
    Weaker {
        /// The web config file.
        path: String,
        /// What protected before.
        protection: &'static str,
    },
}

/// The gate of the server; clones are the same gate.
#[derive(Clone, Default)]
pub struct AccessControl(Option<Arc<Guarded>>);

struct Guarded {
    /// Locked by the one who looks.
    source: Mutex<Source>,
    in_effect: ArcSwap<InEffect>,
    looked: Mutex<Instant>,
    passwords: Passwords,
}

/// What holds until the files change.
#[derive(Clone)]
struct InEffect {
    /// `None` while the file is bad.
    rules: Option<Arc<Rules>>,
    tls: Option<Tls>,
}

/// How hands are shaken.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// Another each time that the files were read.
    generation: u64,
}

/// What let a connection in; it ends with its next answer once that is no longer in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admission(Option<u64>);

impl Admission {
    pub(super) fn by(tls: Option<&Tls>) -> Self {
        Self(tls.map(|tls| tls.generation))
    }
}

struct Rules {
    headers: HeaderMap,
    users: Users,
    rate: Option<Arc<Rate>>,
}

impl std::fmt::Debug for AccessControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("guarded", &self.0.is_some()).finish()
    }
}

impl AccessControl {
    /// A gate that the file at `path` guards, or an open one without a path; blocks for as long as reading takes.
    pub fn new(path: Option<&Path>) -> Result<Self, AccessControlError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let (source, in_effect) = Source::open(path)?;
        Ok(Self(Some(Arc::new(Guarded {
            source: Mutex::new(source),
            in_effect: ArcSwap::from_pointee(in_effect),
            looked: Mutex::new(Instant::now()),
            passwords: Passwords::new()?,
        }))))
    }

    /// The scheme of the addresses that are served.
    pub fn scheme(&self) -> &'static str {
        let guarded = self.0.as_ref();
        let speaks_tls = guarded.is_some_and(|it| it.in_effect.load().tls.is_some());
        if speaks_tls { "https" } else { "http" }
    }

    /// The handshake that a new connection begins with, if there is TLS.
    pub(super) async fn tls(&self) -> Option<Tls> {
        current(self.0.as_ref()?).await.tls.clone()
    }

    /// The router behind the gate.
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

/// What is in effect, after a look at the files if one is due.
async fn current(guarded: &Arc<Guarded>) -> Arc<InEffect> {
    if guarded.is_due() {
        let this = Arc::clone(guarded);
        let look = tokio::task::spawn_blocking(move || this.look());
        if tokio::time::timeout(LOOK_PATIENCE, look).await.is_err() {
            tracing::warn!("The web config file takes long to read; what was read last stays.");
        }
    }
    guarded.in_effect.load_full()
}

impl Guarded {
    fn is_due(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = looked.elapsed() >= LOOK_EVERY;
        if is_due {
            *looked = Instant::now();
        }
        is_due
    }

    fn look(&self) {
        let mut source = match self.source.try_lock() {
            Ok(source) => source,
            // A look that ended in a defect has settled nothing that the next one would rely on.
            Err(TryLockError::Poisoned(source)) => source.into_inner(),
            // Another look is still under way, as on a file system that hangs.
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(changed) = source.look(&self.in_effect.load()) {
            self.in_effect.store(Arc::new(changed));
        }
    }
}

async fn answer(State(guarded): State<Arc<Guarded>>, request: Request, next: Next) -> Response {
    let in_effect = current(&guarded).await;
    let Some(rules) = &in_effect.rules else {
        let told = "The web config file is not valid; the log of the exporter says why.\n";
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, told);
    };
    let admitted = request.extensions().get::<Admission>().copied();
    let mut response = match admit(&guarded.passwords, rules, request.headers()).await {
        Ok(()) => next.run(request).await,
        Err(refused) => refused,
    };
    for (name, value) in &rules.headers {
        response.headers_mut().insert(name, value.clone());
    }
    if admitted != Some(Admission::by(in_effect.tls.as_ref())) {
        // Whoever has the certificate that is asked for now may come again.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn admit(passwords: &Passwords, rules: &Rules, headers: &HeaderMap) -> Result<(), Response> {
    if rules.rate.as_ref().is_some_and(|rate| !rate.allows(Instant::now())) {
        return Err(refusal(StatusCode::TOO_MANY_REQUESTS, "Too many requests.\n"));
    }
    if rules.users.is_empty() {
        return Ok(());
    }
    let verdict = match Credentials::of(headers) {
        Some(credentials) => passwords.verdict(&rules.users, credentials).await,
        None => Verdict::Wrong,
    };
    match verdict {
        Verdict::Right => Ok(()),
        Verdict::Wrong => {
            let mut response = refusal(StatusCode::UNAUTHORIZED, "Unauthorized.\n");
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
            Err(response)
        }
        Verdict::Busy => {
            let told = "Too many passwords are being verified; ask again later.\n";
            Err(refusal(StatusCode::SERVICE_UNAVAILABLE, told))
        }
    }
}

fn refusal(status: StatusCode, told: &'static str) -> Response {
    (status, told).into_response()
}

impl Rules {
    fn headers<'a>(fields: impl Iterator<Item = (&'a &'static str, &'a String)>) -> HeaderMap {
        let field = |(name, value): (&&str, &String)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        };
        fields.filter_map(field).collect()
    }
}
