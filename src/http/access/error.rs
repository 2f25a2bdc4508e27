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
    #[error("{path}: {reason}")]
    Tls {
        /// The web config file.
        path: String,
        /// The TLS error.
        reason: TlsError,
    },
    /// The system gives no random numbers for the key of the password digests.
    #[error(
        "the operating system provides no random numbers, which passwords need: check the operating system"
    )]
    NoRandomness,
    /// The changed file lacks a protection of the last valid file.
    #[error(
        "{path}: {protection} was removed since the last reading: restart the exporter if you removed it on purpose"
    )]
    Weaker {
        /// The web config file.
        path: String,
        /// The missing protection.
        protection: &'static str,
    },
}
