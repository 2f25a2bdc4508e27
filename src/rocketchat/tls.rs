//! TLS towards a workspace: the trusted authorities, and our own certificate if the server asks for one.
//!
//! The certificate files are read once, before the first cycle, so that a wrong file makes the start fail and not a
//! cycle.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{Resumption, WebPkiServerVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::http_settings::{HttpSettings, HttpSettingsError, Identity};
use crate::bounded_file;
use crate::x509::{self, Authorities, KeyProblem};

/// Sessions that are remembered to be resumed: eight for each of two servers, a workspace and its proxy. The default of
/// 256 takes 14 KiB.
const SESSIONS: usize = 16;
/// Size limit of a PEM file; the certificates of all existing authorities are smaller.
pub(crate) const MOST_PEM_BYTES: u64 = 4 * 1024 * 1024;

/// The TLS configuration for these settings. Blocks on the file system.
pub(super) fn client_config(
    http_settings: &HttpSettings,
) -> Result<ClientConfig, HttpSettingsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let ours = http_settings.identity.as_ref();
    let ours = ours.map(|identity| ours_of(identity, &provider)).transpose()?;
    let trust = Arc::new(Trust::new(authorities(http_settings)?, &provider)?);
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| HttpSettingsError::Tls(error.to_string()))?;
    let builder = builder.dangerous().with_custom_certificate_verifier(trust);
    let mut config = match ours {
        Some(ours) => builder.with_client_cert_resolver(ours),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

/// The TLS configuration of a client that speaks plain HTTP only. It trusts nobody and remembers nothing.
pub(super) fn unused() -> Result<ClientConfig, HttpSettingsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| HttpSettingsError::Tls(error.to_string()))?;
    let mut config = builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn authorities(http_settings: &HttpSettings) -> Result<Arc<Authorities>, HttpSettingsError> {
    let Some(path) = &http_settings.ca_file else {
        return x509::of_system().ok_or(HttpSettingsError::NoAuthorities);
    };
    let authorities = Authorities::named(certificates("tls.ca_file", path)?).map(Arc::new);
    authorities.map_err(|_| {
        HttpSettingsError::unusable(
            "tls.ca_file",
            path,
            "contains a certificate that cannot be read",
        )
    })
}

fn ours_of(
    Identity { certificate_file, key_file }: &Identity,
    provider: &CryptoProvider,
) -> Result<Arc<SingleCertAndKey>, HttpSettingsError> {
    let chain = certificates("tls.certificate_file", certificate_file)?;
    let unusable = |problem: &str| HttpSettingsError::unusable("tls.key_file", key_file, problem);
    let private_key = PrivateKeyDer::from_pem_slice(&read("tls.key_file", key_file)?);
    let private_key = private_key.map_err(|_| unusable("contains no private key in PEM"))?;
    x509::certified(chain, private_key, provider).map_err(|problem| match problem {
        KeyProblem::Certificate => {
            let problem = problem.to_string();
            HttpSettingsError::unusable("tls.certificate_file", certificate_file, problem)
        }
        KeyProblem::Key | KeyProblem::Mismatch => unusable(&problem.to_string()),
    })
}

fn certificates(
    key: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, HttpSettingsError> {
    let found = x509::certificates(&read(key, path)?).unwrap_or_default();
    if found.is_empty() {
        return Err(HttpSettingsError::unusable(key, path, "contains no certificate in PEM"));
    }
    Ok(found)
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, HttpSettingsError> {
    bounded_file::edited_bytes(path, MOST_PEM_BYTES)
        .map_err(|reason| HttpSettingsError::Unreadable { key, path: path.to_owned(), reason })
}

/// The verification of the server's certificate.
#[derive(Debug)]
struct Trust {
    authorities: Arc<Authorities>,
    /// `None` if there is no authority.
    webpki: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Trust {
    fn new(
        authorities: Arc<Authorities>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, HttpSettingsError> {
        let webpki = authorities.roots().map(|roots| {
            WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build()
        });
        let webpki =
            webpki.transpose().map_err(|error| HttpSettingsError::Tls(error.to_string()))?;
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
        if let Some(judged) = self.authorities.judge(end_entity, now, &self.algorithms) {
            x509::is_for(&judged?, end_entity, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let webpki = self.webpki.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
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
    use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};

    use super::*;
    use crate::x509::made::{
        NAME, authority, leaf, no_authorities, of_version_1, self_signed, signed, summer,
    };

    type Outcome = Result<(), CertificateError>;

    fn shown_to(authorities: Authorities, shown: &CertificateDer<'_>, now: UnixTime) -> Outcome {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = Trust::new(Arc::new(authorities), &provider).unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        match trust.verify_server_cert(shown, &[], &name, &[], now) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(why)) => Err(why),
            Err(other) => panic!("{other}"),
        }
    }

    fn trusting(named: &CertificateDer<'static>, shown: &CertificateDer<'_>) -> Outcome {
        shown_to(Authorities::named(vec![named.clone()]).unwrap(), shown, summer(2020))
    }

    #[test]
    fn a_certificate_that_is_no_authority_is_trusted_for_itself_and_for_nothing_that_its_key_signed()
     {
        for params in no_authorities() {
            let pinned = self_signed(params);
            assert_eq!(trusting(pinned.der(), pinned.der()), Ok(()));
            let other = signed(leaf(), &pinned);
            let unknown = Err(CertificateError::UnknownIssuer);
            assert_eq!(trusting(pinned.der(), other.der()), unknown);
            assert_eq!(trusting(pinned.der(), &of_version_1(&other, &pinned)), unknown);
        }
        // One of version 1 that another has signed.
        let pinned = signed(leaf(), &self_signed(authority()));
        let old = of_version_1(&pinned, &self_signed(authority()));
        let other = signed(leaf(), &pinned);
        assert_eq!(trusting(&old, &old), Ok(()));
        assert_eq!(trusting(&old, other.der()), Err(CertificateError::UnknownIssuer));
        let other = of_version_1(&other, &pinned);
        assert_eq!(trusting(&old, &other), Err(CertificateError::UnknownIssuer));
    }

    #[test]
    fn an_authority_is_trusted_for_what_it_signed_and_one_of_version_1_too() {
        let authority = self_signed(authority());
        let old = of_version_1(&authority, &authority);
        let server = signed(leaf(), &authority);
        for named in [authority.der(), &old] {
            assert_eq!(trusting(named, server.der()), Ok(()));
            assert_eq!(trusting(named, &of_version_1(&server, &authority)), Ok(()));
        }
    }

    #[test]
    fn an_authority_for_some_names_alone_signs_nothing_of_version_1() {
        let subtree = GeneralSubtree::IpAddress(CidrSubnet::V4([192, 0, 2, 0], [255; 4]));
        let constraints =
            NameConstraints { permitted_subtrees: vec![subtree], excluded_subtrees: Vec::new() };
        let mut narrow = authority();
        narrow.name_constraints = Some(constraints);
        let narrow = self_signed(narrow);
        let server = of_version_1(&signed(leaf(), &narrow), &narrow);
        assert_eq!(trusting(narrow.der(), &server), Err(CertificateError::UnknownIssuer));
    }

    #[test]
    fn certificates_that_nobody_named_are_judged_by_webpki_alone() {
        let authority = self_signed(authority());
        let server = signed(leaf(), &authority);
        let store = || Authorities::unnamed(vec![authority.der().clone(), server.der().clone()]);
        assert_eq!(shown_to(store(), server.der(), summer(2020)), Ok(()));
        for refused in [&of_version_1(&server, &authority), authority.der()] {
            assert!(shown_to(store(), refused, summer(2020)).is_err());
        }
        let alone = Authorities::unnamed(vec![server.der().clone()]);
        let unknown = Err(CertificateError::UnknownIssuer);
        assert_eq!(shown_to(alone, server.der(), summer(2020)), unknown);
    }

    #[test]
    fn a_certificate_is_refused_before_and_after_its_time_whoever_judges_it() {
        let authority = self_signed(authority());
        let server = signed(leaf(), &authority);
        let old = of_version_1(&server, &authority);
        for (named, shown) in [
            (authority.der(), server.der()),
            (server.der(), server.der()),
            (authority.der(), &old),
            (&old, &old),
        ] {
            let at = |year| {
                let named = Authorities::named(vec![named.clone()]).unwrap();
                shown_to(named, shown, summer(year))
            };
            assert_eq!(at(2020), Ok(()));
            assert!(matches!(
                at(2019),
                Err(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
            ));
            assert!(matches!(
                at(2021),
                Err(CertificateError::Expired | CertificateError::ExpiredContext { .. })
            ));
        }
    }
}
