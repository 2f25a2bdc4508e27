//! What clients have to show: certificates of a known authority, any certificate, or one with a name that is allowed.
//!
//! Go's five kinds of client authentication, for rustls. Whoever shows a certificate always has to prove that its key
//! is theirs.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
};

use super::{TlsError, certificates};
use crate::config::{ClientAuth, Clients};
use crate::x509::{self, Authorities};

/// The check of the certificates that clients show, or that none is asked for.
pub(super) fn verifier(
    clients: &Clients,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let authorities = authorities(clients)?;
    let known_only = match clients.auth {
        ClientAuth::None => return Ok(Arc::new(NoClientAuth)),
        ClientAuth::Request | ClientAuth::RequireAny => None,
        ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify => {
            Some(Known::new(authorities, provider)?)
        }
    };
    Ok(Arc::new(Shown {
        known_only,
        allowed_names: clients.allowed_names.clone(),
        is_mandatory: clients.auth.is_mandatory(),
        algorithms: provider.signature_verification_algorithms,
    }))
}

/// Read even where they are not asked: what is named should be there.
fn authorities(clients: &Clients) -> Result<Authorities, TlsError> {
    let key = "client_ca_file";
    let found = clients.authorities.as_ref().map(|pem| certificates(pem, key)).transpose()?;
    Authorities::new(found.unwrap_or_default()).map_err(|error| TlsError::unusable(key, &error))
}

/// The authorities that a certificate of a client has to lead to.
#[derive(Debug)]
struct Known {
    authorities: Authorities,
    webpki: Arc<dyn ClientCertVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Known {
    fn new(authorities: Authorities, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let roots = authorities.roots();
        let webpki = WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider));
        let webpki =
            webpki.build().map_err(|error| TlsError::unusable("client_ca_file", &error))?;
        Ok(Self { authorities, webpki, algorithms: provider.signature_verification_algorithms })
    }

    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        match self.authorities.judge(end_entity, now, &self.algorithms) {
            Some(judged) => judged.map(drop),
            None => self.webpki.verify_client_cert(end_entity, intermediates, now).map(drop),
        }
    }
}

/// What is asked of a certificate that a client shows, beside proving that its key is theirs.
#[derive(Debug)]
struct Shown {
    /// It leads to one of the authorities; else it may come from anywhere.
    known_only: Option<Known>,
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
        self.known_only.as_ref().map_or(&[], |known| known.webpki.root_hint_subjects())
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if let Some(known) = &self.known_only {
            known.verify(end_entity, intermediates, now)?;
        }
        if let Some(allowed) = &self.allowed_names {
            let names = x509::names(end_entity);
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
