//! Errors of the HTTP client, mapped to the closed set of reasons, with the side that caused them and a remedy.

use std::error::Error;
use std::io::{self, ErrorKind};

use secrecy::ExposeSecret;
use tokio_rustls::rustls::{
    self, AlertDescription, CertificateError, InvalidMessage, PeerIncompatible,
};

use super::endpoint::Endpoint;
use super::error::{Failure, PROXY_REMEDY, Reason, source_chain};
use super::front;
use super::http_settings::HttpSettings;

/// The other end of a connection, as far as errors depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    server_uses_tls: bool,
    /// `None` without a proxy.
    proxy_uses_tls: Option<bool>,
    shows_certificate: bool,
}

impl Peer {
    pub(super) fn of(http_settings: &HttpSettings) -> Self {
        let proxy = http_settings.proxy.as_ref().map(ExposeSecret::expose_secret);
        Self {
            server_uses_tls: http_settings.url.scheme() == "https",
            proxy_uses_tls: proxy.map(|url| url.starts_with("https:")),
            shows_certificate: http_settings.identity.is_some(),
        }
    }

    /// True if the workspace or its proxy uses TLS.
    pub(super) fn speaks_tls(self) -> bool {
        self.server_uses_tls || self.proxy_uses_tls == Some(true)
    }

    /// The failure for an error of the HTTP client.
    pub(super) fn failure(self, endpoint: Endpoint, error: &reqwest::Error) -> Failure {
        if has_died(error) {
            return self.died(endpoint);
        }
        if error.is_timeout() {
            return Failure::new(endpoint, Reason::Timeout, "no answer in time");
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            let (what, remedy) = self.tls(tls);
            return Failure::new(endpoint, Reason::Tls, what).with_remedy(remedy);
        }
        let chain = source_chain(error);
        let reason = reason(error, &chain);
        let remedy = self.remedy(error, reason, &chain);
        Failure { remedy, ..Failure::new(endpoint, reason, chain) }
    }

    /// The failure for a connection that ended early. In TLS 1.3, a server that refuses a certificate may just close
    /// the connection.
    fn died(self, endpoint: Endpoint) -> Failure {
        let remedy = match (self.server_uses_tls, self.shows_certificate) {
            (false, _) => None,
            (true, false) => {
                Some("read the server's log: the server may require a client certificate")
            }
            (true, true) => Some(
                "read the server's log: the server may refuse the certificate in tls.certificate_file",
            ),
        };
        let what = "the connection ended before an answer arrived";
        let failure = Failure::new(endpoint, Reason::Connect, what);
        Failure { connection_died: true, remedy, ..failure }
    }

    /// A remedy that is more precise than the remedy of the reason.
    fn remedy(self, error: &reqwest::Error, reason: Reason, chain: &str) -> Option<&'static str> {
        if chain.contains("proxy authorization required") {
            return Some(front::PROXY_LOGIN);
        }
        if chain.contains("tunnel error") && !chain.contains("underlying connection") {
            return Some(
                "read the log of the proxy: the proxy may refuse the host and port of url, or cannot connect to them",
            );
        }
        if reason == Reason::Tls {
            return Some(self.unexplained());
        }
        if self.proxy_uses_tls.is_some() && error.is_connect() {
            return Some(PROXY_REMEDY);
        }
        let is_no_http = find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse);
        is_no_http.then_some(
            "the answer is not HTTP: check the port, or write https:// in url if the port uses TLS",
        )
    }

    fn tls(self, error: &rustls::Error) -> (String, &'static str) {
        let whose = if self.proxy_uses_tls == Some(true) {
            "the server's or the proxy's"
        } else {
            "the server's"
        };
        match error {
            rustls::Error::InvalidCertificate(problem) => certificate(whose, problem),
            rustls::Error::AlertReceived(alert) => self.alert(*alert),
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => (
                "the port does not use TLS".to_owned(),
                "write http:// in url, or the port that uses TLS",
            ),
            rustls::Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => (
                "the server supports neither TLS 1.2 nor TLS 1.3".to_owned(),
                "enable TLS 1.2 or 1.3 on the server",
            ),
            other => (format!("the TLS handshake failed: {other}"), "read the server's log"),
        }
    }

    /// Text and remedy for a TLS alert, with which the server ended the connection.
    fn alert(self, alert: AlertDescription) -> (String, &'static str) {
        use AlertDescription as A;
        let is_about_ours = matches!(
            alert,
            A::CertificateRequired
                | A::BadCertificate
                | A::UnsupportedCertificate
                | A::CertificateRevoked
                | A::CertificateExpired
                | A::CertificateUnknown
                | A::UnknownCA
                | A::AccessDenied
        );
        let what = format!("the server ended the TLS handshake ({alert:?})");
        let remedy = match (is_about_ours, self.shows_certificate) {
            (true, true) => {
                "the server refuses the certificate in tls.certificate_file: check that the server trusts its authority"
            }
            (true, false) => {
                "the server requires a client certificate: set tls.certificate_file and tls.key_file"
            }
            (false, _) => self.unexplained(),
        };
        (what, remedy)
    }

    /// The remedy if the server gave no reason for ending a handshake.
    fn unexplained(self) -> &'static str {
        if self.shows_certificate {
            "read the server's log; check the host in url and tls.certificate_file"
        } else {
            "read the server's log; check the host in url, and whether the server requires a client certificate"
        }
    }
}

fn certificate(whose: &str, problem: &CertificateError) -> (String, &'static str) {
    use CertificateError as C;
    let (what, remedy) = match problem {
        // An authority with the same name and another key gives a bad signature.
        C::UnknownIssuer | C::BadSignature => (
            "is of an unknown authority",
            "set tls.ca_file to a file with its authority, or with the certificate itself if it is self-signed",
        ),
        C::Expired | C::ExpiredContext { .. } => {
            ("has expired", "renew the certificate, or correct the clock of this machine")
        }
        C::NotValidYet | C::NotValidYetContext { .. } => (
            "is not valid yet",
            "correct the clock of this machine, or of the machine that made the certificate",
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => (
            "is not for the host in url",
            "write the host of the certificate in url, or make the certificate again with the host in url as \
             subjectAltName",
        ),
        C::Revoked => ("has been revoked", "give the server a new certificate"),
        other if other.to_string().contains("CaUsedAsEndEntity") => (
            "is also an authority (CA:TRUE)",
            "set tls.ca_file to a file with this certificate, or make the certificate again with CA:FALSE",
        ),
        other => {
            let what = format!("{whose} certificate cannot be verified: {other}");
            let remedy =
                "make the certificate again, or set tls.ca_file to a file with this certificate";
            return (what, remedy);
        }
    };
    (format!("{whose} certificate {what}"), remedy)
}

/// Words of the TLS stack in errors that are not rustls errors, for example if the server closes the connection during
/// the handshake.
const TLS_HINTS: [&str; 3] = ["certificate", "handshake", "tls"];

/// Text of an interrupted body: the HTTP client reports it as undecodable, though the connection failed.
const TORN: &str = "reading a body from connection";

fn reason(error: &reqwest::Error, chain: &str) -> Reason {
    if chain.contains("dns error") || chain.contains("lookup address") {
        Reason::Dns
    } else if TLS_HINTS.iter().any(|hint| chain.contains(hint)) {
        Reason::Tls
    } else if error.is_decode() && !chain.contains(TORN) {
        Reason::Decode
    } else {
        Reason::Connect
    }
}

/// True if the connection ended after the request and before the head of an answer. This happens if the server closed
/// an idle connection.
fn has_died(error: &reqwest::Error) -> bool {
    if !error.is_request() || error.is_connect() || error.is_timeout() {
        return false;
    }
    let is_cut = |it: &io::Error| {
        matches!(
            it.kind(),
            ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof
        )
    };
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || find::<io::Error>(error).is_some_and(is_cut)
}

/// An error of this type among an error and its sources. An error inside an `io::Error` is not one of its sources, so
/// it is searched too.
fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    if let Some(found) = error.downcast_ref() {
        return Some(found);
    }
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    if let Some(found) = wrapped.and_then(|wrapped| find(wrapped)) {
        return Some(found);
    }
    error.source().and_then(find)
}
