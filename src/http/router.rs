//! The routes of the server; connections are handled elsewhere.
//!
//! The router is built once from an [`AppState`]. A handler only reads data that exists already, and may render it. A reload
//! waits for its outcome, and a webhook for its body.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::cross_site::is_cross_site;
use super::discovery;
use super::health::Health;
use super::human;
use super::lifecycle::{Lifecycle, ReloadOutcome};
use super::metrics;
use super::plain_text::{not_allowed, text};
use super::webhook;
use crate::config::{ExternalAddress, TelemetryPath, http_paths};
use crate::exposition::publisher::Published;
use crate::status::page::StatusPage;
use crate::webhook::receiver::WebhookReceiver;

/// The data that the server serves.
pub struct AppState {
    /// Path of the metrics page.
    pub telemetry_path: TelemetryPath,
    /// The metrics page.
    pub published: Published,
    /// The configured address of the exporter; `None` for the address that a request names.
    pub external_address: Option<ExternalAddress>,
    /// The page for people; `None` if the landing page takes its place.
    pub page: Option<Arc<StatusPage>>,
    /// The heartbeats behind `/-/healthy` and `/-/ready`.
    pub health: Health,
    /// Returns the configuration in effect as text, with masked secrets.
    pub config: Box<dyn Fn() -> String + Send + Sync>,
    /// The sender of reload requests; `None` if reloads by request are not allowed.
    pub lifecycle: Option<Lifecycle>,
    /// The recipients of webhooks.
    pub webhooks: WebhookReceiver,
}

type SharedAppState = State<Arc<AppState>>;

const RELOAD_AGAIN_AFTER_SECONDS: &str = "5";

/// Builds the routes.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route(http_paths::HEALTHY, get(healthy))
        .route(
            http_paths::READY,
            get(async |state: SharedAppState| unless("Ready\n", state.health.unready())),
        )
        .route(
            http_paths::CONFIG,
            get(async |state: SharedAppState| text(StatusCode::OK, (state.config)())),
        )
        .route(
            http_paths::RELOAD,
            post(reload)
                .put(reload)
                .fallback(async || not_allowed("POST, PUT", "Only POST and PUT.\n")),
        )
        .merge(webhook::route(state.webhooks.clone()))
        .merge(human::routes(state.page.clone(), &state.telemetry_path))
        .route(state.telemetry_path.as_str(), get(metrics))
        .route(http_paths::TARGETS, get(targets))
        .method_not_allowed_fallback(async || {
            text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD.\n")
        })
        .fallback(async || text(StatusCode::NOT_FOUND, "Not found; / lists the endpoints.\n"))
        .with_state(Arc::new(state))
}

async fn metrics(
    State(state): SharedAppState,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Response {
    metrics::answer(&state.published, query.as_deref(), &method, &headers).await
}

async fn targets(State(state): SharedAppState, headers: HeaderMap) -> Response {
    let (address, path) = (state.external_address.as_ref(), &state.telemetry_path);
    discovery::answer(&state.published.workspaces(), address, path, &headers)
}

async fn healthy(State(state): SharedAppState) -> Response {
    unless("Healthy\n", state.health.late(Instant::now()))
}

fn unless(fine: &str, complaint: Option<String>) -> Response {
    let message = complaint.map(|message| (StatusCode::SERVICE_UNAVAILABLE, message));
    let (status, message) = message.unwrap_or((StatusCode::OK, fine.to_owned()));
    text(status, message)
}

async fn reload(State(state): SharedAppState, headers: HeaderMap) -> Response {
    let Some(lifecycle) = &state.lifecycle else {
        let remedy =
            "Reloading by request is off; start the exporter with --web.enable-lifecycle.\n";
        return text(StatusCode::FORBIDDEN, remedy);
    };
    if is_cross_site(&headers) {
        let remedy = "A page of another site may not request a reload; send the request with a tool other than a \
            browser.\n";
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
        Ok(waiting_for_disk) => match waiting_for_disk.names() {
            None => text(StatusCode::OK, "Reloaded\n"),
            Some(names) => {
                let note = "these workspaces change when the disk of the state answers";
                text(StatusCode::OK, format!("Reloaded; {note}: {names}\n"))
            }
        },
        Err(reasons) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{reasons}\n")),
    }
}
