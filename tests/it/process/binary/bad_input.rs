//! An error before the first poll ends the start with one line and the exit code of the cause.

use std::net::{TcpListener, UdpSocket};

use super::exporter::Ended;
use super::{Exporter, PATIENCE};

const SECRET: &str = "t0ken-that-nobody-may-see";
const CONFIGURATION: i32 = 78;

/// Environment variables of a process.
type Variables<'a> = &'a [(&'static str, String)];

fn variables(url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("ROCKETCHAT_URL", url.to_owned()),
        ("ROCKETCHAT_USER_ID", "somebody".to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN", SECRET.to_owned()),
    ]
}

fn workspace(rest: &str) -> String {
    format!(
        "workspaces: [{{url: 'https://chat.example.com', user_id: u, auth_token: '{SECRET}'{rest}}}]\n"
    )
}

async fn run(arguments: &[&str], variables: Variables<'_>) -> Ended {
    let ended = Exporter::start(arguments, variables).ended_within(PATIENCE).await;
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(SECRET), "{said}");
    ended
}

async fn run_with_file(yaml: &str, arguments: &[&str]) -> Ended {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    std::fs::write(&path, yaml).unwrap();
    run(&[&["--config.file", path.to_str().unwrap()], arguments].concat(), &[]).await
}

/// Asserts that the process printed nothing but one line with these parts on stderr, and ended with this code.
pub fn assert_one_line(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "nothing but errors");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    for part in parts {
        assert!(ended.stderr.contains(part), "{part:?} is not in {}", ended.stderr);
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_ends_the_start_with_the_place_and_the_remedy() {
    let unknown_key = format!("{}poll: {{intervall: 30s}}\n", workspace(""));
    let bad_url =
        workspace("").replace("https://chat.example.com", "https://chat.example.com/api/v1");
    let no_token = workspace("").replace(&format!("auth_token: '{SECRET}'"), "scope: all");
    let no_file = workspace(", tls: {ca_file: /nonexistent/ca.pem}");
    let no_web_config = workspace("") + "web: {config_file: /nonexistent/web.yml}\n";
    let cases: [(&str, &[&str]); 6] = [
        (&no_web_config, &["/nonexistent/web.yml: cannot be read: "]),
        (&unknown_key, &["config.yaml: poll: ", "\"intervall\"", "did you mean \"interval\"?"]),
        (&bad_url, &["workspaces[0].url: ", "leave out /api/v1"]),
        (&no_token, &["workspaces[0].auth_token: ", "is missing", "auth_token_file"]),
        (&no_file, &["workspace chat.example.com: ", "/nonexistent/ca.pem", "check the path"]),
        ("workspaces: []\n", &["workspaces: ", "ROCKETCHAT_URL", "--config.file"]),
    ];
    for (yaml, parts) in cases {
        assert_one_line(&run_with_file(yaml, &[]).await, CONFIGURATION, parts);
        assert_one_line(&run_with_file(yaml, &["--config.check"]).await, CONFIGURATION, parts);
    }
}

#[tokio::test]
async fn variables_that_are_wrong_are_named() {
    let no_token = &variables("http://a")[..2];
    let cases: [(Variables<'_>, &[&str]); 3] = [
        (&[], &["workspaces: no workspace is configured", "ROCKETCHAT_URL", "--config.file"]),
        (&variables("chat.example.com"), &["ROCKETCHAT_URL: ", "e.g. https://chat.example.com"]),
        (no_token, &["ROCKETCHAT_AUTH_TOKEN: is missing", "ROCKETCHAT_AUTH_TOKEN_FILE"]),
    ];
    for (variables, parts) in cases {
        assert_one_line(&run(&[], variables).await, CONFIGURATION, parts);
    }
}

#[tokio::test]
async fn a_dozen_problems_are_told_at_once_a_line_each() {
    let yaml = "pol: {}\nlog: {level: loud}\nbots: 7\npoll: {interval: 0s, timeout: 3, max_pages: -1}\n\
        agents: {detail: all, label: name}\nservice_level: {objective: 2}\n\
        workspaces: [{url: nowhere, user_id: 3, scope: mine}]\n";
    let ended = run_with_file(yaml, &[]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(CONFIGURATION), ""), "{ended:?}");
    let places = [
        "\"pol\"",
        "log.level",
        "bots",
        "poll.interval",
        "poll.timeout",
        "poll.max_pages",
        "agents.detail",
        "agents.label",
        "service_level.objective",
        "workspaces[0].url",
        "workspaces[0].user_id",
        "workspaces[0].auth_token",
        "workspaces[0].scope",
    ];
    for place in places {
        let lines = ended.stderr.lines().filter(|line| line.contains(place)).count();
        assert_eq!(lines, 1, "{place}: {}", ended.stderr);
    }
    assert_eq!(ended.stderr.lines().count(), places.len(), "{}", ended.stderr);
}

#[tokio::test]
async fn an_unknown_flag_is_a_usage_error_that_names_the_nearest_one() {
    let ended = run(&["--web.listen-adress", ":1"], &[]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    let first = ended.stderr.lines().next().unwrap();
    assert_eq!(first, "error: unexpected argument '--web.listen-adress' found");
    assert!(
        ended.stderr.contains("a similar argument exists: '--web.listen-address'"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_port_in_use_ends_the_start_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let parts = [address.as_str(), "another process uses the port", "--web.listen-address"];
    let flag = ["--web.listen-address", &address];
    assert_one_line(&run(&flag, &variables("http://127.0.0.1:1")).await, 1, &parts);
    assert_one_line(&run(&[&["demo"][..], &flag].concat(), &[]).await, 1, &parts);
}

#[tokio::test]
async fn a_name_that_cannot_be_looked_up_ends_the_start_and_is_named() {
    let parts = ["cannot listen on nowhere.invalid:1: ", "a name that this machine can resolve"];
    let flag = ["--web.listen-address", "nowhere.invalid:1"];
    assert_one_line(&run(&flag, &variables("http://127.0.0.1:1")).await, 1, &parts);
}

#[tokio::test]
#[ignore = "needs root: tests/run runs it"]
async fn a_resolver_that_is_silent_ends_the_start_before_its_own_patience_does() {
    let silent = UdpSocket::bind("127.0.0.77:53").unwrap();
    let resolvers = tempfile::NamedTempFile::new().unwrap();
    let nameserver = format!("nameserver {}\n", silent.local_addr().unwrap().ip());
    std::fs::write(&resolvers, nameserver + "options timeout:30\n").unwrap();
    let flag = ["--web.listen-address", "exporter.example.com:1"];
    let variables = variables("http://127.0.0.1:1");
    let mut exporter = Exporter::resolving(resolvers.path(), &flag, &variables);
    let ended = exporter.ended_within(PATIENCE).await;
    let parts = ["cannot listen on exporter.example.com:1: ", "does not answer within 5 s"];
    assert_one_line(&ended, 1, &parts);
}

#[tokio::test]
async fn what_is_asked_for_goes_to_standard_output() {
    let checked = run_with_file(&workspace(""), &["--config.check"]).await;
    let version = run(&["--version"], &[]).await;
    let help = run(&["--help"], &[]).await;
    for (ended, says) in [
        (checked, "The configuration is valid."),
        (version, concat!("rocketchat-omnichannel-exporter ", env!("CARGO_PKG_VERSION"))),
        (help, "--web.listen-address"),
    ] {
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{says}");
        assert!(ended.stdout.contains(says), "{}", ended.stdout);
    }
}
