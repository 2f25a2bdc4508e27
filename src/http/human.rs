//! The routes of the page for people and of its facts, and of the landing page if they are switched off.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::{encoding, landing};
use crate::config::TelemetryPath;
use crate::encoded::Encoded;
use crate::status::assets::content_security_policy;
use crate::status::page::StatusPage;

/// The routes; without a page, only the landing page with a link to `telemetry_path`.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    page: Option<Arc<StatusPage>>,
    telemetry_path: &TelemetryPath,
) -> Router<S> {
    let Some(page) = page else {
        let html = landing::page(telemetry_path);
        return Router::new().route("/", get(async move || landing(html)));
    };
    // A policy without a source allows nothing: the page stays readable without its style.
    let policy = HeaderValue::try_from(content_security_policy())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let facts = Arc::clone(&page);
    let html = async move |asked: HeaderMap| {
        let mut response = answer(&page.current().html, &asked, "text/html; charset=utf-8");
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        response
    };
    let json =
        async move |asked: HeaderMap| answer(&facts.current().json, &asked, "application/json");
    Router::new().route("/", get(html)).route("/status.json", get(json))
}

fn landing(html: String) -> Response {
    let headers = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, Html(html)).into_response()
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
