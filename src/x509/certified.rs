//! A certificate of the exporter with its key, for any version of X.509.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::parsed::parse;

/// Reason why a certificate and a key do not form a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyProblem {
    /// The first certificate cannot be parsed.
    #[error("the first certificate in the file cannot be read")]
    Certificate,
    /// The key is damaged or of a kind that TLS does not use.
    #[error(
        "the private key in the file cannot be used: the key must be RSA, ECDSA (P-256, P-384, P-521) or Ed25519"
    )]
    Key,
    /// The key belongs to another certificate.
    #[error("is not the key of the certificate")]
    Mismatch,
}

/// The certificate chain with its key, for both sides of TLS. rustls itself would refuse a certificate of version 1.
pub(crate) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<Arc<SingleCertAndKey>, KeyProblem> {
    let key = provider.key_provider.load_private_key(key).map_err(|_| KeyProblem::Key)?;
    let certificate = chain.first().and_then(parse).ok_or(KeyProblem::Certificate)?;
    let is_its_own =
        key.public_key().is_none_or(|public| public.as_ref() == certificate.public_key().raw);
    drop(certificate);
    if !is_its_own {
        return Err(KeyProblem::Mismatch);
    }
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
}
