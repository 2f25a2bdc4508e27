//! The authorities and configured certificates against which a peer's certificate is verified.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::WebPkiSupportedAlgorithms;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{CertificateError, DistinguishedName, Error, RootCertStore};
use x509_parser::asn1_rs::{Any, FromDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::OID_X509_EXT_NAME_CONSTRAINTS;
use x509_parser::prelude::X509Version;

use super::parsed::parse;
use super::signature;

/// Trusted certificates: authorities, which are trusted for the certificates that they signed, and certificates that
/// the operator configured, which are trusted themselves.
#[derive(Debug)]
pub(crate) struct Authorities {
    named: Vec<CertificateDer<'static>>,
    roots: Arc<RootCertStore>,
}

impl Authorities {
    /// Certificates that the operator configured; an error if one of them cannot be parsed.
    pub(crate) fn named(certificates: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let fields = parse(certificate).ok_or(CertificateError::BadEncoding)?;
            if may_sign(&fields) {
                roots.add(certificate.clone())?;
            }
        }
        Ok(Self { named: certificates, roots: Arc::new(roots) })
    }

    /// Certificates of the system, which the operator did not configure; only webpki verifies against them. A
    /// certificate that cannot be parsed is left out: a system may have certificates of other kinds.
    pub(crate) fn unnamed(certificates: Vec<CertificateDer<'static>>) -> Self {
        let may_sign = |it: &CertificateDer<'_>| parse(it).is_some_and(|fields| may_sign(&fields));
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.into_iter().filter(may_sign));
        Self { named: Vec::new(), roots: Arc::new(roots) }
    }

    /// The same as `named`, without the certificates that cannot be parsed.
    pub(super) fn named_as_far_as_read(certificates: Vec<CertificateDer<'static>>) -> Self {
        Self { named: certificates.clone(), ..Self::unnamed(certificates) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.roots.is_empty()
    }

    /// The authorities as webpki takes them; `None` if there are none, because webpki refuses an empty store.
    pub(crate) fn roots(&self) -> Option<Arc<RootCertStore>> {
        (!self.roots.is_empty()).then(|| Arc::clone(&self.roots))
    }

    /// The issuer names that a peer's certificate may have.
    pub(crate) fn issuers(&self) -> Vec<DistinguishedName> {
        let issuer = |it: X509Certificate<'_>| {
            let name = if may_sign(&it) { it.subject() } else { it.issuer() };
            let (_, sequence) = Any::from_der(name.as_raw()).ok()?;
            Some(DistinguishedName::in_sequence(sequence.data))
        };
        self.named.iter().filter_map(parse).filter_map(issuer).collect()
    }

    /// Verifies a certificate that webpki cannot verify: a configured certificate itself, or a certificate of
    /// version 1, whose issuer must be configured. `None` for every other certificate. The server name is not verified.
    pub(crate) fn judge<'c>(
        &self,
        shown: &'c CertificateDer<'_>,
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Option<Result<X509Certificate<'c>, Error>> {
        if self.named.is_empty() {
            return None;
        }
        let is_named = self.named.iter().any(|known| known.as_ref() == shown.as_ref());
        let certificate = parse(shown)?;
        if !is_named && certificate.version() != X509Version::V1 {
            return None;
        }
        if !is_named && !self.have_signed(&certificate, algorithms) {
            return Some(Err(CertificateError::UnknownIssuer.into()));
        }
        Some(in_time(&certificate, now).map(|()| certificate))
    }

    fn have_signed(
        &self,
        certificate: &X509Certificate<'_>,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> bool {
        let has_signed = |authority: &X509Certificate<'_>| {
            may_sign(authority)
                && !constrains_names(authority)
                && authority.subject().as_raw() == certificate.issuer().as_raw()
                && signature::has_signed(authority.public_key().raw, certificate, algorithms)
        };
        self.named.iter().filter_map(parse).any(|authority| has_signed(&authority))
    }
}

/// True if the certificate may sign others. An authority states this in its extensions. Version 1 has no extensions; as
/// in openssl, a certificate of version 1 is an authority if it is self-signed.
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    if certificate.version() == X509Version::V1 {
        return certificate.subject().as_raw() == certificate.issuer().as_raw();
    }
    let is_authority = certificate.basic_constraints().ok().flatten().is_some_and(|it| it.value.ca);
    let usage = certificate.key_usage();
    is_authority && usage.is_ok_and(|usage| usage.is_none_or(|it| it.value.key_cert_sign()))
}

/// True if the authority may sign for some names only; a certificate without alternative names cannot be checked
/// against such constraints.
fn constrains_names(authority: &X509Certificate<'_>) -> bool {
    authority.extensions().iter().any(|it| it.oid == OID_X509_EXT_NAME_CONSTRAINTS)
}

fn in_time(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let validity = certificate.validity();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < validity.not_before.timestamp() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > validity.not_after.timestamp() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}
