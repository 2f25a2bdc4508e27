//! What clients have to show: certificates of a known authority, any certificate, or one with a name that is allowed.
//!
//! Go's five kinds of client authentication, for rustls. Whoever shows a certificate always has to prove that its key
//! is theirs.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use super::{TlsError, certificates, subject_names};
use crate::config::{ClientAuth, Clients};

/// The check of the certificates that clients show, or that none is asked for.
pub(super) fn verifier(
    clients: &Clients,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let roots = authorities(clients)?;
    let known_only = match clients.auth {
        ClientAuth::None => return Ok(Arc::new(NoClientAuth)),
        ClientAuth::Request | ClientAuth::RequireAny => None,
        ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify => Some(known(roots, provider)?),
    };
    Ok(Arc::new(Shown {
        known_only,
        allowed_names: clients.allowed_names.clone(),
        is_mandatory: clients.auth.is_mandatory(),
        algorithms: provider.signature_verification_algorithms,
    }))
}

/// Read even where they are not asked: what is named should be there.
fn authorities(clients: &Clients) -> Result<RootCertStore, TlsError> {
    let key = "client_ca_file";
    let mut roots = RootCertStore::empty();
    for authority in clients.authorities.iter().map(|pem| certificates(pem, key)) {
        for certificate in authority? {
            roots.add(certificate).map_err(|error| TlsError::unusable(key, &error))?;
        }
    }
    Ok(roots)
}

fn known(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let builder = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    builder.build().map_err(|error| TlsError::unusable("client_ca_file", &error))
}

/// What is asked of a certificate that a client shows, beside proving that its key is theirs.
#[derive(Debug)]
struct Shown {
    /// It leads to one of the authorities; else it may come from anywhere.
    known_only: Option<Arc<dyn ClientCertVerifier>>,
    /// It has one of these names.
    allowed_names: Option<Vec<String>>,
    is_mandatory: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Shown {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.known_only.as_ref().map_or(&[], |known| known.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(known) = &self.known_only {
            known.verify_client_cert(end_entity, intermediates, now)?;
        }
        if let Some(allowed) = &self.allowed_names {
            let names = subject_names::of(end_entity).unwrap_or_default();
            if !names.iter().any(|name| allowed.contains(name)) {
                return Err(CertificateError::ApplicationVerificationFailure.into());
            }
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
