//! The architecture of `src/`: which room may use which, no circle of files, one meaning of each name, and the form of
//! comments.
//!
//! Unit tests are left out.

mod file_uses;
mod type_names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use file_uses::{Modules, Uses, uses};

/// Rooms and the rooms that each of them may use. Nothing points backwards: `rocketchat` knows no domain and no
/// Prometheus, `omnichannel` no I/O, `exposition` no HTTP, `http` no Rocket.Chat.
const ALLOWED: [(&str, &[&str]); 23] = [
    (
        "app",
        &[
            "clock",
            "config",
            "cycle",
            "descriptors",
            "exposition",
            "file_permissions",
            "file_reader",
            "http",
            "reload",
            "shard",
            "status",
            "store",
            "supervisor",
            "systemd",
            "targets",
            "telemetry",
            "webhook",
        ],
    ),
    (
        "backfill",
        &[
            "bounded_file",
            "catalog",
            "cli",
            "clock",
            "config",
            "cycle",
            "exposition",
            "omnichannel",
            "operator",
            "rocketchat",
            "sanitize",
            "store",
            "telemetry",
            "wiring",
        ],
    ),
    ("cli", &["config"]),
    ("config", &["bounded_file", "omnichannel", "rocketchat", "sanitize", "shard"]),
    ("cycle", &["clock", "omnichannel", "rocketchat", "store", "webhook"]),
    (
        "demo",
        &[
            "app",
            "cli",
            "clock",
            "config",
            "cycle",
            "exposition",
            "http",
            "rocketchat",
            "simulator",
            "wiring",
        ],
    ),
    (
        "exposition",
        &[
            "catalog",
            "cycle",
            "encoded",
            "histogram",
            "omnichannel",
            "rocketchat",
            "sanitize",
            "shard",
            "webhook",
        ],
    ),
    ("file_permissions", &["config", "rocketchat"]),
    ("fuzzing", &["config", "http", "omnichannel", "rocketchat", "store"]),
    (
        "http",
        &[
            "bounded_file",
            "config",
            "encoded",
            "exposition",
            "sanitize",
            "status",
            "webhook",
            "x509",
        ],
    ),
    ("omnichannel", &["catalog", "histogram", "rocketchat", "sanitize"]),
    (
        "operator",
        &[
            "cli",
            "clock",
            "config",
            "cycle",
            "error_chain",
            "file_permissions",
            "http",
            "omnichannel",
            "rocketchat",
            "sanitize",
            "store",
            "wiring",
        ],
    ),
    (
        "reload",
        &[
            "clock",
            "config",
            "file_reader",
            "http",
            "status",
            "supervisor",
            "systemd",
            "targets",
            "telemetry",
            "webhook",
            "wiring",
        ],
    ),
    ("rocketchat", &["bounded_file", "clock", "error_chain", "file_reader", "histogram", "x509"]),
    ("status", &["cycle", "encoded", "omnichannel", "rocketchat", "sanitize"]),
    ("store", &["bounded_file", "omnichannel", "shard"]),
    ("supervisor", &["clock", "cycle", "http", "store", "targets", "wiring"]),
    ("systemd", &["http"]),
    ("targets", &["config", "rocketchat", "webhook", "wiring"]),
    ("telemetry", &["config", "error_chain"]),
    ("webhook", &["file_reader", "omnichannel", "rocketchat"]),
    (
        "wiring",
        &[
            "bounded_file",
            "clock",
            "config",
            "cycle",
            "omnichannel",
            "rocketchat",
            "store",
            "webhook",
            "x509",
        ],
    ),
    ("x509", &["bounded_file"]),
];

const REFUSED_OPENINGS: [&str; 8] =
    ["What ", "How ", "Whether ", "Who ", "Which ", "Where ", "When ", "Why "];
const CALLERS: [&str; 4] = ["called by", "used by", "called from", "started by"];

fn read(folder: &Path, name: &str, modules: &mut Modules) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let is_root = name.is_empty() && ["lib", "main"].contains(&stem);
        let module = if name.is_empty() { stem.to_owned() } else { format!("{name}::{stem}") };
        if path.is_dir() {
            if !["tests", "scenario"].contains(&stem) {
                read(&path, &module, modules);
            }
        } else if !is_root && stem != "tests" {
            let module = if stem == "mod" { name.to_owned() } else { module };
            modules.insert(module, std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn modules() -> Modules {
    let mut modules = Modules::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut modules);
    modules
}

fn reached(from: &str, uses: &Uses) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = uses[from].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module.clone()) {
            next.extend(&uses[module]);
        }
    }
    reached
}

fn circles(uses: &Uses) -> Vec<String> {
    uses.keys().filter(|module| reached(module, uses).contains(*module)).cloned().collect()
}

#[test]
fn a_room_uses_no_other_than_it_may() {
    let room = |module: &str| module.split("::").next().unwrap().to_owned();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, used) in uses(&modules()) {
        let foreign = used.iter().map(|used| room(used)).filter(|used| *used != room(&module));
        found.entry(room(&module)).or_default().extend(foreign);
    }
    found.retain(|_, used| !used.is_empty());
    let owned = |used: &[&str]| used.iter().map(|used| (*used).to_owned()).collect();
    let allowed = ALLOWED.map(|(room, used)| (room.to_owned(), owned(used)));
    assert_eq!(found, allowed.into());
}

#[test]
fn no_file_is_in_a_circle_of_files() {
    assert_eq!(circles(&uses(&modules())), Vec::<String>::new());
}

fn files<const COUNT: usize>(files: [(&str, &str); COUNT]) -> Modules {
    files.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

#[test]
fn a_circle_and_a_path_in_braces_are_found() {
    let modules = files([
        ("a", "use crate::{b, c::{self, X as Y}};\n"),
        ("b", "// use crate::a;\nfn f() {}\n"),
        ("c", "use super::d::Z;\n"),
        ("d", "fn f() { crate::a::g() }\n"),
    ]);
    assert_eq!(uses(&modules)["a"], ["b", "c"].map(str::to_owned).into());
    assert_eq!(circles(&uses(&modules)), ["a", "c", "d"]);
}

#[test]
fn a_circle_by_the_path_of_a_child_and_by_an_inline_super_is_found() {
    for parent in ["use b::X;\n", "fn f() { b::g() }\n", "pub use b::X;\nfn f(x: X) {}\n"] {
        let parent = format!("mod b;\n{parent}");
        for child in ["fn f() { super::Y::g() }\n", "use crate::a;\nfn f() { a::Y::g() }\n"] {
            let modules = files([("a", &parent), ("a::b", child)]);
            assert_eq!(circles(&uses(&modules)), ["a", "a::b"], "{parent}{child}");
        }
    }
}

#[test]
fn a_name_that_a_parent_passes_on_leads_to_the_child_that_defines_it() {
    let modules = files([
        ("a", "mod b;\nmod c;\npub use b::{X, d::Y as Z};\npub(in crate::a) fn f() {}\n"),
        ("a::b", "pub mod d;\nuse super::f;\n"),
        ("a::b::d", "use std::fmt;\nuse fmt::Debug;\n"),
        ("a::c", "use super::{X, Z};\n"),
        ("e", "use crate::a;\nfn f() { a::f(a::X) }\n"),
    ]);
    let used = |module: &str| uses(&modules)[module].iter().cloned().collect::<Vec<_>>();
    assert_eq!(used("a"), Vec::<String>::new());
    assert_eq!(used("a::b"), ["a"]);
    assert_eq!(used("a::b::d"), Vec::<String>::new());
    assert_eq!(used("a::c"), ["a::b", "a::b::d"]);
    assert_eq!(used("e"), ["a", "a::b"]);
    assert_eq!(circles(&uses(&modules)), Vec::<String>::new());
}

#[test]
fn a_circle_by_a_name_that_a_parent_takes_with_a_star_is_found() {
    let modules = files([
        ("a", "mod b;\npub use b::*;\n"),
        ("a::b", "use crate::c;\npub struct X;\n"),
        ("c", "fn f(x: crate::a::X) {}\n"),
    ]);
    assert_eq!(circles(&uses(&modules)), ["a::b", "c"]);
}

#[test]
fn comments_open_with_a_noun_or_a_verb_and_name_no_callers() {
    let mut wrong = Vec::new();
    for (module, text) in modules() {
        for line in text.lines().map(str::trim_start) {
            let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            let Some(doc) = doc.map(str::trim_start) else { continue };
            let is_header = line.starts_with("//!");
            let names_callers = CALLERS.iter().any(|word| doc.to_lowercase().contains(word));
            let opens_wrong = REFUSED_OPENINGS.iter().any(|word| doc.starts_with(word));
            if opens_wrong || is_header && names_callers {
                wrong.push(format!("{module}: {line}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
