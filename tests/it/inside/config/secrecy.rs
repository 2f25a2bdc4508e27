//! No output shows a secret, wherever the secret was written.

use proptest::prelude::*;

use super::*;

/// Settings with a placeholder for a secret, in correct places and in wrong ones.
const PLACES: [&str; 25] = [
    "workspaces: [{url: 'https://a', user_id: u, auth_token_file: ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, proxy_url: 'http://ada:~@proxy'}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, proxy_url: 'http://~@proxy:1'}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, webhook_token: ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, webhook_token_file: ~}]",
    "workspaces: [{url: 'https://ada:~@a', user_id: u, auth_token: t}]",
    "workspaces: [{url: '~', user_id: u, auth_token: [~]}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: {~: 1}}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: '~ ~'}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_tokn: ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token:~}]",
    "workspaces: [{url: 'https://a', user_id: u, ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, scope: ~, gzip: ~, filter: ~}]",
    "workspaces: [{url: 'https://a', user_id: u, auth_token: t, poll: {interval: ~, max_pages: ~}}]",
    "workspaces: ~",
    "workspaces: [~]",
    "web: {listen_address: [~], telemetry_path: ~}",
    "log: {level: ~, format: [~]}",
    "service_level: {threshold: ~, objective: ~, business_hours: ~}",
    "service_level: {business_hours: {time_zone: ~, open: [~]}}",
    "service_level: {departments: ~}",
    "auth_token: ~",
    "~",
    "auth_token: \"~",
];

fn outputs(result: Result<Settings, Problems>) -> String {
    match result {
        Ok(settings) => format!("{settings:?}{settings:#?}{}", settings.to_masked_yaml()),
        Err(problems) => format!("{problems}{problems:?}{problems:#?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_secret_in_the_file_never_comes_out(
        token in "[A-Za-z0-9_-]{20,42}[0-9]",
        place in prop::sample::select(&PLACES[..]),
    ) {
        let yaml = place.replace('~', &token);
        let out = outputs(load_yaml(&yaml));
        prop_assert!(!out.contains(&token), "{}", out);
    }

    #[test]
    fn a_secret_in_a_variable_never_comes_out(
        token in "[A-Za-z0-9_-]{20,42}[0-9]",
        variable in prop::sample::select(vec![
            "ROCKETCHAT_URL", "ROCKETCHAT_AUTH_TOKEN", "ROCKETCHAT_AUTH_TOKEN_FILE", "ROCKETCHAT_URL_FILE",
            "ROCKETCHAT_EXPORTER__POLL__INTERVAL", "ROCKETCHAT_EXPORTER__AUTH_TOKEN",
            "ROCKETCHAT_EXPORTER__WORKSPACES__0__AUTH_TOKEN", "ROCKETCHAT_EXPORTER__WEB__LISTEN_ADDRESS",
            "ROCKETCHAT_EXPORTER__LOG__LEVEL", "ROCKETCHAT_EXPORTER__SERVICE_LEVEL__BUSINESS_HOURS",
        ]),
    ) {
        let mut set = variables(&[
            ("ROCKETCHAT_URL", "https://a"), ("ROCKETCHAT_USER_ID", "u"), ("ROCKETCHAT_AUTH_TOKEN", "t"),
        ]);
        set.remove(variable.trim_end_matches("_FILE"));
        set.insert(variable.to_owned(), token.clone());
        let out = outputs(load(&Flags::default(), set));
        prop_assert!(!out.contains(&token), "{}", out);
    }
}

#[test]
fn the_secret_places_are_hidden_in_so_many_words() {
    let yaml = "workspaces: [{url: 'https://a', user_id: u, auth_token: hunter2, proxy_url: 'http://ada:hunter3@p'}]";
    let shown = load_yaml(yaml).unwrap().to_masked_yaml();
    assert!(shown.contains("auth_token: <hidden>\n"), "{shown}");
    assert!(shown.contains("proxy_url: \"http://<hidden>@p\""), "{shown}");
}

#[test]
fn a_key_in_the_place_of_its_path_is_not_repeated() {
    for key in [
        "\"-----BEGIN PRIVATE KEY-----\\ns3cret\\n\"",
        "'-----BEGIN PRIVATE KEY----- s3cret'",
        "|\n        a\n        s3cret",
    ] {
        for (name, other) in [("key_file", "certificate_file"), ("certificate_file", "key_file")] {
            let yaml = format!(
                "workspaces:\n  - url: https://a\n    user_id: u\n    auth_token: t\n    tls:\n      {other}: /a.pem\n      {name}: {key}\n"
            );
            let told = problems(&yaml, &[]);
            let expected = format!(
                "config.yaml: workspaces[0].tls.{name}: must be the path of a file, not the content of the file"
            );
            assert_eq!(told.trim_end(), expected);
        }
    }
}
