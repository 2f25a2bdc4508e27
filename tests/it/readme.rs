//! The README says what the code does: its table of metrics, its configuration, its keys.

use std::collections::BTreeMap;

use rocketchat_omnichannel_exporter::config::{self, Flags};
use rocketchat_omnichannel_exporter::exposition::catalog::{self, Family};

const README: &str = include_str!("../../README.md");

fn between<'a>(start: &str, end: &str) -> &'a str {
    let (_, rest) = README.split_once(start).expect(start);
    rest.split_once(end).expect(end).0
}

fn row(family: &Family) -> String {
    let name = family.name.strip_prefix("rocketchat_omnichannel_").unwrap();
    let labels = family.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>();
    let kind = format!("{:?}", family.kind).to_lowercase();
    let help = family.help.replace('\n', " ");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("| `{name}` | {kind} | {} | {help} |\n", labels.join(" "))
}

fn table() -> String {
    let head = " -->\n| name | type | labels | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    catalog::ALL.iter().map(|family| row(family)).fold(head, |table, row| table + &row)
}

#[test]
fn the_table_of_metrics_is_the_catalogue() {
    let start = "<!-- metrics: generated from src/exposition/catalog, checked by a test";
    let shown = between(start, "<!-- /metrics -->");
    if shown != table() {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("metrics.md");
        std::fs::write(&path, table()).unwrap();
        panic!(
            "the README's table differs from the catalogue; the right one is {}",
            path.display()
        );
    }
}

#[test]
fn the_example_configuration_is_valid_but_for_the_token_file_of_the_reader() {
    let blocks = README.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap());
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
    let table = between("| key | default | meaning |", "Exit codes");
    for line in settings.to_masked_yaml().lines() {
        if line.contains('"') && !line.contains(": ") {
            continue;
        }
        let Some((key, _)) = line.trim_start_matches([' ', '-']).split_once(':') else {
            continue;
        };
        let in_example = between("```yaml\nweb:", "```").contains(key);
        assert!(table.contains(key) || in_example, "{key} is not documented");
    }
}
