//! The dashboard of the exporter, for its operators: it shows if the data of the other four dashboards is reliable.

use super::dashboard::{Dashboard, SIX_HOURS};
use super::figures;
use super::panel::{
    LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, timeline,
};
use super::queries::{quantile, while_scraped};
use super::tables::table;

/// The offset that is farthest from zero, with its sign.
const LARGEST_OFFSET: &str = "max(#exporter_clock_offset_seconds{@W}) >= -min(#exporter_clock_offset_seconds{@W}) \
    or min(#exporter_clock_offset_seconds{@W})";

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "exporter",
        uid: "rc-omni-exporter",
        title: "Omnichannel / Exporter",
        about: "Shows if the other dashboards are reliable: if all lists are polled, counted and saved.",
        time: SIX_HOURS,
        variables: Vec::new(),
        rows: vec![
            ("", now()),
            ("Polling", polling()),
            ("Requests", requests()),
            ("Counting", counting()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let panels = vec![
        stat("Polls", "Shows if the last poll of every mandatory list succeeded, in the worst of the chosen workspaces. Not scraped: Prometheus does not scrape the exporter.", "none")
            .query("up", "min(#up{@W}) or on () vector(-1)")
            .mapped(&[("-1", "not scraped", NOW), ("0", "failing", NOW), ("1", "working", WELL)]),
        figures::data_age(),
        stat("Age of the oldest list, in intervals", "Age of the oldest mandatory list. Below 2 is normal. From 3 on, the gauges of the list are left out.", "none")
            .query("intervals", "max((time() - max by (workspace, collector) (#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'})) / on (workspace, collector) max by (workspace, collector) (#exporter_poll_interval_seconds{@W}))")
            .steps(&[(2.0, LOOK), (4.0, NOW)]).decimals(1),
        stat("Not counted", "Closed chats of the last audited hour that the server has and the exporter did not count. The exporter reads such an hour again.", "none")
            .query("chats", "max(#exporter_audit_missing_chats{@W})").otherwise("not audited").steps(&[(1.0, LOOK), (10.0, NOW)]),
        stat("Time not observed", "Time further back than the exporter reads, in the time range of the dashboard. Events in this time are not counted.", SECONDS)
            .query("unobserved", &while_scraped("", "sum(increase(#exporter_unobserved_seconds_total{@W}[$__range]))")).steps(&[(60.0, LOOK), (3600.0, NOW)]),
        stat("State", "Shows if the state of the counters outlives the process, in the worst of the chosen workspaces. Not saved: counters begin at 0 at each start. Volatile: the state directory is deleted with the process, as state.volatile says.", "none")
            .query("state", "min(#exporter_state_persistent{@W}) * (1 + max(#exporter_state_volatile{@W}))").mapped(&[("0", "not saved", LOOK), ("1", "saved", WELL), ("2", "volatile", LOOK)]),
        stat("Clock offset", "Offset of the server's clock to the clock of the exporter, in whole seconds, because the header Date has whole seconds, of the chosen workspace with the largest offset. Ages use the server's clock and are not affected. Correct a large offset anyway.", SECONDS)
            .query("offset", LARGEST_OFFSET)
            .beginning(NOW, &[(-30.0, LOOK), (-5.0, WELL), (5.0, LOOK), (30.0, NOW)]).decimals(1),
    ];
    let widths = [3, 4, 4, 3, 4, 3, 3];
    panels.into_iter().zip(widths).map(|(panel, width)| panel.size(width, 4)).collect()
}

fn polling() -> Vec<Panel> {
    vec![
        table("Lists", "Age: time since the list was last read completely. Interval: poll interval of the list within the request budget. Cut short: the list has more pages than poll.max_pages, so its gauges are too low. Optional lists that the account may not read are missing.", &["workspace", "collector"])
            .column("Working", "bool_yes_no", "min by (workspace, collector) (#exporter_collector_success{@W})")
            .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
            .column("Age", SECONDS, "time() - max by (workspace, collector) (#exporter_last_success_timestamp_seconds{@W})").cell_decimals(0)
            .column("Interval", SECONDS, "max by (workspace, collector) (#exporter_poll_interval_seconds{@W})").cell_decimals(0)
            .column("Took", SECONDS, "max by (workspace, collector) (#exporter_collection_duration_seconds{@W})").cell_decimals(0)
            .column("Cut short", "bool_yes_no", "max by (workspace, collector) (#exporter_truncated{@W})")
            .cell_steps(&[(1.0, NOW)])
            .size(12, 10)
            .paged(),
        timeline("What the server offers", "Optional parts of the API that the accounts of all chosen workspaces may use. Not offered is not a failure.")
            .query("{{name}}", "min by (name) (#exporter_capability{@W})")
            .mapped(&[("0", "not offered", REST), ("1", "offered", WELL)]).size(12, 10),
        lines("Contacts of the licence", "Active contacts of this month, as a share of the limit of the licence, in the worst of the chosen workspaces. At the limit, the server assigns no chat: limit reached is 100 %. Empty if the account may not read the limits.", SHARE)
            .query("used", "max(#contacts_used{@W} / on (@E, workspace) #contacts_limit{@W})")
            .query("limit reached", "max(#contacts_limit_reached{@W})")
            .colour("used", WELL).colour("limit reached", NOW).empty("no data, or no limit"),
        timeline("Presence of the agents", "Contradicted: every agent looks offline although chats were assigned or answered in the last ten minutes, as when the server hides the presence from this account. Alerts that rest on presence do not fire then.")
            .query("presence", "max(#exporter_presence_contradicted{@W})")
            .mapped(&[("0", "plausible", WELL), ("1", "contradicted", NOW)]).size(12, 8),
        lines("Polls that failed, an hour", "By list and reason. The exporter tries a failed list again, with longer and longer pauses.", "none")
            .query("{{collector}}: {{reason}}", "sum by (collector, reason) (increase(#exporter_poll_failures_total{@W}[1h]) > 0)").empty("no data, or no poll failed"),
        lines("Rows by result, an hour", "New: the normal case. Invalid: the row cannot be decoded or has impossible values, so the server may have changed its answers. Late: closed chats that became visible after the chats of their time were counted. The scale is logarithmic.", "none")
            .query("{{result}}", "sum by (result) (increase(#exporter_records_total{@W}[1h]))")
            .colour("new", WELL).colour("invalid", NOW).colour("duplicate", REST).colour("late", LOOK).decimals(0)
            .set("/fieldConfig/defaults/custom/scaleDistribution", serde_json::json!({ "type": "symlog", "log": 10, "linearThreshold": 1 })),
    ]
}

fn requests() -> Vec<Panel> {
    vec![
        lines("Requests a minute", "By HTTP status; \"none\" means no complete answer. 429: clients with the address of the exporter, perhaps not the exporter itself, used up the limit of the server.", "none")
            .query("{{code}}", "sum by (code) (rate(#exporter_api_requests_total{@W}[5m])) * 60")
            .colour("200", WELL).colour("429", OTHER).colour("none", NOW).stacked().decimals(0),
        lines("Duration of requests, 90th percentile", "By endpoint, from sending the request to the last byte of the answer. The values are interpolated between the bounds of histogram buckets.", SECONDS)
            .query("{{endpoint}}", &quantile("0.9", "exporter_api_request_duration_seconds", "@W", "15m").replace("by (le)", "by (endpoint, le)")).told_by_value(),
        lines("Requests left of the server's limit", "Share of the requests that the server still allows in its window, at the latest answer. The exporter uses at most half of the limit. Empty if the token bypasses the rate limiter.", SHARE)
            .query("{{endpoint}}", "min by (endpoint) (#exporter_api_rate_limit_remaining{@W} / #exporter_api_rate_limit{@W})")
            .empty("no data, or no limit announced").max(1.0),
        lines("Requests delayed by the budget", "Share of the time in which requests waited for the budget. If the share rises steadily, lists are polled later than their interval: grant api-bypass-rate-limit.", SHARE)
            .query("{{endpoint}}", "sum by (endpoint) (rate(#exporter_throttled_seconds_total{@W}[15m]))").empty("no data, or no request was delayed"),
        lines("Webhooks, an hour", "Webhooks of Rocket.Chat by type, and the polls that they pulled forward. Webhooks without such polls found no room in the request budget. LivechatOfflineMessage: a visitor left a message while nobody accepted chats. Empty without a webhook token.", "none")
            .query("{{type}}", "sum by (type) (increase(#exporter_webhooks_total{@W}[1h]))")
            .query("polls pulled forward", "sum(increase(#exporter_nudged_polls_total{@W}[1h]))")
            .colour("polls pulled forward", WELL).decimals(0).empty("no data, or no webhook token").size(24, 8),
    ]
}

fn counting() -> Vec<Panel> {
    vec![
        lines("Age of the watermark of closed chats", "All chats that were closed before the watermark are counted. Its age is the delay of the counters, in the worst of the chosen workspaces.", SECONDS)
            .query("behind", "time() - min(#exporter_watermark_timestamp_seconds{@W})").colour("behind", WELL),
        lines("Tracked chats", "Open chats that the exporter tracks until it reads them as closed. A deleted chat stays for a week.", "none")
            .query("followed", "sum(#exporter_tracked_chats{@W})").colour("followed", WELL).decimals(0),
        lines("Chats of agents: figure of the server minus figure of the exporter", "The two lists are polled one after the other, so a small difference is normal. A lasting difference means that the account does not see all rooms, for example the account of a monitor of business units.", "none")
            .query("difference", "max(#exporter_load_mismatch_chats{@W})").colour("difference", LOOK)
            .signed().decimals(0),
        lines("Estimates, contradictions and failures, an hour", "Waits with an estimated end; rows that contradict their request; label values above the limit; chats that the exporter gave up; states that could not be written; panics of a cycle; requests that were sent again on a new connection; dropped lines of the log. Estimates are normal if agents transfer many chats.", "none")
            .query("estimated waits", "sum(increase(#exporter_estimated_waits_total{@W}[1h]))")
            .query("contradicting rows", "sum(increase(#exporter_filter_mismatch_total{@W}[1h]))")
            .query("values beyond the cap", "sum(increase(#exporter_dropped_label_values_total{@W}[1h]))")
            .query("given up", "sum(increase(#exporter_given_up_chats_total{@W}[1h]))")
            .query("states not written", "sum(increase(#exporter_state_write_failures_total{@W}[1h]))")
            .query("panics", "sum(increase(#exporter_cycle_panics_total{@W}[1h]))")
            .query("requests sent again", "sum(increase(#exporter_api_retries_total{@W}[1h]))")
            .query("log lines dropped", "sum(increase(#exporter_log_lines_dropped_total{@W}[1h]))")
            .colour("estimated waits", REST).colour("states not written", NOW).colour("panics", NOW).colour("given up", LIGHT),
        lines("Audit, chats", "Closed chats of the last audited hour. Not counted: the server has them, and the exporter did not count them. Vanished: the exporter counted them, and the server has them no more, for example because rooms were deleted.", "none")
            .query("not counted", "max(#exporter_audit_missing_chats{@W})")
            .query("vanished", "max(#exporter_audit_vanished_chats{@W})")
            .colour("not counted", NOW).colour("vanished", REST).decimals(0).empty("no data, or not audited"),
        lines("Clocks of the server", "Offset: the server's clock minus the clock of the exporter, in the chosen workspace with the largest offset. Spread: the largest difference between the clocks of the server's nodes. Dropped: answers of an hour whose time nothing confirmed.", SECONDS)
            .query("offset", LARGEST_OFFSET)
            .query("spread", "max(#exporter_clock_spread_seconds{@W})")
            .query("dropped", "sum(increase(#exporter_clock_samples_dropped_total{@W}[1h]))")
            .colour("offset", WELL).colour("spread", OTHER).colour("dropped", REST).signed(),
        table("Servers", "The version is empty if the server hides it.", &["workspace", "url", "server_version"])
            .named("url", "Address").named("server_version", "Version")
            .only_column("-", "none", "max by (workspace, url, server_version) (#exporter_target_info{@W})")
            .without(&["Value"])
            .size(12, 5),
        table("Exporters", "Release of each running exporter, its address for Prometheus, and its part of the workspaces if there are several.", &["instance", "version", "shard", "shards"])
            .only_column("-", "none", "max by (instance, version, shard, shards) (max by (@E, version) (#exporter_build_info{@W}) * on (@E) group_right (version) max by (@E, shard, shards) (#exporter_shard_info{@W}) or on (@E) max by (@E, version) (#exporter_build_info{@W}))")
            .without(&["Value"])
            .size(12, 5),
        bars("Configuration", "Result of the latest reload, and of reading the state at the start.", "none")
            .query("last reload worked", "min(#exporter_config_last_reload_successful{@W})")
            .query("state: {{outcome}}", "max by (outcome) (#exporter_state_restores_total{@W})")
            .max(1.0).size(12, 4),
    ]
}
