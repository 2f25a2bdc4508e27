//! Warnings about files that other users of this machine can access and should not. They are never errors.
//!
//! Nothing is reported in a container: other users cannot see the files that are mounted there, and Kubernetes gives
//! secrets and volumes modes that are open to all. A file below a directory that other users cannot enter is not
//! reported either.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::config::Settings;
use crate::rocketchat::token::{TokenSource, shown};

const OTHERS_READ: u32 = 0o004;
const OTHERS_WRITE: u32 = 0o002;
const OTHERS_ENTER: u32 = 0o001;

/// One line for each file or directory that other users can access. Reads modes only. Blocks on the file system.
pub(crate) fn lines(settings: &Settings) -> Vec<String> {
    if is_container() { Vec::new() } else { found(settings) }
}

fn is_container() -> bool {
    let marks = ["/.dockerenv", "/run/.containerenv"];
    std::process::id() == 1 || marks.iter().any(|mark| Path::new(mark).exists())
}

fn found(settings: &Settings) -> Vec<String> {
    let directory = settings.state.directory.as_deref();
    let directory = directory.filter(|path| is_open(path, OTHERS_WRITE)).map(|path| {
        let path = path.display();
        format!("state directory {path}: every user of this machine can write to it: run chmod 700 on it")
    });
    let file = settings.file_with_token.as_deref();
    let file = file.filter(|path| is_open(path, OTHERS_READ)).map(|path| {
        let path = path.display();
        format!(
            "{path}: every user of this machine can read the token in it: run chmod 600 on it, or put the token into \
             its own file"
        )
    });
    let tokens = settings.workspaces.iter().flat_map(|workspace| {
        let webhook_token = workspace.webhook_token.as_ref().map(|token| ("webhook token", token));
        let tokens = std::iter::once(("token", &workspace.token)).chain(webhook_token);
        tokens.filter_map(|(kind, token)| open_token(kind, &workspace.name, token))
    });
    directory.into_iter().chain(file).chain(tokens).collect()
}

fn open_token(kind: &str, workspace: &str, token: &TokenSource) -> Option<String> {
    let TokenSource::File(path) = token else { return None };
    is_open(path, OTHERS_READ).then(|| {
        let file = shown(Path::new(""), path);
        format!(
            "{kind} of {workspace}: every user of this machine can read {file}: run chmod 600 on it"
        )
    })
}

/// True if the mode of the file gives others this permission and others can enter all directories above the file.
fn is_open(path: &Path, others: u32) -> bool {
    let allows = |path: &Path, bit| fs::metadata(path).is_ok_and(|it| it.mode() & bit != 0);
    let Ok(real) = path.canonicalize() else { return false };
    allows(&real, others) && real.ancestors().skip(1).all(|above| allows(above, OTHERS_ENTER))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::{self, Flags};

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_reach_is_told_with_the_remedy_and_what_they_do_not_reach_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (file, token, state) = (path("c.yaml"), path("token"), path("state"));
        let yaml = "state: {directory: state}\nworkspaces:\n\
                    - {url: 'https://a', user_id: u, auth_token: hunter2}\n\
                    - {url: 'https://b', user_id: u, auth_token_file: token, webhook_token_file: token}\n";
        fs::write(&file, yaml).unwrap();
        fs::write(&token, "hunter2").unwrap();
        fs::create_dir(&state).unwrap();
        let flags = Flags { config_file: Some(file.clone()), ..Flags::default() };
        let settings = config::load(&flags, BTreeMap::new()).unwrap();
        set(folder.path(), 0o755);
        for (path, mode) in [(&file, 0o644), (&token, 0o644), (&state, 0o777)] {
            set(path, mode);
        }
        let told = found(&settings);
        assert_eq!(told.len(), 4, "{told:?}");
        let parts = [
            "/state: every user of this machine can write to it: run chmod 700",
            "/c.yaml: ",
            "token of b: ",
            "webhook token of b: ",
        ];
        for (line, part) in told.iter().zip(parts) {
            assert!(line.contains(part) && !line.contains("hunter2"), "{line}");
        }
        set(folder.path(), 0o700);
        assert_eq!(found(&settings), Vec::<String>::new(), "others cannot enter the folder");
        set(folder.path(), 0o755);
        for (path, mode) in [(&file, 0o640), (&token, 0o600), (&state, 0o755)] {
            set(path, mode);
        }
        assert_eq!(found(&settings), Vec::<String>::new());
        set(&file, 0o644);
        fs::write(&file, yaml.replace("auth_token: hunter2", "auth_token_file: token")).unwrap();
        let settings = config::load(&flags, BTreeMap::new()).unwrap();
        assert_eq!(found(&settings), Vec::<String>::new(), "there is no token in it");
    }
}
