//! The paths of the API and the server versions that have them.

use crate::simulator::version::ServerVersion;

/// A path of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// `/api/info`.
    Info,
    /// `/api/v1/me`.
    Me,
    /// `/api/v1/livechat/rooms`.
    Rooms,
    /// `/api/v1/livechat/queue`.
    Queue,
    /// `/api/v1/livechat/department`.
    Departments,
    /// `/api/v1/livechat/department/:id`.
    Department,
    /// `/api/v1/livechat/users/agent`.
    Agents,
    /// `/api/v1/livechat/priorities`.
    Priorities,
    /// `/api/v1/livechat/sla`.
    Slas,
    /// `/api/v1/licenses.info`.
    Licence,
    /// `/api/v1/livechat/business-hour`.
    BusinessHour,
    /// `/api/v1/livechat/business-hours`.
    BusinessHours,
    /// `/api/v1/livechat/config`.
    Widget,
    /// `/api/v1/voip/rooms`.
    VoipRooms,
    /// `/api/v1/voip/room`.
    VoipRoom,
    /// Everything else.
    Unknown,
}

const DEPARTMENT: &str = "/api/v1/livechat/department/";

impl Route {
    pub(crate) fn of(path: &str) -> Self {
        match path {
            "/api/info" => Self::Info,
            "/api/v1/me" => Self::Me,
            "/api/v1/livechat/rooms" => Self::Rooms,
            "/api/v1/livechat/queue" => Self::Queue,
            "/api/v1/livechat/department" => Self::Departments,
            "/api/v1/livechat/users/agent" => Self::Agents,
            "/api/v1/livechat/priorities" => Self::Priorities,
            "/api/v1/livechat/sla" => Self::Slas,
            "/api/v1/licenses.info" => Self::Licence,
            "/api/v1/livechat/business-hour" => Self::BusinessHour,
            "/api/v1/livechat/business-hours" => Self::BusinessHours,
            "/api/v1/livechat/config" => Self::Widget,
            "/api/v1/voip/rooms" => Self::VoipRooms,
            "/api/v1/voip/room" => Self::VoipRoom,
            _ if department_id(path).is_some() => Self::Department,
            _ => Self::Unknown,
        }
    }

    /// True if a server of this version has the route. `enterprise`: false for a community build.
    pub(crate) const fn exists(self, version: ServerVersion, enterprise: bool) -> bool {
        match self {
            Self::Priorities | Self::Slas | Self::BusinessHours => {
                enterprise && version.has_sla_policies()
            }
            Self::Licence => enterprise && version.tells_licence(),
            Self::VoipRooms | Self::VoipRoom => version.has_voip(),
            Self::Unknown => false,
            _ => true,
        }
    }

    /// True if the permissions are declared with the route. The handler of the list of agents checks its permissions
    /// by itself, after the validation of the query.
    pub(crate) const fn declares_permissions(self) -> bool {
        !matches!(self, Self::Agents)
    }

    /// True if the route is public: visitors ask for it.
    pub(crate) const fn is_public(self) -> bool {
        matches!(self, Self::Info | Self::Widget)
    }

    /// The rate limit that a route declares for itself; it overrides the limit of the administrator.
    pub(crate) const fn own_limit(self) -> Option<u32> {
        match self {
            Self::VoipRoom => Some(5),
            _ => None,
        }
    }
}

/// The id in `livechat/department/:id`.
pub(crate) fn department_id(path: &str) -> Option<&str> {
    path.strip_prefix(DEPARTMENT).filter(|id| !id.is_empty() && !id.contains('/'))
}
