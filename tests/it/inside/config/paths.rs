//! Paths start at the folder of the file that names them; in variables and flags, at the working directory.

use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;

use super::*;

const RELATIVE: &str = "
web: {config_file: web.yml}
state: {directory: kept/state}
workspaces:
  - url: https://a
    user_id: u
    auth_token_file: secrets/token
    tls: {ca_file: ca.pem, certificate_file: ../c.pem, key_file: /run/k.pem}
";

/// Settings of a file `config.yaml` with a token file beside it, and the folder of both.
fn load_beside(yaml: &str, set: &[(&str, &str)], flags: Flags) -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    };
    file("secrets/token", "t0ken");
    let flags = Flags { config_file: Some(file("config.yaml", yaml)), ..flags };
    let settings = load(&flags, variables(set)).unwrap();
    (folder, settings)
}

#[test]
fn paths_in_the_file_start_from_its_folder() {
    let (folder, settings) = load_beside(RELATIVE, &[], Flags::default());
    let at = |name: &str| folder.path().join(name);
    let workspace = &settings.workspaces[0];
    assert_eq!(settings.web.config_file, Some(at("web.yml")));
    assert_eq!(settings.state.directory, Some(at("kept/state")));
    assert_eq!(workspace.token, TokenSource::File(at("secrets/token")));
    assert_eq!(workspace.connection.ca_file, Some(at("ca.pem")));
    let identity = workspace.connection.identity.as_ref().unwrap();
    assert_eq!(identity.certificate_file, at("../c.pem"));
    assert_eq!(identity.key_file, Path::new("/run/k.pem"));
    let shown = settings.to_masked_yaml();
    assert_eq!(load_yaml(&shown).unwrap().to_masked_yaml(), shown, "from any other folder");
}

#[test]
fn paths_of_variables_and_flags_start_from_the_working_directory() {
    let set = [
        ("ROCKETCHAT_EXPORTER__WEB__CONFIG_FILE", "web.yml"),
        ("ROCKETCHAT_EXPORTER__STATE__DIRECTORY", "state"),
    ];
    let (_folder, settings) = load_beside(RELATIVE, &set, Flags::default());
    assert_eq!(settings.web.config_file.as_deref(), Some(Path::new("web.yml")));
    assert_eq!(settings.state.directory.as_deref(), Some(Path::new("state")));
    let flags = Flags {
        web_config_file: Some("flag.yml".into()),
        state_directory: Some("flag".into()),
        ..Flags::default()
    };
    let (_folder, settings) = load_beside(RELATIVE, &set, flags);
    assert_eq!(settings.web.config_file.as_deref(), Some(Path::new("flag.yml")));
    assert_eq!(settings.state.directory.as_deref(), Some(Path::new("flag")));
}

/// The message about a token file, with the folder replaced.
fn told_of(token_file: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    let yaml = WORKSPACE.replace("auth_token: t0ken", &format!("auth_token_file: {token_file}"));
    std::fs::write(&path, yaml).unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    let flags = Flags { config_file: Some(path), ..Flags::default() };
    let told = load(&flags, BTreeMap::new()).unwrap_err().to_string();
    told.replace(folder.path().to_str().unwrap(), "FOLDER")
}

#[test]
fn where_a_token_file_was_looked_for_is_told_and_what_may_be_a_token_is_not() {
    insta::assert_snapshot!(told_of("hunter2"), @"FOLDER/config.yaml: workspaces[0].auth_token_file: cannot read the file of this name in FOLDER: No such file or directory (os error 2)");
    insta::assert_snapshot!(told_of("empty"), @"FOLDER/config.yaml: workspaces[0].auth_token_file: the file of this name in FOLDER is empty");
    insta::assert_snapshot!(told_of("./empty"), @"FOLDER/config.yaml: workspaces[0].auth_token_file: FOLDER/./empty is empty");
    insta::assert_snapshot!(told_of("secrets/token"), @"FOLDER/config.yaml: workspaces[0].auth_token_file: cannot read FOLDER/secrets/token: No such file or directory (os error 2)");
    let set = [
        ("ROCKETCHAT_URL", "https://a"),
        ("ROCKETCHAT_USER_ID", "u"),
        ("ROCKETCHAT_AUTH_TOKEN_FILE", "hunter2"),
    ];
    let told = load(&Flags::default(), variables(&set)).unwrap_err().to_string();
    insta::assert_snapshot!(told, @"ROCKETCHAT_AUTH_TOKEN_FILE: cannot read the file of this name in the working directory: No such file or directory (os error 2)");
}
