//! The reasons why a health check has no good result, each with the remedy.

use std::io;
use std::time::Duration;

use crate::config::{ListenAddress, Problems};

/// The reason why the exporter is not healthy or cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The whole check took too long.
    #[error("{0}: no answer within {seconds} s", seconds = .1.as_secs())]
    Late(&'static str, Duration),
    /// `--url` is no address of HTTP.
    #[error("--url must be an http:// or https:// address, e.g. https://127.0.0.1:10458")]
    NotHttp,
    /// The listen address cannot be read.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// No listen address is configured.
    #[error("the configuration has no listen address: give the address of the exporter with --url")]
    NoAddress,
    /// The listen address cannot be a part of a URL.
    #[error("{0} is not an address of an endpoint: give --url")]
    NoUrl(ListenAddress),
    /// The name of the listen address cannot be looked up.
    #[error("{0}: the host name cannot be resolved ({1}): give --url")]
    Lookup(ListenAddress, #[source] io::Error),
    /// The name of the listen address is of another machine.
    #[error("{0}: no address of the host name belongs to this machine: give --url")]
    Elsewhere(ListenAddress),
    /// The port gave no good answer; the address is without user name, password and query.
    #[error("{0}: {1}")]
    Port(String, PortError),
}

/// The reason why a port gave no good answer.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// No request could be sent.
    #[error("{0}")]
    Client(reqwest::Error),
    /// No answer came.
    #[error("no answer ({reason}); check that the exporter runs there")]
    Silence {
        /// The innermost cause.
        reason: String,
        /// True if the connection was made.
        was_connected: bool,
    },
    /// The port speaks TLS, and no answer came.
    #[error("no answer over TLS ({0}); start the exporter with --log.level=debug and read its log")]
    SilenceOverTls(String),
    /// The port speaks TLS, and the address is `http://`.
    #[error("the exporter uses TLS there: give --url an https:// address")]
    SpeaksTls,
    /// The port asks for a client certificate.
    #[error(
        "the exporter requires a client certificate, and healthcheck has none: \
         set client_auth_type to VerifyClientCertIfGiven in the web config file, have the TCP port probed instead, \
         or give --url an address that requires none"
    )]
    WantsCertificate,
    /// 401.
    #[error("401; the exporter requires a user name and a password: give both in --url")]
    Unauthorized,
    /// The answer has this status.
    #[error("{0}; read the exporter's log")]
    Status(u16),
}

impl PortError {
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Silence { .. })
    }

    pub(super) fn may_be_tls(&self) -> bool {
        matches!(self, Self::Silence { was_connected: true, .. } | Self::Status(400))
    }
}
