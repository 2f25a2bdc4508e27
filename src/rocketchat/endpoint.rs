//! The endpoints that this exporter may request. Each is a GET that only reads.
//!
//! The closed set is the allow-list: a request to any other endpoint cannot be built. An endpoint is also a label value
//! of the exporter's own metrics.

/// An endpoint of Rocket.Chat's REST API; the value of the label `endpoint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `/api/info`: the version, without a token and without a rate limit.
    Info,
    /// `/api/v1/me`: the user of the token.
    Me,
    /// `/api/v1/livechat/queue`: chats held per agent and department.
    LivechatQueue,
    /// `/api/v1/livechat/rooms`: the chats themselves.
    LivechatRooms,
    /// `/api/v1/livechat/department`: the departments.
    Departments,
    /// `/api/v1/livechat/department/:id`: one department and its members.
    Department,
    /// `/api/v1/livechat/users/agent`: all agents, idle ones included.
    Agents,
    /// `/api/v1/voip/rooms`: calls, on servers 4.5 to 7.x.
    VoipRooms,
    /// `/api/v1/voip/room`: one call by `rid` and `token`.
    VoipRoom,
}

impl Endpoint {
    /// Every endpoint, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Info,
        Self::Me,
        Self::LivechatQueue,
        Self::LivechatRooms,
        Self::Departments,
        Self::Department,
        Self::Agents,
        Self::VoipRooms,
        Self::VoipRoom,
    ];

    /// The route in the server's rate limiter, and the value of the label `endpoint`.
    pub fn route(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Me => "me",
            Self::LivechatQueue => "livechat/queue",
            Self::LivechatRooms => "livechat/rooms",
            Self::Departments => "livechat/department",
            Self::Department => "livechat/department/:id",
            Self::Agents => "livechat/users/agent",
            Self::VoipRooms => "voip/rooms",
            Self::VoipRoom => "voip/room",
        }
    }

    /// Path segments below the workspace's URL; `id` replaces the one variable segment.
    pub(crate) fn segments(self, id: Option<&str>) -> Vec<&str> {
        let mut segments = match self {
            Self::Info => vec!["api"],
            _ => vec!["api", "v1"],
        };
        segments.extend(self.route().split('/').map(|part| match (part, id) {
            (":id", Some(id)) => id,
            _ => part,
        }));
        segments
    }

    /// True if the request carries the token: `/api/info` is public.
    pub(crate) fn needs_token(self) -> bool {
        self != Self::Info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_a_route_of_its_own_and_none_but_info_lies_outside_v1() {
        let routes: std::collections::BTreeSet<_> = Endpoint::ALL.map(Endpoint::route).into();
        assert_eq!(routes.len(), Endpoint::ALL.len());
        assert_eq!(Endpoint::Info.segments(None), ["api", "info"]);
        assert_eq!(
            Endpoint::Department.segments(Some("a/b")),
            ["api", "v1", "livechat", "department", "a/b"]
        );
    }
}
