//! TLS towards a workspace: whom to trust, and our own certificate where the server asks for one.
//!
//! Reads the certificate files, once, so that a wrong one ends the start and not a cycle.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::reach::{Reach, ReachError};
use crate::bounded_file;
use crate::x509::{self, Authorities, KeyProblem};

/// Certificates of every authority there is fit.
const MOST_PEM_BYTES: u64 = 4 * 1024 * 1024;

/// TLS as the settings describe it; blocks for as long as the file system takes.
pub(super) fn client_config(reach: &Reach) -> Result<ClientConfig, ReachError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let ours = reach.certificate.as_ref();
    let ours = ours.map(|(certificate, key)| ours_of(certificate, key, &provider)).transpose()?;
    let trust = Arc::new(Trust::new(authorities(reach)?, &provider)?);
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ReachError::Tls(error.to_string()))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(trust);
    let mut config = match ours {
        Some(ours) => builder.with_client_cert_resolver(ours),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn authorities(reach: &Reach) -> Result<Arc<Authorities>, ReachError> {
    let Some(path) = &reach.ca_file else {
        return Authorities::of_system().ok_or(ReachError::NoAuthorities);
    };
    let authorities = Authorities::new(certificates("tls.ca_file", path)?).map(Arc::new);
    authorities.map_err(|_| {
        ReachError::unusable("tls.ca_file", path, "holds a certificate that cannot be read")
    })
}

fn ours_of(
    certificate: &Path,
    key: &Path,
    provider: &CryptoProvider,
) -> Result<Arc<SingleCertAndKey>, ReachError> {
    let chain = certificates("tls.certificate_file", certificate)?;
    let unusable = |problem: &str| ReachError::unusable("tls.key_file", key, problem);
    let private_key = PrivateKeyDer::from_pem_slice(&read("tls.key_file", key)?);
    let private_key = private_key.map_err(|_| unusable("holds no private key in PEM"))?;
    x509::certified(chain, private_key, provider).map_err(|problem| match problem {
        KeyProblem::Certificate => {
            ReachError::unusable("tls.certificate_file", certificate, problem.to_string())
        }
        KeyProblem::Key | KeyProblem::Mismatch => unusable(&problem.to_string()),
    })
}

fn certificates(
    key: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, ReachError> {
    let found = x509::certificates(&read(key, path)?).unwrap_or_default();
    if found.is_empty() {
        return Err(ReachError::unusable(key, path, "holds no certificate in PEM"));
    }
    Ok(found)
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, ReachError> {
    bounded_file::edited_bytes(path, MOST_PEM_BYTES).map_err(|reason| ReachError::Unreadable {
        key,
        path: path.to_owned(),
        reason,
    })
}

/// The check of the server's certificate.
#[derive(Debug)]
struct Trust {
    authorities: Arc<Authorities>,
    webpki: Arc<WebPkiServerVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Trust {
    fn new(
        authorities: Arc<Authorities>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, ReachError> {
        let roots = authorities.roots();
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
        let webpki = webpki.build().map_err(|error| ReachError::Tls(error.to_string()))?;
        Ok(Self { authorities, webpki, algorithms: provider.signature_verification_algorithms })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.authorities.judge(end_entity, now, &self.algorithms) {
            Some(judged) => {
                x509::is_for(&judged?, end_entity, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            None => {
                self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        x509::verify_tls12(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        x509::verify_tls13(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
