//! The permissions of the token.

/// A Rocket.Chat permission that decides about an endpoint of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// `view-livechat-rooms`: all chats and calls, since 3.10.
    ViewLivechatRooms,
    /// `view-livechat-manager`: all chats before 3.10 (server PR 19951).
    ViewLivechatManager,
    /// `view-l-room`: the queue, the agent's own chats, and departments without their members.
    ViewLRoom,
    /// `view-livechat-departments`: departments, and a single department with its members.
    ViewLivechatDepartments,
    /// `transfer-livechat-guest`: the list of agents.
    TransferLivechatGuest,
    /// `edit-omnichannel-contact`: the list of agents too, in later releases.
    EditOmnichannelContact,
    /// `inbound-voip-calls`: `voip/room`.
    InboundVoipCalls,
    /// `manage-livechat-priorities`: priorities.
    ManageLivechatPriorities,
    /// `manage-livechat-sla`: SLA policies.
    ManageLivechatSla,
    /// `view-livechat-business-hours`: the business hours.
    ViewLivechatBusinessHours,
    /// `view-privileged-setting`: the limits of the licence.
    ViewPrivilegedSetting,
    /// `view-statistics`: the full version in `/api/info`.
    ViewStatistics,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 12] = [
        Self::ViewLivechatRooms,
        Self::ViewLivechatManager,
        Self::ViewLRoom,
        Self::ViewLivechatDepartments,
        Self::TransferLivechatGuest,
        Self::EditOmnichannelContact,
        Self::InboundVoipCalls,
        Self::ManageLivechatPriorities,
        Self::ManageLivechatSla,
        Self::ViewLivechatBusinessHours,
        Self::ViewPrivilegedSetting,
        Self::ViewStatistics,
    ];
}
