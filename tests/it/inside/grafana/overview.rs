//! All workspaces and departments at once, and today beside the same day of the week before.

use super::dashboard::{Dashboard, TODAY, department};
use super::links::{EXPORTER, WALLBOARD, with_url};
use super::panel::{CHATS, LIGHT, LOOK, NOW, OTHER, Panel, SECONDS, SHARE, lines};
use super::queries::{DATA_AGE, NOT_SCRAPED, SERVICE_LEVEL, quantile, while_scraped};
use super::tables::table;
use super::{figures, wallboard};

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "overview",
        uid: "rc-omni-overview",
        title: "Omnichannel / Overview",
        about: "All workspaces and departments, the worst first. A click on a row opens the workspace, the department or Rocket.Chat.",
        time: TODAY,
        variables: vec![department()],
        rows: vec![
            ("", now()),
            ("", vec![workspaces(), wallboard::wrong().size(8, 8)]),
            ("", vec![wallboard::departments().size(24, 12).paged()]),
            ("Today, and the same day of the week before", today()),
        ],
    }
}

fn now() -> Vec<Panel> {
    let panels = [
        figures::waiting(),
        figures::longest_wait(),
        figures::service_level("Service level, 30 min", "30m"),
        figures::accepting(),
        figures::started(),
    ];
    let panels = panels.map(|panel| panel.opens(WALLBOARD, "Wallboard"));
    panels.into_iter().chain([figures::data_age()]).map(|panel| panel.size(4, 4)).collect()
}

fn workspaces() -> Panel {
    let by_workspace = |query: &str| format!("sum by (workspace) ({query})");
    let within = |result: &str| {
        by_workspace(&format!("increase(#service_level_chats_total{{@D,result=~'{result}'}}[1h])"))
    };
    table("Workspaces", "Age of data: as in the figure above, for each workspace; a workspace stays in the table for a day after its exporter was scraped last, as \"not scraped\". Accepting: each agent counts once. Service level: of the last hour. A click on a workspace opens its wallboard, a click on the age the exporter, a click on the waiting chats opens Rocket.Chat.", &["workspace"])
        .column("Age of data", SECONDS, DATA_AGE)
        .cell_decimals(0)
        .cell_steps(&[(180.0, LOOK), (600.0, NOW)])
        .cell_text_from(NOT_SCRAPED, "not scraped")
        .column("Overdue", CHATS, &by_workspace("#service_level_overdue_chats{@D}"))
        .cell_steps(&[(1.0, LOOK)])
        .column("Waiting", CHATS, &with_url(&by_workspace("#open_chats{@D,state='queued'}")))
        .column("Longest wait", SECONDS, "max by (workspace) (#queue_oldest_wait_seconds{@D})")
        .cell_decimals(0)
        .column("In progress", CHATS, &by_workspace("#open_chats{@D,state='in_progress'}"))
        .column("Accepting", CHATS, &by_workspace("#workspace_agents{@W,accepting='true'}"))
        .cell_steps(&[(0.0, NOW), (1.0, "transparent")])
        .column("Service level", SHARE, &while_scraped("workspace", &format!("{} / ({} > 0)", within("met"), within("met|missed"))))
        .cell_decimals(1)
        .column("Server", CHATS, "max by (workspace, server_version) (#exporter_target_info{@W})")
        .latest_hidden()
        .named("server_version", "Rocket.Chat")
        .sorted_by(&["Overdue", "Waiting"])
        .row_opens("workspace", &["workspace"], WALLBOARD, "Wallboard")
        .row_opens("Age of data", &["workspace"], EXPORTER, "Exporter")
        .row_opens_rocket_chat("Waiting")
        .size(16, 8)
}

fn today() -> Vec<Panel> {
    let week = |panel: Panel, colour: &str| {
        panel.dashed("a week ago").colour("now", colour).colour("a week ago", LOOK).size(8, 8)
    };
    let started = "sum(increase(#chats_started_total{@D}[1h]))";
    let level = SERVICE_LEVEL.replace("$time", "1h");
    let wait = quantile("0.9", "queue_wait_seconds", "@D,outcome='assigned'", "1h");
    vec![
        week(
            lines("Chats that began, an hour", "The dashed line is the same hour of the same weekday, a week before.", CHATS)
                .query("now", started)
                .query("a week ago", &started.replace("[1h]", "[1h] offset 1w")),
            LIGHT,
        ),
        week(
            lines("Service level of the last hour", "The dashed line is the same hour of the same weekday, a week before.", SHARE)
                .query("now", &level)
                .query("a week ago", &level.replace("[1h]", "[1h] offset 1w"))
                .max(1.0),
            LIGHT,
        ),
        week(
            lines("Wait until an agent took the chat, 90th percentile", "Nine of ten chats that agents took in the last hour had waited less. The dashed line is the same hour of the same weekday, a week before.", SECONDS)
                .query("now", &wait)
                .query("a week ago", &wait.replace("[1h]", "[1h] offset 1w")),
            OTHER,
        ),
    ]
}
