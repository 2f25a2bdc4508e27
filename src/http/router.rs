//! The routes of the server; connections are handled elsewhere.
//!
//! The router is built once from an [`AppState`]. A handler only reads data that exists already. Only a reload waits:
//! for its outcome.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::State;
use axum::http::header::{
    ALLOW, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::cross_site::is_cross_site;
use super::encoding::prefers_gzip;
use super::health::Health;
use super::landing;
use super::lifecycle::{Lifecycle, ReloadOutcome};
use crate::exposition::publisher::{self, Published};

/// The data that the server serves.
pub struct AppState {
    /// Path of the metrics page, `/metrics` by default. The path `/` replaces the landing page.
    pub telemetry_path: String,
    /// The metrics page.
    pub published: Published,
    /// The heartbeats behind `/-/healthy` and `/-/ready`.
    pub health: Health,
    /// Returns the configuration in effect as text, with masked secrets.
    pub config: Box<dyn Fn() -> String + Send + Sync>,
    /// The sender of reload requests; `None` if reloads by request are not allowed.
    pub lifecycle: Option<Lifecycle>,
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState")
            .field("telemetry_path", &self.telemetry_path)
            .finish_non_exhaustive()
    }
}

/// A telemetry path that cannot be served.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouterError {
    /// The path is not a plain absolute path.
    #[error(
        "--web.telemetry-path {0:?} is not a path: start it with / and use letters, digits and \
         - _ . ~ only"
    )]
    NotAPath(String),
    /// Another endpoint has this path.
    #[error("--web.telemetry-path {0:?} is taken by another endpoint: choose another, as /metrics")]
    Taken(String),
}

const RELOAD: &str = "/-/reload";
const RELOAD_AGAIN_AFTER_SECONDS: &str = "5";
const FIXED: [&str; 4] = ["/-/healthy", "/-/ready", RELOAD, "/config"];

/// Builds the routes. Fails if the telemetry path cannot be served.
pub fn router(state: AppState) -> Result<Router, RouterError> {
    let path = servable(&state.telemetry_path)?.to_owned();
    let mut router = Router::new()
        .route("/-/healthy", get(healthy))
        .route("/-/ready", get(ready))
        .route("/config", get(config))
        .route(RELOAD, post(reload).put(reload).fallback(only_to_reload))
        .route(&path, get(metrics));
    if path != "/" {
        let page = landing::page(&path);
        router = router.route("/", get(async move || landing(page)));
    }
    Ok(router
        .method_not_allowed_fallback(async || {
            text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
        })
        .fallback(async || text(StatusCode::NOT_FOUND, "Not found; / lists what is here.\n"))
        .with_state(Arc::new(state)))
}

/// Returns the path if the router, browsers and Prometheus interpret it alike.
fn servable(path: &str) -> Result<&str, RouterError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    if !path.starts_with('/') || !path.bytes().all(plain) {
        return Err(RouterError::NotAPath(path.into()));
    }
    if FIXED.contains(&path) {
        return Err(RouterError::Taken(path.into()));
    }
    Ok(path)
}

async fn metrics(
    State(state): State<Arc<AppState>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let page = state.published.current();
    if method == Method::GET {
        page.scraped();
    }
    let gzip = prefers_gzip(&headers);
    let body = if gzip { page.gzip.clone() } else { page.plain.clone() };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(publisher::CONTENT_TYPE));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

async fn healthy(State(state): State<Arc<AppState>>) -> Response {
    match state.health.late(Instant::now()) {
        None => text(StatusCode::OK, "Healthy\n"),
        Some(late) => text(StatusCode::SERVICE_UNAVAILABLE, late),
    }
}

async fn ready(State(state): State<Arc<AppState>>) -> Response {
    match state.health.unready() {
        None => text(StatusCode::OK, "Ready\n"),
        Some(waiting) => text(StatusCode::SERVICE_UNAVAILABLE, waiting),
    }
}

async fn config(State(state): State<Arc<AppState>>) -> Response {
    text(StatusCode::OK, (state.config)())
}

async fn reload(State(state): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    let Some(lifecycle) = &state.lifecycle else {
        let remedy = "Reloading by request is off; start with --web.enable-lifecycle.\n";
        return text(StatusCode::FORBIDDEN, remedy);
    };
    if is_cross_site(&headers) {
        let remedy = "A page of another site may not ask for a reload; ask with a tool that is no browser.\n";
        return text(StatusCode::FORBIDDEN, remedy);
    }
    match lifecycle.reload().await {
        Ok(outcome) => reloaded(outcome),
        Err(reason) => {
            let later = [(RETRY_AFTER, RELOAD_AGAIN_AFTER_SECONDS)];
            (later, text(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n"))).into_response()
        }
    }
}

fn reloaded(outcome: ReloadOutcome) -> Response {
    match outcome {
        Ok(waiting) if waiting.is_empty() => text(StatusCode::OK, "Reloaded\n"),
        Ok(waiting) => {
            let waiting = waiting.join(", ");
            let told = "their changes begin once the disk of the state answers";
            text(StatusCode::OK, format!("Reloaded; {told}: {waiting}\n"))
        }
        Err(reasons) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{reasons}\n")),
    }
}

async fn only_to_reload() -> Response {
    let allowed = [(ALLOW, "POST, PUT")];
    (allowed, text(StatusCode::METHOD_NOT_ALLOWED, "Only POST and PUT.\n")).into_response()
}

fn landing(page: String) -> Response {
    let headers = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, Html(page)).into_response()
}

/// A plain text answer. `nosniff` keeps browsers from guessing another type: a configuration holds names that people
/// chose.
fn text(status: StatusCode, body: impl Into<String>) -> Response {
    (status, [(X_CONTENT_TYPE_OPTIONS, "nosniff")], body.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(path: &str) -> Result<Router, RouterError> {
        router(AppState {
            telemetry_path: path.into(),
            published: Published::default(),
            health: Health::default(),
            config: Box::new(String::new),
            lifecycle: None,
        })
    }

    #[test]
    fn ordinary_telemetry_paths_are_served_the_root_included() {
        for path in ["/metrics", "/", "/omni/metrics.txt", "/-/metrics"] {
            assert!(built(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn a_path_that_would_mean_something_else_is_refused() {
        for path in ["", "metrics", "/{x}", "/:x", "/*x", "/a?b", "/a#b", "/ä", "/a b", "/a%20"] {
            assert_eq!(built(path).unwrap_err(), RouterError::NotAPath(path.into()));
        }
    }

    #[test]
    fn a_path_that_another_endpoint_has_is_refused() {
        for path in FIXED {
            assert_eq!(built(path).unwrap_err(), RouterError::Taken(path.into()));
        }
    }
}
