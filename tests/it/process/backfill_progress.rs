//! The progress of a backfill on a terminal, and in a log.

use std::process::{Command, Output};

use super::backfill::Scene;

/// Requests a minute: several pages of a list take seconds, so that the bar shows each of them.
const RATE: u32 = 300;

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command on a pseudo terminal of 100 columns. Standard output has what the terminal got.
fn on_a_terminal(command: &Command) -> Output {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let line = format!("stty cols 100 && exec {}", words.join(" "));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm");
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    script.envs(variables).stdin(std::process::Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs script of util-linux: tests/run runs it"]
async fn a_terminal_shows_a_bar_with_the_days_the_rows_and_the_measured_rate() {
    let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
    let done = on_a_terminal(&scene.command_at(RATE, folder.path()));
    let shown = told(&done.stdout);
    assert!(done.status.success(), "{shown}{}", told(&done.stderr));
    let bars: Vec<_> =
        shown.split(['\r', '\n']).filter(|line| line.contains("Closed chats")).collect();
    let is_whole = |bar: &&str| {
        let parts = ["/2 days, ", " rows, ", " requests/min"];
        bar.contains('[') && parts.iter().all(|part| bar.contains(part))
    };
    assert!(bars.iter().any(is_whole), "{bars:#?}\n{shown}");
    assert!(shown.contains("Files 1/2 days") || shown.contains("Files 2/2 days"), "{shown}");
    assert!(!shown.contains("Reading closed chats."), "a log line beside the bar: {shown}");
    assert!(shown.contains(" chats are written into the files of 2 days."), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_log_lines_tell_each_part_and_that_the_end_is_not_set() {
    let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
    let done = scene.command_without_end(RATE * 10, folder.path()).output().unwrap();
    let logged = told(&done.stderr);
    assert!(done.status.success(), "{logged}");
    let line = |message: &str| {
        let found = logged.lines().find(|line| line.contains(message));
        found.unwrap_or_else(|| panic!("no {message}: {logged}")).to_owned()
    };
    let reads = line("msg=\"Reading closed chats.\"");
    assert!(reads.contains(" rows=") && reads.contains(" days="), "{reads}");
    let writes = line("msg=\"Writing files.\"");
    assert!(writes.contains(" days_done=1 ") && !writes.contains(" rows="), "{writes}");
    let warning = line("Neither --to nor --state.directory is set");
    assert!(warning.contains("level=warn"), "{warning}");
    assert!(!logged.contains("Closed chats"), "a bar in a log: {logged}");
}
