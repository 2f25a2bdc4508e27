//! The manual pages and completions in `deploy` are those that clap generates from the definition of the command
//! line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use rocketchat_omnichannel_exporter::cli;

/// With the value `always`, as for the snapshots, the test writes the files.
const UPDATE: &str = "INSTA_UPDATE";

fn deploy(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(folder)
}

/// The command without the parts that differ between machines.
fn command() -> clap::Command {
    cli::command().version(env!("CARGO_PKG_VERSION"))
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

fn hold(folder: &str, made: &Path) {
    let kept = deploy(folder);
    if std::env::var_os(UPDATE).is_some_and(|update| update == "always") {
        drop(fs::remove_dir_all(&kept));
        fs::create_dir_all(&kept).unwrap();
        for (name, text) in files(made) {
            fs::write(kept.join(name), text).unwrap();
        }
    }
    let (kept, made) = (files(&kept), files(made));
    assert!(
        kept == made,
        "deploy/{folder} is not what the command line says: run it with {UPDATE}=always and look at the difference"
    );
}

#[test]
fn the_manual_pages_are_those_of_the_command_line() {
    let made = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(command(), made.path()).unwrap();
    hold("man", made.path());
}

#[test]
fn the_completions_are_those_of_the_command_line() {
    let made = tempfile::tempdir().unwrap();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let (mut command, name) = (command(), env!("CARGO_PKG_NAME"));
        clap_complete::generate_to(shell, &mut command, name, made.path()).unwrap();
    }
    hold("completions", made.path());
}
