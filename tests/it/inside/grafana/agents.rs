//! The dashboard of agents, for team leads. Agents are sorted by name: the dashboard is no ranking.

use super::dashboard::{Dashboard, department, variable};
use super::panel::{
    CHATS, LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, table,
    timeline, words,
};
use super::queries::mean;

pub fn dashboard() -> Dashboard {
    let agents =
        "label_values(#agent_chats{workspace='$workspace',department=~'$department'}, agent)";
    Dashboard {
        name: "agents",
        uid: "rc-omni-agents",
        title: "Omnichannel / Agents",
        about: "Available agents, chats of each agent, and response times. Not a ranking.",
        from: "now-6h",
        variables: vec![department(), variable("agent", "Agent", agents)],
        rows: vec![
            ("", vec![note()]),
            ("Load", load()),
            ("Presence", presence()),
            ("Performance", performance()),
        ],
    }
}

fn note() -> Panel {
    words(
        "Data about agents",
        "The metrics of single agents that the exporter serves.",
        "The key `agents.detail` of the exporter has one of these values: **load** (number of chats; the default), **presence** (also the status), \
         **performance** (also times and closed chats), **off** (nothing). Panels that need a higher value stay empty.",
    )
}

fn load() -> Vec<Panel> {
    let stats = [
        stat("Agents accepting", "Agents of the whole workspace, with or without chats. Each agent counts once.", CHATS)
            .query("accepting", "sum(#workspace_agents{@W,accepting='true'})")
            .beginning(NOW, &[(1.0, LOOK), (3.0, WELL)]).empty("not permitted"),
        stat("Slots in use", "Chats in progress of the whole workspace, divided by the number of chats that the accepting agents may have at the same time. This is the number of agents multiplied by agents.chat_limit of the exporter's configuration. The share is above 100 % if agents who no longer accept chats still have chats.", SHARE)
            .query("in use", "sum(#open_chats{@W,state='in_progress'}) / (sum(#workspace_agents{@W,accepting='true'}) * max(#agent_chat_limit{@W}) > 0)")
            .steps(&[(0.85, LOOK), (1.0, NOW)]).empty("agents.chat_limit is not set"),
        stat("Held while offline", "Open chats of the chosen departments whose agent is offline; chats on hold included.", CHATS)
            .query("held", "sum(#chats_held_by_offline_agents{@D})").steps(&[(1.0, LOOK), (5.0, NOW)]),
    ];
    let bar = bars("Chats of each agent", "Load that the server reports, chats on hold included, in the chosen departments. 0 for members without chats.", CHATS)
        .query("{{agent}}", "sum by (agent) (#agent_chats{@A})")
        .steps(&[(4.0, LOOK), (6.0, NOW)]).size(12, 19)
        .set("/options/sizing", serde_json::json!("manual")).set("/options/maxVizHeight", serde_json::json!(14));
    let spread = lines("Spread of the load", "Highest, mean and lowest number of chats in progress, of agents with chats. If the difference stays large, the routing is uneven.", CHATS)
        .query("most", "max(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("mean", "avg(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("fewest", "min(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .colour("most", NOW).colour("mean", LIGHT).colour("fewest", OTHER).size(12, 19);
    let stats = stats.into_iter().map(|panel| panel.size(8, 4));
    stats.chain([bar, spread]).collect()
}

fn presence() -> Vec<Panel> {
    vec![
        table("Agents now", "Status at the last poll. Accepting: the agent accepts chats, with any status. Awaiting a reply: chats whose visitor wrote last. Longest: longest time that one of these visitors has waited.", "agent")
            .column("In progress", CHATS, "sum by (agent) (#agent_open_chats{@A,state='in_progress'})")
            .column("On hold", CHATS, "sum by (agent) (#agent_open_chats{@A,state='on_hold'})")
            .column("Awaiting a reply", CHATS, "sum by (agent) (#agent_awaiting_reply_chats{@P})")
            .cell_steps(&[(3.0, LOOK), (5.0, NOW)])
            .column("Longest", SECONDS, "max by (agent) (#agent_awaiting_reply_oldest_seconds{@P})").cell_decimals(0)
            .cell_steps(&[(300.0, LOOK), (900.0, NOW)])
            .column("Accepting", "bool_yes_no", "max by (agent) (#agent_accepting{@P})")
            .column("Offline", "bool_yes_no", "max by (agent) (#agent_status{@P,status='offline'})")
            .cell_steps(&[(1.0, LOOK)])
            .set("/options/sortBy", serde_json::json!([{ "displayName": "Agent", "desc": false }]))
            .size(12, 14),
        timeline("Status over time", "Blue: online; amber: away or busy; grey: offline. The status is read at each poll, so a short absence may be missing. A gap means that the exporter had no data.")
            .query("{{agent}}", "max by (agent) (#agent_status{@P,status='online'} == 1) or max by (agent) (#agent_status{@P,status=~'away|busy'} * 2 == 2) or max by (agent) (#agent_status{@P,status='offline'} * 3 == 3)")
            .mapped(&[("1", "online", WELL), ("2", "away or busy", LOOK), ("3", "offline", REST)])
            .size(12, 14),
    ]
}

fn performance() -> Vec<Panel> {
    let each = |family: &str| mean(family, "agent", "@A", "$__range");
    vec![
        lines("Responses: mean by department", "Mean over all responses in an hour. Each response counts once. Needs no data of single agents.", SECONDS)
            .query("{{department}}", &mean("response_seconds", "department", "@D", "1h")).told_by_value().size(12, 14),
        table("Times by agent", "Means in the time range of the dashboard, for the agent who served the chat. The data does not contain the author of a message. Compare a mean with the number of responses: a mean of few responses is not meaningful.", "agent")
            .column("Responses", CHATS, "sum by (agent) (increase(#agent_response_seconds_count{@A}[$__range]))")
            .cell_decimals(0)
            .column("Response", SECONDS, &each("agent_response_seconds")).cell_decimals(0)
            .column("Reaction", SECONDS, &each("agent_reaction_seconds")).cell_decimals(0)
            .column("Handling", SECONDS, &each("agent_handle_seconds")).cell_decimals(0)
            .column("Closed", CHATS, "sum by (agent) (increase(#agent_chats_closed_total{@A}[$__range]))").cell_decimals(0)
            .set("/options/sortBy", serde_json::json!([{ "displayName": "Agent", "desc": false }]))
            .size(12, 14),
    ]
}
