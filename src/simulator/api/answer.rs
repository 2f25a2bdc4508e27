//! An answer of the API, and the exact bodies every endpoint shares.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulator::version::ServerVersion;

/// What is sent back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// The server takes its time, and that much of it.
    pub(crate) delay: Option<Duration>,
}

/// The payload, JSON as long as it can still be changed.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Text(&'static str, String),
}

pub(crate) const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=UTF-8";
const LOGGED_OUT: &str = "You must be logged in to do this.";
/// What Meteor serves where it knows no route.
pub(crate) const PAGE: &str = "<!DOCTYPE html><html><head><title>Rocket.Chat</title></head>\
     <body><div id=\"react-root\"></div></body></html>";

impl Answer {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body), delay: None }
    }

    pub(crate) fn text(status: u16, content_type: &'static str, body: &str) -> Self {
        let body = Body::Text(content_type, body.to_owned());
        Self { status, headers: Vec::new(), body, delay: None }
    }

    pub(crate) fn failure(error: &str) -> Self {
        Self::json(400, json!({ "success": false, "error": error }))
    }

    /// A Meteor error: reason, code in brackets, code once more.
    pub(crate) fn thrown(reason: &str, code: &str, details: &Value) -> Self {
        let body = json!({
            "success": false,
            "error": format!("{reason} [{code}]"),
            "errorType": code,
            "details": details,
        });
        Self::json(400, body)
    }

    /// What the validator says about a query it refuses.
    pub(crate) fn invalid_query(version: ServerVersion, reason: &str) -> Self {
        let body = if version.has_typed_routes() {
            json!({ "success": false, "error": reason, "errorType": "error-invalid-params" })
        } else {
            json!({
                "success": false,
                "error": format!("{reason} [invalid-params]"),
                "errorType": "invalid-params",
            })
        };
        Self::json(400, body)
    }

    pub(crate) fn not_logged_in(version: ServerVersion) -> Self {
        let body = if version.has_new_router() {
            json!({
                "success": false,
                "error": LOGGED_OUT,
                "status": "error",
                "message": LOGGED_OUT,
            })
        } else {
            json!({ "status": "error", "message": LOGGED_OUT })
        };
        Self::json(401, body)
    }

    /// A refusal as the generation gives it; other answers stay as they are. `number` is of the request, and
    /// spreads the delays.
    pub(crate) fn refused_as_of(mut self, version: ServerVersion, number: usize) -> Self {
        if version.delays_refusals() && matches!(self.status, 401 | 403) {
            let spread = u64::try_from(number * 173 % 500).unwrap_or(0);
            self.delay = Some(Duration::from_millis(500 + spread));
        }
        if let Body::Json(Value::Object(body)) = &mut self.body
            && self.status == 403
            && version.has_one_refusal()
        {
            body.insert("errorType".to_owned(), Value::from("error-forbidden"));
        }
        self
    }

    /// A path nobody serves: older servers fall through to the web client.
    pub(crate) fn no_such_path(version: ServerVersion) -> Self {
        if version.has_new_router() {
            Self::text(404, PLAIN, "404 Not Found")
        } else {
            Self::text(200, HTML, PAGE)
        }
    }

    pub(crate) fn with(mut self, header: &'static str, value: &impl ToString) -> Self {
        self.headers.push((header, value.to_string()));
        self
    }

    pub(crate) fn stamped(self, now: Timestamp) -> Self {
        self.with("date", &httpdate::fmt_http_date(SystemTime::from(now)))
    }
}

/// A date as JavaScript serialises it: milliseconds and `Z`.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}
