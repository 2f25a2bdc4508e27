//! The weekly report: one row for each department, with the week before beside it.

use super::dashboard::{Dashboard, department};
use super::figures;
use super::links::DEPARTMENT;
use super::panel::{CHATS, Panel, SECONDS, SHARE, bars, words};
use super::queries::{growth, mean};
use super::tables::table;

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "report",
        uid: "rc-omni-report",
        title: "Omnichannel / Report",
        about: "Chats, service level and times of each department in a week, for export.",
        from: "now-1w/w",
        to: "now-1w/w",
        refresh: "",
        variables: vec![department()],
        rows: vec![("", vec![note(), chats(), times()]), ("", reasons())],
    }
}

fn note() -> Panel {
    words(
        "Time and export",
        "The time range of the report, and its export.",
        "The report covers the **time range** at the top right: the last whole week, unless you choose another one, for example *Previous month*. \
         **To export a table:** its menu *⋮* → *Inspect* → *Data* → *Formatted data* → *Download CSV*.",
    )
}

/// The same query for the time before the time range, which is as long.
fn before(query: &str) -> String {
    query.replace("$__range]", "$__range] offset $__range")
}

fn level() -> String {
    let judged = |result: &str| {
        growth("service_level_chats_total", &format!("@D,result=~'{result}'"), "$__range")
    };
    format!("{} / ({} > 0)", judged("met"), judged("met|missed"))
}

fn chats() -> Panel {
    let started = growth("chats_started_total", "@D", "$__range");
    let closed = growth("chats_closed_total", "@D", "$__range");
    let share = |outcome: &str| {
        let matchers = format!("@D,outcome='{outcome}'");
        format!("{} / ({closed} > 0)", growth("chats_closed_total", &matchers, "$__range"))
    };
    let by_department = &["workspace", "department"];
    table("Chats and service level", "Before: in the same time before the time range. Service level: share of the judged chats that were answered within the target time. Points above: service level minus the objective of the department, in percentage points. Abandoned: the visitor closed the chat in the queue. Unanswered: an agent had the chat and nobody answered. Transfers and holds are lower bounds.", by_department)
        .column("Chats", CHATS, &started).cell_decimals(0)
        .column("Chats before", CHATS, &before(&started)).cell_decimals(0)
        .column("Closed", CHATS, &closed).cell_decimals(0)
        .column("Service level", SHARE, &level()).cell_decimals(1)
        .column("Service level before", SHARE, &before(&level())).cell_decimals(1)
        .column("Points above", CHATS, &format!("round(100 * ({} - on (workspace, department) max by (workspace, department) (#service_level_objective_ratio{{@D}})), 0.1)", level())).cell_decimals(1)
        .column("Abandoned", SHARE, &share("abandoned")).cell_decimals(1)
        .column("Unanswered", SHARE, &share("unanswered")).cell_decimals(1)
        .column("Transfers", CHATS, &growth("transfers_total", "@D", "$__range")).cell_decimals(0)
        .column("Put on hold", CHATS, &growth("on_hold_total", "@D", "$__range")).cell_decimals(0)
        .sorted_by(&["Chats"])
        .row_opens("department", by_department, DEPARTMENT, "Department")
        .size(24, 12)
        .paged()
}

fn times() -> Panel {
    let by_department = &["workspace", "department"];
    let by = "workspace, department";
    let each = |family: &str| mean(family, by, "@D", "$__range");
    let wait = mean("queue_wait_seconds", by, "@D,outcome='assigned'", "$__range");
    let messages = growth("chat_messages_total", "@D", "$__range");
    table("Times", "Means. Wait: until an agent took the chat. First response: from the beginning of the chat. Responses: all responses of agents. Handling: from when the last agent took the chat to its end. Duration: the whole chat. Messages: of a closed chat, system messages included.", by_department)
        .column("Wait", SECONDS, &wait).cell_decimals(0)
        .column("Wait before", SECONDS, &before(&wait)).cell_decimals(0)
        .column("First response", SECONDS, &each("first_response_seconds")).cell_decimals(0)
        .column("First response before", SECONDS, &before(&each("first_response_seconds"))).cell_decimals(0)
        .column("Responses", SECONDS, &each("response_seconds")).cell_decimals(0)
        .column("Handling", SECONDS, &each("handle_seconds")).cell_decimals(0)
        .column("Handling before", SECONDS, &before(&each("handle_seconds"))).cell_decimals(0)
        .column("Duration", SECONDS, &each("chat_duration_seconds")).cell_decimals(0)
        .column("Messages a chat", CHATS, &format!("{messages} / ({} > 0)", growth("chats_closed_total", "@D", "$__range"))).cell_decimals(1)
        .row_opens("department", by_department, DEPARTMENT, "Department")
        .size(24, 12)
        .paged()
}

fn reasons() -> Vec<Panel> {
    vec![
        figures::tags().size(12, 9),
        bars("Channels", "Chats that began, by channel.", CHATS)
            .query(
                "{{source}}",
                "sort_desc(sum by (source) (increase(#chats_started_total{@D}[$__range])))",
            )
            .size(12, 9),
    ]
}
