//! Families that name an agent: personal data, each served only in its privacy tier.
//!
//! The catalogue lists them all; which are filled follows from `agents.detail`.

use super::families;

families! {
    /// Chats an agent holds in a department, on hold included, exactly as the server reports its
    /// load. Polled from livechat/queue (chats) with includeOfflineAgents; 0 for an
    /// agent known in the department who holds none.
    AGENT_CHATS = Gauge "rocketchat_omnichannel_agent_chats"
        ["agent", "department"] in "chats" from ["queue"];

    /// Open chats an agent serves in a department, in_progress or on_hold. Polled from
    /// livechat/rooms (servedBy, onHold), fetched apart from the server's own load figure and at
    /// another moment.
    AGENT_OPEN_CHATS = Gauge "rocketchat_omnichannel_agent_open_chats"
        ["agent", "department", "state"] in "chats" from ["open", "onhold"];

    /// Chats in progress of an agent whose visitor wrote last. Polled from livechat/rooms
    /// (waitingResponse), chats on hold are left out.
    AGENT_AWAITING_REPLY_CHATS = Gauge "rocketchat_omnichannel_agent_awaiting_reply_chats"
        ["agent"] in "chats" from ["open"];

    /// Status of an agent: 1 on the series of the present status, 0 on the others. Polled from
    /// livechat/users/agent (status), or livechat/queue for agents with chats where that may not
    /// be read.
    AGENT_STATUS = Gauge "rocketchat_omnichannel_agent_status"
        ["agent", "status"] in "bool" from ["agents", "queue"];

    /// Whether an agent accepts chats. Polled from livechat/users/agent (statusLivechat), or told
    /// from livechat/queue, which leaves out agents that do not accept unless asked with
    /// includeOfflineAgents.
    AGENT_ACCEPTING = Gauge "rocketchat_omnichannel_agent_accepting"
        ["agent"] in "bool" from ["agents", "queue"];
}
