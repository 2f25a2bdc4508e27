//! An answer of the API, and the exact bodies that all endpoints share.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simulator::version::ServerVersion;

/// An answer before it is serialised.
#[derive(Debug)]
pub(crate) struct ApiAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// Delay of the server itself.
    pub(crate) delay: Option<Duration>,
}

/// The body; JSON as long as a fault may still change it.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Text(&'static str, String),
}

pub(crate) const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=UTF-8";
const LOGGED_OUT: &str = "You must be logged in to do this.";
/// The page that Meteor serves for a path without a route.
pub(crate) const PAGE: &str = "<!DOCTYPE html><html><head><title>Rocket.Chat</title></head>\
     <body><div id=\"react-root\"></div></body></html>";

impl ApiAnswer {
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

    /// A Meteor error: the reason, the code in brackets, and the code again in `errorType`.
    pub(crate) fn thrown(reason: &str, code: &str, details: &Value) -> Self {
        let body = json!({
            "success": false,
            "error": format!("{reason} [{code}]"),
            "errorType": code,
            "details": details,
        });
        Self::json(400, body)
    }

    /// The validator's refusal of a query.
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

    /// Gives a refusal the form of the server version; other answers stay unchanged. `number` is the number of the
    /// request and varies the delay.
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

    /// Answer to a path without a route. Older servers return the page of the web client.
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

/// A date as JavaScript serialises it, with milliseconds and `Z`.
pub(crate) fn iso(at: Timestamp) -> String {
    format!("{at:.3}")
}
