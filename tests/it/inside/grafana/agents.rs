//! The dashboard of agents, for team leads. Tables of the present are sorted by load, so that 250 agents are readable.
//! The table of times is sorted by name: the dashboard is no ranking.

use super::colours::Trouble;
use super::dashboard::{Dashboard, SIX_HOURS, department, variable};
use super::figures;
use super::links::AGENTS;
use super::panel::{
    CHATS, LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, timeline,
    words,
};
use super::queries::{mean, most, slowest_departments};
use super::tables::table;

pub fn dashboard() -> Dashboard {
    let agents =
        "label_values(#agent_chats{workspace=~'$workspace',department=~'$department'}, agent)";
    Dashboard {
        name: "agents",
        uid: "rc-omni-agents",
        title: "Omnichannel / Agents",
        about: "Available agents, chats of each agent, and response times. Not a ranking.",
        time: SIX_HOURS,
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
        figures::accepting(),
        stat("Slots in use", "Chats in progress, divided by the number of chats that the accepting agents may have at the same time. This is the number of agents multiplied by agents.chat_limit of the exporter's configuration. Only of those chosen workspaces that have agents.chat_limit and show their agents. The share is above 100 % if agents who no longer accept chats still have chats.", SHARE)
            .query("in use", "sum(#open_chats{@W,state='in_progress'} and on (workspace) #workspace_agents{@W,accepting='true'} and on (workspace) #agent_chat_limit{@W}) / (sum(sum by (workspace) (#workspace_agents{@W,accepting='true'}) * on (workspace) max by (workspace) (#agent_chat_limit{@W})) > 0)")
            .otherwise("agents.chat_limit is not set")
            .steps(&[(0.85, LOOK), (1.0, NOW)]),
        figures::held_offline(),
        figures::data_age(),
    ];
    let limit = "on (workspace) group_left () max by (workspace) (#agent_chat_limit{@W})";
    let in_progress = "sum by (workspace, agent) (#agent_open_chats{@A,state='in_progress'})";
    let used = format!("{in_progress} / {limit}");
    let bar = bars("Chats of each agent", "Load that the server reports, chats on hold included, in the chosen departments: the 30 agents with the most chats. Amber: the agent has as many chats in progress as agents.chat_limit allows. Red: more.", CHATS)
        .query("{{agent}}", "sort_desc(topk(30, sum by (workspace, agent) (#agent_chats{@A})))")
        .coloured_by("workspace, agent", &Trouble::new(used, 0.99, 1.0))
        .size(12, 19)
        .set("/options/sizing", serde_json::json!("manual")).set("/options/maxVizHeight", serde_json::json!(14));
    let spread = lines("Spread of the load", "Highest, mean and lowest number of chats in progress, of agents with chats. If the difference stays large, the routing is uneven.", CHATS)
        .query("most", "max(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("mean", "avg(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .query("fewest", "min(sum by (agent) (#agent_open_chats{@A,state='in_progress'}) > 0)")
        .colour("most", NOW).colour("mean", LIGHT).colour("fewest", OTHER).size(12, 19);
    let stats = stats.into_iter().map(|panel| panel.size(6, 4));
    stats.chain([bar, spread]).collect()
}

const STATUS: &str = "max by (agent) (#agent_status{@P,status='online'} == 1) \
    or max by (agent) (#agent_status{@P,status=~'away|busy'} * 2 == 2) \
    or max by (agent) (#agent_status{@P,status='offline'} * 3 == 3)";

fn presence() -> Vec<Panel> {
    vec![
        table("Agents now", "Sorted by load. Status at the last poll. Accepting: the agent accepts chats; an agent who is offline never does. Awaiting a reply: chats whose visitor wrote last. Longest: longest time that one of these visitors has waited. A click on an agent shows this agent alone.", &["workspace", "agent"])
            .column("In progress", CHATS, "sum by (workspace, agent) (#agent_open_chats{@A,state='in_progress'})")
            .column("On hold", CHATS, "sum by (workspace, agent) (#agent_open_chats{@A,state='on_hold'})")
            .column("Awaiting a reply", CHATS, "sum by (workspace, agent) (#agent_awaiting_reply_chats{@P})")
            .column("Longest", SECONDS, "max by (workspace, agent) (#agent_awaiting_reply_oldest_seconds{@P})").cell_decimals(0)
            .column("Accepting", "bool_yes_no", "max by (workspace, agent) (#agent_accepting{@P})")
            .column("Offline", "bool_yes_no", "max by (workspace, agent) (#agent_status{@P,status='offline'})")
            .cell_steps(&[(1.0, LOOK)])
            .sorted_by(&["In progress", "On hold"])
            .row_opens("agent", &["workspace", "agent"], AGENTS, "This agent")
            .size(12, 14)
            .paged(),
        timeline("Status over time", "The 30 agents with the most chats at the end of the time range. Blue: online; amber: away or busy; grey: offline. The status is read at each poll, so a short absence may be missing. A gap means that the exporter had no data.")
            .query("{{agent}}", &most(30, "agent", STATUS, "sum by (agent) (#agent_chats{@A} @ end())"))
            .mapped(&[("1", "online", WELL), ("2", "away or busy", LOOK), ("3", "offline", REST)])
            .set("/options/perPage", serde_json::json!(20))
            .size(12, 14),
    ]
}

fn performance() -> Vec<Panel> {
    let each = |family: &str| mean(family, "workspace, agent", "@A", "$__range");
    vec![
        lines("Responses: mean by department", "Mean over all responses in an hour. Each response counts once. Needs no data of single agents. The ten slowest departments at the end, from the recorded series.", SECONDS)
            .query("{{department}}", &slowest_departments()).told_by_value().size(12, 14),
        table("Times by agent", "Means in the time range of the dashboard, for the agent who served the chat. The data does not contain the author of a message. Compare a mean with the number of responses: a mean of few responses is not meaningful. Sorted by name.", &["workspace", "agent"])
            .column("Responses", CHATS, "sum by (workspace, agent) (increase(#agent_response_seconds_count{@A}[$__range]))")
            .cell_decimals(0)
            .column("Response", SECONDS, &each("agent_response_seconds")).cell_decimals(0)
            .column("Reaction", SECONDS, &each("agent_reaction_seconds")).cell_decimals(0)
            .column("Handling", SECONDS, &each("agent_handle_seconds")).cell_decimals(0)
            .column("Closed", CHATS, "sum by (workspace, agent) (increase(#agent_chats_closed_total{@A}[$__range]))").cell_decimals(0)
            .set("/options/sortBy", serde_json::json!([{ "displayName": "Agent", "desc": false }]))
            .size(12, 14)
            .paged(),
    ]
}
