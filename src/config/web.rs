//! Where the exporter listens and under which path it serves metrics.

use std::borrow::Cow;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::reader::Section;
use super::scalar::{self, Scalar};

/// The port of this exporter; 9458 belongs to Rocket.Chat's own endpoint.
const DEFAULT_PORT: u16 = 10458;

/// Paths that serve something else than metrics.
const OTHER_PATHS: [&str; 2] = ["/", "/config"];

/// The settings of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Addresses to listen on, at least one.
    pub listen_addresses: Vec<SocketAddr>,
    /// The path of the metrics; begins with a slash and serves nothing else.
    pub telemetry_path: String,
    /// Whether a request may ask for a reload.
    pub enable_lifecycle: bool,
    /// The file of TLS, passwords, headers and rate limit, [`super::WebConfig`]; without one everybody may ask.
    pub config_file: Option<PathBuf>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen_addresses: vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, DEFAULT_PORT))],
            telemetry_path: "/metrics".to_owned(),
            enable_lifecycle: false,
            config_file: None,
        }
    }
}

impl Web {
    pub(super) fn overlay(&mut self, section: &mut Section<'_>) {
        let address = |value: &_| parse_listen_address(&scalar::text(value)?);
        let addresses = section.list_or_one("listen_address", address);
        if let Some(addresses) = addresses.filter(|addresses| !addresses.is_empty()) {
            self.listen_addresses = addresses;
        }
        section.set("enable_lifecycle", &mut self.enable_lifecycle, scalar::switch);
        section.set("telemetry_path", &mut self.telemetry_path, |value| {
            parse_telemetry_path(&scalar::text(value)?)
        });
        section.set("config_file", &mut self.config_file, |value| scalar::path(value).map(Some));
    }
}

/// Reads `:10458`, `127.0.0.1:10458` or `[::1]:10458`; without a host it is every address, of IPv4 too.
pub fn parse_listen_address(text: &str) -> Result<SocketAddr, Cow<'static, str>> {
    let text = text.trim();
    let whole = match text.strip_prefix(':') {
        Some(port) => format!("[{}]:{port}", Ipv6Addr::UNSPECIFIED),
        None => text.to_owned(),
    };
    whole.parse().map_err(|_| {
        "must be an IP address and a port, e.g. :10458, 127.0.0.1:10458 or [::1]:10458".into()
    })
}

/// Checks the path of the metrics: plain, absolute and not taken by another endpoint.
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
    fn addresses_are_read_as_every_exporter_reads_them() {
        for (given, address) in [
            (":10458", "[::]:10458"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("[::1]:1", "[::1]:1"),
            ("[::]:0", "[::]:0"),
        ] {
            assert_eq!(parse_listen_address(given).unwrap().to_string(), address);
        }
    }

    #[test]
    fn an_address_without_a_port_or_by_name_is_refused() {
        for given in ["", ":", "10458", "localhost:1", "::1:1:", ":65536", "127.0.0.1"] {
            assert!(parse_listen_address(given).is_err(), "{given}");
        }
    }

    #[test]
    fn the_metrics_have_a_path_of_their_own() {
        assert_eq!(parse_telemetry_path("/a/metrics").unwrap(), "/a/metrics");
        for given in ["", "metrics", "/", "/-/healthy", "/-/ready", "/config", "/{x}", "/a b", "//"]
        {
            assert!(parse_telemetry_path(given).is_err(), "{given}");
        }
    }
}
