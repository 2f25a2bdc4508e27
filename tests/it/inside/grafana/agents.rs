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
        about: "Who is there, who holds how many chats, and how long answers take. Not a ranking.",
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
        "What is shown of people",
        "What the exporter is told to serve of single agents.",
        "`agents.detail` of the exporter decides: **load** (chats held; the default), **presence** (status too), **performance** \
         (times and closed chats too), **off** (nothing). Panels above that level stay empty.",
    )
}

fn load() -> Vec<Panel> {
    let stats = [
        stat("Agents accepting", "Of the whole workspace, idle ones included, each counted once.", CHATS)
            .query("accepting", "sum(#workspace_agents{@W,accepting='true'})")
            .beginning(NOW, &[(1.0, LOOK), (3.0, WELL)]).empty("not permitted"),
        stat("Slots in use", "Chats in progress of the whole workspace, divided by what the accepting agents may hold at once: their number times agents.chat_limit of the exporter's configuration. Above 100 % where agents who stopped accepting still hold chats.", SHARE)
            .query("in use", "sum(#open_chats{@W,state='in_progress'}) / (sum(#workspace_agents{@W,accepting='true'}) * max(#agent_chat_limit{@W}) > 0)")
            .steps(&[(0.85, LOOK), (1.0, NOW)]).empty("agents.chat_limit is not set"),
        stat("Held while offline", "Open chats of the chosen departments whose agent is offline; chats on hold included.", CHATS)
            .query("held", "sum(#chats_held_by_offline_agents{@D})").steps(&[(1.0, LOOK), (5.0, NOW)]),
    ];
    let bar = bars("Chats held by each agent", "As the server reports its load, chats on hold included, over the chosen departments. 0 for members who hold none.", CHATS)
        .query("{{agent}}", "sum by (agent) (#agent_chats{@A})")
        .steps(&[(4.0, LOOK), (6.0, NOW)]).size(12, 19)
        .set("/options/sizing", serde_json::json!("manual")).set("/options/maxVizHeight", serde_json::json!(14));
    let spread = lines("Spread of the load", "Most, mean and fewest chats in progress of an agent who has any. A gap that stays wide: routing is uneven.", CHATS)
        .query("most", "max(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("mean", "avg(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("fewest", "min(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .colour("most", NOW).colour("mean", LIGHT).colour("fewest", OTHER).size(12, 19);
    let stats = stats.into_iter().map(|panel| panel.size(8, 4));
    stats.chain([bar, spread]).collect()
}

fn presence() -> Vec<Panel> {
    vec![
        table("Agents now", "Status as it was at the last poll. Accepting: whether the agent is available for chats, whatever the status. Awaiting a reply: chats whose visitor wrote last.", "agent")
            .column("In progress", CHATS, "sum by (agent) (#agent_open_chats{@A,state='in_progress'})")
            .column("On hold", CHATS, "sum by (agent) (#agent_open_chats{@A,state='on_hold'})")
            .column("Awaiting a reply", CHATS, "sum by (agent) (#agent_awaiting_reply_chats{@P})")
            .cell_steps(&[(3.0, LOOK), (5.0, NOW)])
            .column("Accepting", "bool_yes_no", "max by (agent) (#agent_accepting{@P})")
            .column("Offline", "bool_yes_no", "max by (agent) (#agent_status{@P,status='offline'})")
            .cell_steps(&[(1.0, LOOK)])
            .set("/options/sortBy", serde_json::json!([{ "displayName": "Agent", "desc": false }]))
            .size(12, 14),
        timeline("Status over time", "Blue: online; amber: away or busy; grey: offline. Taken at each poll, so a short absence may be missing. It shows at most what the exporter saw: a gap is the exporter's.")
            .query("{{agent}}", "max by (agent) (#agent_status{@P,status='online'} == 1) or max by (agent) (#agent_status{@P,status=~'away|busy'} * 2 == 2) or max by (agent) (#agent_status{@P,status='offline'} * 3 == 3)")
            .mapped(&[("1", "online", WELL), ("2", "away or busy", LOOK), ("3", "offline", REST)])
            .size(12, 14),
    ]
}

fn performance() -> Vec<Panel> {
    let each = |family: &str| mean(family, "agent", "@A", "$__range");
    vec![
        lines("Answers: mean by department", "Over all answers in an hour, each once. Needs no data of single agents.", SECONDS)
            .query("{{department}}", &mean("response_seconds", "department", "@D", "1h")).told_by_value().size(12, 14),
        table("Times by agent", "Means over the time shown, credited to the agent who served: who wrote is not in the data. Read them with the number of answers: the mean of a few says nothing.", "agent")
            .column("Answers", CHATS, "sum by (agent) (increase(#agent_response_seconds_count{@A}[$__range]))")
            .cell_decimals(0)
            .column("Answer", SECONDS, &each("agent_response_seconds")).cell_decimals(0)
            .column("Reaction", SECONDS, &each("agent_reaction_seconds")).cell_decimals(0)
            .column("Handling", SECONDS, &each("agent_handle_seconds")).cell_decimals(0)
            .column("Closed", CHATS, "sum by (agent) (increase(#agent_chats_closed_total{@A}[$__range]))").cell_decimals(0)
            .set("/options/sortBy", serde_json::json!([{ "displayName": "Agent", "desc": false }]))
            .size(12, 14),
    ]
}
