//! A runbook for each alert, and links whose targets exist.

use std::collections::BTreeSet;

use super::{files, repository, rules};

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

#[test]
fn runbooks_about_chats_begin_with_the_chats_that_wait() {
    let about_chats = ["Queue", "ServiceLevel", "NoAgents", "Awaiting", "Abandonment", "Arrivals"];
    let mut seen = 0;
    for (name, text) in runbooks() {
        if about_chats.iter().any(|word| name.contains(word)) || name.contains("OnHold") {
            let first = text.lines().nth(3);
            let command = "rocketchat-omnichannel-exporter inspect waiting";
            assert_eq!(first, Some(command), "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 14);
}

#[test]
fn commands_of_runbooks_are_commands_of_the_binary() {
    let known = ["check", "inspect waiting", "inspect queue", "inspect rooms", "inspect calls"];
    for (name, text) in runbooks() {
        for command in text.split("rocketchat-omnichannel-exporter ").skip(1) {
            let is_known = known.iter().any(|known| command.starts_with(known));
            assert!(is_known, "{name}: {}", command.lines().next().unwrap());
        }
    }
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
