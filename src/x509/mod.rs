//! X.509 where webpki refuses what openssl, Go and Node take: certificates that are trusted by themselves, and
//! certificates of version 1.
//!
//! `openssl req -x509` makes a certificate that is an authority (CA:TRUE) and a server's own at once, and
//! `openssl x509 -req` without a file of extensions makes one of version 1. webpki judges all other certificates.

mod authorities;
mod certified;
#[cfg(test)]
pub(crate) mod made;
mod names;
mod signature;
mod system;

pub(crate) use self::authorities::Authorities;
pub(crate) use self::certified::{KeyProblem, certified};
pub(crate) use self::names::{is_for, of as names};
pub(crate) use self::signature::{verify_tls12, verify_tls13};
pub(crate) use self::system::{Stamp as SystemStamp, authorities as of_system};

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// The certificates of a text in PEM; empty if there is none.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

/// The fields of a certificate; `None` if it cannot be read.
fn parse<'c>(certificate: &'c CertificateDer<'_>) -> Option<X509Certificate<'c>> {
    let (rest, certificate) = X509Certificate::from_der(certificate).ok()?;
    rest.is_empty().then_some(certificate)
}
