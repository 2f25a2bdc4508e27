//! A TLS handshake that finds out the protocol of a port, after a request over TLS got no answer.
//!
//! A server that gets no client certificate reports this only after the handshake, and the report may be lost when the
//! server closes the connection. The request for a certificate is part of the handshake itself. No certificate is
//! trusted: the handshake fails when the server's certificate is verified, which is after that request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, SignatureScheme};
use url::Url;

/// The protocol of a port, as far as a handshake shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    /// Another protocol than TLS, or no answer.
    NoTls,
    /// TLS.
    Tls,
    /// TLS, and the server requests a client certificate.
    TlsWithCertificates,
}

/// Connects and does a handshake; has no timeout of its own.
pub(super) async fn try_out(url: &Url) -> Spoken {
    let asked = Arc::new(CertificateRequested::default());
    let shaken = shake_hands(url, Arc::clone(&asked)).await;
    if asked.0.load(Ordering::Relaxed) {
        return Spoken::TlsWithCertificates;
    }
    if shaken.is_some_and(|is_tls| is_tls) { Spoken::Tls } else { Spoken::NoTls }
}

/// `true` if the other side shows that it speaks TLS, even by a refusal of the handshake; `None` if this cannot be
/// found out.
async fn shake_hands(url: &Url, asked: Arc<CertificateRequested>) -> Option<bool> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(RootCertStore::empty())
        .with_client_cert_resolver(asked);
    let host = url.host_str()?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
    let stream =
        TcpStream::connect(format!("{host}:{}", url.port_or_known_default()?)).await.ok()?;
    // Without a trusted certificate no handshake succeeds.
    let error = TlsConnector::from(Arc::new(config)).connect(name, stream).await.err()?;
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(!matches!(error, Error::InvalidMessage(_)))
}

/// Notes that the server requests a certificate, and offers none.
#[derive(Debug, Default)]
struct CertificateRequested(AtomicBool);

impl ResolvesClientCert for CertificateRequested {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
