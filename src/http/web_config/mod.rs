//! The web config file of the Prometheus exporters: TLS, users, headers and rate limit.
//!
//! The format is the format of the exporter-toolkit (its docs/web-configuration.md), so that one file serves every
//! exporter. Only the text of the file is checked here; the certificates that it names are not opened. A setting that
//! promises a protection without giving it is refused.

mod switch;
mod tls;
mod users;

use std::path::Path;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use config::{Map, Value, ValueKind};

pub use self::tls::{ClientAuth, Clients, Pem, TlsServer};
pub use self::users::{PasswordHash, Users};

use self::switch::switch;
use crate::config::layers;
use crate::config::location::Location;
use crate::config::problems::Problems;
use crate::config::reader::MappingReader;
use crate::config::scalar::{self, ScalarResult};

/// The settings of a web config file.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// The settings of TLS; `None` means plain HTTP.
    pub tls: Option<TlsServer>,
    /// Header fields of every answer.
    pub headers: HeaderMap,
    /// Users who may log in; empty if no password is required.
    pub users: Users,
    /// Limit of the request rate; `None` means no limit.
    pub rate_limit: Option<RateLimit>,
}

/// Limit of the request rate, for all clients together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The time after which one more request is allowed.
    pub interval: Duration,
    /// Requests that are allowed at once after a pause, at least 1.
    pub burst: u32,
}

impl WebConfig {
    /// Reads and checks a file. Blocks until the file is read.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        Self::of_tree(layers::file(path)?, path)
    }

    /// The settings of a text in the form of a web config file.
    #[cfg(any(fuzzing, test))]
    pub(crate) fn of_text(text: &str) -> Result<Self, Problems> {
        let tree = crate::config::yaml::tree(text)
            .map_err(|problem| Problems::one(&"the text", &problem))?;
        Self::of_tree(tree, Path::new("web.yaml"))
    }

    fn of_tree(tree: Map<String, Value>, path: &Path) -> Result<Self, Problems> {
        let tree = Value::new(None, ValueKind::Table(tree));
        let mut problems = Problems::default();
        let read = MappingReader::read(tree, Location::root(path), &mut problems, Self::of);
        problems.or(read.unwrap_or_default())
    }

    fn of(root: &mut MappingReader<'_>) -> Self {
        let tls = root.section("tls_server_config", TlsServer::read);
        let headers = root.section("http_server_config", |http| {
            // The value is checked and has no effect, because the server supports only HTTP/1.1.
            http.get("http2", switch);
            http.section("headers", headers).unwrap_or_default()
        });
        let rate_limit = root.section("rate_limit", RateLimit::read);
        Self {
            tls: tls.flatten(),
            headers: headers.unwrap_or_default(),
            users: users::read(root),
            rate_limit: rate_limit.flatten(),
        }
    }
}

/// The header fields that may be set, each with its permitted values; an empty list permits every value.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

fn headers(section: &mut MappingReader<'_>) -> HeaderMap {
    let read = |(name, allowed): (&'static str, &'static [&'static str])| {
        let value = section.get(name, |value| header(allowed, value))?;
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    };
    HEADERS.into_iter().filter_map(read).collect()
}

/// The value of a header field. A number is accepted, because YAML reads the 0 of `X-XSS-Protection: 0` as a number.
/// A value of several lines, such as a long policy, is sent in one line, as by Go's server.
fn header(allowed: &[&str], value: &Value) -> ScalarResult<HeaderValue> {
    let text = match value.kind {
        ValueKind::I64(number) => number.to_string(),
        _ => scalar::text(value)?,
    };
    if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
        return Err(format!("must be one of {}", allowed.join(", ")).into());
    }
    let text = text.replace(['\n', '\r', '\t'], " ");
    // `parse` refuses control characters only.
    let value = text.trim().parse().ok().filter(|_| text.is_ascii());
    value.ok_or_else(|| "must be printable ASCII".into())
}

impl RateLimit {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// `None` without an interval, for the interval 0, which means no limit as in the toolkit, or after a problem.
    fn read(section: &mut MappingReader<'_>) -> Option<Self> {
        let off = |value: &Value| match &value.kind {
            ValueKind::I64(0) => true,
            ValueKind::String(text) => text == "0" || text == "0s",
            _ => false,
        };
        let interval = section.get("interval", |value| {
            let bounds = Duration::from_micros(1)..=Self::LONGEST;
            if off(value) { Ok(None) } else { scalar::duration(bounds, value).map(Some) }
        });
        let is_limited = interval.flatten().is_some();
        let has_burst = section.holds("burst");
        let burst = section.get("burst", |value| match value.kind {
            ValueKind::I64(0) if !is_limited => Ok(1),
            _ => scalar::count(value),
        });
        if is_limited && !has_burst {
            section.complain("burst", &"is missing: without burst, every request would be refused");
        }
        Some(Self { interval: interval??, burst: burst? })
    }
}
