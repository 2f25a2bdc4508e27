//! Settings of the HTTP server: its addresses, the path of the metrics and the web config file.

use std::path::PathBuf;

use super::listen_address::ListenAddress;
use super::reader::MappingReader;
use super::scalar::{self, Scalar};

/// Default port of this exporter; 9458 is the port of Rocket.Chat's own endpoint.
const DEFAULT_PORT: u16 = 10458;

/// Paths of other endpoints.
const OTHER_PATHS: [&str; 2] = ["/", "/config"];

/// The settings of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Addresses to listen on, at least one.
    pub listen_addresses: Vec<ListenAddress>,
    /// The path of the metrics; begins with a slash and is not the path of another endpoint.
    pub telemetry_path: String,
    /// True if `/-/reload` is enabled.
    pub enable_lifecycle: bool,
    /// The web config file (TLS, passwords, headers and rate limit), read as
    /// [`WebConfig`](crate::http::web_config::WebConfig). Without it, every client may read the metrics.
    pub config_file: Option<PathBuf>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen_addresses: vec![ListenAddress::Every(DEFAULT_PORT)],
            telemetry_path: "/metrics".to_owned(),
            enable_lifecycle: false,
            config_file: None,
        }
    }
}

impl Web {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        let addresses = section.list_or_one("listen_address", |value| scalar::text(value)?.parse());
        if let Some(addresses) = addresses.filter(|addresses| !addresses.is_empty()) {
            self.listen_addresses = addresses;
        }
        section.set("enable_lifecycle", &mut self.enable_lifecycle, scalar::switch);
        section.set("telemetry_path", &mut self.telemetry_path, |value| {
            parse_telemetry_path(&scalar::text(value)?)
        });
        self.config_file = section.path("config_file").or_else(|| self.config_file.take());
    }
}

/// Checks the path of the metrics: plain, absolute and not the path of another endpoint.
pub fn parse_telemetry_path(text: &str) -> Scalar<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    if !text.starts_with('/') || !text.chars().all(is_plain) {
        return Err("must begin with a slash and hold only letters, digits and / - _ . ~".into());
    }
    let collides = OTHER_PATHS.contains(&text) || text.starts_with("/-/") || text.contains("//");
    if collides {
        return Err("must not be /, /config or a path under /-/: those serve something else".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_have_a_path_of_their_own() {
        assert_eq!(parse_telemetry_path("/a/metrics").unwrap(), "/a/metrics");
        for given in ["", "metrics", "/", "/-/healthy", "/-/ready", "/config", "/{x}", "/a b", "//"]
        {
            assert!(parse_telemetry_path(given).is_err(), "{given}");
        }
    }
}
