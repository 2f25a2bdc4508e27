//! A runbook for each alert, and links whose targets exist.

use std::collections::BTreeSet;

use super::{files, repository, rules};
use crate::external::promql;

const FOLDER: &str = "deploy/runbooks";

fn runbooks() -> Vec<(String, String)> {
    let read = |name: String| {
        let text = std::fs::read_to_string(repository(FOLDER).join(&name)).unwrap();
        (name.trim_end_matches(".md").to_owned(), text)
    };
    let runbooks = files(FOLDER, ".md").into_iter().filter(|name| name != "README.md");
    runbooks.map(read).collect()
}

/// The path that an annotation adds to the address under this label of `links.rules.yaml`.
fn path<'a>(annotation: &'a str, label: &str) -> &'a str {
    let start = format!(
        "{{{{ with query \"rocketchat_omnichannel:links:info\" }}}}{{{{ . | first | label \"{label}\" }}}}"
    );
    let rest = annotation.strip_prefix(&start).unwrap_or_else(|| panic!("{annotation}"));
    rest.strip_suffix("{{ end }}").unwrap()
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let alerts: BTreeSet<_> = rules::alerts().into_iter().map(|(name, _)| name).collect();
    let runbooks: BTreeSet<_> = runbooks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(alerts, runbooks);
}

#[test]
fn a_runbook_says_what_it_means_does_to_visitors_and_asks_to_be_done() {
    let parts =
        ["\n**Means:** ", "\n**Impact:** ", "\n## Check\n", "\n## Do\n", "\n## False alarm if\n"];
    for (name, text) in runbooks() {
        assert!(text.starts_with(&format!("# {name}\n\n```sh\n")), "{name}");
        assert!(text.contains("\n```\n\n[Where it runs](README.md)\n"), "{name}");
        let places: Vec<_> = parts.iter().map(|part| text.find(part)).collect();
        assert!(places.is_sorted() && places[0].is_some(), "{name}: {places:?}");
    }
}

/// The command that lists the chats behind an alert.
fn command_of(alert: &str) -> &'static str {
    match alert {
        // The chats that are at risk have not missed it yet.
        "OmnichannelServiceLevelAtRisk" => "rocketchat-omnichannel-exporter inspect waiting",
        _ if alert.contains("ServiceLevel") => "rocketchat-omnichannel-exporter inspect missed ",
        _ if alert.contains("AwaitingReply") => {
            "rocketchat-omnichannel-exporter inspect unanswered "
        }
        _ => "rocketchat-omnichannel-exporter inspect waiting",
    }
}

#[test]
fn runbooks_about_chats_begin_with_the_chats_that_are_meant() {
    let about_chats = ["Queue", "ServiceLevel", "NoAgents", "Awaiting", "Abandonment", "Arrivals"];
    let mut seen = 0;
    for (name, text) in runbooks() {
        if about_chats.iter().any(|word| name.contains(word)) {
            let first = text.lines().nth(3).unwrap();
            assert!(first.starts_with(command_of(&name)), "{name}: {first}");
            seen += 1;
        }
    }
    assert_eq!(seen, 12);
}

/// A department's name is a person's choice: it must not end the quotes of a shell.
#[test]
fn a_command_of_an_alert_is_that_of_its_runbook_and_quotes_names_for_the_shell() {
    let quoted = |label: &str| {
        format!("--{label} '{{{{ $labels.{label} | reReplaceAll \"'\" \"'\\\\''\" }}}}'")
    };
    let mut seen = 0;
    for (name, rule) in rules::alerts() {
        let Some(command) = rule.annotations.command.clone() else { continue };
        assert!(command.starts_with(command_of(&name)), "{name}: {command}");
        let names = format!("{} {}", quoted("workspace"), quoted("department"));
        assert!(command.ends_with(&names), "{name}: {command}");
        let runbook = runbooks().into_iter().find(|(runbook, _)| *runbook == name).unwrap().1;
        let plain = command.replace(&names, "--workspace NAME --department NAME");
        assert_eq!(runbook.lines().nth(3), Some(plain.as_str()), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn commands_of_runbooks_are_commands_of_the_binary() {
    for (name, text) in runbooks() {
        for command in text.split("rocketchat-omnichannel-exporter ").skip(1) {
            let command = command.split(['`', '\n']).next().unwrap();
            let words = ["exporter"].into_iter().chain(command.split_whitespace());
            let parsed = rocketchat_omnichannel_exporter::cli::parse(words);
            assert!(parsed.is_ok(), "{name}: {command}: {parsed:?}");
        }
    }
}

#[test]
fn runbooks_name_metrics_labels_and_values_that_exist() {
    let words = ["abandoned_short", "filter_unresolved", "queue_unseen"];
    let is_name = |text: &str| {
        let of_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let name = text.split('{').next().unwrap();
        name.contains('_') && name.chars().all(of_name) && !words.contains(&name)
    };
    let mut seen = 0;
    for (name, text) in runbooks() {
        for code in text.split('`').skip(1).step_by(2).filter(|code| is_name(code)) {
            let metric = code.trim_start_matches("rocketchat_omnichannel_");
            let (family, labels) = metric.split_at(metric.find('{').unwrap_or(metric.len()));
            // The series of a histogram have names of their own.
            let is_known = |series: &str| {
                let series = format!("rocketchat_omnichannel_{family}{series}{labels}");
                promql::unknown(&series).is_empty()
            };
            assert!(is_known("") || is_known("_count"), "{name}: {code}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn links_between_runbooks_lead_somewhere() {
    for (name, text) in runbooks() {
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            assert!(repository(FOLDER).join(target).is_file(), "{name}: {target}");
        }
    }
}

#[test]
fn the_links_of_every_alert_hang_on_one_setting_and_lead_to_its_runbook_and_a_dashboard() {
    let boards = ["wallboard", "department", "agents", "voip", "exporter"];
    for (name, rule) in rules::alerts() {
        let runbook = path(&rule.annotations.runbook_url, "runbooks");
        assert_eq!(runbook, format!("/{name}.md"));
        assert!(repository(FOLDER).join(&runbook[1..]).is_file(), "{runbook}");
        let board = path(&rule.annotations.dashboard_url, "dashboards");
        let uid = board.strip_prefix("/d/rc-omni-").unwrap().split('?').next().unwrap();
        assert!(boards.contains(&uid), "{name}: {board}");
    }
    let settings = rules::all().into_iter().filter_map(|rule| {
        let labels = rule.labels;
        labels.runbooks.zip(labels.dashboards)
    });
    assert_eq!(settings.count(), 1);
}
