//! The failures of requests to Rocket.Chat, as a closed set.
//!
//! Every failure says what failed and gives a remedy for the operator; [`Reason`] is its label value. The texts never
//! contain a token, a query string or text of a body.

use std::borrow::Cow;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::permission;
pub use super::reason::Reason;
use super::server_version::ServerVersion;
use crate::error_chain::sources;

/// The remedy if no connection to the server is possible.
pub(crate) const CONNECT_REMEDY: &str =
    "check that the workspace runs and that its url and port are right";
/// The remedy if no connection to the proxy is possible.
pub(crate) const PROXY_REMEDY: &str = "check that the proxy runs and that proxy_url is right";
/// The remedy if the host name has no address.
pub(crate) const DNS_REMEDY: &str = "check the host name in the workspace's url and the resolver";

/// A request that did not return the requested data.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {}", endpoint.route(), self.problem_and_remedy())]
pub struct Failure {
    /// The endpoint of the request.
    pub endpoint: Endpoint,
    /// The reason, as a closed set.
    pub reason: Reason,
    /// Description of the failure, without secrets.
    pub what: String,
    /// Wait that the server asks for; `None` if the server asks for none.
    pub retry_after: Option<Duration>,
    /// The 400 says that a parameter is unknown to this server version.
    pub unknown_parameter: bool,
    /// The connection ended before the head of an answer was complete.
    pub connection_died: bool,
    /// A remedy that is more precise than the remedy of the reason.
    pub remedy: Option<&'static str>,
    /// Reason of the other request whose failure caused this one.
    pub cause: Option<Reason>,
    /// Only the user's own chats were requested.
    pub own_chats: bool,
    /// The version of the server, if it is known.
    pub server_version: Option<ServerVersion>,
}

impl Failure {
    /// A failure with these facts only; `what` must not contain a secret.
    pub fn new(endpoint: Endpoint, reason: Reason, what: impl Into<String>) -> Self {
        Self {
            endpoint,
            reason,
            what: what.into(),
            retry_after: None,
            unknown_parameter: false,
            connection_died: false,
            remedy: None,
            cause: None,
            own_chats: false,
            server_version: None,
        }
    }

    /// The same with a remedy that is more precise than the remedy of the reason.
    #[must_use]
    pub(crate) fn with_remedy(self, remedy: &'static str) -> Self {
        Self { remedy: Some(remedy), ..self }
    }

    /// The same with the scope of the request and the server version, on which the needed permission depends.
    #[must_use]
    pub fn of_server(self, own_chats: bool, server_version: Option<ServerVersion>) -> Self {
        Self { own_chats, server_version, ..self }
    }

    /// The failure and its remedy, without the endpoint.
    pub fn problem_and_remedy(&self) -> String {
        format!("{}; {}", self.what, self.remedy())
    }

    fn remedy(&self) -> Cow<'static, str> {
        if let Some(remedy) = self.remedy {
            return remedy.into();
        }
        let text = match self.cause.unwrap_or(self.reason) {
            Reason::Connect => CONNECT_REMEDY,
            Reason::Dns => DNS_REMEDY,
            Reason::Tls => "check the certificate, or set tls.ca_file to a file with its authority",
            Reason::Timeout => "check the workspace's load, or raise poll.timeout",
            Reason::Credentials => "check auth_token_file and the permissions of the file",
            Reason::Unauthorized => "create a new personal access token and check user_id",
            Reason::Forbidden => {
                return permission::remedy(self.endpoint, self.own_chats, self.server_version);
            }
            Reason::Blocked => "let GET requests to /api/v1 through to Rocket.Chat",
            Reason::NotFound => "check the url's sub-path and the server version",
            Reason::RateLimited => "grant the permission api-bypass-rate-limit or poll less often",
            Reason::Redirected => {
                "set url to the address of the redirect; if this address is a login page, let /api/v1 through without \
                 a login"
            }
            Reason::Rejected => "check the filter of this workspace and report the server version",
            Reason::Server | Reason::Unsuccessful => "read the log of Rocket.Chat",
            Reason::Decode => {
                "check that url is the address of Rocket.Chat and not of a proxy's page"
            }
            Reason::TooLarge => "check that url is the address of Rocket.Chat",
            Reason::FilterIgnored => {
                "this server version gives a wrong answer: report it with the version"
            }
            Reason::QueueUnseen => {
                "let /api/info through to Rocket.Chat, which shows its version without a login; or let the parameter \
                 queued through"
            }
            Reason::FilterUnresolved => "correct filter.departments",
            Reason::Clock => "synchronize the clocks of the server's nodes with NTP",
            Reason::Overdue => {
                "grant the permission api-bypass-rate-limit, and check the X-RateLimit and Retry-After headers of the server"
            }
        };
        text.into()
    }
}

/// The sources of an error without its own text, which may contain the URL and with it a filter.
pub(crate) fn source_chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<_> = sources(error).map(ToString::to_string).collect();
    parts.dedup();
    if parts.is_empty() { "the transfer ended early".to_owned() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn a_403_names_the_permission_and_the_endpoint() {
        let failure = Failure::new(Endpoint::LivechatRooms, Reason::Forbidden, "HTTP 403");
        assert_eq!(
            failure.to_string(),
            "livechat/rooms: HTTP 403; grant the exporter's user the permission view-livechat-rooms"
        );
    }

    #[test]
    fn labels_are_a_closed_set_of_distinct_words() {
        let labels: std::collections::BTreeSet<_> =
            Reason::VARIANTS.iter().map(AsRef::as_ref).collect();
        assert_eq!(labels.len(), Reason::VARIANTS.len());
    }
}
