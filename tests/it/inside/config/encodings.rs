//! Files as the editors and shells of Windows save them.

use ::secrecy::ExposeSecret;
use rocketchat_omnichannel_exporter::config::fingerprint;

use super::*;
use crate::encodings::of_windows;

const COMMENTED: &str = "# Größe\nbots:\n  - rocket.cat\n  - 日本\n\nworkspaces:\n  - url: https://a\n    \
     user_id: u\n    auth_token_file: TOKEN\n";

#[test]
fn configuration_and_token_file_mean_the_same_in_every_encoding() {
    let directory = tempfile::tempdir().unwrap();
    let [path, token] = ["config.yaml", "token"].map(|name| directory.path().join(name));
    let yaml = COMMENTED.replace("TOKEN", token.to_str().unwrap());
    let flags = Flags { config_file: Some(path.clone()), ..Flags::default() };
    for (yaml, secret) in of_windows(&yaml).iter().zip(of_windows("t0ken\n")) {
        std::fs::write(&path, yaml).unwrap();
        std::fs::write(&token, secret).unwrap();
        let settings = load(&flags, BTreeMap::new()).unwrap();
        let workspace = &settings.workspaces[0];
        assert!(workspace.bots.iter().eq(["rocket.cat", "日本"]));
        assert_eq!(workspace.token.read().unwrap().expose_secret(), "t0ken");
    }
}

#[test]
fn a_change_of_a_file_in_another_encoding_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    let flags = Flags { config_file: Some(path.clone()), ..Flags::default() };
    let print_of = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        fingerprint(&flags, &BTreeMap::new())
    };
    for (one, other) in of_windows("bots: [a]\n").iter().zip(of_windows("bots: [b]\n")) {
        assert_ne!(print_of(one), print_of(&other));
        assert_eq!(print_of(one), print_of(one));
    }
}

#[test]
fn files_that_variables_name_mean_the_same_in_every_encoding() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, content: Vec<u8>| {
        let path = directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let all = of_windows("https://a\n").into_iter().zip(of_windows("ada\n"));
    for ((url, user), token) in all.zip(of_windows("t0ken\n")) {
        let named = [file("url", url), file("user", user), file("token", token)];
        let [url, user, token] = named.each_ref().map(String::as_str);
        let set = [
            ("ROCKETCHAT_URL_FILE", url),
            ("ROCKETCHAT_USER_ID_FILE", user),
            ("ROCKETCHAT_AUTH_TOKEN_FILE", token),
        ];
        let workspace = load(&Flags::default(), variables(&set)).unwrap().workspaces.remove(0);
        assert_eq!((workspace.name.as_str(), workspace.user_id.as_str()), ("a", "ada"));
        assert_eq!(workspace.token.read().unwrap().expose_secret(), "t0ken");
    }
}

#[test]
fn a_file_of_no_known_encoding_is_refused_with_the_remedy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    let flags = Flags { config_file: Some(path.clone()), ..Flags::default() };
    for content in [&b"bots: [M\xfcller]"[..], b"b\0o\0t\0s\0:\0 \0\xe4\0"] {
        std::fs::write(&path, content).unwrap();
        let told = load(&flags, BTreeMap::new()).unwrap_err().to_string();
        assert!(told.ends_with("is not text in UTF-8: save it as UTF-8"), "{told}");
    }
}
