//! Figures of several workspaces show the worst one. Figures of exporters tell two exporters with the same name in two
//! namespaces apart.

use std::fmt::Write as _;

use super::dashboards::{annotations, choosing, prometheus_disagrees};
use crate::inside::grafana::{all, expressions, panels};

/// Two exporters with the same job and instance.
const PROD: &str = r#"job="j",instance="e",namespace="prod""#;
const TEST: &str = r#"job="j",instance="e",namespace="test""#;

/// A figure: the title of its panel or annotation; series of ten minutes, each a metric without its prefix, labels and
/// values; the samples of the tenth minute.
type Figure = (&'static str, &'static [&'static str], &'static [(&'static str, f64)]);

const FIGURES: [Figure; 10] = [
    (
        "State",
        &[
            r#"exporter_state_persistent{workspace="a"} 1x10"#,
            r#"exporter_state_volatile{workspace="a"} 1x10"#,
            r#"exporter_state_persistent{workspace="b"} 1x10"#,
            r#"exporter_state_volatile{workspace="b"} 0x10"#,
        ],
        &[("", 2.0)],
    ),
    (
        "Age of the watermark of closed chats",
        &[
            r#"exporter_watermark_timestamp_seconds{workspace="a"} 0+60x10"#,
            r#"exporter_watermark_timestamp_seconds{workspace="b"} 60x10"#,
        ],
        &[("", 540.0)],
    ),
    (
        "Clock offset",
        &[
            r#"exporter_clock_offset_seconds{workspace="a"} 20x10"#,
            r#"exporter_clock_offset_seconds{workspace="b"} -300x10"#,
        ],
        &[("", -300.0)],
    ),
    (
        "Clock offset",
        &[
            r#"exporter_clock_offset_seconds{workspace="a"} 30x10"#,
            r#"exporter_clock_offset_seconds{workspace="b"} -20x10"#,
        ],
        &[("", 30.0)],
    ),
    (
        "Contacts of the licence",
        &[
            r#"contacts_used{workspace="a"} 90x10"#,
            r#"contacts_limit{workspace="a"} 100x10"#,
            r#"contacts_used{workspace="b"} 500x10"#,
            r#"contacts_limit{workspace="b"} 1000x10"#,
        ],
        &[("", 0.9)],
    ),
    (
        "Tracked chats",
        &[
            r#"exporter_tracked_chats{workspace="a"} 3x10"#,
            r#"exporter_tracked_chats{workspace="b"} 4x10"#,
        ],
        &[("", 7.0)],
    ),
    (
        "What the server offers",
        &[
            r#"exporter_capability{workspace="a",name="agents"} 1x10"#,
            r#"exporter_capability{workspace="b",name="agents"} 0x10"#,
        ],
        &[(r#"name="agents""#, 0.0)],
    ),
    (
        "Slots in use",
        &[
            r#"open_chats{workspace="a",department="d",state="in_progress"} 20x10"#,
            r#"open_chats{workspace="b",department="d",state="in_progress"} 60x10"#,
            r#"open_chats{workspace="c",department="d",state="in_progress"} 60x10"#,
            r#"workspace_agents{workspace="a",status="online",accepting="true"} 10x10"#,
            r#"workspace_agents{workspace="a",status="away",accepting="true"} 0x10"#,
            r#"workspace_agents{workspace="b",status="online",accepting="true"} 30x10"#,
            r#"agent_chat_limit{workspace="a"} 4x10"#,
            r#"agent_chat_limit{workspace="c"} 4x10"#,
        ],
        &[("", 0.5)],
    ),
    (
        "Starts of the exporter",
        &[],
        &[
            (r#"namespace="prod",instance="e",version="1""#, 60_000.0),
            (r#"namespace="test",instance="e",version="2""#, 120_000.0),
        ],
    ),
    ("Reloads of the exporter", &[], &[(r#"namespace="prod",instance="e""#, 300_000.0)]),
];

/// The exporter of `prod` started at 60 s and reloaded at 300 s; that of `test` started at 120 s.
fn two_exporters() -> Vec<String> {
    let own = |namespace: &str, version: u8, started: u32, loaded: u32| {
        [
            format!("process_start_time_seconds{{{namespace}}} {started}x10"),
            format!(
                "#exporter_build_info{{workspace=\"w{version}\",version=\"{version}\",{namespace}}} 1x10"
            ),
            format!(
                "#exporter_config_last_reload_success_timestamp_seconds{{workspace=\"w{version}\",{namespace}}} {loaded}x10"
            ),
        ]
    };
    [own(PROD, 1, 60, 300), own(TEST, 2, 120, 120)].concat()
}

/// The first query of the panel with this title, or the query of the annotation.
fn query(title: &str) -> String {
    for dashboard in all() {
        let json = dashboard.provisioned();
        let list = json["annotations"]["list"].as_array().unwrap();
        let at = list.iter().position(|annotation| annotation["name"] == title);
        if let Some(found) = at.and_then(|at| annotations(&json).nth(at)) {
            return found.to_owned();
        }
        let panel = panels(&json).find(|panel| panel["title"] == title);
        if let Some(found) = panel.and_then(|panel| expressions(panel).next()) {
            return found.to_owned();
        }
    }
    panic!("no dashboard has {title}");
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn figures_show_the_worst_workspace_and_tell_namespaces_apart() {
    for (title, series, samples) in FIGURES {
        let series = series.iter().map(|it| format!("#{it}")).chain(two_exporters());
        let mut input = String::new();
        for one in series {
            let (name, values) = one.rsplit_once(' ').unwrap();
            let name = name.replace('#', "rocketchat_omnichannel_");
            writeln!(input, "      - {{ series: '{name}', values: '{values}' }}").unwrap();
        }
        let sample =
            |(labels, value): &(&str, f64)| format!("{{ labels: '{{{labels}}}', value: {value} }}");
        let samples: Vec<_> = samples.iter().map(sample).collect();
        let expression = choosing(&query(title), ".+", ".+").replace("=~\"demo\"", "=~\".+\"");
        assert_eq!(prometheus_disagrees(&input, &expression, &samples.join(", ")), None, "{title}");
    }
}
