//! TLS on the exporter's own port, as the web config file sets it.
//!
//! Only HTTP/1.1 is negotiated: Prometheus falls back to HTTP/1.1, and the metrics page gains nothing from the streams
//! of HTTP/2.

mod client_certificates;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretSlice};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    NamedGroup, ProtocolVersion, ServerConfig, SupportedProtocolVersion, version,
};

use crate::bounded_file;
use crate::http::web_config::{Pem, TlsServer};
use crate::sanitize;
use crate::x509::{self, KeyProblem};

/// Largest PEM file in bytes; no chain of certificates is longer.
const PEM_LIMIT_BYTES: u64 = 1024 * 1024;

/// TLS settings that cannot be used. The error names the key of the web config file, never the content of a file.
#[derive(Debug, thiserror::Error)]
#[error("tls_server_config.{key}: {reason}")]
pub struct TlsError {
    key: &'static str,
    reason: String,
}

impl TlsError {
    fn of(key: &'static str, reason: &impl ToString) -> Self {
        Self { key, reason: reason.to_string() }
    }
}

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

fn certificates(pem: &Pem, key: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = x509::certificates(content(pem, key)?.expose_secret());
    let found = found.ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| TlsError::of(key, &"contains no certificate in PEM"))
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = "key_file";
    let content = content(pem, key)?;
    let found = PrivateKeyDer::from_pem_slice(content.expose_secret());
    found.map_err(|_| TlsError::of(key, &"contains no private key in PEM"))
}

/// The PEM as bytes, because a comment between certificates may have any encoding.
fn content(pem: &Pem, key: &'static str) -> Result<SecretSlice<u8>, TlsError> {
    match pem {
        Pem::Inline(text) => Ok(text.expose_secret().as_bytes().to_vec().into()),
        Pem::File(path) => {
            let bytes = bounded_file::edited_bytes(path, PEM_LIMIT_BYTES).map_err(|reason| {
                let path = sanitize::line(&path.to_string_lossy());
                let remedy = "check the path and the permissions of the file";
                TlsError::of(key, &format!("cannot read {path}: {reason}; {remedy}"))
            })?;
            Ok(bytes.into())
        }
    }
}
