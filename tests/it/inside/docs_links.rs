//! The documentation is consistent: every link has an existing file and heading as its target, and the README stays
//! short.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const LONGEST_README: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files of a folder and of its subfolders.
fn markdown(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let pages = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "md"));
    pages.chain(folders.iter().flat_map(|folder| markdown(folder))).collect()
}

/// The pages for the users of the repository.
fn pages() -> Vec<PathBuf> {
    let at_root = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
    let in_folders = ["docs", "deploy", "grafana"].iter().flat_map(|it| markdown(&root().join(it)));
    at_root.iter().map(|name| root().join(name)).chain(in_folders).collect()
}

/// The lines outside of code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    page.split("\n```").step_by(2).flat_map(str::lines)
}

/// The anchor that GitHub generates for a heading.
fn anchor(heading: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
    heading.to_lowercase().chars().filter(is_kept).collect::<String>().replace(' ', "-")
}

fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page).filter_map(|line| line.strip_prefix('#'));
    headings.map(|rest| anchor(rest.trim_start_matches('#').trim_start())).collect()
}

/// The targets of a page's links into the repository.
fn targets(page: &str) -> impl Iterator<Item = &str> {
    let links = prose(page).flat_map(|line| line.split("](").skip(1));
    links.filter_map(|rest| rest.split(')').next()).filter(|target| !target.contains(':'))
}

fn leads_somewhere(page: &Path, target: &str) -> bool {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.with_file_name(file) };
    path.exists() && (heading.is_empty() || anchors(&read(&path)).contains(heading))
}

#[test]
fn every_link_of_the_documentation_leads_to_a_file_and_a_heading_that_exist() {
    let mut dead = Vec::new();
    for page in pages() {
        let text = read(&page);
        let found = targets(&text).filter(|target| !leads_somewhere(&page, target));
        dead.extend(found.map(|target| format!("{}: {target}", page.display())));
    }
    assert_eq!(dead, [] as [String; 0]);
}

#[test]
fn a_link_to_a_missing_file_or_heading_is_found() {
    let text =
        "# A `b`-c\n\nSee [d](docs/d.md#e) or [f](#g).\n\n```sh\n[h](i)\n```\n\n[j](https://k)\n";
    assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/d.md#e", "#g"]);
    assert_eq!(anchors(text), BTreeSet::from(["a-b-c".to_owned()]));
    let page = root().join("README.md");
    assert!(leads_somewhere(&page, "docs/metrics.md#metrics"));
    assert!(!leads_somewhere(&page, "docs/metrics.md#no-such-heading"));
    assert!(!leads_somewhere(&page, "docs/no-such-page.md"));
}

#[test]
fn the_readme_has_at_most_two_hundred_lines() {
    let lines = read(&root().join("README.md")).lines().count();
    assert!(lines <= LONGEST_README, "{lines} lines: move what is not for a first visit to docs/");
}
