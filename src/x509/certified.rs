//! A certificate of our own with its key, whatever version the certificate has.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::parse;

/// The reason why a certificate and a key are no pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyProblem {
    /// The first certificate cannot be read.
    #[error("the first certificate in it cannot be read")]
    Certificate,
    /// The key is of a kind that TLS has no use for, or damaged.
    #[error(
        "the private key in it cannot be used: it must be RSA, ECDSA (P-256, P-384, P-521) or Ed25519"
    )]
    Key,
    /// The key belongs to another certificate.
    #[error("is not the key of the certificate")]
    Mismatch,
}

/// The pair, as both sides of TLS take it. rustls itself would refuse a certificate of version 1.
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
