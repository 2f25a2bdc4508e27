//! Settings from variables.

use super::*;

const SINGLE: [(&str, &str); 3] = [
    ("ROCKETCHAT_URL", "https://chat.example.com/team"),
    ("ROCKETCHAT_USER_ID", "u"),
    ("ROCKETCHAT_AUTH_TOKEN", "t0ken"),
];

fn load_variables(more: &[(&str, &str)]) -> Result<Settings, Problems> {
    load(&Flags::default(), variables(&[&SINGLE[..], more].concat()))
}

fn told(set: &[(&str, &str)]) -> String {
    load(&Flags::default(), variables(set)).unwrap_err().to_string()
}

#[test]
fn three_variables_make_a_workspace_without_a_file() {
    let settings = load_variables(&[]).unwrap();
    let workspace = &settings.workspaces[0];
    assert_eq!(workspace.name, "chat.example.com");
    assert_eq!(workspace.url.as_str(), "https://chat.example.com/team/");
    assert_eq!(workspace.user_id, "u");
}

#[test]
fn each_variable_has_a_twin_that_names_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (url, user, token) = (file("a", "https://a\n"), file("b", "ada\n"), file("c", "t0ken\n"));
    let set = [
        ("ROCKETCHAT_URL_FILE", url.as_str()),
        ("ROCKETCHAT_USER_ID_FILE", user.as_str()),
        ("ROCKETCHAT_AUTH_TOKEN_FILE", token.as_str()),
    ];
    let settings = load(&Flags::default(), variables(&set)).unwrap();
    let workspace = &settings.workspaces[0];
    assert_eq!((workspace.name.as_str(), workspace.user_id.as_str()), ("a", "ada"));
    std::fs::write(&token, "\n").unwrap();
    assert!(workspace.token.read().is_err(), "the file is read again");
}

#[test]
fn values_of_variables_are_text_and_lists_have_commas() {
    let settings = load_variables(&[
        ("ROCKETCHAT_EXPORTER__POLL__MAX_PAGES", "7"),
        ("ROCKETCHAT_EXPORTER__SERVICE_LEVEL__OBJECTIVE", "1"),
        ("ROCKETCHAT_EXPORTER__BOTS", "rocket.cat, 007,"),
        ("ROCKETCHAT_EXPORTER__TAGS", "refund,bug"),
        ("ROCKETCHAT_EXPORTER__WEB__LISTEN_ADDRESS", ":1,localhost:2"),
        ("ROCKETCHAT_EXPORTER__LOG__LEVEL", ""),
    ])
    .unwrap();
    let workspace = &settings.workspaces[0];
    assert_eq!(workspace.poll.max_pages, 7);
    assert!(workspace.service_levels.default.objective >= 1.0);
    assert!(workspace.bots.iter().eq(["007", "rocket.cat"]));
    assert_eq!(workspace.tags, ["refund", "bug"]);
    assert_eq!(settings.web.listen_addresses.len(), 2);
    assert_eq!(settings.log.level, LogLevel::Info);
}

#[test]
fn variables_of_others_are_left_alone() {
    let others = [
        ("ROCKETCHAT_EXPORTER_PORT", "tcp://10.0.0.1:10458"),
        ("ROCKETCHAT_PORT", "tcp://10.0.0.1:3000"),
        ("PATH", "/bin"),
    ];
    assert!(load_variables(&others).is_ok());
}

#[test]
fn a_problem_with_a_variable_names_the_variable() {
    let set = [
        &SINGLE[..],
        &[
            ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "30"),
            ("ROCKETCHAT_EXPORTER__POLL__TIMEOT", "30s"),
            ("ROCKETCHAT_EXPORTER__SERVICE_LEVEL__DEPARTMENTS__VIP__THRESHOLD", "20s"),
            ("ROCKETCHAT_EXPORTER__WORKSPACES__0__URL", "https://a"),
        ],
    ];
    insta::assert_snapshot!(told(&set.concat()), @r#"
    ROCKETCHAT_EXPORTER__POLL__INTERVAL: must be a duration with its unit, e.g. "30s"
    ROCKETCHAT_EXPORTER__POLL__TIMEOT: unknown variable; did you mean ROCKETCHAT_EXPORTER__POLL__TIMEOUT?
    ROCKETCHAT_EXPORTER__SERVICE_LEVEL__DEPARTMENTS__VIP: a variable cannot spell a name in its own case: set this in the file
    ROCKETCHAT_EXPORTER__WORKSPACES: must be a list of mappings, each begun by a dash
    ROCKETCHAT_EXPORTER__WORKSPACES: give either ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE) or workspaces in the file, not both
    "#);
}

#[test]
fn a_workspace_of_variables_needs_all_three() {
    insta::assert_snapshot!(told(&SINGLE[..1]), @r#"
    ROCKETCHAT_USER_ID: is missing
    ROCKETCHAT_AUTH_TOKEN: is missing: give it, or ROCKETCHAT_AUTH_TOKEN_FILE with the path of a file that holds it
    "#);
    insta::assert_snapshot!(told(&[("ROCKETCHAT_URL", "ftp://a")]), @r#"
    ROCKETCHAT_URL: must be an http:// or https:// address, e.g. https://chat.example.com
    ROCKETCHAT_USER_ID: is missing
    ROCKETCHAT_AUTH_TOKEN: is missing: give it, or ROCKETCHAT_AUTH_TOKEN_FILE with the path of a file that holds it
    "#);
}

#[test]
fn a_variable_and_its_twin_exclude_each_other() {
    let set = [&SINGLE[..], &[("ROCKETCHAT_AUTH_TOKEN_FILE", "/run/token")]];
    insta::assert_snapshot!(told(&set.concat()), @r#"ROCKETCHAT_AUTH_TOKEN: set either this or ROCKETCHAT_AUTH_TOKEN_FILE, not both"#);
    insta::assert_snapshot!(told(&[("ROCKETCHAT_URL_FILE", "/nonexistent/url")]), @r#"ROCKETCHAT_URL_FILE: cannot read /nonexistent/url: No such file or directory (os error 2)"#);
}

#[test]
fn no_workspace_at_all_names_both_ways() {
    insta::assert_snapshot!(told(&[]), @r#"workspaces: there is none: set ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE), or list workspaces in the file of --config.file"#);
}

#[test]
fn workspaces_of_variables_and_of_the_file_exclude_each_other() {
    insta::assert_snapshot!(problems(WORKSPACE, &SINGLE), @r#"config.yaml: workspaces: give either ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE) or workspaces in the file, not both"#);
}
