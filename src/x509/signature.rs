//! Signatures by the key of a certificate, for any version of X.509.

use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{
    self, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key,
};
use tokio_rustls::rustls::pki_types::{
    CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer,
};
use tokio_rustls::rustls::{DigitallySignedStruct, Error, PeerMisbehaved};
use webpki::RawPublicKeyEntity;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::X509Version;

use super::parsed::parse;

/// Verifies the signature of a TLS 1.2 handshake with the key of this certificate.
pub(crate) fn verify_tls12(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    let Some(key) = key_of_version_1(certificate) else {
        return crypto::verify_tls12_signature(message, certificate, signed, algorithms);
    };
    let known = algorithms.mapping.iter().filter(|(scheme, _)| *scheme == signed.scheme);
    let candidates = known.flat_map(|(_, candidates)| candidates.iter().copied());
    if verifies(&key, candidates, message, signed.signature()) {
        return Ok(HandshakeSignatureValid::assertion());
    }
    Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into())
}

/// Verifies the signature of a TLS 1.3 handshake with the key of this certificate.
pub(crate) fn verify_tls13(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, Error> {
    match key_of_version_1(certificate) {
        Some(key) => verify_tls13_signature_with_raw_key(message, &key, signed, algorithms),
        None => crypto::verify_tls13_signature(message, certificate, signed, algorithms),
    }
}

/// True if this key (SubjectPublicKeyInfo in DER) signed the certificate. Algorithms that webpki considers unsafe do
/// not count.
pub(super) fn has_signed(
    key: &[u8],
    certificate: &X509Certificate<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> bool {
    let (signed, signature) =
        (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    verifies(&key.into(), algorithms.all.iter().copied(), signed, signature)
}

fn verifies(
    key: &SubjectPublicKeyInfoDer<'_>,
    mut candidates: impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm>,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Ok(key) = RawPublicKeyEntity::try_from(key) else {
        return false;
    };
    candidates.any(|algorithm| key.verify_signature(algorithm, message, signature).is_ok())
}

fn key_of_version_1(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let certificate = parse(certificate).filter(|it| it.version() == X509Version::V1)?;
    Some(certificate.public_key().raw.to_vec().into())
}
