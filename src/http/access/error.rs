//! The errors of access control.

use crate::config::Problems;
use crate::http::tls::TlsError;

/// A web config file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessControlError {
    /// The file is invalid.
    #[error(transparent)]
    File(#[from] Problems),
    /// The TLS settings of the file cannot be used.
    #[error("{0}: {1}")]
    Tls(String, TlsError),
    /// The system gives no random numbers for the key of the password digests.
    #[error(
        "the operating system provides no random numbers, which passwords need: check the operating system"
    )]
    NoRandomness,
    /// The changed file lacks a protection of the last valid file.
    #[error(
        "{0}: {1} was removed since the last reading: restart the exporter if you removed it on purpose"
    )]
    Weaker(String, &'static str),
}
