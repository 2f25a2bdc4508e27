//! The rules and TLS settings that are in effect.

use std::sync::Arc;

use axum::http::HeaderMap;
use tokio_rustls::TlsAcceptor;

use super::token_bucket::TokenBucket;
use crate::http::web_config::Users;

/// The rules and TLS settings that hold until the files change.
#[derive(Clone)]
pub(super) struct AccessSettings {
    /// `None` while the file is invalid.
    pub(super) rules: Option<Arc<AccessRules>>,
    pub(super) tls: Option<Tls>,
}

/// The TLS settings of new connections.
#[derive(Clone)]
pub(in crate::http) struct Tls {
    pub(in crate::http) acceptor: TlsAcceptor,
    /// A number that changes each time the files are read.
    pub(super) generation: u64,
}

/// The TLS generation under which a connection was admitted. The connection ends after its next answer once another
/// generation is in effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct Admission(Option<u64>);

impl Admission {
    pub(in crate::http) fn by(tls: Option<&Tls>) -> Self {
        Self(tls.map(|tls| tls.generation))
    }
}

/// The rules by which requests are allowed.
pub(super) struct AccessRules {
    pub(super) headers: HeaderMap,
    pub(super) users: Users,
    pub(super) rate: Option<Arc<TokenBucket>>,
}
