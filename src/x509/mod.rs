//! X.509 certificates that webpki refuses and openssl, Go and Node accept: certificates that are trusted themselves,
//! and certificates of version 1.
//!
//! `openssl req -x509` makes a certificate that is both an authority (CA:TRUE) and the certificate of a server.
//! `openssl x509 -req` without a file of extensions makes a certificate of version 1. webpki verifies all other
//! certificates.

mod authorities;
mod certified;
#[cfg(test)]
pub(crate) mod made;
mod names;
mod parsed;
mod signature;
mod system;

pub(crate) use self::authorities::Authorities;
pub(crate) use self::certified::{KeyProblem, certified};
pub(crate) use self::names::{is_for, of as names};
pub(crate) use self::signature::{verify_tls12, verify_tls13};
pub(crate) use self::system::{SystemStamp, authorities as of_system};

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};

/// The certificates of a PEM text; empty if it contains none.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}
