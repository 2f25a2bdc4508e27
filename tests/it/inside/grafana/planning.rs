//! The dashboard for the plan of the shifts: when visitors come, and how many agents they need.

use serde_json::{Value, json};

use super::dashboard::{Dashboard, department};
use super::figures;
use super::links::DEPARTMENT;
use super::panel::{CHATS, LOOK, NOW, OTHER, Panel, REST, SHARE, WELL, lines, stat};
use super::tables::table;

const NO_STAFFING: &str = "staffing.rules.yaml is not loaded";

pub fn dashboard() -> Dashboard {
    Dashboard {
        name: "planning",
        uid: "rc-omni-planning",
        title: "Omnichannel / Planning",
        about: "Arrivals and missed chats by hour and weekday, and the agents that the departments need.",
        from: "now-28d",
        to: "now",
        refresh: "5m",
        variables: vec![department(), hours_from_utc()],
        rows: vec![
            ("Agents needed now", staffing()),
            ("The week", vec![arrivals(), misses()]),
            ("Reasons and channels", reasons()),
        ],
    }
}

/// Prometheus knows no time zones. The hours of the day follow this choice.
fn hours_from_utc() -> Value {
    let hours: Vec<_> = (-12..=14).map(|hour: i32| hour.to_string()).collect();
    let option = |hour: &String| json!({ "text": hour, "value": hour, "selected": hour == "0" });
    json!({
        "name": "utc_offset", "label": "Hours from UTC", "type": "custom", "hide": 0,
        "query": hours.join(","), "multi": false, "includeAll": false, "skipUrlSync": false,
        "current": { "selected": true, "text": "0", "value": "0" },
        "options": hours.iter().map(option).collect::<Vec<_>>(),
    })
}

/// A table with a row for each hour of the day and a column for each weekday.
fn by_hour_and_weekday(title: &str, about: &str, an_hour: &str) -> Panel {
    let local = "vector(time() + 3600 * $utc_offset)";
    let hour = format!("count_values('hour', hour({local}))");
    let hour = format!("label_replace({hour}, 'hour', '0$1', 'hour', '(.)')");
    let hour = format!("label_replace({hour}, 'hour', '$1:00', 'hour', '(..)')");
    let weekday = format!("count_values('weekday', day_of_week({local}))");
    let query = format!(
        "avg_over_time((sum({an_hour}) * on () group_right () ({hour} * on () group_left (weekday) {weekday}))[$__range:30m])"
    );
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let mut names = json!({ "hour\\weekday": "Hour" });
    let mut places = json!({ "hour\\weekday": 0 });
    for (number, day) in (0..).zip(days) {
        names[number.to_string()] = json!(day);
        // The week begins on Monday.
        places[number.to_string()] = json!((number + 6) % 7 + 1);
    }
    table(title, about, &["hour"])
        .only_column("chats", CHATS, &query)
        .set(
            "/transformations",
            json!([
                { "id": "sortBy", "options": { "fields": {}, "sort": [{ "field": "hour" }] } },
                { "id": "groupingToMatrix", "options":
                    { "columnField": "weekday", "rowField": "hour", "valueField": "Value", "emptyValue": "null" } },
                { "id": "organize", "options":
                    { "excludeByName": {}, "indexByName": places, "renameByName": names } },
            ]),
        )
        .set("/fieldConfig/defaults/color", json!({ "mode": "continuous-blues" }))
        .set("/fieldConfig/defaults/decimals", json!(1))
        .set(
            "/fieldConfig/defaults/custom/cellOptions",
            json!({ "type": "color-background", "mode": "basic" }),
        )
        .on("hour\\weekday", "custom.cellOptions", json!({ "type": "auto" }))
        .size(12, 26)
}

fn arrivals() -> Panel {
    by_hour_and_weekday(
        "Chats that begin, by hour and weekday",
        "Mean number of chats that began in each hour of the week, over the time range of the dashboard. From the recorded series of recording.rules.yaml. The hours are those of the selector \"Hours from UTC\".",
        "3600 * department:#chats_started:rate30m{@D}",
    )
}

fn misses() -> Panel {
    by_hour_and_weekday(
        "Chats missed, by hour and weekday",
        "Mean number of chats that were not answered within the target time in each hour of the week, over the time range of the dashboard. From the recorded series of recording.rules.yaml.",
        "4 * department:#service_level_missed:increase15m{@D}",
    )
}

// The recorded load has a window: it outlives the exporter by half an hour.
const NEEDED: &str = "(max by (workspace, department) (department:#agents_needed_80pct:count{@D}) and on (workspace) #up{@W})";
const THERE: &str = "max by (workspace, department) (department:#accepting_agents:sum{@D})";

fn staffing() -> Vec<Panel> {
    let with = |what_if: &str| {
        format!(
            "max by (workspace, department) (department_whatif:#expected_service_level:ratio{{@D,what_if='{what_if}'}}) and on (workspace) #up{{@W}}"
        )
    };
    let by_department = &["workspace", "department"];
    vec![
        stat("Agents needed", "Agents for a service level of 80 % at the arrivals of the last 30 minutes, by the rule of thumb of staffing.rules.yaml. The sum of the chosen departments: an agent of two departments is needed only once.", CHATS)
            .query("needed", &format!("sum({NEEDED})")).otherwise(NO_STAFFING).size(4, 5),
        stat("Agents there", "Members that accept chats and are not offline. An agent of two departments counts twice.", CHATS)
            .query("there", &format!("sum({THERE})")).otherwise("rules are not loaded").size(4, 5),
        lines("Agents needed, and there", "The sums of the chosen departments.", CHATS)
            .query("needed", &format!("sum({NEEDED})"))
            .query("there", &format!("sum({THERE})"))
            .dashed("needed").colour("needed", LOOK).colour("there", WELL).decimals(0).empty("no data, or staffing.rules.yaml is not loaded").size(16, 5)
            .set("/timeFrom", json!("24h")),
        table("Staffing by department", "A hint for planning, by Erlang C, from staffing.rules.yaml: the model has no visitors who leave, and one skill. Load: agents that the chats would keep busy all the time. Missing: agents needed, minus those there. Slots: chats that the accepting members may hold at once. Slots free: chats that they may still take. The last columns are the expected service level with one agent fewer, with the present agents, and with one more; empty if the load exceeds these agents.", by_department)
            .column("Load", CHATS, "max by (workspace, department) (department:#offered_load:erlangs{@D}) and on (workspace) #up{@W}").cell_decimals(1)
            .column("Needed", CHATS, NEEDED)
            .column("There", CHATS, THERE)
            .column("Missing", CHATS, &format!("{NEEDED} - {THERE}"))
            .cell_steps(&[(1.0, LOOK), (3.0, NOW)])
            .column("Slots", CHATS, "max by (workspace, department) (#chat_slots{@D})")
            .column("Slots free", CHATS, "max by (workspace, department) (#chat_slots_free{@D})")
            .column("One fewer", SHARE, &with("-1")).cell_decimals(0)
            .column("As now", SHARE, &with("0")).cell_decimals(0)
            .column("One more", SHARE, &with("+1")).cell_decimals(0)
            .sorted_by(&["Missing"])
            .row_opens("department", by_department, DEPARTMENT, "Department")
            .size(24, 9),
    ]
}

fn reasons() -> Vec<Panel> {
    vec![
        figures::tags().size(8, 9),
        lines("Tags over time, a day", "Chats that were closed with each tag in 24 hours: the ten most frequent.", CHATS)
            .query("{{tag}}", "sum by (tag) (increase(#chats_closed_by_tag_total{@W}[1d])) and on (tag) topk(10, sum by (tag) (increase(#chats_closed_by_tag_total{@W}[1d] @ end())))")
            .every_six_hours().told_by_value().decimals(0).empty("no data, or no tags are counted").size(16, 9),
        lines("Channels over time, a day", "Chats that began in 24 hours, by channel, stacked.", CHATS)
            .query("{{source}}", "sum by (source) (increase(#chats_started_total{@D}[1d]))")
            .every_six_hours().stacked().told_by_value().decimals(0).size(12, 9),
        lines("Results of the service level over time, a day", "Chats by result in 24 hours, stacked. See the dashboard of departments.", CHATS)
            .query("{{result}}", "sum by (result) (increase(#service_level_chats_total{@D}[1d]))")
            .every_six_hours().stacked().colour("met", WELL).colour("missed", NOW).colour("abandoned", LOOK).colour("abandoned_short", "#F5D08A")
            .colour("closed_unanswered", OTHER).colour("excluded", REST).decimals(0).size(12, 9),
    ]
}
