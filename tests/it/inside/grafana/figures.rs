//! Figures of the present that several dashboards show.

use super::colours::Trouble;
use super::links::EXPORTER;
use super::panel::{CHATS, LOOK, NOW, Panel, SECONDS, SHARE, bars, stat};
use super::queries::{DATA_AGE, EXPECTED_WAIT, NOT_SCRAPED, SERVICE_LEVEL, while_scraped};

/// A wait is red from three times the target time on, as for the alert on the oldest wait.
const RED_WAIT: f64 = 3.0;
/// A reply is red from ten times the target time on. There is no promise for replies.
const RED_REPLY: f64 = 10.0;

pub fn waiting() -> Panel {
    stat("Waiting now", "Chats that wait for an agent. Chats on hold have an agent and are not included. Amber: a chat has waited longer than the target time of its department. Red: three chats of one department have.", CHATS)
        .query("waiting", "sum(#open_chats{@D,state='queued'})")
        .coloured_by("", &Trouble::of_queue())
}

pub fn longest_wait() -> Panel {
    let covered = "max by (workspace, department) (#service_level_oldest_wait_seconds{@D})";
    stat("Longest wait", "Wait of the chat that has been in the queue for the longest time; 0 s if no chat waits. The wait begins when the chat last entered the queue. Between polls the figure grows by the server's clock. Amber: beyond the target time of the department. Red: beyond three times the target time. Chats outside business hours have no target time.", SECONDS)
        .query("longest wait", "max(#queue_oldest_wait_seconds{@D})")
        .coloured_by("", &Trouble::of_wait(covered, RED_WAIT))
}

pub fn expected_wait() -> Panel {
    stat("Expected wait", "Expected wait of a new visitor, in the department with the longest expected wait: waiting chats, divided by the rate at which agents took chats in the last 30 minutes. Only departments with at least five such chats or five waiting chats, so that a single chat does not raise an alarm. Amber: beyond the target time. Red: beyond three times the target time.", SECONDS)
        .query("{{department}}", &while_scraped("", &format!("topk(1, ({EXPECTED_WAIT}) > 0)")))
        .set("/options/textMode", serde_json::json!("value_and_name"))
        .otherwise("no queue")
        .coloured_by("", &Trouble::of_wait(EXPECTED_WAIT, RED_WAIT))
        .mapped_infinity("no chat taken")
}

pub fn service_level(title: &str, time: &str) -> Panel {
    let within = if time == "$__range" {
        "in the time range of the dashboard"
    } else {
        "in the time of the title"
    };
    let about = format!(
        "Share of the judged chats that were answered within the target time, {within}. A chat counts as missed when its target time passes, not when it ends. A chat whose visitor leaves before is not judged. Amber: below the objective. Red: ten percentage points below the objective. The objectives of several departments are weighted by their chats."
    );
    stat(title, &about, SHARE)
        .query("service level", &while_scraped("", &SERVICE_LEVEL.replace("$time", time)))
        .otherwise("no chat judged")
        .coloured_by("", &Trouble::of_service_level(time))
        .decimals(1)
}

pub fn accepting() -> Panel {
    stat("Agents accepting", "Agents of the whole workspace that accept chats, with or without chats. Each agent counts once, and the chosen departments have no effect on the number. The figure needs the directory of agents: the permission transfer-livechat-guest. Amber: a chosen department within its business hours has no accepting member. Red: chats wait in such a department.", CHATS)
        .query("accepting", "sum(#workspace_agents{@W,accepting='true'})")
        .otherwise("not permitted")
        .coloured_by("", &Trouble::of_absence())
}

pub fn awaiting_reply() -> Panel {
    stat("Awaiting a reply", "Chats in progress whose visitor wrote last, a last \"thanks\" included. Chats on hold are not included. The figure beside it shows how long the visitors have waited.", CHATS)
        .query("awaiting a reply", "sum(#awaiting_reply_chats{@D})")
}

pub fn longest_reply() -> Panel {
    let oldest = "max by (workspace, department) (#awaiting_reply_oldest_seconds{@D})";
    let mut trouble = Trouble::of_wait(oldest, RED_REPLY);
    trouble.amber_above = RED_WAIT;
    stat("Longest wait for a reply", "Longest time that a visitor of a chat in progress has waited for a reply, from the first unanswered message on; 0 s if no visitor waits. Amber: beyond three times the target time of the first response. Red: beyond ten times.", SECONDS)
        .query("oldest reply owed", "max(#awaiting_reply_oldest_seconds{@D})")
        .coloured_by("", &trouble)
}

pub fn open_chats() -> Panel {
    stat("In progress, on hold", "Chats with an agent: in progress and on hold.", CHATS)
        .query("{{state}}", "sum by (state) (#open_chats{@D,state=~'in_progress|on_hold'})")
}

pub fn unanswered() -> Panel {
    let closed = "sum(increase(#chats_closed_total{@D}[$__range]))";
    let left = "sum(increase(#chats_closed_total{@D,closer='visitor',outcome=~'abandoned|unanswered'}[$__range]))";
    let share = format!("{left} / ({closed} > 0)");
    let budget = "clamp_min(1 - max(#service_level_objective_ratio{@D}), 0.01)";
    stat("Ended by the visitor, unanswered", "Share of the closed chats that the visitor closed before anybody had answered, with or without an agent, in the time range of the dashboard. A visitor who only stops writing does not close the chat. The objective allows a share of missed chats. Amber: three quarters of this share. Red: one and a half times this share.", SHARE)
        .query("unanswered", &while_scraped("", &share))
        .otherwise("no chat closed")
        .coloured_against(budget, 0.75, 1.5)
        .decimals(1)
}

pub fn started() -> Panel {
    stat("Chats today", "Chats that began in the time range of the dashboard. A chat that is closed and opened again counts once.", CHATS)
        .query("chats", &while_scraped("", "sum(increase(#chats_started_total{@D}[$__range]))"))
}

pub fn held_offline() -> Panel {
    stat(
        "Held while offline",
        "Open chats whose agent is offline, so that nobody answers; chats on hold included.",
        CHATS,
    )
    .query("held", "sum(#chats_held_by_offline_agents{@D})")
    .steps(&[(1.0, LOOK)])
}

pub fn tags() -> Panel {
    bars("Tags", "The ten most frequent tags of the closed chats, of the tags that the exporter's configuration lists. A chat with two tags is in both. Of all departments: the counter has no department.", CHATS)
        .query("{{tag}}", "sort_desc(topk(10, sum by (tag) (increase(#chats_closed_by_tag_total{@W}[$__range]))))")
        .empty("no data, or no tags are counted: see tags in the configuration")
}

/// The figure that says if the others may be believed. It is the only one that keeps a value without an exporter.
pub fn data_age() -> Panel {
    let age = format!("max({DATA_AGE}) or on () vector({NOT_SCRAPED})");
    stat("Age of the data", "Time since the oldest list of chats was last read completely, in the worst of the chosen workspaces. With a rate-limited token, minutes are normal (see the dashboard of the exporter). Red: the figures of this dashboard are older than ten minutes, or \"not scraped\": Prometheus has no present data of a chosen workspace.", SECONDS)
        .query("age", &age)
        .steps(&[(180.0, LOOK), (600.0, NOW)])
        .mapped_from(NOT_SCRAPED, "not scraped")
        .opens(EXPORTER, "Exporter")
}
