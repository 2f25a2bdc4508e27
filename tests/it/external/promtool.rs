//! promtool checks the rules, with each generation of Prometheus.

use std::process::Command;

use crate::inside::deploy::{files, generations, program, repository};

/// Runs promtool in the folder of the rules, for each generation.
fn promtool(arguments: &[&str], files: &[String]) {
    for generation in generations() {
        let output = Command::new(program(generation.as_deref(), "promtool"))
            .current_dir(repository("deploy/prometheus"))
            .args(arguments)
            .args(files)
            .output()
            .expect("promtool is missing: apt-get install prometheus");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(output.status.success(), "{generation:?} {arguments:?}: {said}");
    }
}

fn tests() -> Vec<String> {
    let names = files("deploy/prometheus/tests", ".yaml").into_iter();
    names.map(|name| format!("tests/{name}")).collect()
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn the_rules_pass_every_lint() {
    let rules = files("deploy/prometheus", ".rules.yaml");
    assert_eq!(rules.len(), 4);
    promtool(&["check", "rules", "--lint=all", "--lint-fatal"], &rules);
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn the_example_configuration_is_valid() {
    promtool(&["check", "config"], &["prometheus.yml".to_owned()]);
}

#[test]
#[ignore = "needs promtool: tests/run runs it"]
fn alerts_fire_stay_silent_and_resolve_as_their_unit_tests_say() {
    assert_eq!(tests().len(), 7);
    promtool(&["test", "rules"], &tests());
}

#[test]
fn unit_tests_let_every_alert_fire_and_be_silent_and_pin_the_order_of_groups() {
    let folder = repository("deploy/prometheus");
    let read = |name: &String| std::fs::read_to_string(folder.join(name)).unwrap();
    let texts: Vec<_> = tests().iter().map(read).collect();
    assert!(texts.iter().all(|text| text.contains("\ngroup_eval_order:\n")));
    let all = texts.concat();
    for (name, _) in crate::inside::deploy::rules::alerts() {
        let fires = format!("alertname: {name}\n        exp_alerts:\n");
        let is_silent = format!("alertname: {name}, exp_alerts: []");
        assert!(all.contains(&fires), "{name} never fires");
        assert!(all.matches(&is_silent).count() >= 2, "{name} is silent before and after");
    }
}

/// promtool takes a test of an alert that does not exist for one that stays silent.
#[test]
fn unit_tests_and_inhibitions_name_alerts_that_exist() {
    let alerts = crate::inside::deploy::rules::alerts();
    let is_known = |pattern: &str| {
        let part = pattern.strip_suffix(".+");
        let is_meant = |name: &str| part.map_or(name == pattern, |part| name.starts_with(part));
        alerts.iter().any(|(name, _)| is_meant(name))
    };
    let mut seen = 0;
    for file in tests().iter().map(String::as_str).chain(["alertmanager.yml"]) {
        let text = std::fs::read_to_string(repository("deploy/prometheus").join(file)).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '+');
        let names = words.map(|word| word.trim_end_matches(".md"));
        for name in names.filter(|it| it.starts_with("Omnichannel") && *it != "Omnichannel") {
            assert!(is_known(name), "{file}: {name}");
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
#[ignore = "needs amtool: tests/run runs it"]
fn the_example_of_routes_and_inhibitions_is_valid() {
    for generation in generations() {
        let output = Command::new(program(generation.as_deref(), "amtool"))
            .arg("check-config")
            .arg(repository("deploy/prometheus/alertmanager.yml"))
            .output()
            .expect("amtool is missing: apt-get install prometheus-alertmanager");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{generation:?}: {said}");
    }
}
