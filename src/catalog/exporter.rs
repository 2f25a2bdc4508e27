//! Families about the exporter itself: the freshness of the other figures, and the data that they leave out.
//!
//! This process counts them while it polls, so they stay true while Rocket.Chat is down.

use super::family::families;

families! {
    first super::calls::END;

    /// Is 1 if the last poll of every mandatory list of the workspace worked (queue, queued, open,
    /// onhold, closed) and none is three intervals overdue. Set when the workspace is polled, not when
    /// it is scraped; optional lists
    /// do not change it.
    UP = Gauge "rocketchat_omnichannel_up"
        [] in "bool" from ["queue", "queued", "open", "onhold", "closed"];

    /// Version and compilation target of this exporter, always 1. Fixed when it was built, not
    /// polled.
    BUILD_INFO = Gauge "rocketchat_omnichannel_exporter_build_info"
        ["version", "target"] in "info" from [];

    /// Address of the polled workspace and its Rocket.Chat version, always 1. The version is polled
    /// from api/info and empty where the server hides it; the address is the configured one
    /// without credentials.
    TARGET_INFO = Gauge "rocketchat_omnichannel_exporter_target_info"
        ["url", "server_version"] in "info" from [];

    /// Is 1 if the last poll of a list worked and is not three intervals overdue. Set when the list is
    /// polled, not when it is scraped; absent for an optional list that the server does not offer to this account.
    COLLECTOR_SUCCESS = Gauge "rocketchat_omnichannel_exporter_collector_success"
        ["collector"] in "bool" from [];

    /// Unix time at which a list was last polled completely, absent before the first time. The
    /// gauges it feeds are as old as this; subtract it from time() for their age.
    LAST_SUCCESS_TIMESTAMP_SECONDS =
        Gauge "rocketchat_omnichannel_exporter_last_success_timestamp_seconds"
        ["collector"] in "seconds" from [];

    /// Time the last poll of a list took, all its pages and waits for the request budget included.
    /// Measured by this exporter when it polls.
    COLLECTION_DURATION_SECONDS =
        Gauge "rocketchat_omnichannel_exporter_collection_duration_seconds"
        ["collector"] in "seconds" from [];

    /// Requests sent to the Rocket.Chat API by endpoint and status code, "none" where no complete
    /// answer came. Counted by this exporter when it polls.
    API_REQUESTS_TOTAL = Counter "rocketchat_omnichannel_exporter_api_requests_total"
        ["endpoint", "code"] in "requests" from [];

    /// Time from sending a request to the Rocket.Chat API to the last byte of the answer, or to the
    /// failure. Measured by this exporter when it polls.
    API_REQUEST_DURATION_SECONDS =
        Histogram "rocketchat_omnichannel_exporter_api_request_duration_seconds"
        ["endpoint"] in "seconds" from [];

    /// Requests sent once more on a new connection, because their connection ended before the head of an answer
    /// was complete, as when the server closes one that was not used. Counted by this exporter when it polls.
    API_RETRIES_TOTAL = Counter "rocketchat_omnichannel_exporter_api_retries_total"
        ["endpoint"] in "requests" from [];

    /// Requests the server allows in one window, absent while it announces no limit. Polled with
    /// each answer (header X-RateLimit-Limit); the window is shared by all clients of one address.
    API_RATE_LIMIT = Gauge "rocketchat_omnichannel_exporter_api_rate_limit"
        ["endpoint"] in "requests" from [];

    /// Requests left in the server's present window, absent while it announces no limit. Polled
    /// with each answer (header X-RateLimit-Remaining), so it is as old as the last request.
    API_RATE_LIMIT_REMAINING = Gauge "rocketchat_omnichannel_exporter_api_rate_limit_remaining"
        ["endpoint"] in "requests" from [];

    /// Unix time at which the server's present window ends, absent while it announces no limit.
    /// Polled with each answer (header X-RateLimit-Reset, milliseconds on the wire).
    API_RATE_LIMIT_RESET_TIMESTAMP_SECONDS =
        Gauge "rocketchat_omnichannel_exporter_api_rate_limit_reset_timestamp_seconds"
        ["endpoint"] in "seconds" from [];

    /// Time requests were held back to stay inside the request budget. Counted by this exporter
    /// when it polls; a steady rise means lists are refreshed later than the interval asks.
    THROTTLED_SECONDS_TOTAL = Counter "rocketchat_omnichannel_exporter_throttled_seconds_total"
        ["endpoint"] in "seconds" from [];

    /// Is 1 if the last poll of a list ended before its end because of the page cap, so that its
    /// gauges are too low, or closed chats and calls are counted later. Set by this exporter when it polls.
    TRUNCATED = Gauge "rocketchat_omnichannel_exporter_truncated"
        ["collector"] in "bool" from [];

    /// Rows received from the API: new, duplicate (in two pages of one scan) or invalid (the row cannot
    /// be decoded, or one of its values is impossible and is left out); of closed chats also late
    /// (visible only after their time had been counted). Counted by this exporter when it polls.
    RECORDS_TOTAL = Counter "rocketchat_omnichannel_exporter_records_total"
        ["collector", "result"] in "records" from [];

    /// Cycles that ended in a panic, a defect of this exporter, and began again from the saved state.
    /// Counted by this exporter when it polls.
    CYCLE_PANICS_TOTAL = Counter "rocketchat_omnichannel_exporter_cycle_panics_total"
        [] in "panics" from [];

    /// The part of the workspaces that this replica watches, always 1: its shard, from 0, and how many there are.
    /// Absent where one exporter watches all of them. Set at the start, not polled.
    SHARD_INFO = Gauge "rocketchat_omnichannel_exporter_shard_info"
        ["shard", "shards"] in "info" from [];

    /// Is 1 if the latest reload of the configuration worked; after a failed reload the previous
    /// configuration stays in effect. Counts for the whole process, not polled.
    CONFIG_LAST_RELOAD_SUCCESSFUL =
        Gauge "rocketchat_omnichannel_exporter_config_last_reload_successful"
        [] in "bool" from [];

    /// Time of the last successful reading of the configuration, the start included. Counts for the whole
    /// process, not polled.
    CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP_SECONDS =
        Gauge "rocketchat_omnichannel_exporter_config_last_reload_success_timestamp_seconds"
        [] in "seconds" from [];

    /// Lines of the log that were dropped because nobody read those before them from standard error.
    /// Counts for the whole process, not polled.
    LOG_LINES_DROPPED_TOTAL = Counter "rocketchat_omnichannel_exporter_log_lines_dropped_total"
        [] in "lines" from [];

    /// Chats whose events are followed, until they are polled as closed; a part of the state.
    /// Follows from the polled lists of livechat/rooms.
    TRACKED_CHATS = Gauge "rocketchat_omnichannel_exporter_tracked_chats"
        [] in "chats" from ["queued", "open", "onhold", "closed"];

    /// The most chats whose events are followed. Fixed in this exporter, not polled: where
    /// exporter_tracked_chats has reached this limit, a new chat is counted when it is polled as
    /// closed, from the one row of its end, and what happened to it before is left out.
    TRACKED_CHATS_LIMIT = Gauge "rocketchat_omnichannel_exporter_tracked_chats_limit"
        [] in "chats" from [];

    /// Open chats that no list has shown for a week, because they were deleted or have left the filter: they
    /// are not followed any more. Counted by this exporter when it polls.
    GIVEN_UP_CHATS_TOTAL = Counter "rocketchat_omnichannel_exporter_given_up_chats_total"
        [] in "chats" from ["queued", "open", "onhold", "closed"];

    /// Server time minus the time of this machine. Polled with each answer (header Date), which
    /// has whole seconds only and has to be confirmed; waits and ages use the server's clock and are not affected.
    CLOCK_OFFSET_SECONDS = Gauge "rocketchat_omnichannel_exporter_clock_offset_seconds"
        [] in "seconds" from [];

    /// Answers whose time differed from the accepted clock of the server and was never confirmed, as of one wrong clock
    /// of a node or proxy. Counted by this exporter when it polls; they change no number.
    CLOCK_SAMPLES_DROPPED_TOTAL = Counter "rocketchat_omnichannel_exporter_clock_samples_dropped_total"
        [] in "samples" from [];

    /// Largest difference between the clocks that answers of the server keep showing, as of nodes behind one
    /// balancer. Polled with each answer (header Date). Above 600 seconds, closed chats may be counted only after
    /// the clocks agree.
    CLOCK_SPREAD_SECONDS = Gauge "rocketchat_omnichannel_exporter_clock_spread_seconds"
        [] in "seconds" from [];

    /// Difference between the chats livechat/queue says agents hold and those found in
    /// livechat/rooms. Polled one after the other, so a few are normal while chats move; a lasting
    /// one means chats of a deleted agent, which livechat/queue leaves out until they are forwarded,
    /// or rooms that the account cannot see.
    LOAD_MISMATCH_CHATS = Gauge "rocketchat_omnichannel_exporter_load_mismatch_chats"
        [] in "chats" from ["queue", "open", "onhold"];

    /// Is 1 while every agent looks offline although chats were assigned or answered in the last 10 minutes, as when
    /// the server hides presence (Enterprise, 8.8 and later). Polled from livechat/users/agent, or livechat/queue
    /// where that may not be read, and livechat/rooms.
    PRESENCE_CONTRADICTED = Gauge "rocketchat_omnichannel_exporter_presence_contradicted"
        [] in "bool" from ["agents", "queue"];

    /// Rows whose own fields contradict the filter of the request they answer, such as a served
    /// chat in the answer to queued. Counted by this exporter when it polls; such rows are used
    /// by what their fields say.
    FILTER_MISMATCH_TOTAL = Counter "rocketchat_omnichannel_exporter_filter_mismatch_total"
        ["request"] in "records" from [];

    /// Time between two polls of a list as the request budget allows it, at least the configured
    /// interval. Computed by this exporter when it polls.
    POLL_INTERVAL_SECONDS = Gauge "rocketchat_omnichannel_exporter_poll_interval_seconds"
        ["collector"] in "seconds" from [];

    /// Polls of a list that failed, by reason, one of a fixed set of words. Counted by this
    /// exporter when it polls.
    POLL_FAILURES_TOTAL = Counter "rocketchat_omnichannel_exporter_poll_failures_total"
        ["collector", "reason"] in "polls" from [];

    /// Webhooks of Rocket.Chat that came with the right token, by type, else "other"; LivechatOfflineMessage
    /// is the only trace of a message that a visitor left while nobody accepted chats. Counted when a webhook comes
    /// (POST /webhook/NAME), not polled: the server may lose or repeat one. Absent without a webhook token.
    WEBHOOKS_TOTAL = Counter "rocketchat_omnichannel_exporter_webhooks_total"
        ["type"] in "webhooks" from [];

    /// Polls of lists that a webhook pulled forward, in addition to the regular ones. Counted by this exporter when it
    /// polls; if exporter_webhooks_total rises and this does not, the request budget has no room. Absent
    /// without a webhook token.
    NUDGED_POLLS_TOTAL = Counter "rocketchat_omnichannel_exporter_nudged_polls_total"
        [] in "polls" from [];

    /// Is 1 if the server offers an optional part of the API to this account. Derived by this exporter
    /// from the polled version and answers; 0 is not a failure.
    CAPABILITY = Gauge "rocketchat_omnichannel_exporter_capability"
        ["name"] in "bool" from [];

    /// Label values replaced by "other" because the cap of distinct values was reached; "pair"
    /// counts agents whose figures in one department are not served apart, "department_source" and
    /// "department_priority" such sources and priorities. Counted by this exporter when a new value
    /// comes with a poll.
    DROPPED_LABEL_VALUES_TOTAL =
        Counter "rocketchat_omnichannel_exporter_dropped_label_values_total"
        ["label"] in "values" from [];

    /// Waits in the queue whose end the server or an App had overwritten when the chat was polled, so
    /// that the first response, or the poll that saw the chat served, is used as the end of the wait.
    /// They are in the histogram of waits as well.
    ESTIMATED_WAITS_TOTAL = Counter "rocketchat_omnichannel_exporter_estimated_waits_total"
        [] in "chats" from ["queued", "open", "onhold", "closed"]
        kept as "estimated_waits", 0 open;

    /// Time that was never polled, because the exporter reads back 24 hours at most; kept with the
    /// state. Events of this time are not counted.
    UNOBSERVED_SECONDS_TOTAL = Counter "rocketchat_omnichannel_exporter_unobserved_seconds_total"
        [] in "seconds" from [];

    /// Unix time up to which closed chats have been counted, by the server's clock. Moves whenever
    /// closed chats are polled completely, whether there are any or not.
    WATERMARK_TIMESTAMP_SECONDS =
        Gauge "rocketchat_omnichannel_exporter_watermark_timestamp_seconds"
        [] in "seconds" from ["closed"];

    /// Chats of an hour that the server has and this exporter did not count; such an hour is read
    /// again. Found by the last hourly audit, which polls the server's own total.
    AUDIT_MISSING_CHATS = Gauge "rocketchat_omnichannel_exporter_audit_missing_chats"
        [] in "chats" from ["closed"];

    /// Chats of an hour that this exporter counted and the server has no more, as when rooms are
    /// deleted. Found by the last hourly audit, which polls the server's own total.
    AUDIT_VANISHED_CHATS = Gauge "rocketchat_omnichannel_exporter_audit_vanished_chats"
        [] in "chats" from ["closed"];

    /// Is 1 if the counters outlive the process, because a state directory is configured. Set
    /// in the configuration of this exporter, not polled.
    STATE_PERSISTENT = Gauge "rocketchat_omnichannel_exporter_state_persistent"
        [] in "bool" from [];

    /// Is 1 if the configuration says that the state directory does not outlive the process
    /// (state.volatile), so that a start without a saved state is expected. Set in the
    /// configuration of this exporter, not polled.
    STATE_VOLATILE = Gauge "rocketchat_omnichannel_exporter_state_volatile"
        [] in "bool" from [];

    /// Result of restoring the state at the start: ok, values_reset (values begin at zero, nothing
    /// is counted twice) or cold (counting begins with the start). Set at the start, not polled.
    STATE_RESTORES_TOTAL = Counter "rocketchat_omnichannel_exporter_state_restores_total"
        ["outcome"] in "restores" from [];

    /// Times the state could not be written. Counted by this exporter when it polls; until a write
    /// works again, nothing more is counted on this page.
    STATE_WRITE_FAILURES_TOTAL =
        Counter "rocketchat_omnichannel_exporter_state_write_failures_total"
        [] in "failures" from [];
}
