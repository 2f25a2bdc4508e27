//! Settings of the HTTP server: its addresses, the path of the metrics and the web config file.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use super::external_address::ExternalAddress;
use super::http_paths;
use super::listen_address::ListenAddress;
use super::reader::MappingReader;
use super::scalar;

/// Default port of this exporter; 9458 is the port of Rocket.Chat's own endpoint.
const DEFAULT_PORT: u16 = 10458;

/// The settings of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Addresses to listen on, at least one.
    pub listen_addresses: Vec<ListenAddress>,
    /// The path of the metrics.
    pub telemetry_path: TelemetryPath,
    /// The address of the exporter in the targets of `/sd`; `None` for the address that the request names.
    pub external_address: Option<ExternalAddress>,
    /// True if the page for people at `/` and its facts at `/status.json` are served; else `/` is the landing page.
    pub page: bool,
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
            telemetry_path: TelemetryPath::default(),
            external_address: None,
            page: true,
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
        section.set("page", &mut self.page, scalar::switch);
        section.set("enable_lifecycle", &mut self.enable_lifecycle, scalar::switch);
        section
            .set("telemetry_path", &mut self.telemetry_path, |value| scalar::text(value)?.parse());
        let address = section.get("external_address", |value| scalar::text(value)?.parse());
        self.external_address = address.or(self.external_address.take());
        self.config_file = section.path("config_file").or_else(|| self.config_file.take());
    }
}

/// The path of the metrics: absolute, read alike by the router, browsers and Prometheus, and not the path of another
/// endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryPath(String);

impl TelemetryPath {
    /// The path in its written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TelemetryPath {
    fn default() -> Self {
        Self("/metrics".to_owned())
    }
}

impl FromStr for TelemetryPath {
    type Err = Cow<'static, str>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        if !text.starts_with('/') || !text.chars().all(is_plain) {
            return Err(
                "must begin with a slash and contain only letters, digits and / - _ . ~".into()
            );
        }
        if http_paths::is_taken(text) || text.contains("//") {
            let taken = http_paths::taken();
            return Err(format!("must not be {taken}: other endpoints have these paths").into());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metrics_have_a_path_of_their_own() {
        for path in ["/metrics", "/a/metrics", "/omni/metrics.txt", "/-metrics", "/webhooks"] {
            assert_eq!(path.parse::<TelemetryPath>().unwrap().as_str(), path);
        }
        for taken in [
            "/",
            "/-/healthy",
            "/-/ready",
            "/-/reload",
            "/config",
            "/sd",
            "/status.json",
            "//",
            "/webhook/a",
            "/webhook/",
        ] {
            let told = taken.parse::<TelemetryPath>().unwrap_err();
            assert!(told.starts_with("must not be"), "{taken}: {told}");
        }
    }

    #[test]
    fn a_path_that_would_mean_something_else_is_refused() {
        for path in ["", "metrics", "/{x}", "/:x", "/*x", "/a?b", "/a#b", "/ä", "/a b", "/a%20"] {
            let told = path.parse::<TelemetryPath>().unwrap_err();
            assert!(told.starts_with("must begin with a slash"), "{path}: {told}");
        }
    }
}
