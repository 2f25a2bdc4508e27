//! The dashboard of the exporter, for its operators: it shows if the data of the other four dashboards is reliable.

use super::dashboard::Dashboard;
use super::panel::{
    LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, table, timeline,
};
use super::queries::quantile;

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "exporter",
        uid: "rc-omni-exporter",
        title: "Omnichannel / Exporter",
        about: "May the other dashboards be believed: is everything polled, counted and kept?",
        from: "now-6h",
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
        stat("Polls", "Whether the last poll of every mandatory list worked. Empty: the exporter itself is not scraped.", "none")
            .query("up", "min(#up{@W})")
            .mapped(&[("0", "failing", NOW), ("1", "working", WELL)]).empty("not scraped"),
        stat("Age of the oldest list, in intervals", "Of the mandatory ones: below 2 is normal, from 3 on its gauges are withdrawn.", "none")
            .query("intervals", "max((time() - max by (collector) (#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'})) / max by (collector) (#exporter_poll_interval_seconds{@W}))")
            .steps(&[(2.0, LOOK), (4.0, NOW)]).decimals(1).empty("nothing polled"),
        stat("Not counted", "Chats of the last audited hour that the server has and we do not. Such an hour is read again.", "none")
            .query("chats", "max(#exporter_audit_missing_chats{@W})").steps(&[(1.0, LOOK), (10.0, NOW)]).empty("not audited"),
        stat("Time not observed", "In the time shown: pauses longer than the exporter catches up with. What happened then is counted nowhere.", SECONDS)
            .query("unobserved", "sum(increase(#exporter_unobserved_seconds_total{@W}[$__range]))").steps(&[(60.0, LOOK), (3600.0, NOW)]),
        stat("State", "Whether what is counted outlives the process. Without a state directory, totals begin at 0 with each start.", "none")
            .query("state", "max(#exporter_state_persistent{@W})").mapped(&[("0", "not kept", LOOK), ("1", "kept", WELL)]),
        stat("Clock offset", "How far the server's clock is ahead of ours, in whole seconds as the server tells them. Ages use the server's clock and are not affected; a large offset is worth mending all the same.", SECONDS)
            .query("offset", "max(#exporter_clock_offset_seconds{@W})")
            .beginning(NOW, &[(-30.0, LOOK), (-5.0, WELL), (5.0, LOOK), (30.0, NOW)]).decimals(1),
    ];
    panels.into_iter().map(|panel| panel.size(4, 4)).collect()
}

fn polling() -> Vec<Panel> {
    vec![
        table("Lists", "Age: since the list was last read completely. Interval: how often the budget of requests lets it come. Cut short: more pages than poll.max_pages, so its gauges are too low. An optional list that the account may not read is missing.", "collector")
            .column("Working", "bool_yes_no", "min by (collector) (#exporter_collector_success{@W})")
            .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
            .column("Age", SECONDS, "time() - max by (collector) (#exporter_last_success_timestamp_seconds{@W})").cell_decimals(0)
            .column("Interval", SECONDS, "max by (collector) (#exporter_poll_interval_seconds{@W})").cell_decimals(0)
            .column("Took", SECONDS, "max by (collector) (#exporter_collection_duration_seconds{@W})").cell_decimals(0)
            .column("Cut short", "bool_yes_no", "max by (collector) (#exporter_truncated{@W})")
            .cell_steps(&[(1.0, NOW)])
            .size(12, 10),
        timeline("What the server offers", "Optional parts of the API, as this account gets them; not offered is no failure.")
            .query("{{name}}", "max by (name) (#exporter_capability{@W})")
            .mapped(&[("0", "not offered", REST), ("1", "offered", WELL)]).size(12, 10),
        lines("Polls that failed, an hour", "By list and reason; a list is tried again after a pause that grows.", "none")
            .query("{{collector}}: {{reason}}", "sum by (collector, reason) (increase(#exporter_poll_failures_total{@W}[1h]) > 0)").empty("no poll failed"),
        lines("Rows by what became of them, an hour", "New ones are the normal work. Invalid: cannot be decoded, or say what cannot be: the server changed its answers. Late: closed chats that became visible after their time had been counted. On a scale of powers of ten.", "none")
            .query("{{result}}", "sum by (result) (increase(#exporter_records_total{@W}[1h]))")
            .colour("new", WELL).colour("invalid", NOW).colour("duplicate", REST).colour("late", LOOK).decimals(0)
            .set("/fieldConfig/defaults/custom/scaleDistribution", serde_json::json!({ "type": "symlog", "log": 10, "linearThreshold": 1 })),
    ]
}

fn requests() -> Vec<Panel> {
    vec![
        lines("Requests a minute", "By status; \"none\" is no complete answer. 429: somebody at our address, perhaps not we, used up the server's limit.", "none")
            .query("{{code}}", "sum by (code) (rate(#exporter_api_requests_total{@W}[5m])) * 60")
            .colour("200", WELL).colour("429", OTHER).colour("none", NOW).stacked().decimals(0),
        lines("Nine in ten requests are faster than", "By endpoint, from sending to the last byte; from buckets, interpolated between their bounds.", SECONDS)
            .query("{{endpoint}}", &quantile("0.9", "exporter_api_request_duration_seconds", "@W", "15m").replace("by (le)", "by (endpoint, le)")).told_by_value(),
        lines("Left of the server's limit", "Requests left in the server's window, as a share, at the latest answer. The exporter leaves half of it to others. Empty where the token bypasses the limiter.", SHARE)
            .query("{{endpoint}}", "min by (endpoint) (#exporter_api_rate_limit_remaining{@W} / #exporter_api_rate_limit{@W})")
            .empty("no limit announced").max(1.0),
        lines("Held back to stay inside the budget", "Share of the time in which requests waited. A steady rise: lists come later than their interval; grant api-bypass-rate-limit.", SHARE)
            .query("{{endpoint}}", "sum by (endpoint) (rate(#exporter_throttled_seconds_total{@W}[15m]))").empty("nothing was held back"),
    ]
}

fn counting() -> Vec<Panel> {
    vec![
        lines("Behind the server, closed chats", "How far the counting of closed chats is behind: the age of its watermark. Chats are counted up to it, none is skipped.", SECONDS)
            .query("behind", "time() - max(#exporter_watermark_timestamp_seconds{@W})").colour("behind", WELL),
        lines("Chats followed", "Until they are polled as closed. One that was deleted stays for a week.", "none")
            .query("followed", "max(#exporter_tracked_chats{@W})").colour("followed", WELL).decimals(0),
        lines("Chats of agents: the server's figure less ours", "Polled one after the other, so a few are normal. A difference that stays: the account does not see all rooms, as a monitor of business units does not.", "none")
            .query("difference", "max(#exporter_load_mismatch_chats{@W})").colour("difference", LOOK)
            .signed().decimals(0),
        lines("Doubts, an hour", "Waits whose end was estimated; rows that contradict their request; label values beyond the cap; chats given up; states that could not be written; panics of a cycle. Estimates are normal where agents transfer much.", "none")
            .query("estimated waits", "sum(increase(#exporter_estimated_waits_total{@W}[1h]))")
            .query("contradicting rows", "sum(increase(#exporter_filter_mismatch_total{@W}[1h]))")
            .query("values beyond the cap", "sum(increase(#exporter_dropped_label_values_total{@W}[1h]))")
            .query("given up", "sum(increase(#exporter_given_up_chats_total{@W}[1h]))")
            .query("states not written", "sum(increase(#exporter_state_write_failures_total{@W}[1h]))")
            .query("panics", "sum(increase(#exporter_cycle_panics_total{@W}[1h]))")
            .colour("estimated waits", REST).colour("states not written", NOW).colour("panics", NOW).colour("given up", LIGHT),
        table("Server and exporter", "The server's version is empty where the server hides it.", "url")
            .column("Server", "none", "max by (url, server_version) (#exporter_target_info{@W})")
            .set("/transformations/1/options/excludeByName", serde_json::json!({ "Time": true, "Value": true, "Value #A": true }))
            .set("/transformations/1/options/renameByName", serde_json::json!({ "url": "Server", "server_version": "Version" }))
            .size(8, 4),
        stat("Exporter", "The release that is running.", "none")
            .query("{{version}}", "max by (version) (#exporter_build_info{@W})")
            .set("/options/textMode", serde_json::json!("name")).set("/options/colorMode", serde_json::json!("none")).size(4, 4),
        bars("Configuration", "Whether the latest reload worked, and what became of the state at the start.", "none")
            .query("last reload worked", "min(#exporter_config_last_reload_successful{@W})")
            .query("state: {{outcome}}", "max by (outcome) (#exporter_state_restores_total{@W})")
            .max(1.0).size(12, 4),
    ]
}
