//! The documentation agrees with the code: tables of metrics and permissions, example configuration, keys.

use std::collections::BTreeMap;

use rocketchat_omnichannel_exporter::catalog::{self, Metric};
use rocketchat_omnichannel_exporter::config::{self, Flags};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::permission::{NEEDS, Need};

const CONFIGURATION: &str = include_str!("../../../docs/configuration.md");
const METRICS: &str = include_str!("../../../docs/metrics.md");
const OPERATING: &str = include_str!("../../../docs/operating.md");

fn between(page: &'static str, start: &str, end: &str) -> &'static str {
    let (_, rest) = page.split_once(start).expect(start);
    rest.split_once(end).expect(end).0
}

fn row(family: &Metric) -> String {
    let name = family.name.strip_prefix("rocketchat_omnichannel_").unwrap();
    let labels = family.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>();
    let kind = format!("{:?}", family.kind).to_lowercase();
    let help = family.help.replace('\n', " ");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("| `{name}` | {kind} | {} | {help} |\n", labels.join(" "))
}

fn table() -> String {
    let head = " -->\n| name | type | labels | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    catalog::ALL.iter().map(|metric| row(metric)).fold(head, |table, row| table + &row)
}

/// Asserts that a page shows this table; otherwise the right table is written to `file`.
fn assert_shown(shown: &str, table: &str, file: &str, page: &str, source: &str) {
    if shown != table {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        std::fs::write(&path, table).unwrap();
        let path = path.display();
        panic!("the table of {page} differs from the {source}; the right one is {path}");
    }
}

#[test]
fn the_table_of_metrics_is_the_catalogue() {
    let start = "<!-- metrics: generated from src/catalog, checked by a test";
    let shown = between(METRICS, start, "<!-- /metrics -->");
    assert_shown(shown, &table(), "metrics.md", "docs/metrics.md", "catalogue");
}

/// The remark about the old releases of `livechat/users/agent`.
const REMARK: &str = " (2.x: `view-livechat-manager` with `manage-livechat-agents`; some 5.x: \
    `manage-livechat-agents` too)";

/// The remark about a need. Community builds do not have the routes of Enterprise, and answer 404.
fn remark(need: &Need) -> &'static str {
    match need.endpoint {
        Endpoint::Agents if need.until.is_some() => REMARK,
        Endpoint::Priorities | Endpoint::Slas | Endpoint::BusinessHours => " (Enterprise)",
        Endpoint::Licence => " (Enterprise builds; `contacts_limit_reached` needs a login only)",
        _ => "",
    }
}

/// The data of an endpoint.
fn brings(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::LivechatRooms => "chats: `queued`, `closed`, `onhold`, `open`",
        Endpoint::LivechatQueue => "chats held by agents: `queue`",
        Endpoint::VoipRooms => "`calls`",
        Endpoint::Departments => "names of `departments`",
        Endpoint::Agents => {
            "all `agents`, also those without chats; since 6.4 also the members of departments"
        }
        Endpoint::Department => "members of departments, if the agents' rows do not contain them",
        Endpoint::Priorities => "names of `priorities`",
        Endpoint::Slas => "SLA policies: `slas`",
        Endpoint::Licence => "the limit of contacts: `licence`",
        Endpoint::BusinessHours => "business hours by department: `hours`",
        Endpoint::BusinessHour => "the default business hours: `hours`",
        Endpoint::Widget => "`widget`",
        Endpoint::VoipRoom => "`inspect call`",
        Endpoint::Info => "the version",
        Endpoint::Me => "the user of the token",
    }
}

/// The releases with a need.
fn releases(need: &Need) -> String {
    match (need.since, need.until) {
        (None, None) => "all".to_owned(),
        (Some(since), None) => format!("since {since}"),
        (None, Some(until)) => format!("before {until}"),
        (Some(since), Some(until)) => format!("since {since}, before {until}"),
    }
}

/// A row: data, route, servers, permissions, and the consequence of a missing permission. Cells equal to those above
/// are empty.
fn permission_row(need: &Need, above: Option<&Need>) -> String {
    let is_like_above = above.is_some_and(|above| above.endpoint == need.endpoint);
    let endpoint = need.endpoint;
    let unless = |text: String| if is_like_above { String::new() } else { text };
    let brings = unless(brings(endpoint).to_owned());
    let (route, without) =
        (unless(format!("`{}`", endpoint.route())), unless(endpoint.without().to_owned()));
    let own = if need.own_chats { ", with `scope: own`" } else { "" };
    let remark = remark(need);
    let words = need.words().replace(" with ", "` with `").replace(" or ", "` or `");
    format!("| {brings} | {route} | {}{own} | `{words}`{remark} | {without} |\n", releases(need))
}

fn permissions() -> String {
    let head = " -->\n| what | asked at | servers | any of these permissions | without it |\n\
                | --- | --- | --- | --- | --- |\n";
    let above = std::iter::once(None).chain(NEEDS.iter().map(Some));
    let rows = NEEDS.iter().zip(above).map(|(need, above)| permission_row(need, above));
    rows.fold(head.to_owned(), |table, row| table + &row)
}

#[test]
fn the_table_of_permissions_is_the_one_that_check_reads() {
    let start = "<!-- permissions: generated from src/rocketchat/permission.rs, checked by a test";
    let shown = between(OPERATING, start, "<!-- /permissions -->");
    assert_shown(shown, &permissions(), "permissions.md", "docs/operating.md", "permissions");
}

#[test]
fn the_example_configuration_is_valid_but_for_the_token_file_of_the_reader() {
    let blocks = CONFIGURATION.split("```yaml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let example = blocks.into_iter().find(|block| block.contains("\nworkspaces:")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "a-token\n").unwrap();
    let file = folder.path().join("config.yaml");
    let example = example.replace("/run/secrets/rocketchat-token", token.to_str().unwrap());
    std::fs::write(&file, example).unwrap();
    let flags = Flags { config_file: Some(file), ..Flags::default() };
    let settings = config::load(&flags, BTreeMap::new()).unwrap();
    assert_eq!(settings.workspaces.len(), 1);
}

#[test]
fn every_key_of_the_masked_settings_stands_in_the_table_of_keys() {
    let environment = BTreeMap::from([
        ("ROCKETCHAT_URL".to_owned(), "https://chat.example.com".to_owned()),
        ("ROCKETCHAT_USER_ID".to_owned(), "user".to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN".to_owned(), "token".to_owned()),
    ]);
    let settings = config::load(&Flags::default(), environment).unwrap();
    let table = between(CONFIGURATION, "| key | default | meaning |", "Exit codes");
    for line in settings.to_masked_yaml().lines() {
        if line.contains('"') && !line.contains(": ") {
            continue;
        }
        let Some((key, _)) = line.trim_start_matches([' ', '-']).split_once(':') else {
            continue;
        };
        let in_example = between(CONFIGURATION, "```yaml\nweb:", "```").contains(key);
        assert!(table.contains(key) || in_example, "{key} is not documented");
    }
}
