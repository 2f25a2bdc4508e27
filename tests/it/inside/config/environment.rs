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
    assert_eq!(settings.log.level, LogLevel::INFO);
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
    ROCKETCHAT_EXPORTER__SERVICE_LEVEL__DEPARTMENTS__VIP: the name of a variable does not keep upper and lower case: set this in the file
    ROCKETCHAT_EXPORTER__WORKSPACES: must be a list of mappings: write a dash before each mapping
    ROCKETCHAT_EXPORTER__WORKSPACES: give either ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE) or workspaces in the file, not both
    "#);
}

#[test]
fn a_workspace_of_variables_needs_all_three() {
    insta::assert_snapshot!(told(&SINGLE[..1]), @r#"
    ROCKETCHAT_USER_ID: is missing
    ROCKETCHAT_AUTH_TOKEN: is missing: set it, or set ROCKETCHAT_AUTH_TOKEN_FILE to the path of a file that contains the token
    "#);
    insta::assert_snapshot!(told(&[("ROCKETCHAT_URL", "ftp://a")]), @r#"
    ROCKETCHAT_URL: must be an http:// or https:// address, e.g. https://chat.example.com
    ROCKETCHAT_USER_ID: is missing
    ROCKETCHAT_AUTH_TOKEN: is missing: set it, or set ROCKETCHAT_AUTH_TOKEN_FILE to the path of a file that contains the token
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
    insta::assert_snapshot!(told(&[]), @r#"workspaces: no workspace is configured: set ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE), or list workspaces in the file of --config.file"#);
}

#[test]
fn workspaces_of_variables_and_of_the_file_exclude_each_other() {
    insta::assert_snapshot!(problems(WORKSPACE, &SINGLE), @r#"config.yaml: workspaces: give either ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE) or workspaces in the file, not both"#);
}

#[test]
fn quotes_that_compose_left_in_a_value_are_told_without_the_value() {
    let set = [
        ("ROCKETCHAT_URL", "\"https://s3cret\""),
        ("ROCKETCHAT_USER_ID", "'s3cret'"),
        ("ROCKETCHAT_AUTH_TOKEN", "\"s3cret\""),
        ("ROCKETCHAT_EXPORTER__POLL__INTERVAL", "'30s'"),
        ("ROCKETCHAT_EXPORTER__POLL__MAX_PAGES", "\"7\""),
        ("ROCKETCHAT_EXPORTER__LOG__LEVEL", "\"debug\""),
        ("ROCKETCHAT_EXPORTER__WEB__ENABLE_LIFECYCLE", "'true'"),
        ("ROCKETCHAT_EXPORTER__WEB__LISTEN_ADDRESS", "\":1,:2\""),
        ("ROCKETCHAT_EXPORTER__STATE__DIRECTORY", "\"/state\""),
        ("ROCKETCHAT_EXPORTER__BOTS", "'s3cret,rocket.cat'"),
    ];
    let told = told(&set);
    assert!(!told.contains("s3cret"), "{told}");
    insta::assert_snapshot!(told, @r#"
    ROCKETCHAT_EXPORTER__WEB__LISTEN_ADDRESS: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__WEB__ENABLE_LIFECYCLE: must be true or false; leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__LOG__LEVEL: must be one of debug, info, warn, error, trace; leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__STATE__DIRECTORY: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__POLL__INTERVAL: must be a duration with its unit, e.g. "30s"; leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__POLL__MAX_PAGES: must be a whole number from 1 to 4294967295; leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_EXPORTER__BOTS: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_URL: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_USER_ID: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_AUTH_TOKEN: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    "#);
}

#[test]
fn quotes_and_names_in_the_file_of_a_variable_are_told_without_its_content() {
    let directory = tempfile::tempdir().unwrap();
    let told_of = |url: &str, user: &str, token: &str| {
        let file = |name: &str, content: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let named = [file("url", url), file("user", user), file("token", token)];
        let [url, user, token] = named.each_ref().map(String::as_str);
        let set = [
            ("ROCKETCHAT_URL_FILE", url),
            ("ROCKETCHAT_USER_ID_FILE", user),
            ("ROCKETCHAT_AUTH_TOKEN_FILE", token),
        ];
        let told = told(&set);
        assert!(!told.contains("s3cret"), "{told}");
        told.replace(directory.path().to_str().unwrap(), "FOLDER")
    };
    let quoted = told_of("'https://s3cret'\n", "\"s3cret\"\r\n", "\"s3cret\"\n");
    insta::assert_snapshot!(quoted, @r#"
    ROCKETCHAT_URL: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_USER_ID: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    ROCKETCHAT_AUTH_TOKEN_FILE: FOLDER/token contains quotes around the token: delete the quotes
    "#);
    let token = told_of("https://a", "u", "ROCKETCHAT_AUTH_TOKEN=s3cret\n");
    insta::assert_snapshot!(token, @"ROCKETCHAT_AUTH_TOKEN_FILE: FOLDER/token contains a line such as NAME=value: delete everything up to the =, because the file contains the value only");
    let others = told_of("ROCKETCHAT_URL=https://s3cret\n", "USER_ID=s3cret", "t");
    insta::assert_snapshot!(others, @r#"
    ROCKETCHAT_URL_FILE: FOLDER/url contains a line such as NAME=value: delete everything up to the =, because the file contains the value only
    ROCKETCHAT_USER_ID_FILE: FOLDER/user contains a line such as NAME=value: delete everything up to the =, because the file contains the value only
    "#);
}
