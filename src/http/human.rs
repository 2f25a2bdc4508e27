//! The routes of the page for people and of its facts.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use crate::status::assets::content_security_policy;
use crate::status::page::StatusPage;

/// The routes; none without a page.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(page: Option<Arc<StatusPage>>) -> Router<S> {
    let Some(page) = page else { return Router::new() };
    // A policy without a source allows nothing: the page stays readable without its style.
    let policy = HeaderValue::try_from(content_security_policy())
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let facts = Arc::clone(&page);
    let html = async move || {
        let mut response = answer("text/html; charset=utf-8", page.current().html.clone());
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        response
    };
    let json = async move || answer("application/json", facts.current().json.clone());
    Router::new().route("/", get(html)).route("/status.json", get(json))
}

fn answer(content_type: &'static str, body: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}
