//! Families about events of chats: each event is counted once, however often its chat is polled.
//!
//! An event belongs to the department that had the chat at the time of the event. Averages are sums divided by counts.
//! The service level has a family of its own and is no share of a bucket.

use super::family::families;
use super::scale::{LONG, REACTION, WAIT};

families! {
    first super::chats::END;

    /// Chats that began, by the channel they came through. Polled from livechat/rooms (ts, source),
    /// each room counted once; chats open when counting began are left out.
    CHATS_STARTED_TOTAL = Counter "rocketchat_omnichannel_chats_started_total"
        ["department", "source"] in "chats" from ["queued", "open", "onhold", "closed"]
        kept as "chats_started", 2 open;

    /// Chats that ended, by who closed them and as answered, unanswered (assigned, no reply),
    /// abandoned (visitor left unserved) or unserved (closed by others unserved). Polled from
    /// livechat/rooms (closedAt, closer, servedBy, metrics.response.fd); closer is system if the
    /// chat was reopened before a poll read the close.
    CHATS_CLOSED_TOTAL = Counter "rocketchat_omnichannel_chats_closed_total"
        ["department", "source", "closer", "outcome"] in "chats" from ["closed"]
        kept as "chats_closed", 2 open;

    /// Chats by result of the service level for the first response. The result missed is counted
    /// when the target time passes; the service level does not cover excluded chats. Polled from
    /// livechat/rooms (ts, metrics.response.fd, before 6.12 responseBy, closedAt) and judged by the
    /// configured threshold, never revised.
    SERVICE_LEVEL_CHATS_TOTAL = Counter "rocketchat_omnichannel_service_level_chats_total"
        ["department", "result"] in "chats" from ["queued", "open", "onhold", "closed"]
        kept as "service_level_chats", 1 open;

    /// Chats taken away from an agent or a department, counted for the department that lost them;
    /// a lower bound, moves between two polls are seen as one. Polled from livechat/rooms
    /// (servedBy, departmentId, autoTransferredAt).
    TRANSFERS_TOTAL = Counter "rocketchat_omnichannel_transfers_total"
        ["department", "kind"] in "transfers" from ["queued", "open", "onhold", "closed"]
        kept as "transfers", 1 open;

    /// Times a chat was put on hold; a lower bound, a hold between two polls is not seen. Polled
    /// from livechat/rooms (onHold).
    ON_HOLD_TOTAL = Counter "rocketchat_omnichannel_on_hold_total"
        ["department"] in "holds" from ["open", "onhold"]
        kept as "on_hold", 1 open;

    /// Response times of agents, each response once; the sum divided by the count is their
    /// average. Polled from livechat/rooms, the growth of metrics.response.tt and
    /// metrics.response.total since the poll before; not counted before 6.12, where the server
    /// takes its own messages for responses.
    RESPONSE_SECONDS = Summary "rocketchat_omnichannel_response_seconds"
        ["department"] in "seconds" from ["open", "onhold", "closed"]
        kept as "response", 1 open;

    /// Messages of chats, counted when a chat ends; a second end adds those since the first. Polled
    /// from livechat/rooms (msgs). The server counts its own messages too, some of them twice: this
    /// is not the number of messages that people wrote.
    CHAT_MESSAGES_TOTAL = Counter "rocketchat_omnichannel_chat_messages_total"
        ["department"] in "messages" from ["closed"]
        kept as "chat_messages", 1 open;

    /// Chats that ended with a tag, for the tags listed in the configuration of this exporter; a
    /// chat with two of these tags counts under both. Polled from livechat/rooms (tags).
    CHATS_CLOSED_BY_TAG_TOTAL = Counter "rocketchat_omnichannel_chats_closed_by_tag_total"
        ["tag"] in "chats" from ["closed"]
        kept as "chats_closed_by_tag", 1 open;

    /// Waits in the queue of chats that left it, assigned to an agent or abandoned by the visitor;
    /// a chat that was queued again waits again. Polled from livechat/rooms (servedBy.ts or
    /// closedAt, minus queuedAt or ts). The wait of a reopened chat starts when its visitor wrote,
    /// or when a poll saw the chat open.
    QUEUE_WAIT_SECONDS = Histogram "rocketchat_omnichannel_queue_wait_seconds"
        ["department", "outcome"] in "seconds" from ["queued", "open", "onhold", "closed"]
        kept as "queue_wait", 1 open, bounds WAIT;

    /// Time from the beginning of a chat, or from when it was opened again or a bot gave it away, to
    /// the first response of a person. Polled from livechat/rooms (metrics.response.fd, before 6.12
    /// responseBy.firstResponseTs, minus ts).
    FIRST_RESPONSE_SECONDS = Histogram "rocketchat_omnichannel_first_response_seconds"
        ["department"] in "seconds" from ["open", "onhold", "closed"]
        kept as "first_response", 1 open, bounds WAIT;

    /// Time from when an agent took a chat to its first response. Polled from livechat/rooms
    /// (metrics.reaction.ft, before 6.12 responseBy.firstResponseTs minus servedBy.ts).
    REACTION_SECONDS = Histogram "rocketchat_omnichannel_reaction_seconds"
        ["department"] in "seconds" from ["open", "onhold", "closed"]
        kept as "reaction", 1 open, bounds REACTION;

    /// Time from the beginning of a chat to its end, waiting included. Polled from livechat/rooms
    /// (metrics.chatDuration, or closedAt minus ts).
    CHAT_DURATION_SECONDS = Histogram "rocketchat_omnichannel_chat_duration_seconds"
        ["department"] in "seconds" from ["closed"]
        kept as "chat_duration", 1 open, bounds LONG;

    /// Time from when the last agent took a chat to its end. Polled from livechat/rooms
    /// (metrics.serviceTimeDuration, or closedAt minus servedBy.ts); chats nobody took are left
    /// out.
    HANDLE_SECONDS = Histogram "rocketchat_omnichannel_handle_seconds"
        ["department"] in "seconds" from ["closed"]
        kept as "handle", 1 open, bounds LONG;
}
