//! Certificates and the private key from PEM, in a file or in the web config file itself.

use secrecy::{ExposeSecret, SecretSlice};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::error::TlsError;
use crate::bounded_file;
use crate::http::web_config::Pem;
use crate::sanitize;
use crate::x509;

/// Largest PEM file in bytes; no chain of certificates is longer.
const PEM_LIMIT_BYTES: u64 = 1024 * 1024;

/// The certificates of a PEM text, at least one.
pub(super) fn certificates(
    pem: &Pem,
    key: &'static str,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = x509::certificates(content(pem, key)?.expose_secret());
    let found = found.ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| TlsError::of(key, &"contains no certificate in PEM"))
}

/// The private key of a PEM text.
pub(super) fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = "key_file";
    let content = content(pem, key)?;
    let found = PrivateKeyDer::from_pem_slice(content.expose_secret());
    found.map_err(|_| TlsError::of(key, &"contains no private key in PEM"))
}

/// The PEM as bytes, because a comment between certificates may have any encoding.
fn content(pem: &Pem, key: &'static str) -> Result<SecretSlice<u8>, TlsError> {
    match pem {
        Pem::Inline(text) => Ok(text.expose_secret().as_bytes().to_vec().into()),
        Pem::File(path) => {
            let bytes = bounded_file::edited_bytes(path, PEM_LIMIT_BYTES).map_err(|reason| {
                let path = sanitize::line(&path.to_string_lossy());
                let remedy = "check the path and the permissions of the file";
                TlsError::of(key, &format!("cannot read {path}: {reason}; {remedy}"))
            })?;
            Ok(bytes.into())
        }
    }
}
