//! Families that name an agent: personal data, each served only in its privacy tier.
//!
//! The catalogue lists all of them; `agents.detail` decides which families are filled.

use super::family::families;

families! {
    first super::events::END;

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

    /// Longest time a visitor of an agent's chats in progress has been waiting for a reply, since the first unanswered
    /// message; 0 when nobody waits. Polled from livechat/rooms (metrics.v.lq, or ts; for a reopened chat not before
    /// its visitor wrote, or a poll saw it open), measured with the server's clock.
    AGENT_AWAITING_REPLY_OLDEST_SECONDS =
        Gauge "rocketchat_omnichannel_agent_awaiting_reply_oldest_seconds"
        ["agent"] in "seconds" from ["open"];

    /// Status of an agent: 1 on the series of the present status, 0 on the others. Polled from
    /// livechat/users/agent (status), or livechat/queue for agents with chats where that may not
    /// be read.
    AGENT_STATUS = Gauge "rocketchat_omnichannel_agent_status"
        ["agent", "status"] in "bool" from ["agents", "queue"];

    /// Is 1 if an agent accepts chats. Polled from livechat/users/agent (statusLivechat), or
    /// derived from livechat/queue: without includeOfflineAgents its answer contains only agents that
    /// accept chats.
    AGENT_ACCEPTING = Gauge "rocketchat_omnichannel_agent_accepting"
        ["agent"] in "bool" from ["agents", "queue"];

    /// Response times of an agent, each response once, credited to the serving agent: who wrote is
    /// not in the data. Polled from livechat/rooms, the growth of metrics.response.tt and
    /// metrics.response.total while the agent serves.
    AGENT_RESPONSE_SECONDS = Summary "rocketchat_omnichannel_agent_response_seconds"
        ["agent", "department"] in "seconds" from ["open", "onhold", "closed"]
        kept as "agent_response", 2 open;

    /// Time from when an agent took a chat to its first response, credited to the serving agent.
    /// Polled from livechat/rooms (metrics.reaction.ft).
    AGENT_REACTION_SECONDS = Summary "rocketchat_omnichannel_agent_reaction_seconds"
        ["agent", "department"] in "seconds" from ["open", "onhold", "closed"]
        kept as "agent_reaction", 2 open;

    /// Time from when an agent took a chat to its end, credited to the serving agent, who is the
    /// last one. Polled from livechat/rooms (metrics.serviceTimeDuration, or closedAt minus
    /// servedBy.ts).
    AGENT_HANDLE_SECONDS = Summary "rocketchat_omnichannel_agent_handle_seconds"
        ["agent", "department"] in "seconds" from ["closed"]
        kept as "agent_handle", 2 open;

    /// Chats that ended, credited to the serving agent, whoever closed them. Polled from
    /// livechat/rooms (closedAt, servedBy), each end counted once.
    AGENT_CHATS_CLOSED_TOTAL = Counter "rocketchat_omnichannel_agent_chats_closed_total"
        ["agent", "department"] in "chats" from ["closed"]
        kept as "agent_chats_closed", 2 open;
}
