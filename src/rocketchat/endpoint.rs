//! The endpoints that this exporter may request. Each is a GET that only reads.
//!
//! The closed set is the allow-list: a request to any other endpoint cannot be built. An endpoint is also a label value
//! of the exporter's own metrics.

use strum::{IntoStaticStr, VariantArray};

/// An endpoint of Rocket.Chat's REST API; the value of the label `endpoint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Endpoint {
    /// `/api/info`: the version, without a token and without a rate limit.
    Info,
    /// `/api/v1/me`: the user of the token.
    Me,
    /// `/api/v1/livechat/queue`: chats held per agent and department.
    #[strum(serialize = "livechat/queue")]
    LivechatQueue,
    /// `/api/v1/livechat/rooms`: the chats themselves.
    #[strum(serialize = "livechat/rooms")]
    LivechatRooms,
    /// `/api/v1/livechat/department`: the departments.
    #[strum(serialize = "livechat/department")]
    Departments,
    /// `/api/v1/livechat/department/:id`: one department and its members.
    #[strum(serialize = "livechat/department/:id")]
    Department,
    /// `/api/v1/livechat/users/agent`: all agents, idle ones included.
    #[strum(serialize = "livechat/users/agent")]
    Agents,
    /// `/api/v1/livechat/priorities`: the names of priorities (Enterprise).
    #[strum(serialize = "livechat/priorities")]
    Priorities,
    /// `/api/v1/livechat/sla`: the SLA policies (Enterprise).
    #[strum(serialize = "livechat/sla")]
    Slas,
    /// `/api/v1/licenses.info`: the licence, absent in community builds.
    #[strum(serialize = "licenses.info")]
    Licence,
    /// `/api/v1/livechat/business-hour`: the default business hours.
    #[strum(serialize = "livechat/business-hour")]
    BusinessHour,
    /// `/api/v1/livechat/business-hours`: all business hours (Enterprise).
    #[strum(serialize = "livechat/business-hours")]
    BusinessHours,
    /// `/api/v1/livechat/config`: the visitors' widget, without a token.
    #[strum(serialize = "livechat/config")]
    Widget,
    /// `/api/v1/voip/rooms`: calls, on servers 4.5 to 7.x.
    #[strum(serialize = "voip/rooms")]
    VoipRooms,
    /// `/api/v1/voip/room`: one call by `rid` and `token`.
    #[strum(serialize = "voip/room")]
    VoipRoom,
}

impl Endpoint {
    /// The route in the server's rate limiter, and the value of the label `endpoint`.
    pub fn route(self) -> &'static str {
        self.into()
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

    /// True if the request carries the token: `/api/info` and the widget's configuration are public.
    pub(crate) fn needs_token(self) -> bool {
        !matches!(self, Self::Info | Self::Widget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_a_route_of_its_own_and_none_but_info_lies_outside_v1() {
        let routes: std::collections::BTreeSet<_> =
            Endpoint::VARIANTS.iter().map(|endpoint| endpoint.route()).collect();
        assert_eq!(routes.len(), Endpoint::VARIANTS.len());
        assert_eq!(Endpoint::Info.segments(None), ["api", "info"]);
        assert_eq!(
            Endpoint::Department.segments(Some("a/b")),
            ["api", "v1", "livechat", "department", "a/b"]
        );
    }
}
