//! The reasons of failures, as a closed set: the values of the label `reason`.

/// Reason why a request or a list failed; the value of the label `reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The list has waited longer for its turn than the request budget explains.
    Overdue,
}

impl Reason {
    /// Every reason, so that each can be served as 0 before it first occurs.
    pub const ALL: [Self; 21] = [
        Self::Connect,
        Self::Dns,
        Self::Tls,
        Self::Timeout,
        Self::Credentials,
        Self::Unauthorized,
        Self::Forbidden,
        Self::Blocked,
        Self::NotFound,
        Self::RateLimited,
        Self::Redirected,
        Self::Rejected,
        Self::Server,
        Self::Decode,
        Self::TooLarge,
        Self::Unsuccessful,
        Self::FilterIgnored,
        Self::QueueUnseen,
        Self::FilterUnresolved,
        Self::Clock,
        Self::Overdue,
    ];

    /// The label value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Credentials => "credentials",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Blocked => "blocked",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Redirected => "redirected",
            Self::Rejected => "rejected",
            Self::Server => "server_error",
            Self::Decode => "decode",
            Self::TooLarge => "too_large",
            Self::Unsuccessful => "unsuccessful",
            Self::FilterIgnored => "filter_ignored",
            Self::QueueUnseen => "queue_unseen",
            Self::FilterUnresolved => "filter_unresolved",
            Self::Clock => "clock",
            Self::Overdue => "overdue",
        }
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
