//! The HTTP settings of a workspace: its address, the trusted authorities, and the limits of the HTTP client.
//!
//! The module sends nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Longest time for connecting: it takes one round trip, so a longer wait means a problem.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("rocketchat-omnichannel-exporter/", env!("CARGO_PKG_VERSION"));

/// The HTTP settings of a workspace.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The workspace's URL; a sub-path is kept.
    pub url: Url,
    /// Longest time of a whole request.
    pub timeout: Duration,
    /// File with authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The exporter's certificate for a server that requests one.
    pub identity: Option<Identity>,
    /// URL of a proxy; it may contain a password.
    pub proxy: Option<SecretString>,
    /// True if compressed answers are requested.
    pub gzip: bool,
    /// Our own limit of requests per route and minute.
    pub max_requests_per_minute: u32,
}

/// The files of a client certificate and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, followed by its chain.
    pub certificate_file: PathBuf,
    /// The private key.
    pub key_file: PathBuf,
}

/// Reason why no client could be built; contains the configuration key and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum HttpSettingsError {
    /// A file named in the configuration cannot be read.
    #[error("{key}: cannot read {}: {reason}; check the path and the permissions of the file", path.display())]
    Unreadable {
        /// The configuration key of the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error text. It is part of the message, so it is not a source, which would be printed twice.
        reason: std::io::Error,
    },
    /// A file has the wrong content.
    #[error("{key}: {} {problem}", path.display())]
    Unusable {
        /// The configuration key of the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The problem, as text that follows the path.
        problem: String,
    },
    /// The proxy's address cannot be used.
    #[error("proxy_url is not the address of a proxy")]
    Proxy,
    /// The system has no trusted authorities.
    #[error(
        "this system has no certificates of authorities: install ca-certificates, check the file in SSL_CERT_FILE if \
         it is set, or set tls.ca_file"
    )]
    NoAuthorities,
    /// The TLS stack could not be set up.
    #[error("the TLS client cannot be set up: {0}")]
    Tls(String),
}

impl HttpSettingsError {
    pub(super) fn unusable(key: &'static str, path: &Path, problem: impl Into<String>) -> Self {
        Self::Unusable { key, path: path.to_owned(), problem: problem.into() }
    }
}

/// The client builder: no redirects, no proxy that was not configured, every wait limited.
pub(super) fn builder(
    http_settings: &HttpSettings,
) -> Result<reqwest::ClientBuilder, HttpSettingsError> {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .connect_timeout(http_settings.timeout.min(LONGEST_CONNECT))
        .read_timeout(http_settings.timeout)
        .timeout(http_settings.timeout)
        .tcp_nodelay(true)
        // The transport decompresses answers itself, because it limits the decompressed size and reads all gzip
        // members.
        .no_gzip()
        .pool_idle_timeout(Duration::from_secs(90))
        .no_proxy();
    let Some(proxy) = &http_settings.proxy else { return Ok(builder) };
    let proxy = reqwest::Proxy::all(proxy.expose_secret());
    Ok(builder.proxy(proxy.map_err(|_| HttpSettingsError::Proxy)?))
}
