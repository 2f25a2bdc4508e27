//! Tests that the quick loop leaves out: each says why, and the full loop runs it.

use std::path::{Path, PathBuf};

/// The full loop.
const FULL_LOOP: &str = include_str!("../../run");
/// End of every reason.
const ELSEWHERE: &str = ": tests/run runs it\"]";

/// The files of Rust in a folder and its subfolders.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let here = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    here.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// Each attribute that leaves a test out, with the line of the test's name.
fn left_out() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left_out = Vec::new();
    for file in ["src", "tests/it"].iter().flat_map(|folder| sources(&root.join(folder))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("#[ignore"));
        left_out.extend(pairs.map(|pair| (pair[0].to_owned(), pair[1].to_owned())));
    }
    left_out
}

/// The program, the right or the time in an attribute; `None` if the attribute has another form.
fn reason(attribute: &str) -> Option<&str> {
    let reason = attribute.strip_prefix("#[ignore = \"")?.strip_suffix(ELSEWHERE)?;
    reason.strip_prefix("needs ").or_else(|| reason.strip_prefix("takes "))
}

#[test]
fn a_test_that_the_quick_loop_leaves_out_says_why_and_where_it_runs() {
    let left_out = left_out();
    assert!(left_out.len() > 50, "{left_out:?}");
    for (attribute, test) in left_out {
        let reason = reason(&attribute).unwrap_or_default();
        assert!(!reason.is_empty(), "{test} {attribute}: see CONTRIBUTING.md");
    }
}

#[test]
fn a_reason_of_another_form_does_not_pass() {
    assert_eq!(reason("#[ignore = \"needs node: tests/run runs it\"]"), Some("node"));
    assert_eq!(reason("#[ignore = \"takes 5 minutes: tests/run runs it\"]"), Some("5 minutes"));
    for other in ["#[ignore]", "#[ignore = \"needs node\"]", "#[ignore = \"flaky\"]"] {
        assert_eq!(reason(other), None, "{other}");
    }
}

/// Modules that one call of the test runner skips are the last argument of another call.
#[test]
fn the_full_loop_runs_what_the_quick_loop_leaves_out() {
    let calls = FULL_LOOP.lines().filter(|line| line.contains(" -- --include-ignored"));
    let calls: Vec<Vec<&str>> = calls.map(|call| call.split(' ').collect()).collect();
    let of_all = |call: &&Vec<&str>| call.contains(&"test") && !call.contains(&"--test");
    assert_eq!(calls.iter().filter(of_all).count(), 1, "{calls:?}");
    let selected: Vec<&str> = calls.iter().filter_map(|call| call.last().copied()).collect();
    for pair in calls.iter().flat_map(|call| call.windows(2)).filter(|pair| pair[0] == "--skip") {
        assert!(selected.contains(&pair[1]), "{pair:?} runs nowhere");
    }
}

/// Without these rights only such a test is left out of the full loop, and the full loop says so.
#[test]
fn the_full_loop_knows_every_test_that_needs_root_and_no_other() {
    let named = FULL_LOOP.lines().filter_map(|line| line.strip_prefix("takes "));
    let mut named: Vec<_> = named.filter_map(|rest| rest.split(' ').next()).collect();
    let left_out = left_out();
    let tests = left_out.iter().filter(|(attribute, _)| reason(attribute) == Some("root"));
    let mut tests: Vec<_> = tests
        .map(|(_, test)| test.trim_start_matches("async ").trim_start_matches("fn "))
        .map(|test| test.split('(').next().unwrap())
        .collect();
    named.sort_unstable();
    tests.sort_unstable();
    assert!(!tests.is_empty());
    assert_eq!(named, tests);
}
