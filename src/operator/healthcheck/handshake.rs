//! A TLS handshake that finds out the protocol of a port, after a request over TLS got no answer.
//!
//! A server that gets no client certificate reports this only after the handshake, and the report may be lost when the
//! server closes the connection. The request for a certificate is part of the handshake itself. No data is sent, so
//! nothing is verified.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
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
    let asked = Arc::new(Asked::default());
    let shaken = shake_hands(url, Arc::clone(&asked)).await;
    if asked.0.load(Ordering::Relaxed) {
        return Spoken::TlsWithCertificates;
    }
    if shaken.is_some_and(|is_tls| is_tls) { Spoken::Tls } else { Spoken::NoTls }
}

/// `true` if the other side shows that it speaks TLS, even by a refusal of the handshake; `None` if this cannot be
/// found out.
async fn shake_hands(url: &Url, asked: Arc<Asked>) -> Option<bool> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(Anybody(provider.signature_verification_algorithms));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(asked);
    let host = url.host_str()?;
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
    let stream =
        TcpStream::connect(format!("{host}:{}", url.port_or_known_default()?)).await.ok()?;
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(_) => Some(true),
        Err(error) => {
            let told = error.get_ref()?.downcast_ref::<Error>()?;
            Some(!matches!(told, Error::InvalidMessage(_)))
        }
    }
}

/// Notes that the server requests a certificate, and offers none.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Accepts every server certificate, because no data is sent.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
