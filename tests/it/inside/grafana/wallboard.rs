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
        about: "Who waits, how long, and who is there. Blue is well, amber wants a look, red wants somebody now.",
        from: "now/d",
        variables: vec![department()],
        rows: vec![("", now()), ("", today()), ("", vec![departments(), wrong()]), ("", course())],
    }
}

fn now() -> Vec<Panel> {
    let (uid, title) = DEPARTMENT;
    vec![
        stat("Waiting now", "Chats that nobody serves. Chats on hold have an agent and are not among them.", CHATS)
            .query("waiting", "sum(#open_chats{@D,state='queued'})")
            .steps(&[(5.0, LOOK), (15.0, NOW)]).opens(uid, title),
        stat("Longest wait", "Of the chat that is longest in the queue since it last entered it; 0 s when nobody waits. It grows between polls, by the server's clock.", SECONDS)
            .query("longest wait", "max(#queue_oldest_wait_seconds{@D})")
            .steps(&[(60.0, LOOK), (120.0, NOW)]).opens(uid, title),
        stat("Expected wait", "Of the department where it is longest. Chats waiting, divided by how many agents took in the last 30 minutes: what a new visitor of that department should expect. Only of departments with at least five such chats or five waiting, so that one chat in a quiet department is not an alarm.", SECONDS)
            .at_once("{{department}}", &format!("topk(1, {EXPECTED_WAIT})"))
            .set("/options/textMode", serde_json::json!("value_and_name"))
            .steps(&[(120.0, LOOK), (600.0, NOW)]).mapped_infinity("not moving")
            .empty("too few chats to say").opens(uid, title),
        stat("Service level, 30 min", "Chats answered within the target time, of those that were or should have been. A chat counts as missed when its time passes, not when it ends. Who leaves before is in neither. The colours assume an objective of 80 %; the table below knows each department's own.", SHARE)
            .query("service level", &SERVICE_LEVEL.replace("$time", "30m"))
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).decimals(0)
            .empty("no chat judged").opens(uid, title),
        stat("Agents accepting", "Agents of the whole workspace that accept chats, idle ones included, each counted once, whatever departments are chosen. From the directory of agents, which the account needs the permission transfer-livechat-guest for.", CHATS)
            .query("accepting", "sum(#workspace_agents{@W,accepting='true'})")
            .beginning(NOW, &[(1.0, LOOK), (3.0, WELL)]).empty("not permitted").opens("rc-omni-agents", "Agents"),
        stat("Awaiting a reply", "Chats in progress whose visitor wrote last, a closing \"thanks\" included. Chats on hold are left out. How long they have been waiting tells more: see below.", CHATS)
            .query("awaiting a reply", "sum(#awaiting_reply_chats{@D})")
            .opens(uid, title),
    ]
}

fn today() -> Vec<Panel> {
    let (uid, title) = DEPARTMENT;
    let panels = vec![
        stat("In progress, on hold", "Chats with an agent: worked on, and put on hold.", CHATS)
            .query("{{state}}", "sum by (state) (#open_chats{@D,state=~'in_progress|on_hold'})")
            .opens(uid, title),
        stat("Oldest reply owed", "The longest time a visitor of a chat in progress has been waiting for a reply, from the first unanswered message on; 0 s when nobody waits.", SECONDS)
            .query("oldest reply owed", "max(#awaiting_reply_oldest_seconds{@D})")
            .steps(&[(300.0, LOOK), (900.0, NOW)]).opens(uid, title),
        stat("Ended by the visitor, unanswered", "Share of the chats closed in the time shown that their visitor closed before anybody had answered, whether an agent had taken them or not. A visitor who falls silent does not close.", SHARE)
            .query("unanswered", "sum(increase(#chats_closed_total{@D,closer='visitor',outcome=~'abandoned|unanswered'}[$__range])) / (sum(increase(#chats_closed_total{@D}[$__range])) > 0)")
            .steps(&[(0.05, LOOK), (0.1, NOW)]).decimals(1).empty("no chat closed").opens(uid, title),
        stat("Service level, today", "As above, over the time shown: today, unless another is chosen.", SHARE)
            .query("service level", &SERVICE_LEVEL.replace("$time", "$__range"))
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).decimals(0).empty("no chat judged").opens(uid, title),
        stat("Chats today", "Chats that began in the time shown. One that is closed and opened again is still one.", CHATS)
            .query("chats", "sum(increase(#chats_started_total{@D}[$__range]))")
            .opens(uid, title),
        stat("Age of the data", "Time since the list of chats that is furthest behind was last read completely. With a limited token minutes are normal (see the exporter's dashboard); beyond ten this board shows the past.", SECONDS)
            .query("age", "time() - min(#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'})")
            .steps(&[(180.0, LOOK), (600.0, NOW)]).empty("no data").opens("rc-omni-exporter", "Exporter"),
    ];
    let widths = [4, 4, 6, 4, 3, 3];
    panels.into_iter().zip(widths).map(|(panel, width)| panel.size(width, 4)).collect()
}

fn departments() -> Panel {
    table("Departments", "Longest wait first. Expected wait as above, empty where there are too few chats. Agents: members that accept chats, idle ones included; one of two departments counts in both. Service level: last hour; beside it, how far that is above the department's own objective. \"Public\" is the chats without a department; it has no members.", "department")
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
    table("What is wrong now", "Alerts that fire for this workspace, and those of the exporter as a whole. Empty means that nothing does, or that the rules are not loaded.", "alertname")
        .column("since", "dateTimeFromNow", "max by (alertname, severity, department) (ALERTS_FOR_STATE{@F} * 1000 and ignoring (alertstate) ALERTS{@F,alertstate='firing'})")
        .empty("Nothing is firing.")
        .size(6, 9)
}

fn course() -> Vec<Panel> {
    vec![
        lines("Coming and leaving, chats an hour", "Chats that began; chats that an agent took from the queue, which one that is queued again is twice; chats whose visitor left the queue unserved. Over the last 15 minutes, as a rate for an hour. Where \"came\" stays above the others, the queue grows.", CHATS)
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
