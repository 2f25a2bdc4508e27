//! The wallboard, for shift leads: it shows the state at a glance.

use super::dashboard::{Dashboard, department};
use super::figures;
use super::links::{AGENTS, DEPARTMENT, with_url};
use super::panel::{CHATS, LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, lines};
use super::queries::EXPECTED_WAIT;
use super::tables::table;

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "wallboard",
        uid: "rc-omni-wallboard",
        title: "Omnichannel / Wallboard",
        about: "Waiting chats, waits and available agents. Blue: normal. Amber: check the figure. Red: act now. Grey: no data.",
        from: "now/d",
        to: "now",
        refresh: "30s",
        variables: vec![department()],
        rows: vec![
            ("", now()),
            ("", today()),
            ("", vec![departments().size(18, 9), wrong()]),
            ("", course()),
        ],
    }
}

fn now() -> Vec<Panel> {
    vec![
        figures::waiting().opens(DEPARTMENT, "Department"),
        figures::longest_wait().opens(DEPARTMENT, "Department"),
        figures::expected_wait().opens(DEPARTMENT, "Department"),
        figures::service_level("Service level, 30 min", "30m").opens(DEPARTMENT, "Department"),
        figures::accepting().opens(AGENTS, "Agents"),
        figures::data_age(),
    ]
}

fn today() -> Vec<Panel> {
    let panels = [
        figures::open_chats(),
        figures::longest_reply(),
        figures::unanswered(),
        figures::service_level("Service level, today", "$__range"),
        figures::started(),
        figures::awaiting_reply(),
    ];
    let widths = [4, 4, 6, 4, 3, 3];
    panels
        .into_iter()
        .zip(widths)
        .map(|(panel, width)| panel.size(width, 4).opens(DEPARTMENT, "Department"))
        .collect()
}

/// Missed chats among those that were judged in the last hour, by department.
const MISSED: &str = "(max by (workspace, department) (department:#service_level_missed:ratio_rate1h{@D}) \
    and on (workspace) #up{@W})";

/// A row for each department; a click opens the department, its agents, or Rocket.Chat.
pub fn departments() -> Panel {
    let by_department = &["workspace", "department"];
    let about = "The departments with most trouble are first. Overdue: waiting chats beyond the target time of the department. Wait: the longest wait. Of target: the longest wait of the chats that have a target time, divided by this time. Expected: expected wait of a new visitor, empty if nobody waits or there are too few chats. Accepting: members that accept chats, with or without chats; a member of two departments counts in both. Slots free: chats that these members may still take by their chat limits; empty if there is no limit. At risk: chats without a first response whose target time passes within five minutes. Service level: in the last hour, from the recorded series of recording.rules.yaml. Points above: service level minus the objective of the department, in percentage points. \"Public\" means the chats without a department; it has no members. A click on a department opens its dashboard.";
    table("Departments", about, by_department)
        .column("Overdue", CHATS, "max by (workspace, department) (#service_level_overdue_chats{@D})")
        .cell_steps(&[(1.0, LOOK), (3.0, NOW)])
        .column("Waiting", CHATS, &with_url("sum by (workspace, department) (#open_chats{@D,state='queued'})"))
        .column("Wait", SECONDS, "max by (workspace, department) (#queue_oldest_wait_seconds{@D})")
        .cell_decimals(0)
        .column("Of target", SHARE, "max by (workspace, department) (#service_level_oldest_wait_seconds{@D}) / on (workspace, department) max by (workspace, department) (#service_level_threshold_seconds{@D})")
        .cell_decimals(0)
        .cell_steps(&[(1.0, LOOK), (3.0, NOW)])
        .column("Expected", SECONDS, EXPECTED_WAIT)
        .cell_decimals(0)
        .column("Accepting", CHATS, "sum by (workspace, department) (#agents{@D,accepting='true'})")
        .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
        .column("Slots free", CHATS, "max by (workspace, department) (#chat_slots_free{@D})")
        .column("At risk", CHATS, "sum by (workspace, department) (#service_level_at_risk_chats{@D,within='300'})")
        .column("Service level", SHARE, &format!("1 - {MISSED}"))
        .cell_decimals(1)
        .column("Points above", CHATS, &format!("round(100 * (max by (workspace, department) (department:#service_level_budget:ratio{{@D}}) - {MISSED}), 0.1)"))
        .cell_decimals(1)
        .cells_beginning(NOW, &[(-10.0, LOOK), (0.0, "transparent")])
        .sorted_by(&["Overdue", "Of target", "Waiting"])
        .row_opens("department", by_department, DEPARTMENT, "Department")
        .row_opens("Accepting", by_department, AGENTS, "Agents")
        .row_opens_rocket_chat("Waiting")
}

/// The query of the firing alerts.
pub fn firing() -> String {
    wrong().json["targets"][0]["expr"].as_str().unwrap().to_owned()
}

pub fn wrong() -> Panel {
    let firing = "max by (alertname, severity, workspace, department) (ALERTS_FOR_STATE{@F} * 1000 and ignoring (alertstate) ALERTS{@F,alertstate='firing'})";
    let named = format!("label_replace({firing}, 'alert', '$1', 'alertname', 'Omnichannel(.+)')");
    let runbooks = "group_left (runbooks) max by (runbooks) (rocketchat_omnichannel:links:info)";
    let query =
        format!("{named} * on () {runbooks} or on (alertname, workspace, department) {named}");
    table("Firing alerts", "Alerts of the chosen workspaces and of the exporters. A click on an alert opens its runbook, if links.rules.yaml is loaded. Empty means that no alert fires, or that the rules are not loaded.", &["severity", "alert", "department", "workspace"])
        .only_column("since", "dateTimeFromNow", &query)
        .row_opens_runbook("alert")
        .coloured_words("severity", &[("critical", NOW), ("warning", LOOK), ("info", REST)])
        .empty("No alert fires, or the rules are not loaded.")
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
