//! The files, functions, metrics and tests that the page about uncounted cases names exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PAGE: &str = "docs/why-not-counted.md";
const HEAD: &str = "| What happened | What is left out, and why | Decided in | Metric | Test |";
/// Text of a cell without a metric or a test.
const NONE: &str = "none";
/// Files of the repository by path; `None` if there is no such file.
type Files = BTreeMap<String, Option<String>>;

/// A condition, with the cells of its row.
struct Condition {
    what: String,
    why: String,
    decided_in: String,
    metric: String,
    test: String,
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

fn condition(line: &str) -> Condition {
    let cells = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |"));
    let cells: Vec<&str> = cells.unwrap_or_else(|| panic!("{line}")).split(" | ").collect();
    let [what, why, decided_in, metric, test] = cells[..] else { panic!("{line}") };
    let [what, why, decided_in, metric, test] =
        [what, why, decided_in, metric, test].map(str::to_owned);
    Condition { what, why, decided_in, metric, test }
}

/// The rows below every table head.
fn conditions(page: &str) -> Vec<Condition> {
    let mut lines = page.lines();
    let mut conditions = Vec::new();
    while lines.by_ref().any(|line| line == HEAD) {
        assert_eq!(lines.next(), Some("| --- | --- | --- | --- | --- |"));
        conditions.extend(lines.by_ref().take_while(|line| !line.is_empty()).map(condition));
    }
    conditions
}

/// The names in a cell, each in backticks and separated by spaces; `None` if the cell has another form.
fn named(cell: &str) -> Option<Vec<&str>> {
    let names = cell.strip_prefix('`')?.strip_suffix('`')?.split("` `").collect::<Vec<_>>();
    names.iter().all(|name| !name.is_empty() && !name.contains('`')).then_some(names)
}

/// The lines above a function, the nearest first; `None` if there is no such function.
fn above<'a>(text: &'a str, function: &str) -> Option<Vec<&'a str>> {
    let names = [format!("fn {function}("), format!("fn {function}<")];
    let lines: Vec<&str> = text.lines().collect();
    let place = lines.iter().position(|line| names.iter().any(|name| line.contains(name)))?;
    Some(lines[..place].iter().rev().copied().collect())
}

fn is_test(above: &[&str]) -> bool {
    let mut attributes = above.iter().map(|line| line.trim()).take_while(|it| it.starts_with("#["));
    attributes.any(|it| it == "#[test]" || it.starts_with("#[tokio::test"))
}

/// The reason why a name such as `src/file.rs: function` is wrong; `wants_test` decides whether it must be a test.
fn wrong_function(name: &str, wants_test: bool, files: &mut Files) -> Option<&'static str> {
    let Some((path, function)) = name.split_once(": ") else { return Some("not file: function") };
    let text = files.entry(path.to_owned()).or_insert_with(|| read(path));
    let Some(text) = text else { return Some("no such file") };
    let Some(above) = above(text, function) else { return Some("no such function") };
    (is_test(&above) != wants_test).then_some("a test in the place of a function, or a function")
}

fn wrong_metric(name: &str, metrics: &str) -> Option<&'static str> {
    let is_whole = name.starts_with("rocketchat_omnichannel_");
    let is_there = is_whole && metrics.contains(&format!("\"{name}\""));
    (!is_there).then_some("no such metric")
}

/// The errors of the names in a cell.
fn wrong_names(
    cell: &str,
    may_be_none: bool,
    mut check: impl FnMut(&str) -> Option<&'static str>,
) -> Vec<String> {
    match named(cell) {
        Some(names) => {
            let told = names.into_iter().filter_map(|name| Some((name, check(name)?)));
            told.map(|(name, why)| format!("{name}: {why}")).collect()
        }
        None if may_be_none && cell == NONE => Vec::new(),
        None => vec![format!("{cell:?} names nothing")],
    }
}

/// All errors of a row.
fn wrong(condition: &Condition, metrics: &str, files: &mut Files) -> Vec<String> {
    let Condition { what, why, decided_in, metric, test } = condition;
    let sentences = [what, why].into_iter().filter(|text| !text.ends_with('.'));
    let mut wrong: Vec<_> = sentences.map(|text| format!("{text:?} is no sentence")).collect();
    wrong.extend(wrong_names(decided_in, false, |name| wrong_function(name, false, files)));
    wrong.extend(wrong_names(metric, true, |name| wrong_metric(name, metrics)));
    wrong.extend(wrong_names(test, true, |name| wrong_function(name, true, files)));
    wrong
}

/// The source text of the catalogue.
fn metrics() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn every_function_metric_and_test_that_the_page_names_is_there() {
    let (conditions, metrics) = (conditions(&read(PAGE).unwrap()), metrics());
    assert!(conditions.len() > 100, "{} conditions were found", conditions.len());
    let mut files = Files::new();
    let wrong: Vec<String> =
        conditions.iter().flat_map(|condition| wrong(condition, &metrics, &mut files)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_condition_stands_in_the_page_twice() {
    let page = read(PAGE).unwrap();
    let sections = page.split("\n## ").map(conditions);
    for conditions in sections {
        let mut seen = BTreeSet::new();
        for condition in &conditions {
            assert!(seen.insert(&condition.what), "{}", condition.what);
        }
    }
}

#[test]
fn a_name_that_is_not_there_is_found_out() {
    let metrics = metrics();
    let row = |decided_in: &str, metric: &str, test: &str| {
        let row = condition(&format!("| It was. | It is. | {decided_in} | {metric} | {test} |"));
        wrong(&row, &metrics, &mut Files::new()).len()
    };
    let (decided_in, metric) =
        ("`src/shard.rs: has`", "`rocketchat_omnichannel_exporter_shard_info`");
    let test = "`tests/it/inside/why_not_counted.rs: a_name_that_is_not_there_is_found_out`";
    assert_eq!(row(decided_in, metric, test), 0);
    assert_eq!(row(decided_in, NONE, &format!("{test} {test}")), 0);
    for other in [
        "`src/shard.rs: had`",
        "`src/shards.rs: has`",
        "`src/shard.rs`",
        "src/shard.rs: has",
        NONE,
        test,
        "",
    ] {
        assert_eq!(row(other, metric, test), 1, "{other}");
    }
    for other in ["`rocketchat_omnichannel_exporter_shard`", "`exporter_shard_info`", "no"] {
        assert_eq!(row(decided_in, other, test), 1, "{other}");
    }
    for other in [
        "`tests/it/inside/why_not_counted.rs: read`",
        "`tests/it/inside/why_not_counted.rs: has`",
        "no",
    ] {
        assert_eq!(row(decided_in, metric, other), 1, "{other}");
    }
}
