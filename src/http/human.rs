//! The routes of the page for people and of its facts, and of the landing page if they are switched off.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{encoding, landing};
use crate::config::TelemetryPath;
use crate::config::http_paths::{ROOT, STATUS_JSON};
use crate::encoded::Encoded;
use crate::status::assets::content_security_policy;
use crate::status::page::StatusPage;

/// The routes; without a page, only the landing page with a link to `telemetry_path`.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    page: Option<Arc<StatusPage>>,
    telemetry_path: &TelemetryPath,
) -> Router<S> {
    let Some(page) = page else {
        let landing = Encoded::new(landing::page(telemetry_path));
        return Router::new()
            .route(ROOT, get(async move |asked: HeaderMap| html(&landing, &asked)));
    };
    let facts = Arc::clone(&page);
    let json =
        async move |asked: HeaderMap| answer(facts.current().json(), &asked, "application/json");
    let page = async move |asked: HeaderMap| html(&page.current().html, &asked);
    Router::new().route(ROOT, get(page)).route(STATUS_JSON, get(json))
}

/// The policy of both pages. A policy without a source allows nothing: a page stays readable without its style.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    HeaderValue::try_from(content_security_policy())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

fn html(text: &Encoded, asked: &HeaderMap) -> Response {
    let mut response = answer(text, asked, "text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    response
}

fn answer(text: &Encoded, asked: &HeaderMap, content_type: &'static str) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, encoding::answer(text, asked, content_type)).into_response()
}
