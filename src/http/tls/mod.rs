//! TLS on the exporter's own port, as the web config file sets it.
//!
//! Only HTTP/1.1 is negotiated: Prometheus falls back to HTTP/1.1, and the metrics page gains nothing from the streams
//! of HTTP/2.

mod client_certificates;
mod error;
mod pem;

use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::{
    NamedGroup, ProtocolVersion, ServerConfig, SupportedProtocolVersion, version,
};

use crate::http::web_config::TlsServer;
use crate::x509::{self, KeyProblem};

pub use error::TlsError;
use pem::{certificates, private_key};

/// Reads the files and builds the TLS configuration of the server.
pub(super) fn server_config(tls: &TlsServer) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(provider(tls));
    let certificates = certificates(&tls.certificate, "cert_file")?;
    let ours = x509::certified(certificates, private_key(&tls.key)?, &provider);
    let ours = ours.map_err(|problem| match problem {
        KeyProblem::Certificate => TlsError::of("cert_file", &problem),
        KeyProblem::Key | KeyProblem::Mismatch => TlsError::of("key_file", &problem),
    })?;
    let clients = client_certificates::verifier(&tls.clients, &provider)?;
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(&versions(tls));
    let builder = builder.map_err(|error| TlsError::of("cipher_suites", &error))?;
    let mut config = builder.with_client_cert_verifier(clients).with_cert_resolver(ours);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ignore_client_order = tls.prefers_own_order;
    Ok(config)
}

/// The cryptography that the file allows. The suites of TLS 1.3 always stay, as in Go: the file chooses only among
/// those of TLS 1.2.
fn provider(tls: &TlsServer) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    if !tls.cipher_suites.is_empty() {
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some() || tls.cipher_suites.contains(&suite.suite()));
    }
    if !tls.groups.is_empty() {
        let known = |group: &NamedGroup| {
            aws_lc_rs::ALL_KX_GROUPS.iter().copied().find(|known| known.name() == *group)
        };
        provider.kx_groups = tls.groups.iter().filter_map(known).collect();
    }
    provider
}

fn versions(tls: &TlsServer) -> Vec<&'static SupportedProtocolVersion> {
    let (old, new) = (ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3);
    let old = (tls.min_version == old).then_some(&version::TLS12);
    let new = (tls.max_version == new).then_some(&version::TLS13);
    old.into_iter().chain(new).collect()
}
