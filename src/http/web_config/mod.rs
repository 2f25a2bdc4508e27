//! The web config file of the Prometheus exporters: who may ask, over which TLS, how often.
//!
//! `http::AccessControl` reads it at the start and whenever it changes; only its own text is judged here, the certificates that
//! it names are opened there. The format is that of the exporter-toolkit (its docs/web-configuration.md), so that one
//! file serves every exporter. What would promise a protection that is not given is refused.

mod tls;
mod users;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use config::{Map, Value, ValueKind};

pub use self::tls::{ClientAuth, Clients, Pem, TlsServer};
pub use self::users::{PasswordHash, Users};

use crate::config::layers;
use crate::config::location::Location;
use crate::config::problems::Problems;
use crate::config::reader::MappingReader;
use crate::config::scalar::{self, Scalar};

/// What a web config file says.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// How TLS is spoken; without it, plain HTTP is.
    pub tls: Option<TlsServer>,
    /// Fields to set in the head of every answer, printable ASCII, by their names.
    pub headers: BTreeMap<&'static str, String>,
    /// Who may ask; nobody means everybody.
    pub users: Users,
    /// How often may be asked.
    pub rate_limit: Option<RateLimit>,
}

/// How often may be asked, by all clients together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The time after which one more request is allowed.
    pub interval: Duration,
    /// Requests that may come at once after a rest, at least one.
    pub burst: u32,
}

impl WebConfig {
    /// Reads a file; blocks for as long as the file system takes.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        Self::of_tree(layers::file(path)?, path)
    }

    /// The web config of a text as it stands in a file.
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
            // Both words are right: HTTP/1.1 is what is spoken in either case.
            http.get("http2", switch);
            http.section("headers", headers).unwrap_or_default()
        });
        let rate_limit = root.section("rate_limit", RateLimit::read);
        Self {
            tls: tls.flatten(),
            headers: headers.unwrap_or_default(),
            users: Users::read(root),
            rate_limit: rate_limit.flatten(),
        }
    }
}

/// The fields that may be set, each with the values that it may have; none of them is any.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

fn headers(section: &mut MappingReader<'_>) -> BTreeMap<&'static str, String> {
    let read = |(name, allowed): (&'static str, &'static [&'static str])| {
        Some((name, section.get(name, |value| header(allowed, value))?))
    };
    HEADERS.into_iter().filter_map(read).collect()
}

/// `X-XSS-Protection: 0` is a number to YAML and text to everybody else. A long policy is written in several lines and
/// sent in one, as by Go's server.
fn header(allowed: &[&str], value: &Value) -> Scalar<String> {
    let text = match value.kind {
        ValueKind::I64(number) => number.to_string(),
        _ => scalar::text(value)?,
    };
    if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
        return Err(format!("must be one of {}", allowed.join(", ")).into());
    }
    let text = text.replace(['\n', '\r', '\t'], " ").trim().to_owned();
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("must be printable ASCII".into());
    }
    Ok(text)
}

/// YAML 1.1, which the toolkit reads, has more words for these two than ours.
fn switch(value: &Value) -> Scalar<bool> {
    let word = scalar::text(value).unwrap_or_default().to_lowercase();
    match word.as_str() {
        "yes" | "on" | "y" => Ok(true),
        "no" | "off" | "n" => Ok(false),
        _ => scalar::switch(value),
    }
}

impl RateLimit {
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    /// `None` for the interval 0, which means no limit to the toolkit too.
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
            section.complain("burst", &"is missing: without it no request would ever be allowed");
        }
        Some(Self { interval: interval??, burst: burst? })
    }
}
