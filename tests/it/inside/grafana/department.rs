//! The dashboard of departments, for team leads and for people whom an alert has called.

use super::dashboard::{Dashboard, department};
use super::panel::{
    CHATS, LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, heatmap, lines, stat,
    table,
};
use super::queries::{EXPECTED_WAIT, SERVICE_LEVEL, mean, quantile};

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "department",
        uid: "rc-omni-department",
        title: "Omnichannel / Departments",
        about: "One department or several: the queue, the promise, waits, what came and went, and who is there.",
        from: "now-6h",
        variables: vec![department()],
        rows: vec![
            ("Now", now()),
            ("The promise", promise()),
            ("Waits and answers", waits()),
            ("What came and went", flow()),
            ("People", people()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let panels = vec![
        stat("Waiting", "Chats that nobody serves.", CHATS)
            .query("waiting", "sum(#open_chats{@D,state='queued'})").steps(&[(5.0, LOOK), (15.0, NOW)]),
        stat("Longest wait", "Of the chat that is longest in the queue since it last entered it; 0 s when nobody waits.", SECONDS)
            .query("longest wait", "max(#queue_oldest_wait_seconds{@D})").steps(&[(60.0, LOOK), (120.0, NOW)]),
        stat("Expected wait", "Chats waiting, divided by how many agents took in the last 30 minutes. Of departments with at least five such chats or five waiting; of several, the slowest.", SECONDS)
            .at_once("{{department}}", &format!("topk(1, {EXPECTED_WAIT})"))
            .set("/options/textMode", serde_json::json!("value_and_name"))
            .steps(&[(120.0, LOOK), (600.0, NOW)]).mapped_infinity("not moving").empty("too few chats to say"),
        stat("Agents accepting", "Members of the department that accept chats, idle ones included, from the directory of agents; one of several chosen departments counts in each.", CHATS)
            .query("accepting", "sum(#agents{@D,accepting='true'})")
            .beginning(NOW, &[(1.0, LOOK), (3.0, WELL)]).empty("not permitted").opens("rc-omni-agents", "Agents"),
        stat("Not answered yet", "Chats with an agent but without a first answer. A bot's answer counts as one, unless the server ignores automatic messages.", CHATS)
            .query("not answered", "sum(#awaiting_first_response_chats{@D})").steps(&[(5.0, LOOK), (15.0, NOW)]),
        stat("Held while offline", "Open chats whose agent is offline, so that nobody looks at them; chats on hold included.", CHATS)
            .query("held", "sum(#chats_held_by_offline_agents{@D})").steps(&[(1.0, LOOK), (5.0, NOW)]),
    ];
    let ages = [30, 60, 120, 300, 600, 1800, 3600];
    let names = ["30 s", "1 min", "2 min", "5 min", "10 min", "30 min", "1 h"];
    let by_age = bars(
        "Waiting longer than …",
        "Waiting chats that have passed each age. Cumulative: a chat of three minutes is in the first three bars.",
        CHATS,
    );
    let by_age = ages.iter().zip(names).fold(by_age, |panel, (age, name)| {
        panel.query(name, &format!("sum(#queued_chats_waiting_over{{@D,seconds='{age}'}})"))
    });
    let course = lines(
        "Open chats",
        "By state, stacked: queued (nobody serves), in progress, on hold. The three never overlap.",
        CHATS,
    )
    .query("{{state}}", "sum by (state) (#open_chats{@D})")
    .stacked()
    .colour("queued", NOW)
    .colour("in_progress", WELL)
    .colour("on_hold", OTHER);
    let panels = panels.into_iter().map(|panel| panel.size(4, 4));
    panels
        .chain([by_age.size(8, 8).steps(&[(1.0, LOOK), (10.0, NOW)]), course.size(16, 8)])
        .collect()
}

fn promise() -> Vec<Panel> {
    let missed = |time| format!("1 - {}", SERVICE_LEVEL.replace("$time", time));
    vec![
        stat("Service level", "Chats answered within the target time, of those that were or should have been. Over the time shown. Missed counts when the time passes. Colours assume an objective of 80 %.", SHARE)
            .query("service level", &SERVICE_LEVEL.replace("$time", "$__range"))
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).decimals(1).empty("no chat judged").size(4, 8),
        stat("Budget left, 7 days", "Of the chats that may be missed in seven days under each department's objective, the share that was not; of several departments, the worst. Below zero, the objective of the week is lost.", SHARE)
            .query("budget", "min(1 - (sum by (department) (increase(#service_level_chats_total{@D,result='missed'}[7d])) / (sum by (department) (increase(#service_level_chats_total{@D,result=~'met|missed'}[7d])) > 0)) / (1 - max by (department) (#service_level_objective_ratio{@D} < 1)))")
            .beginning(NOW, &[(0.0, LOOK), (0.25, WELL)]).empty("no chat judged").size(4, 8),
        lines("Share of chats missed", "Of the chats judged in the last 15 minutes and the last hour. The dashed line is what the strictest of the chosen departments' objectives allows.", SHARE)
            .query("15 minutes", &missed("15m")).query("1 hour", &missed("1h"))
            .query("allowed", "1 - max(#service_level_objective_ratio{@D})")
            .dashed("allowed").colour("15 minutes", LIGHT).colour("1 hour", OTHER).colour("allowed", LOOK).max(1.0).size(16, 8),
        lines("What became of the promise, chats an hour", "Excluded chats had none: outside business hours, of excluded channels, kept by a bot. Abandoned ones were left by the visitor before the time was up; abandoned_short at once.", CHATS)
            .query("{{result}}", "sum by (result) (increase(#service_level_chats_total{@D}[1h]))")
            .stacked().colour("met", WELL).colour("missed", NOW).colour("abandoned", LOOK).colour("abandoned_short", "#F5D08A")
            .colour("closed_unanswered", OTHER).colour("excluded", REST).decimals(0).size(24, 7),
    ]
}

fn waits() -> Vec<Panel> {
    let wait = "@D,outcome='assigned'";
    vec![
        lines("Wait until an agent took the chat", "What half, and nine in ten, of the chats taken in the last 30 minutes did not wait longer than. From buckets: values between their bounds are interpolated. With automatic routing it is near zero; the first response tells more.", SECONDS)
            .query("half", &quantile("0.5", "queue_wait_seconds", wait, "30m"))
            .query("nine in ten", &quantile("0.9", "queue_wait_seconds", wait, "30m"))
            .query("target", "min(#service_level_threshold_seconds{@D})")
            .dashed("target").colour("half", LIGHT).colour("nine in ten", OTHER).colour("target", LOOK),
        lines("First response", "From the beginning of a chat to the first answer of a person. Chats that were never answered are not in it: see the promise above. The dashed line is the shortest target of the chosen departments.", SECONDS)
            .query("half", &quantile("0.5", "first_response_seconds", "@D", "30m"))
            .query("nine in ten", &quantile("0.9", "first_response_seconds", "@D", "30m"))
            .query("target", "min(#service_level_threshold_seconds{@D})")
            .dashed("target").colour("half", LIGHT).colour("nine in ten", OTHER).colour("target", LOOK),
        heatmap("First responses by how long they took", "Each column is a stretch of time, each row a bucket by its upper bound; darker or brighter away from the background is more chats.", SECONDS)
            .buckets("sum by (le) (increase(#first_response_seconds_bucket{@D}[$__interval]))"),
        patience(),
        lines("Answers: mean, and the same a week ago", "Over all answers of agents in an hour, each answer once, not only first ones. The dashed line needs a week of data.", SECONDS)
            .query("{{department}}", &mean("response_seconds", "department", "@D", "1h"))
            .told_by_value()
            .query("a week ago", "sum(increase(#response_seconds_sum{@D}[1h] offset 1w)) / (sum(increase(#response_seconds_count{@D}[1h] offset 1w)) > 0)")
            .dashed("a week ago").colour("a week ago", LOOK),
        lines("Reaction and handling: means of the last hour", "Reaction: from when an agent took a chat to its first answer. Handling: from when the last agent took it to its end, so a chat that was transferred shows its last part alone.", SECONDS)
            .query("reaction", &mean("reaction_seconds", "workspace", "@D", "1h"))
            .query("handling", &mean("handle_seconds", "workspace", "@D", "1h"))
            .colour("reaction", LIGHT).colour("handling", OTHER),
    ]
}

fn patience() -> Panel {
    let panel = bars(
        "How long visitors stay who leave unserved",
        "Chats whose visitor closed them before an agent took them, by how long they had waited, in the time shown. Cumulative: read off how many are gone by your target time.",
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
        panel.at_once(
            &format!("within {name}"),
            &format!("sum(increase(#queue_wait_seconds_bucket{{{bucket}}}[$__range]))"),
        )
    });
    panel.size(12, 8)
}

fn flow() -> Vec<Panel> {
    vec![
        lines("Chats closed an hour, by outcome", "Answered; unanswered (an agent had it); abandoned (the visitor closed it in the queue); unserved (somebody else closed it there).", CHATS)
            .query("{{outcome}}", "sum by (outcome) (increase(#chats_closed_total{@D}[1h]))")
            .stacked().colour("answered", WELL).colour("unanswered", LOOK).colour("abandoned", NOW).colour("unserved", OTHER).decimals(0),
        lines("Chats taken away from an agent or a department, an hour", "Counted where they were lost. At least so many: several moves between two polls are seen as one.", CHATS)
            .query("{{kind}}", "sum by (kind) (increase(#transfers_total{@D}[1h]))").told_by_value(),
        bars("Chats by channel", "Chats that began in the time shown.", CHATS)
            .at_once("{{source}}", "sort_desc(sum by (source) (increase(#chats_started_total{@D}[$__range])))").size(8, 8),
        bars("Waiting by priority", "Waiting chats by priority, where the server has priorities (Enterprise); otherwise empty.", CHATS)
            .query("{{priority}}", "sum by (priority) (#queued_chats_by_priority{@D})")
            .empty("no priorities").size(4, 8),
        lines("Open chats, and as many as there should be", "By Little's law, open chats are the chats that end in a second times how long each lasted, here over an hour. A gap that stays means that ends are not seen; while load changes, or when old chats are swept up, one is normal. For one department, transfers make one too.", CHATS)
            .query("open", "sum(#open_chats{@D})")
            .query("expected", "sum(rate(#chat_duration_seconds_sum{@D}[1h]))")
            .dashed("expected").colour("open", WELL).colour("expected", LOOK),
    ]
}

fn people() -> Vec<Panel> {
    vec![
        table("Members by department", "Accepting: would be given chats, idle ones included. With chats: hold at least one of the department. Held while offline: chats nobody looks at.", "department")
            .column("Accepting", CHATS, "sum by (department) (#agents{@D,accepting='true'})")
            .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
            .column("Not accepting", CHATS, "sum by (department) (#agents{@D,accepting='false'})")
            .column("With chats", CHATS, "sum by (department) (#agents_with_chats{@D})")
            .column("Held while offline", CHATS, "sum by (department) (#chats_held_by_offline_agents{@D})")
            .cell_steps(&[(1.0, LOOK), (5.0, NOW)])
            .size(12, 8),
        lines("Agents accepting, by department", "Members that accept chats, by department, idle ones included. Empty where the account may not read the directory.", CHATS)
            .query("{{department}}", "sum by (department) (#agents{@D,accepting='true'})").told_by_value().decimals(0),
    ]
}
