//! The wallboard, for a wall screen and for shift leads: it shows the state at a glance.

use super::dashboard::{Dashboard, department};
use super::panel::{
    CHATS, LIGHT, LOOK, NOW, OTHER, Panel, SECONDS, SHARE, WELL, lines, stat, table,
};
use super::queries::{EXPECTED_WAIT, SERVICE_LEVEL};

const DEPARTMENT: (&str, &str) = ("rc-omni-department", "Department");

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "wallboard",
        uid: "rc-omni-wallboard",
        title: "Omnichannel / Wallboard",
        about: "Waiting chats, waits and available agents. Blue: normal. Amber: check the figure. Red: act now.",
        from: "now/d",
        variables: vec![department()],
        rows: vec![("", now()), ("", today()), ("", vec![departments(), wrong()]), ("", course())],
    }
}

fn now() -> Vec<Panel> {
    let (uid, title) = DEPARTMENT;
    vec![
        stat("Waiting now", "Chats that wait for an agent. Chats on hold have an agent and are not included.", CHATS)
            .query("waiting", "sum(#open_chats{@D,state='queued'})")
            .steps(&[(5.0, LOOK), (15.0, NOW)]).opens(uid, title),
        stat("Longest wait", "Wait of the chat that has been in the queue for the longest time; 0 s if no chat waits. The wait begins when the chat last entered the queue. Between polls the figure grows by the server's clock.", SECONDS)
            .query("longest wait", "max(#queue_oldest_wait_seconds{@D})")
            .steps(&[(60.0, LOOK), (120.0, NOW)]).opens(uid, title),
        stat("Expected wait", "Expected wait of a new visitor, in the department with the longest expected wait: waiting chats, divided by the rate at which agents took chats in the last 30 minutes. Only departments with at least five such chats or five waiting chats, so that a single chat does not raise an alarm.", SECONDS)
            .at_once("{{department}}", &format!("topk(1, {EXPECTED_WAIT})"))
            .set("/options/textMode", serde_json::json!("value_and_name"))
            .steps(&[(120.0, LOOK), (600.0, NOW)]).mapped_infinity("no chat taken")
            .empty("too few chats").opens(uid, title),
        stat("Service level, 30 min", "Share of the judged chats that were answered within the target time. A chat counts as missed when its target time passes, not when it ends. A chat whose visitor leaves before is not judged. The colours assume an objective of 80 %. The table below uses the objective of each department.", SHARE)
            .query("service level", &SERVICE_LEVEL.replace("$time", "30m"))
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).decimals(0)
            .empty("no chat judged").opens(uid, title),
        stat("Agents accepting", "Agents of the whole workspace that accept chats, with or without chats. Each agent counts once, and the chosen departments have no effect. The figure needs the directory of agents: the permission transfer-livechat-guest.", CHATS)
            .query("accepting", "sum(#workspace_agents{@W,accepting='true'})")
            .beginning(NOW, &[(1.0, LOOK), (3.0, WELL)]).empty("not permitted").opens("rc-omni-agents", "Agents"),
        stat("Awaiting a reply", "Chats in progress whose visitor wrote last, a last \"thanks\" included. Chats on hold are not included. The panel below shows how long the visitors have waited.", CHATS)
            .query("awaiting a reply", "sum(#awaiting_reply_chats{@D})")
            .opens(uid, title),
    ]
}

fn today() -> Vec<Panel> {
    let (uid, title) = DEPARTMENT;
    let panels = vec![
        stat("In progress, on hold", "Chats with an agent: in progress and on hold.", CHATS)
            .query("{{state}}", "sum by (state) (#open_chats{@D,state=~'in_progress|on_hold'})")
            .opens(uid, title),
        stat("Longest wait for a reply", "Longest time that a visitor of a chat in progress has waited for a reply, from the first unanswered message on; 0 s if no visitor waits.", SECONDS)
            .query("oldest reply owed", "max(#awaiting_reply_oldest_seconds{@D})")
            .steps(&[(300.0, LOOK), (900.0, NOW)]).opens(uid, title),
        stat("Ended by the visitor, unanswered", "Share of the closed chats that the visitor closed before anybody had answered, with or without an agent, in the time range of the dashboard. A visitor who only stops writing does not close the chat.", SHARE)
            .query("unanswered", "sum(increase(#chats_closed_total{@D,closer='visitor',outcome=~'abandoned|unanswered'}[$__range])) / (sum(increase(#chats_closed_total{@D}[$__range])) > 0)")
            .steps(&[(0.05, LOOK), (0.1, NOW)]).decimals(1).empty("no chat closed").opens(uid, title),
        stat("Service level, today", "The same as above, in the time range of the dashboard. The default range is today.", SHARE)
            .query("service level", &SERVICE_LEVEL.replace("$time", "$__range"))
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).decimals(0).empty("no chat judged").opens(uid, title),
        stat("Chats today", "Chats that began in the time range of the dashboard. A chat that is closed and opened again counts once.", CHATS)
            .query("chats", "sum(increase(#chats_started_total{@D}[$__range]))")
            .opens(uid, title),
        stat("Age of the data", "Time since the oldest list of chats was last read completely. With a rate-limited token, minutes are normal (see the dashboard of the exporter). Above ten minutes, the figures of this dashboard are out of date.", SECONDS)
            .query("age", "time() - min(#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'})")
            .steps(&[(180.0, LOOK), (600.0, NOW)]).empty("no data").opens("rc-omni-exporter", "Exporter"),
    ];
    let widths = [4, 4, 6, 4, 3, 3];
    panels.into_iter().zip(widths).map(|(panel, width)| panel.size(width, 4)).collect()
}

fn departments() -> Panel {
    table("Departments", "Sorted by the longest wait. Expected wait: as above, empty if there are too few chats. Agents accepting: members that accept chats, with or without chats; a member of two departments counts in both. Slots free: chats that these members may still take by their chat limits; empty if there is no limit. At risk: chats without a first response whose target time passes within five minutes. Service level: in the last hour. Above objective: service level minus the objective of the department. \"Public\" means the chats without a department; it has no members.", "department")
        .column("Waiting", CHATS, "sum by (department) (#open_chats{@D,state='queued'})")
        .cell_steps(&[(5.0, LOOK), (15.0, NOW)])
        .column("Longest wait", SECONDS, "max by (department) (#queue_oldest_wait_seconds{@D})")
        .cell_decimals(0)
        .cell_steps(&[(60.0, LOOK), (120.0, NOW)])
        .column("Expected wait", SECONDS, EXPECTED_WAIT)
        .cell_decimals(0)
        .cell_steps(&[(120.0, LOOK), (600.0, NOW)])
        .column("In progress", CHATS, "sum by (department) (#open_chats{@D,state='in_progress'})")
        .column("Agents accepting", CHATS, "sum by (department) (#agents{@D,accepting='true'})")
        .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
        .column("Slots free", CHATS, "max by (department) (#chat_slots_free{@D})")
        .cell_steps(&[(0.0, LOOK), (1.0, "transparent")])
        .column("At risk", CHATS, "sum by (department) (#service_level_at_risk_chats{@D,within='300'})")
        .cell_steps(&[(5.0, LOOK), (15.0, NOW)])
        .column("Service level", SHARE, "sum by (department) (increase(#service_level_chats_total{@D,result='met'}[1h])) / (sum by (department) (increase(#service_level_chats_total{@D,result=~'met|missed'}[1h])) > 0)")
        .cell_decimals(0)
        .column("Above objective", SHARE, "sum by (department) (increase(#service_level_chats_total{@D,result='met'}[1h])) / (sum by (department) (increase(#service_level_chats_total{@D,result=~'met|missed'}[1h])) > 0) - max by (department) (#service_level_objective_ratio{@D})")
        .cell_decimals(0)
        .cells_beginning(NOW, &[(-0.1, LOOK), (0.0, "transparent")])
        .sorted_by("Longest wait")
        .size(18, 9)
}

/// The query of the firing alerts.
pub fn firing() -> String {
    wrong().json["targets"][0]["expr"].as_str().unwrap().to_owned()
}

fn wrong() -> Panel {
    table("Firing alerts", "Alerts of this workspace and of the whole exporter. Empty means that no alert fires, or that the rules are not loaded.", "alertname")
        .column("since", "dateTimeFromNow", "max by (alertname, severity, department) (ALERTS_FOR_STATE{@F} * 1000 and ignoring (alertstate) ALERTS{@F,alertstate='firing'})")
        .empty("No alert fires.")
        .size(6, 9)
}

fn course() -> Vec<Panel> {
    vec![
        lines("Arriving and leaving chats, an hour", "came: chats that began. taken: chats that an agent took from the queue; a chat that is queued again counts twice. left unserved: chats whose visitor left the queue. Rates of the last 15 minutes, for an hour. If \"came\" stays above the other curves, the queue grows.", CHATS)
            .query("came", "sum(rate(#chats_started_total{@D}[15m])) * 3600")
            .query("taken", "sum(rate(#queue_wait_seconds_count{@D,outcome='assigned'}[15m])) * 3600")
            .query("left unserved", "sum(rate(#queue_wait_seconds_count{@D,outcome='abandoned'}[15m])) * 3600")
            .colour("came", LIGHT).colour("taken", OTHER).colour("left unserved", NOW)
            .decimals(0),
        lines("Open chats, and those that waited a week ago", "By state, stacked. The dashed line needs a week of data.", CHATS)
            .query("{{state}}", "sum by (state) (#open_chats{@D})")
            .query("waiting a week ago", "sum(#open_chats{@D,state='queued'} offset 1w)")
            .stacked().dashed("waiting a week ago")
            .colour("queued", NOW).colour("in_progress", WELL).colour("on_hold", OTHER)
            .colour("waiting a week ago", LOOK),
    ]
}
