//! Families about chats, queues and departments: waiting chats, served chats and service level targets.
//!
//! All are gauges; those that are polled show the state at the last poll. `livechat/queue` feeds none of the queue
//! depths: it lists agents with their load, and a waiting chat never appears in it.

use super::family::families;

families! {
    first 0;

    /// Open chats by state: queued (nobody serves), in_progress (an agent serves) or on_hold.
    /// Polled from livechat/rooms and told apart by each room's own servedBy and onHold, so the
    /// three states never overlap.
    OPEN_CHATS = Gauge "rocketchat_omnichannel_open_chats"
        ["department", "state"] in "chats" from ["queued", "open", "onhold"];

    /// Open chats by state and by the channel they came through. Polled from livechat/rooms, the
    /// channel is source.type, with the alias for apps; sums to the open chats of the department.
    OPEN_CHATS_BY_SOURCE = Gauge "rocketchat_omnichannel_open_chats_by_source"
        ["department", "source", "state"] in "chats" from ["queued", "open", "onhold"];

    /// Queued chats that have waited longer than the label says, in seconds; cumulative, each chat
    /// is in every threshold it has passed. Polled from livechat/rooms, the wait starts at
    /// queuedAt, or ts where that is missing. The wait of a reopened chat starts when its visitor
    /// wrote, or when a poll saw the chat open.
    QUEUED_CHATS_WAITING_OVER = Gauge "rocketchat_omnichannel_queued_chats_waiting_over"
        ["department", "seconds"] in "chats" from ["queued"];

    /// Longest wait of a queued chat since the chat last entered the queue, 0 when the queue is
    /// empty. Polled from livechat/rooms (queuedAt, or ts; for a reopened chat the time when its
    /// visitor wrote, or when a poll saw it open), measured with the server's clock when the page is
    /// rendered.
    QUEUE_OLDEST_WAIT_SECONDS = Gauge "rocketchat_omnichannel_queue_oldest_wait_seconds"
        ["department"] in "seconds" from ["queued"];

    /// Longest wait of a queued chat that the service level covers: inside business hours and of an
    /// included source; 0 when there is none. Polled from livechat/rooms (queuedAt, or ts; for a
    /// reopened chat the time when its visitor wrote, or when a poll saw it open), measured with
    /// the server's clock.
    SERVICE_LEVEL_OLDEST_WAIT_SECONDS =
        Gauge "rocketchat_omnichannel_service_level_oldest_wait_seconds"
        ["department"] in "seconds" from ["queued"];

    /// Chats without a first response that the service level covers and whose target time passes within the seconds
    /// of the label; cumulative. Polled from livechat/rooms, by the clock of the verdict: a chat leaves when it is
    /// answered, closed or missed.
    SERVICE_LEVEL_AT_RISK_CHATS = Gauge "rocketchat_omnichannel_service_level_at_risk_chats"
        ["department", "within"] in "chats" from ["queued", "open", "onhold"];

    /// Queued chats the service level covers that have waited longer than the target time; the
    /// chats of service_level_oldest_wait_seconds, with the same start of the wait. Polled from
    /// livechat/rooms, measured with the server's clock.
    SERVICE_LEVEL_OVERDUE_CHATS = Gauge "rocketchat_omnichannel_service_level_overdue_chats"
        ["department"] in "chats" from ["queued"];

    /// Time since the visitor of the oldest queued chat began it, earlier turns in the queue
    /// included; 0 when the queue is empty. Polled from livechat/rooms (ts), measured with the
    /// server's clock.
    QUEUE_OLDEST_AGE_SECONDS = Gauge "rocketchat_omnichannel_queue_oldest_age_seconds"
        ["department"] in "seconds" from ["queued"];

    /// Queued chats by priority (an Enterprise feature), which is named as administrators name it,
    /// and by its id where the account may not read the names. Polled from livechat/rooms
    /// (priorityId) and livechat/priorities (name, or i18n in lower case).
    QUEUED_CHATS_BY_PRIORITY = Gauge "rocketchat_omnichannel_queued_chats_by_priority"
        ["department", "priority"] in "chats" from ["queued", "priorities"];

    /// Queued chats by SLA policy (an Enterprise feature), which is named as administrators name it.
    /// Polled from livechat/rooms (slaId) and livechat/sla (name), absent where the account may not
    /// read the policies.
    QUEUED_CHATS_BY_SLA = Gauge "rocketchat_omnichannel_queued_chats_by_sla"
        ["department", "sla"] in "chats" from ["queued", "slas"];

    /// Queued chats that have waited longer than their SLA policy promises. Polled from
    /// livechat/rooms (slaId, and the wait as in queue_oldest_wait_seconds) and livechat/sla
    /// (dueTimeInMinutes), measured with the server's clock; chats that were taken late are not counted.
    QUEUED_CHATS_OVER_SLA = Gauge "rocketchat_omnichannel_queued_chats_over_sla"
        ["department", "sla"] in "chats" from ["queued", "slas"];

    /// Longest wait that an SLA policy promises. Polled from livechat/sla (dueTimeInMinutes).
    SLA_DUE_SECONDS = Gauge "rocketchat_omnichannel_sla_due_seconds"
        ["sla"] in "seconds" from ["slas"];

    /// Is 1 while the licence's limit of monthly active contacts is reached: then the server assigns
    /// no chat, and agents can take only chats of contacts who were active this month. Polled from
    /// licenses.info (preventedActions.monthlyActiveContacts), absent in community builds.
    CONTACTS_LIMIT_REACHED = Gauge "rocketchat_omnichannel_contacts_limit_reached"
        [] in "bool" from ["licence"];

    /// Most monthly active contacts that the licence allows, absent without a limit. Polled from
    /// licenses.info (limits.monthlyActiveContacts.max), absent where the account may not read
    /// limits.
    CONTACTS_LIMIT = Gauge "rocketchat_omnichannel_contacts_limit"
        [] in "contacts" from ["licence"];

    /// Contacts that were active this month, as the licence counts them. Polled from licenses.info
    /// (limits.monthlyActiveContacts.value), absent where the account may not read limits.
    CONTACTS_USED = Gauge "rocketchat_omnichannel_contacts_used"
        [] in "contacts" from ["licence"];

    /// Average response time over all answers given in the chats that are open, absent where none
    /// has an answer yet and before 6.12. Polled from livechat/rooms, the sum of
    /// metrics.response.tt divided by the sum of metrics.response.total.
    OPEN_CHATS_RESPONSE_AVERAGE_SECONDS =
        Gauge "rocketchat_omnichannel_open_chats_response_average_seconds"
        ["department"] in "seconds" from ["open", "onhold"];

    /// Open chats with an agent but without a first answer. Polled from livechat/rooms (servedBy
    /// without metrics.response.fd, before 6.12 without any sign of an answer); a bot's answer counts
    /// as one unless the server ignores automatic messages.
    AWAITING_FIRST_RESPONSE_CHATS = Gauge "rocketchat_omnichannel_awaiting_first_response_chats"
        ["department"] in "chats" from ["open", "onhold"];

    /// Chats in progress whose visitor wrote last. Polled from livechat/rooms (waitingResponse),
    /// chats on hold are left out.
    AWAITING_REPLY_CHATS = Gauge "rocketchat_omnichannel_awaiting_reply_chats"
        ["department"] in "chats" from ["open"];

    /// Longest time a visitor of a chat in progress has been waiting for a reply, measured from
    /// the first unanswered message; 0 when nobody waits. Polled from livechat/rooms
    /// (metrics.v.lq, or ts; for a reopened chat not before the time when its visitor wrote, or
    /// when a poll saw it open), measured with the server's clock.
    AWAITING_REPLY_OLDEST_SECONDS = Gauge "rocketchat_omnichannel_awaiting_reply_oldest_seconds"
        ["department"] in "seconds" from ["open"];

    /// Longest time a visitor of a chat in progress has been waiting for a reply, by the channel of the chat; 0 when
    /// nobody waits. Polled from livechat/rooms (metrics.v.lq, or ts, and source.type; for a reopened chat not before
    /// the time when its visitor wrote, or when a poll saw it open), measured with the server's clock.
    AWAITING_REPLY_OLDEST_BY_SOURCE_SECONDS =
        Gauge "rocketchat_omnichannel_awaiting_reply_oldest_by_source_seconds"
        ["department", "source"] in "seconds" from ["open"];

    /// Agents holding at least one open chat of the department, by status and by whether they
    /// accept more. Polled from livechat/queue with and without includeOfflineAgents; agents
    /// without a chat are not visible there.
    AGENTS_WITH_CHATS = Gauge "rocketchat_omnichannel_agents_with_chats"
        ["department", "status", "accepting"] in "agents" from ["queue"];

    /// Members of the department, idle ones included, by status and by whether they accept chats.
    /// Polled from livechat/users/agent, before 6.4 from livechat/department/:id too, absent where
    /// the account may not read members; an agent of two departments counts in both.
    AGENTS = Gauge "rocketchat_omnichannel_agents"
        ["department", "status", "accepting"] in "agents" from ["agents", "departments"];

    /// All agents of the workspace, idle ones included, each counted once, by status and by
    /// whether they accept chats. Polled from livechat/users/agent, absent where the account may
    /// not read it.
    WORKSPACE_AGENTS = Gauge "rocketchat_omnichannel_workspace_agents"
        ["status", "accepting"] in "agents" from ["agents"];

    /// Chats that the accepting agents of the department may hold at once, by the lowest limit of each; not additive
    /// over departments. Polled from livechat/users/agent and livechat/department (maxNumberSimultaneousChat), with
    /// agents.chat_limit of the configuration; absent where an agent has no limit or a filter hides chats.
    CHAT_SLOTS = Gauge "rocketchat_omnichannel_chat_slots"
        ["department"] in "chats" from ["agents", "departments", "queue", "onhold"];

    /// Chats that the accepting agents of the department may still take; not additive over departments. Polled from
    /// livechat/queue, less the chats on hold of livechat/rooms, against the limits of chat_slots, and absent
    /// where those are.
    CHAT_SLOTS_FREE = Gauge "rocketchat_omnichannel_chat_slots_free"
        ["department"] in "chats" from ["agents", "departments", "queue", "onhold"];

    /// Open chats whose agent is offline, so that nobody looks at them. Polled from livechat/queue
    /// with includeOfflineAgents; its chats include those on hold.
    CHATS_HELD_BY_OFFLINE_AGENTS = Gauge "rocketchat_omnichannel_chats_held_by_offline_agents"
        ["department"] in "chats" from ["queue"];

    /// Target time to the first response. Set in the configuration of this exporter, not polled
    /// and unknown to Rocket.Chat.
    SERVICE_LEVEL_THRESHOLD_SECONDS =
        Gauge "rocketchat_omnichannel_service_level_threshold_seconds"
        ["department"] in "seconds" from [];

    /// Share of chats, from 0 to 1, that should be answered within the target time. Set in the
    /// configuration of this exporter, not polled.
    SERVICE_LEVEL_OBJECTIVE_RATIO = Gauge "rocketchat_omnichannel_service_level_objective_ratio"
        ["department"] in "ratio" from [];

    /// Is 1 if the department is inside its business hours; absent where none are set. Computed
    /// when the page is rendered, from the hours in the configuration of this exporter, or from
    /// those polled from livechat/business-hours if the configuration refers to the server.
    BUSINESS_HOURS_OPEN = Gauge "rocketchat_omnichannel_business_hours_open"
        ["department"] in "bool" from [];

    /// Is 1 if the widget offers a chat to a visitor of the department who opens it now, 0 if it
    /// shows the offline form. Polled from livechat/config without a token (online), only where the
    /// configuration sets widget, each department at most once a minute.
    WIDGET_ONLINE = Gauge "rocketchat_omnichannel_widget_online"
        ["department"] in "bool" from ["widget", "departments"];

    /// Most chats one agent may hold at once. Set in the configuration of this exporter to mirror
    /// the workspace's own limit, not polled.
    AGENT_CHAT_LIMIT = Gauge "rocketchat_omnichannel_agent_chat_limit"
        [] in "chats" from [];

    /// Chats one agent really works on at once, for staffing formulas. Set in the configuration of
    /// this exporter or derived from the chat limit, not polled.
    AGENT_CONCURRENCY_FACTOR = Gauge "rocketchat_omnichannel_agent_concurrency_factor"
        [] in "chats" from [];

    /// Name and id of each known department, always 1. Polled from livechat/department, kept when
    /// the answer fails; a department without a known name is labelled by its id.
    DEPARTMENT_INFO = Gauge "rocketchat_omnichannel_department_info"
        ["department", "department_id"] in "info" from ["departments"];
}
