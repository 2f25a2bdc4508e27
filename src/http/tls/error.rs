//! TLS settings that cannot be used.

/// TLS settings that cannot be used. The error names the key of the web config file, never the content of a file.
#[derive(Debug, thiserror::Error)]
#[error("tls_server_config.{key}: {reason}")]
pub struct TlsError {
    key: &'static str,
    reason: String,
}

impl TlsError {
    pub(super) fn of(key: &'static str, reason: &impl ToString) -> Self {
        Self { key, reason: reason.to_string() }
    }
}
