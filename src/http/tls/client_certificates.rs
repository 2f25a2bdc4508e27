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
    let any = AnyCertificate {
        algorithms: provider.signature_verification_algorithms,
        is_mandatory: clients.auth.is_mandatory(),
    };
    let verifier: Arc<dyn ClientCertVerifier> = match clients.auth {
        ClientAuth::None => Arc::new(NoClientAuth),
        ClientAuth::Request | ClientAuth::RequireAny => Arc::new(any),
        ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify => {
            known(clients.auth, roots, provider)?
        }
    };
    Ok(match &clients.allowed_names {
        None => verifier,
        Some(names) => Arc::new(Named { inner: verifier, allowed: names.clone() }),
    })
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
    auth: ClientAuth,
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let builder = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(provider));
    let builder = if auth.is_mandatory() { builder } else { builder.allow_unauthenticated() };
    builder.build().map_err(|error| TlsError::unusable("client_ca_file", &error))
}

/// Takes every certificate whose key the client holds.
#[derive(Debug)]
struct AnyCertificate {
    algorithms: WebPkiSupportedAlgorithms,
    is_mandatory: bool,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
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

/// Takes those of the inner check whose certificate has one of the names.
#[derive(Debug)]
struct Named {
    inner: Arc<dyn ClientCertVerifier>,
    allowed: Vec<String>,
}

impl ClientCertVerifier for Named {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.inner.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.inner.verify_client_cert(end_entity, intermediates, now)?;
        let names = subject_names::of(end_entity).unwrap_or_default();
        if names.iter().any(|name| self.allowed.contains(name)) {
            return Ok(verified);
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
