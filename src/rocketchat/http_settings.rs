//! How a workspace is reached: its address, whom to trust, and the bounds of the HTTP client made of that.
//!
//! It sends nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Connecting takes one round trip or something is wrong.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("rocketchat-omnichannel-exporter/", env!("CARGO_PKG_VERSION"));

/// How a workspace is reached.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The workspace's URL; a sub-path is kept.
    pub url: Url,
    /// The longest a whole request may take.
    pub timeout: Duration,
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate and its key, both PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// A proxy; it may hold a password.
    pub proxy: Option<SecretString>,
    /// Whether compressed answers are asked for.
    pub gzip: bool,
    /// Our own cap per route and minute.
    pub max_requests_per_minute: u32,
}

/// The reason why no client could be built; names the key of the configuration and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HttpSettingsError {
    /// A file named in the configuration cannot be read.
    #[error("{key}: cannot read {}: {reason}; check the path and who may read it", path.display())]
    Unreadable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words; part of the message, so not a source that is printed twice.
        reason: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{key}: {} {problem}", path.display())]
    Unusable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The fault, in words that follow the path.
        problem: String,
    },
    /// The proxy's address cannot be used.
    #[error("proxy_url is not an address of a proxy")]
    Proxy,
    /// This system trusts nobody.
    #[error(
        "this system has no certificates of authorities: install ca-certificates, check the file in SSL_CERT_FILE if it is set, or name a file in tls.ca_file"
    )]
    NoAuthorities,
    /// The TLS stack could not be set up.
    #[error("no TLS client could be built: {0}")]
    Tls(String),
}

impl HttpSettingsError {
    pub(super) fn unusable(key: &'static str, path: &Path, problem: impl Into<String>) -> Self {
        Self::Unusable { key, path: path.to_owned(), problem: problem.into() }
    }
}

/// The client: no redirects, no proxy that was not configured, every wait bounded.
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
        // The transport unpacks answers itself: a cap on what comes out, and every member of them.
        .no_gzip()
        .pool_idle_timeout(Duration::from_secs(90))
        .no_proxy();
    let builder = match &http_settings.proxy {
        Some(proxy) => {
            let proxy = reqwest::Proxy::all(proxy.expose_secret());
            builder.proxy(proxy.map_err(|_| HttpSettingsError::Proxy)?)
        }
        None => builder,
    };
    Ok(builder)
}
