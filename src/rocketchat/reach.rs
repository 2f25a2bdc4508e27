//! How a workspace is reached: its address, whom to trust, and the HTTP client made of that.
//!
//! Reads the certificate files, once, so that a wrong one ends the start and not a cycle. Used by
//! `http_transport`; it sends nothing.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::source_chain;

/// Connecting takes one round trip or something is wrong.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("rocketchat-omnichannel-exporter/", env!("CARGO_PKG_VERSION"));

/// How a workspace is reached.
#[derive(Debug, Clone)]
pub struct Reach {
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

/// Why no client could be built.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// A file named in the configuration cannot be read.
    #[error("cannot read {}: {source}; check the path and who may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no usable PEM {kind}", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// Certificate or key.
        kind: &'static str,
    },
    /// The proxy's address cannot be used.
    #[error("proxy_url is not an address of a proxy")]
    Proxy,
    /// The TLS stack could not be set up.
    #[error(
        "no TLS client could be built: {0}; are CA certificates installed? name a file in tls.ca_file"
    )]
    Tls(String),
}

/// The client: no redirects, no proxy that was not configured, every wait bounded.
pub(super) fn build(reach: &Reach) -> Result<reqwest::Client, ReachError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .connect_timeout(reach.timeout.min(LONGEST_CONNECT))
        .read_timeout(reach.timeout)
        .timeout(reach.timeout)
        .tcp_nodelay(true)
        .gzip(reach.gzip)
        .pool_idle_timeout(Duration::from_secs(90))
        .no_proxy();
    if let Some(proxy) = &reach.proxy {
        let proxy = reqwest::Proxy::all(proxy.expose_secret()).map_err(|_| ReachError::Proxy)?;
        builder = builder.proxy(proxy);
    }
    if let Some((certificate, key)) = &reach.certificate {
        let mut pem = read(certificate)?;
        pem.extend_from_slice(b"\n");
        pem.extend_from_slice(&read(key)?);
        let identity = reqwest::Identity::from_pem(&pem).map_err(|_| ReachError::NotPem {
            path: certificate.clone(),
            kind: "certificate with key",
        })?;
        builder = builder.identity(identity);
    }
    if let Some(authorities) = authorities(reach)? {
        builder = builder.tls_certs_only(authorities);
    }
    builder.build().map_err(|error| ReachError::Tls(source_chain(&error)))
}

/// The authorities to trust instead of the system's; plain http needs none at all.
fn authorities(reach: &Reach) -> Result<Option<Vec<reqwest::Certificate>>, ReachError> {
    let Some(path) = &reach.ca_file else {
        return Ok((reach.url.scheme() == "http").then(Vec::new));
    };
    let not_pem = || ReachError::NotPem { path: path.clone(), kind: "certificate" };
    let bundle = reqwest::Certificate::from_pem_bundle(&read(path)?).map_err(|_| not_pem())?;
    if bundle.is_empty() { Err(not_pem()) } else { Ok(Some(bundle)) }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, ReachError> {
    std::fs::read(path).map_err(|source| ReachError::Unreadable { path: path.clone(), source })
}
