//! Configuration from all of its layers, as an operator writes it.

mod encodings;
mod environment;
mod paths;
mod secrecy;
mod webhook_token;
mod workspaces;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::{
    AgentDetail, Flags, LogFormat, LogLevel, Problems, Settings, load,
};

/// The part that every file needs.
const WORKSPACE: &str =
    "workspaces: [{url: 'https://chat.example.com', user_id: u, auth_token: t0ken}]\n";

fn variables(set: &[(&str, &str)]) -> BTreeMap<String, String> {
    set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load_with(yaml: &str, set: &[(&str, &str)], flags: Flags) -> Result<Settings, Problems> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    std::fs::write(&path, yaml).unwrap();
    let flags = Flags { config_file: Some(path), ..flags };
    load(&flags, variables(set))
}

fn load_yaml(yaml: &str) -> Result<Settings, Problems> {
    load_with(yaml, &[], Flags::default())
}

/// The problems as text, without the directory of the file.
fn problems(yaml: &str, set: &[(&str, &str)]) -> String {
    let problems = load_with(yaml, set, Flags::default()).unwrap_err();
    let without_directory = |line: &String| match line.split_once("/config.yaml") {
        Some((_, rest)) => format!("config.yaml{rest}"),
        None => line.clone(),
    };
    let lines: Vec<_> = problems.lines().iter().map(without_directory).collect();
    lines.join("\n")
}

#[test]
fn a_file_with_one_workspace_has_defaults_for_the_rest() {
    let settings = load_yaml(WORKSPACE).unwrap();
    assert_eq!(settings.web.listen_addresses, [":10458".parse().unwrap()]);
    assert_eq!(settings.web.telemetry_path.as_str(), "/metrics");
    let workspace = &settings.workspaces[0];
    assert_eq!(workspace.name, "chat.example.com");
    assert_eq!(workspace.poll.interval, Duration::from_secs(30));
    assert_eq!(workspace.agents.detail, AgentDetail::Load);
    assert!(workspace.connection.gzip);
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let yaml = format!(
        "{WORKSPACE}log: {{level: warn, format: json}}\npoll: {{interval: 5s, timeout: 5s}}\n"
    );
    let set = [
        ("ROCKETCHAT_EXPORTER__LOG__LEVEL", "debug"),
        ("ROCKETCHAT_EXPORTER__LOG__FORMAT", "logfmt"),
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "7s"),
    ];
    let flags = Flags { log_level: Some(LogLevel::TRACE), ..Flags::default() };
    let settings = load_with(&yaml, &set, flags).unwrap();
    assert_eq!(settings.log.level, LogLevel::TRACE);
    assert_eq!(settings.log.format, LogFormat::Logfmt);
    let poll = &settings.workspaces[0].poll;
    assert_eq!((poll.interval, poll.timeout), (Duration::from_secs(7), Duration::from_secs(5)));
}

#[test]
fn a_listen_address_may_be_one_or_many() {
    for (written, count) in [("':1'", 1), ("localhost:1", 1), ("[':1', '[::1]:2']", 2)] {
        let settings =
            load_yaml(&format!("{WORKSPACE}web: {{listen_address: {written}}}\n")).unwrap();
        assert_eq!(settings.web.listen_addresses.len(), count);
    }
}

#[test]
fn a_section_or_key_without_a_value_counts_as_absent() {
    let settings = load_yaml(&format!("{WORKSPACE}poll:\nagents:\n  detail:\n")).unwrap();
    assert_eq!(settings.workspaces[0].agents.detail, AgentDetail::Load);
}

#[test]
fn each_level_of_detail_about_agents_includes_the_one_before() {
    let details = ["'off'", "load", "presence", "performance"].map(|word| {
        let settings = load_yaml(&format!("{WORKSPACE}agents: {{detail: {word}}}\n")).unwrap();
        settings.workspaces[0].agents.detail
    });
    assert!(details.is_sorted_by(|less, more| less < more), "{details:?}");
    let told = problems(&format!("{WORKSPACE}agents: {{detail: all}}\n"), &[]);
    insta::assert_snapshot!(told, @"config.yaml: agents.detail: must be one of off, load, presence, performance");
}

#[test]
fn a_dozen_problems_are_told_at_once() {
    let yaml = r#"
pol: {}
web: {listen_address: ["localhost", ":2"], telemetry_path: /config}
log: {level: loud}
poll: {interval: 30, max_pages: 0, intervall: 1s}
agents: [load]
service_level:
  objective: 80
  business_hours: {time_zone: Mars/Olympus, open: ["mon-fri 09:00-18:00", "weekdays"]}
  departments: {VIP: {treshold: 20s, business_hours: never}}
workspaces:
  - url: https://chat.example.com/api/v1
    user_id: 42
    auth_tokn: abc
    filter: {agents: [a, 7], custom_fields: {plan: 1}, colour: red}
  - name: acme
    url: https://ada:secret@chat.example.com
    user_id: u
    auth_token: 0012345
    tls: {key_file: /k.pem}
  - name: acme
    url: https://b.example.com
    user_id: u
    auth_token_file: /nonexistent/token
    scope: mine
  - just text
"#;
    insta::assert_snapshot!(problems(yaml, &[]));
}

#[test]
fn broken_yaml_is_one_line_with_its_number_and_without_its_text() {
    let told = problems("poll:\n  interval: 5s\n bad: s3cret\nother: [\n", &[]);
    assert!(told.starts_with("config.yaml: line 3: not a YAML mapping"), "{told}");
    let twice = problems("log: {}\nlog: {}\n", &[]);
    assert!(twice.contains("the same key is in this mapping twice"), "{twice}");
    for no_mapping in ["just s3cret", "- s3cret", "a: .inf s3cret: x"] {
        let told = problems(no_mapping, &[]);
        assert_eq!(told.lines().count(), 1);
        assert!(!told.contains("s3cret"), "{told}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_the_only_problem() {
    let flags = Flags { config_file: Some("/nonexistent/config.yaml".into()), ..Flags::default() };
    let told = load(&flags, BTreeMap::new()).unwrap_err().to_string();
    assert!(told.starts_with("/nonexistent/config.yaml: cannot be read: "), "{told}");
    assert_eq!(told.lines().count(), 1);
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("c.yaml");
    std::fs::write(&path, WORKSPACE).unwrap();
    let load_named = |path: &Path| {
        let set = [("ROCKETCHAT_EXPORTER__CONFIG__FILE", path.to_str().unwrap())];
        load(&Flags::default(), variables(&set))
    };
    assert_eq!(load_named(&path).unwrap().workspaces.len(), 1);
    assert!(load_named(&directory.path().join("d.yaml")).is_err());
}

#[test]
fn state_is_kept_where_flag_environment_or_file_say_and_by_default_nowhere() {
    let directory = |yaml: &str, set: &[_], flag: Option<&str>| {
        let flags = Flags { state_directory: flag.map(Into::into), ..Flags::default() };
        let settings = load_with(&format!("{WORKSPACE}{yaml}"), set, flags).unwrap();
        settings.state.directory.map(|path| path.display().to_string())
    };
    let yaml = "state: {directory: /file}\n";
    let set = [("ROCKETCHAT_EXPORTER__STATE__DIRECTORY", "/environment")];
    assert_eq!(directory(yaml, &set, Some("/flag")).unwrap(), "/flag");
    assert_eq!(directory(yaml, &set, None).unwrap(), "/environment");
    assert_eq!(directory(yaml, &[], None).unwrap(), "/file");
    assert_eq!(directory("", &[], None), None);
}

#[test]
fn the_web_config_file_is_named_by_flag_environment_or_file_and_shown() {
    let named = |yaml: &str, set: &[_], flag: Option<&str>| {
        let flags = Flags { web_config_file: flag.map(Into::into), ..Flags::default() };
        let settings = load_with(&format!("{WORKSPACE}{yaml}"), set, flags).unwrap();
        let shown = settings.to_masked_yaml();
        let file = settings.web.config_file.map(|path| path.display().to_string());
        assert_eq!(shown.contains("config_file: \""), file.is_some(), "{shown}");
        file.unwrap_or_default()
    };
    let yaml = "web: {config_file: web.yml}\n";
    let set = [("ROCKETCHAT_EXPORTER__WEB__CONFIG_FILE", "/environment.yml")];
    assert_eq!(named(yaml, &set, Some("/flag.yml")), "/flag.yml");
    assert_eq!(named(yaml, &set, None), "/environment.yml");
    assert!(named(yaml, &[], None).ends_with("/web.yml"));
    assert_eq!(named("", &[], None), "");
}

#[test]
fn a_state_directory_without_a_name_is_a_mistake() {
    let told = problems(&format!("{WORKSPACE}state: {{directory: ' ', directry: /s}}\n"), &[]);
    insta::assert_snapshot!(told, @r#"
    config.yaml: state.directory: must not be empty
    config.yaml: state: unknown key "directry"; did you mean "directory"?
    "#);
}
