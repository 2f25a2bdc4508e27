//! Plain text answers.

use axum::http::StatusCode;
use axum::http::header::{ALLOW, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

/// A plain text answer. `nosniff` keeps browsers from guessing another type: a configuration holds names that people
/// chose.
pub(super) fn text(status: StatusCode, body: impl Into<String>) -> Response {
    (status, [(X_CONTENT_TYPE_OPTIONS, "nosniff")], body.into()).into_response()
}

/// The answer to a method that a path does not allow.
pub(super) fn not_allowed(allowed: &'static str, message: &'static str) -> Response {
    ([(ALLOW, allowed)], text(StatusCode::METHOD_NOT_ALLOWED, message)).into_response()
}
