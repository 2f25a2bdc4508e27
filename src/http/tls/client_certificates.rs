//! Verification of client certificates: of a known authority, of any issuer, or with an allowed name.
//!
//! The module implements the five kinds of client authentication of Go for rustls. A client that shows a certificate
//! must always prove that it has the private key.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::server::{NoClientAuth, WebPkiClientVerifier};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
};

use super::error::TlsError;
use super::pem::certificates;
use crate::http::web_config::{ClientAuth, Clients};
use crate::x509::{self, Authorities};

/// The verifier of client certificates; it requests none if the file asks for none.
pub(super) fn verifier(
    clients: &Clients,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let authorities = authorities(clients)?;
    if clients.auth == ClientAuth::None {
        return Ok(Arc::new(NoClientAuth));
    }
    let known_only = clients.auth.verifies().then(|| ClientAuthorities::new(authorities, provider));
    Ok(Arc::new(CertificateVerifier {
        known_only: known_only.transpose()?,
        allowed_names: clients.allowed_names.clone(),
        is_mandatory: clients.auth.is_mandatory(),
        algorithms: provider.signature_verification_algorithms,
    }))
}

/// Reads the authorities even if no certificate is requested, so that a missing file is noticed.
fn authorities(clients: &Clients) -> Result<Authorities, TlsError> {
    let key = "client_ca_file";
    let found = clients.authorities.as_ref().map(|pem| certificates(pem, key)).transpose()?;
    Authorities::named(found.unwrap_or_default()).map_err(|error| TlsError::of(key, &error))
}

/// The authorities to which a client certificate must lead.
#[derive(Debug)]
struct ClientAuthorities {
    authorities: Authorities,
    /// `None` if there are no root certificates.
    webpki: Option<Arc<dyn ClientCertVerifier>>,
    issuers: Vec<DistinguishedName>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientAuthorities {
    fn new(authorities: Authorities, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let webpki = authorities.roots().map(|roots| {
            WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(provider)).build()
        });
        let webpki = webpki.transpose().map_err(|error| TlsError::of("client_ca_file", &error))?;
        let issuers = authorities.issuers();
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { authorities, webpki, issuers, algorithms })
    }

    fn verify(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if let Some(judged) = self.authorities.judge(end_entity, now, &self.algorithms) {
            return judged.map(drop);
        }
        let webpki = self.webpki.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        webpki.verify_client_cert(end_entity, intermediates, now).map(drop)
    }
}

/// The checks of a client certificate, in addition to the proof of its private key.
#[derive(Debug)]
struct CertificateVerifier {
    /// The authorities to which the certificate must lead; `None` allows any issuer.
    known_only: Option<ClientAuthorities>,
    /// The names of which the certificate must have one; `None` allows any name.
    allowed_names: Option<Vec<String>>,
    is_mandatory: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for CertificateVerifier {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.known_only.as_ref().map_or(&[], |known| &known.issuers)
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

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::crypto::aws_lc_rs;

    use super::*;
    use crate::x509::made::{
        authority, leaf, no_authorities, of_version_1, self_signed, signed, summer,
    };

    type Outcome = Result<(), CertificateError>;

    fn shown(named: &CertificateDer<'static>, shown: &CertificateDer<'_>, year: u64) -> Outcome {
        let authorities = Authorities::named(vec![named.clone()]).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let known = ClientAuthorities::new(authorities, &provider).unwrap();
        match known.verify(shown, &[], summer(year)) {
            Ok(()) => Ok(()),
            Err(Error::InvalidCertificate(why)) => Err(why),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_client_that_is_named_itself_vouches_for_no_other() {
        for params in no_authorities() {
            let pinned = self_signed(params);
            assert_eq!(shown(pinned.der(), pinned.der(), 2020), Ok(()));
            let other = signed(leaf(), &pinned);
            for other in [other.der(), &of_version_1(&other, &pinned)] {
                let outcome = shown(pinned.der(), other, 2020);
                assert_eq!(outcome, Err(CertificateError::UnknownIssuer));
            }
        }
    }

    #[test]
    fn a_client_is_refused_before_and_after_the_time_of_its_certificate_whoever_judges_it() {
        let authority = self_signed(authority());
        let client = signed(leaf(), &authority);
        let old = of_version_1(&client, &authority);
        for (named, client) in [
            (authority.der(), client.der()),
            (client.der(), client.der()),
            (authority.der(), &old),
            (&old, &old),
        ] {
            assert_eq!(shown(named, client, 2020), Ok(()));
            assert!(matches!(
                shown(named, client, 2019),
                Err(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
            ));
            assert!(matches!(
                shown(named, client, 2021),
                Err(CertificateError::Expired | CertificateError::ExpiredContext { .. })
            ));
        }
    }

    #[test]
    fn a_client_is_asked_for_a_certificate_of_every_issuer_that_is_known() {
        let (company, stranger) = (self_signed(authority()), self_signed(authority()));
        let pinned = signed(leaf(), &stranger);
        let named = vec![company.der().clone(), pinned.der().clone()];
        let provider = Arc::new(aws_lc_rs::default_provider());
        let known = ClientAuthorities::new(Authorities::named(named).unwrap(), &provider).unwrap();
        // Both authorities have the same name.
        let called = known.webpki.unwrap().root_hint_subjects()[0].as_ref().to_vec();
        let asked: Vec<_> = known.issuers.iter().map(|it| it.as_ref().to_vec()).collect();
        assert_eq!(asked, [called.clone(), called]);
    }
}
