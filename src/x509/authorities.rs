//! The authorities that certificates are held against.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio_rustls::rustls::crypto::WebPkiSupportedAlgorithms;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::X509Version;

use super::{parse, signature};

/// Authorities, each of which is also trusted as the certificate of a peer.
#[derive(Debug)]
pub(crate) struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    roots: Arc<RootCertStore>,
}

/// The system's authorities, kept while anybody uses them: there may be a thousand clients.
static SYSTEM: Mutex<Weak<Authorities>> = Mutex::new(Weak::new());

impl Authorities {
    /// The authorities of these certificates; an error if one of them cannot be an authority.
    pub(crate) fn new(certificates: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone())?;
        }
        Ok(Self { certificates, roots: Arc::new(roots) })
    }

    /// The authorities that this system trusts, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`; `None` if there are
    /// none. Blocks for as long as the file system takes.
    pub(crate) fn of_system() -> Option<Arc<Self>> {
        let mut system = SYSTEM.lock().unwrap_or_else(PoisonError::into_inner);
        let found = match system.upgrade() {
            Some(found) => found,
            None => Arc::new(Self::load_system()),
        };
        *system = Arc::downgrade(&found);
        (!found.certificates.is_empty()).then_some(found)
    }

    /// Without the certificates that cannot be read: a system has some of other kinds.
    fn load_system() -> Self {
        let certificates = rustls_native_certs::load_native_certs().certs;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        Self { certificates, roots: Arc::new(roots) }
    }

    /// The authorities as webpki takes them.
    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }

    /// Judges a certificate that webpki cannot judge: one that is named here itself, or one of version 1, whose issuer
    /// must be named here. `None` for every other one. The name it is shown for is not judged.
    pub(crate) fn judge<'c>(
        &self,
        shown: &'c CertificateDer<'_>,
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Option<Result<X509Certificate<'c>, Error>> {
        let is_named = self.certificates.iter().any(|known| known.as_ref() == shown.as_ref());
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
            authority.subject().as_raw() == certificate.issuer().as_raw()
                && signature::has_signed(authority.public_key().raw, certificate, algorithms)
        };
        self.certificates.iter().filter_map(parse).any(|authority| has_signed(&authority))
    }
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
