//! The dashboard of departments, for team leads and for people whom an alert has called.

use super::colours::Trouble;
use super::dashboard::{Dashboard, department};
use super::figures;
use super::links::AGENTS;
use super::panel::{
    CHATS, LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, heatmap, lines, stat,
};
use super::queries::{SERVICE_LEVEL, most, quantile, total_mean, while_scraped};
use super::tables::table;

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "department",
        uid: "rc-omni-department",
        title: "Omnichannel / Departments",
        about: "One or several departments: queue, service level, waits, closed and transferred chats, and available agents.",
        from: "now-6h",
        to: "now",
        refresh: "30s",
        variables: vec![department()],
        rows: vec![
            ("Now", now()),
            ("Service level and objective", service_level()),
            ("Waits and responses", waits()),
            ("Arrivals, transfers and closes", flow()),
            ("People", people()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let panels = vec![
        figures::waiting(),
        figures::longest_wait(),
        figures::expected_wait(),
        stat("Members accepting", "Members of the department that accept chats, with or without chats, from the directory of agents. A member of several chosen departments counts in each of them. Amber: a department within its business hours has none. Red: chats wait in such a department.", CHATS)
            .query("accepting", "sum(#agents{@D,accepting='true'})").otherwise("not permitted")
            .coloured_by("", &Trouble::of_absence()).opens(AGENTS, "Agents"),
        stat("Not answered yet", "Chats with an agent but without a first response. The answer of a bot counts as a response, unless the server ignores automatic messages. The panel Chats at risk shows the time that is left.", CHATS)
            .query("not answered", "sum(#awaiting_first_response_chats{@D})"),
        figures::held_offline(),
        figures::longest_reply(),
        stat("Oldest visitor in the queue", "Time since the visitor of the oldest waiting chat began it, earlier turns in the queue included; 0 s if no chat waits.", SECONDS)
            .query("oldest", "max(#queue_oldest_age_seconds{@D})"),
stat("Overdue", "Waiting chats beyond the target time of their department. Chats outside business hours have no target time. Red: three chats of one department.", CHATS)
            .query("overdue", "sum(max by (workspace, department) (#service_level_overdue_chats{@D}))")
            .coloured_by("", &Trouble::of_queue()),
        stat("Left the queue, 1 h", "Share of the chats that left the queue in the last hour because their visitor left.", SHARE)
            .query("left", &while_scraped("", "sum(increase(#queue_wait_seconds_count{@D,outcome='abandoned'}[1h])) / (sum(increase(#queue_wait_seconds_count{@D,outcome=~'assigned|abandoned'}[1h])) > 0)"))
            .otherwise("no chat left").decimals(1),
        stat("Mean response of open chats", "Mean response time in the chats that are open now, in the slowest of the chosen departments. No value before Rocket.Chat 6.12.", SECONDS)
            .query("{{department}}", "topk(1, max by (workspace, department) (#open_chats_response_average_seconds{@D}))").otherwise("not known"),
        figures::data_age(),
    ];
    let ages = [30, 60, 120, 300, 600, 1800, 3600];
    let names = ["30 s", "1 min", "2 min", "5 min", "10 min", "30 min", "1 h"];
    let by_age = bars(
        "Waiting longer than …",
        "Waiting chats that are older than each limit. The bars are cumulative: a chat that has waited three minutes is in the first three bars.",
        CHATS,
    );
    let by_age = ages.iter().zip(names).fold(by_age, |panel, (age, name)| {
        panel.query(name, &format!("sum(#queued_chats_waiting_over{{@D,seconds='{age}'}})"))
    });
    let course = lines(
        "Open chats",
        "By state, stacked: queued (without an agent), in progress, on hold. A chat has exactly one state.",
        CHATS,
    )
    .query("{{state}}", "sum by (state) (#open_chats{@D})")
    .stacked()
    .colour("queued", NOW)
    .colour("in_progress", WELL)
    .colour("on_hold", OTHER);
    let panels = panels.into_iter().map(|panel| panel.size(4, 4));
    panels.chain([by_age.size(8, 8), course.size(8, 8), by_channel()]).collect()
}

fn by_channel() -> Panel {
    let channels = "sum by (source) (#open_chats_by_source{@D})";
    lines(
        "Open chats by channel",
        "All states, stacked. A chat of an app has the name of the app.",
        CHATS,
    )
    .query("{{source}}", channels)
    .stacked()
    .size(8, 8)
}

fn service_level() -> Vec<Panel> {
    let missed = |time| format!("1 - {}", SERVICE_LEVEL.replace("$time", time));
    vec![
        figures::service_level("Service level", "$__range").size(4, 8),
        stat("Budget left, 7 days", "The objective of a department allows a number of missed chats in seven days. The figure is the share of this number that is left; of several departments, the lowest. Below zero, the objective of the week is not met. From the recorded series.", SHARE)
            .query("budget", &while_scraped("", "min(department:#service_level_budget_remaining:ratio7d{@D})"))
            .beginning(NOW, &[(0.0, LOOK), (0.25, WELL)]).empty("no data, or the rules are not loaded").size(4, 8),
        lines("Share of chats missed", "Share of the chats judged in the last 15 minutes and in the last hour. The dashed line is the share that the strictest objective of the chosen departments allows.", SHARE)
            .query("15 minutes", &missed("15m")).query("1 hour", &missed("1h"))
            .query("allowed", "1 - max(#service_level_objective_ratio{@D})")
            .dashed("allowed").colour("15 minutes", LIGHT).colour("1 hour", OTHER).colour("allowed", LOOK).max(1.0).size(16, 8),
        lines("Chats at risk", "Chats without a first response whose target time passes within 30 seconds, a minute or five minutes. A chat leaves when it is answered, closed or missed. With a target time below five minutes, every covered chat without a response is at risk within five minutes.", CHATS)
            .query("within 5 min", "sum(#service_level_at_risk_chats{@D,within='300'})")
            .query("within 1 min", "sum(#service_level_at_risk_chats{@D,within='60'})")
            .query("within 30 s", "sum(#service_level_at_risk_chats{@D,within='30'})")
            .colour("within 5 min", LIGHT).colour("within 1 min", LOOK).colour("within 30 s", NOW).decimals(0).size(12, 7),
        slots(),
        lines("Chats by result of the service level, an hour", "Excluded: chats outside business hours, of excluded channels, or served by a bot only. Abandoned: the visitor closed the chat before the target time passed. abandoned_short: the visitor closed the chat very early.", CHATS)
            .query("{{result}}", "sum by (result) (increase(#service_level_chats_total{@D}[1h]))")
            .stacked().colour("met", WELL).colour("missed", NOW).colour("abandoned", LOOK).colour("abandoned_short", "#F5D08A")
            .colour("closed_unanswered", OTHER).colour("excluded", REST).decimals(0).size(24, 7),
    ]
}

fn slots() -> Panel {
    let free = "sum by (department) (max by (workspace, department) (#chat_slots_free{@D}))";
    let now = free.replace("{@D}", "{@D} @ end()");
    lines("Slots free", "Chats that the accepting members may still take, by the lowest chat limit of each: the ten departments with the fewest at the end. Chats on hold take no slot. The departments do not add up: an agent of two departments has the same slots in both. Empty if an accepting agent has no limit: set agents.chat_limit to the limit of the workspace.", CHATS)
        .query("{{department}}", &format!("({free}) and on (department) bottomk(10, {now})"))
        .told_by_value().decimals(0).size(12, 7).empty("no data, or no limit known")
}

fn waits() -> Vec<Panel> {
    let wait = "@D,outcome='assigned'";
    vec![
        lines("Wait until an agent took the chat", "Median and 90th percentile of the waits of the chats that agents took in the last 30 minutes. The values are interpolated between the bounds of histogram buckets. With automatic routing the wait is near zero; then the first response is the better figure.", SECONDS)
            .query("half", &quantile("0.5", "queue_wait_seconds", wait, "30m"))
            .query("nine in ten", &quantile("0.9", "queue_wait_seconds", wait, "30m"))
            .query("target", "min(#service_level_threshold_seconds{@D})")
            .dashed("target").colour("half", LIGHT).colour("nine in ten", OTHER).colour("target", LOOK),
        lines("First response", "Time from the beginning of a chat to the first response of a person. Chats without a response are not included: see the service level above. The dashed line is the shortest target time of the chosen departments.", SECONDS)
            .query("half", &quantile("0.5", "first_response_seconds", "@D", "30m"))
            .query("nine in ten", &quantile("0.9", "first_response_seconds", "@D", "30m"))
            .query("target", "min(#service_level_threshold_seconds{@D})")
            .dashed("target").colour("half", LIGHT).colour("nine in ten", OTHER).colour("target", LOOK),
        heatmap("First responses by duration", "Each column is an interval of time, each row is a bucket with its upper bound. A stronger contrast to the background means more chats.", SECONDS)
            .buckets("sum by (le) (increase(#first_response_seconds_bucket{@D}[$__interval]))"),
        patience(),
        lines("Responses: mean, now and a week ago", "Mean over all responses of agents in an hour, not only first responses, of the ten slowest departments, from the recorded series. Each response counts once. The dashed line is the mean of all chosen departments; it needs a week of data.", SECONDS)
            .query("{{department}}", &most(10, "department", "max by (department) (department:#response:avg_seconds_1h{@D})", "max by (department) (department:#response:avg_seconds_1h{@D} @ end())"))
            .told_by_value()
            .query("a week ago", "sum(increase(#response_seconds_sum{@D}[1h] offset 1w)) / (sum(increase(#response_seconds_count{@D}[1h] offset 1w)) > 0)")
            .dashed("a week ago").colour("a week ago", LOOK),
        lines("Reaction and handling: means of the last hour", "Reaction: time from when an agent took a chat to the first response. Handling: time from when the last agent took the chat to its end, so only the last part of a transferred chat is included.", SECONDS)
            .query("reaction", &total_mean("reaction_seconds", "@D", "1h"))
            .query("handling", &total_mean("handle_seconds", "@D", "1h"))
            .colour("reaction", LIGHT).colour("handling", OTHER),
        bars("Longest wait for a reply, by channel", "Longest time that a visitor of a chat in progress has waited for a reply, by channel, from the first unanswered message on. Some channels allow replies only for a limited time after the visitor's message.", SECONDS)
            .query("{{source}}", "max by (source) (#awaiting_reply_oldest_by_source_seconds{@D})")
            .size(24, 6),
    ]
}

fn patience() -> Panel {
    let panel = bars(
        "Waits of visitors who left the queue",
        "Chats that their visitor closed before an agent took them, by wait, in the time range of the dashboard. The bars are cumulative: the bar of your target time shows how many visitors left before this time.",
        CHATS,
    );
    let bounds = [
        (15, "15 s"),
        (30, "30 s"),
        (60, "1 min"),
        (120, "2 min"),
        (300, "5 min"),
        (600, "10 min"),
        (1800, "30 min"),
    ];
    let panel = bounds.iter().fold(panel, |panel, (bound, name)| {
        // The text format and the release of Prometheus decide between two spellings of a bound.
        let bucket = format!("@D,outcome='abandoned',le=~'{bound}|{bound}.0'");
        panel.query(
            &format!("within {name}"),
            &format!("sum(increase(#queue_wait_seconds_bucket{{{bucket}}}[$__range]))"),
        )
    });
    panel.size(12, 8)
}

fn flow() -> Vec<Panel> {
    vec![
        lines("Chats closed an hour, by outcome", "Answered; unanswered: an agent had the chat; abandoned: the visitor closed the chat in the queue; unserved: somebody else closed the chat in the queue.", CHATS)
            .query("{{outcome}}", "sum by (outcome) (increase(#chats_closed_total{@D}[1h]))")
            .stacked().colour("answered", WELL).colour("unanswered", LOOK).colour("abandoned", NOW).colour("unserved", OTHER).decimals(0),
        lines("Chats transferred from an agent or a department, an hour", "Counted for the department that had the chat before. The real number may be higher: several transfers of a chat between two polls count as one.", CHATS)
            .query("{{kind}}", "sum by (kind) (increase(#transfers_total{@D}[1h]))").told_by_value(),
        bars("Chats by channel", "Chats that began in the time range of the dashboard.", CHATS)
            .query("{{source}}", "sort_desc(sum by (source) (increase(#chats_started_total{@D}[$__range])))").size(8, 8),
        bars("Waiting by priority", "Waiting chats by priority. Empty if the server has no priorities (Enterprise).", CHATS)
            .query("{{priority}}", "sum by (priority) (#queued_chats_by_priority{@D})")
            .empty("no data, or no priorities").size(4, 8),
        bars("Waiting by SLA policy", "Waiting chats by SLA policy, and those that have waited longer than the policy promises. Empty if the server has no policies (Enterprise).", CHATS)
            .query("{{sla}}", "sum by (sla) (#queued_chats_by_sla{@D})")
            .query("{{sla}}, over the promise", "sum by (sla) (#queued_chats_over_sla{@D})")
            .empty("no data, or no policies").size(12, 8),
        lines("Widget", "1 if the widget offers a chat to visitors of the department, 0 if it shows the offline form. Empty unless the configuration sets widget.", "none")
            .query("{{department}}", "min by (department) (#widget_online{@D})")
            .max(1.0).decimals(0).empty("no data, or not asked for"),
        lines("Open chats, measured and expected", "By Little's law, the expected number is the rate of closed chats multiplied by their mean duration, over an hour. A lasting difference means that the exporter does not see all closes. A difference is normal while the load changes, when many old chats are closed, and in a single department with transfers.", CHATS)
            .query("open", "sum(#open_chats{@D})")
            .query("expected", "sum(rate(#chat_duration_seconds_sum{@D}[1h]))")
            .dashed("expected").colour("open", WELL).colour("expected", LOOK),
    ]
}

fn people() -> Vec<Panel> {
    vec![
        table("Members by department", "Accepting: members that accept chats, with or without chats. With chats: members with at least one chat of the department. Held while offline: chats whose agent is offline.", &["workspace", "department"])
            .column("Accepting", CHATS, "sum by (workspace, department) (#agents{@D,accepting='true'})")
            .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
            .column("Not accepting", CHATS, "sum by (workspace, department) (#agents{@D,accepting='false'})")
            .column("With chats", CHATS, "sum by (workspace, department) (#agents_with_chats{@D})")
            .column("Held while offline", CHATS, "sum by (workspace, department) (#chats_held_by_offline_agents{@D})")
            .cell_steps(&[(1.0, LOOK), (5.0, NOW)])
            .row_opens("department", &["workspace", "department"], AGENTS, "Agents")
            .size(12, 8)
            .paged(),
        lines("Agents accepting, by department", "Members that accept chats, with or without chats: the ten departments with the most at the end. Empty if the account may not read the directory of agents.", CHATS)
            .query("{{department}}", &most(10, "department", "sum by (department) (#agents{@D,accepting='true'})", "sum by (department) (#agents{@D,accepting='true'} @ end())")).told_by_value().decimals(0),
    ]
}
