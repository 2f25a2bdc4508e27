//! The reasons of failures, as a closed set: the values of the label `reason`.

use strum::{AsRefStr, VariantArray};

/// Reason why a request or a list failed; the value of the label `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRefStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// No connection: refused, unreachable, reset.
    Connect,
    /// The host name has no address.
    Dns,
    /// The TLS handshake failed.
    Tls,
    /// Connect, read or the whole request took too long.
    Timeout,
    /// The token file could not be read or holds no token.
    Credentials,
    /// 401, or a 400 with the same meaning.
    Unauthorized,
    /// 403 by Rocket.Chat.
    Forbidden,
    /// A proxy or firewall in front of Rocket.Chat refused, and Rocket.Chat did not receive the request.
    Blocked,
    /// 404.
    NotFound,
    /// 429.
    RateLimited,
    /// 3xx: redirects are not followed, so that credentials are never sent elsewhere.
    Redirected,
    /// 400 or another 4xx.
    Rejected,
    /// 5xx.
    #[strum(serialize = "server_error")]
    Server,
    /// The body is not this endpoint's JSON.
    Decode,
    /// The body is larger than the limit.
    TooLarge,
    /// `success: false` in an answer with status 200.
    Unsuccessful,
    /// The answer contradicts the request: another order, another time, closed rooms instead of open ones.
    FilterIgnored,
    /// The server hides its version, and no list is certain to contain the waiting chats.
    QueueUnseen,
    /// A department in the filter has no known id.
    FilterUnresolved,
    /// The clocks of the server's nodes are so far apart that closes may not be seen.
    Clock,
    /// The list was not read for three intervals: it waited for its turn, or for a request that fails.
    Overdue,
}

impl Reason {
    /// True if the server may not have the endpoint: a 404, or the page of the web client, with which old servers answer
    /// a path without a route.
    pub fn may_mean_absent(self) -> bool {
        matches!(self, Self::NotFound | Self::Decode)
    }

    /// True if the server may not show the list to this user, or may not have the endpoint.
    pub fn may_mean_unshown(self) -> bool {
        self == Self::Forbidden || self.may_mean_absent()
    }

    /// True if the failure affects the whole route, so that its other lists need not be tried in this cycle.
    pub fn concerns_the_route(self) -> bool {
        matches!(
            self,
            Self::Connect
                | Self::Dns
                | Self::Tls
                | Self::Timeout
                | Self::Credentials
                | Self::Unauthorized
                | Self::RateLimited
                | Self::Redirected
                | Self::Server
        )
    }
}
