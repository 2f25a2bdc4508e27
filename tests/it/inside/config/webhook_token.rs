//! The token of webhooks: its two keys, its variables, and its problems.

use ::secrecy::ExposeSecret;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;

use super::*;

fn yaml(more: &str) -> String {
    format!("workspaces: [{{url: 'https://a', user_id: u, auth_token: t, {more}}}]\n")
}

fn token(settings: &Settings) -> Option<String> {
    let token = settings.workspaces[0].webhook_token.as_ref()?;
    Some(token.read().unwrap().expose_secret().to_owned())
}

#[test]
fn the_token_stands_in_the_file_or_in_a_file_of_its_own_or_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("webhook-token");
    std::fs::write(&path, "from-a-file\n").unwrap();
    let path = path.to_str().unwrap();
    for (more, expected) in [
        ("webhook_token: inline".to_owned(), Some("inline")),
        (format!("webhook_token_file: '{path}'"), Some("from-a-file")),
        ("webhook_token:".to_owned(), None),
        ("gzip: true".to_owned(), None),
    ] {
        let settings = load_yaml(&yaml(&more)).unwrap();
        assert_eq!(token(&settings).as_deref(), expected, "{more}");
        let shown = settings.to_masked_yaml();
        assert_eq!(shown.contains("webhook_token"), expected.is_some(), "{shown}");
        assert!(!shown.contains("inline") && !format!("{settings:?}").contains("inline"));
    }
}

#[test]
fn the_one_workspace_from_the_environment_has_a_variable_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("webhook-token");
    std::fs::write(&path, "from-a-file\n").unwrap();
    let workspace = [
        ("ROCKETCHAT_URL", "https://a"),
        ("ROCKETCHAT_USER_ID", "u"),
        ("ROCKETCHAT_AUTH_TOKEN", "t"),
    ];
    for (variable, value, expected) in [
        ("ROCKETCHAT_WEBHOOK_TOKEN", "inline", "inline"),
        ("ROCKETCHAT_WEBHOOK_TOKEN_FILE", path.to_str().unwrap(), "from-a-file"),
    ] {
        let set = [&workspace[..], &[(variable, value)]].concat();
        let settings = load(&Flags::default(), variables(&set)).unwrap();
        assert_eq!(token(&settings).as_deref(), Some(expected));
        let is_file = matches!(settings.workspaces[0].webhook_token, Some(TokenSource::File(_)));
        assert_eq!(is_file, variable.ends_with("_FILE"), "a file is read again when it is needed");
    }
}

#[test]
fn a_wrong_token_of_webhooks_is_told_with_the_remedy_and_not_shown() {
    for (more, told) in [
        (
            "webhook_token: a, webhook_token_file: b",
            "give either webhook_token or webhook_token_file, not both",
        ),
        ("webhook_token: 'hunter 2'", "webhook_token: must be printable ASCII without spaces"),
        ("webhook_token: ''", "webhook_token: must not be empty"),
        ("webhook_token_file: ./hunter2", "webhook_token_file: cannot read "),
    ] {
        let problems = problems(&yaml(more), &[]);
        assert!(problems.contains(told), "{problems}");
        assert!(!problems.contains("hunter 2"), "{problems}");
    }
}
