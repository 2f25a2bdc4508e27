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
    #[error("the system gives no random numbers, so no password can be verified")]
    NoRandomness,
    /// The changed file lacks a protection of the last valid file.
    #[error(
        "{path}: {protection} is gone since it was read last: restart the exporter if that is meant"
    )]
    Weaker {
        /// The web config file.
        path: String,
        /// The missing protection.
        protection: &'static str,
    },
}
