//! Marks on the curves: firing alerts, a new version of the server, starts and reloads of the exporter.

use serde_json::{Value, json};

use super::panel::{FIRING, LIGHT, NOW, OTHER, REST, expanded};

/// The versions of the servers that are younger than ten minutes.
const UPGRADES: &str = "group by (workspace, server_version) (#exporter_target_info{@W,server_version!=''}) \
    unless on (workspace, server_version) group by (workspace, server_version) (#exporter_target_info{@W} offset 10m) \
    and on (workspace) group by (workspace) (#exporter_target_info{@W,server_version!=''} offset 10m)";

/// Starts of the processes, milliseconds since 1970.
const STARTS: &str = "1000 * max by (cluster, namespace, instance, version) (process_start_time_seconds \
    * on (@E) group_left (version) max by (@E, version) (#exporter_build_info{@W}))";

/// Reloads that were not the start, milliseconds since 1970.
const RELOADS: &str = "1000 * max by (cluster, namespace, instance) (\
    #exporter_config_last_reload_success_timestamp_seconds{@W} \
    > on (@E) group_left () max by (@E) (process_start_time_seconds) + 60)";

/// An annotation; `is_time` if the value of the query is the time of the mark.
fn annotation(name: &str, colour: &str, query: &str, texts: [&str; 2], is_time: bool) -> Value {
    json!({
        "name": name, "enable": true, "hide": false, "iconColor": colour,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "target": { "refId": "Anno", "expr": expanded(query), "interval": "60s" },
        "titleFormat": texts[0], "textFormat": texts[1], "useValueForTime": is_time,
    })
}

pub fn all() -> Vec<Value> {
    let firing = format!("ALERTS{{{FIRING},alertstate='firing'}}");
    vec![
        annotation("Firing alerts", NOW, &firing, ["{{alertname}}", "{{department}}"], false),
        annotation(
            "Upgrades of Rocket.Chat",
            OTHER,
            UPGRADES,
            ["Rocket.Chat {{server_version}}", "{{workspace}}"],
            false,
        ),
        annotation(
            "Starts of the exporter",
            LIGHT,
            STARTS,
            ["Exporter {{version}} started", "{{instance}}"],
            true,
        ),
        annotation(
            "Reloads of the exporter",
            REST,
            RELOADS,
            ["Configuration reloaded", "{{instance}}"],
            true,
        ),
    ]
}
