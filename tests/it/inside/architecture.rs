//! The architecture of `src/`: which room may use which, no circle of files, and the form of comments.
//!
//! The test reads `use` declarations and paths that begin with `crate::`; unit tests are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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
            "exposure",
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
    ("exposure", &["config", "rocketchat"]),
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
            "exposure",
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

/// Files of `src/` by the path of their module, such as `cycle::window`.
type Modules = BTreeMap<String, String>;
/// The modules that each module uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

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

/// The code without comments and unit tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The paths of one `use` declaration: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let (mut depth, mut branch, mut branches) = (0, String::new(), Vec::new());
    for letter in rest.rsplit_once('}').map_or(rest, |(inner, _)| inner).chars() {
        match letter {
            ',' if depth == 0 => branches.push(std::mem::take(&mut branch)),
            _ => {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                branch.push(letter);
            }
        }
    }
    branches.push(branch);
    let whole = branches.iter().map(|branch| branch.trim()).filter(|branch| !branch.is_empty());
    whole.flat_map(|branch| expanded(&format!("{}{branch}", before.trim()))).collect()
}

/// Paths that begin with `crate`, `super` or `self`.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for declaration in code.split("use ").skip(1) {
        let tree = declaration.split(';').next().unwrap_or_default();
        if ["crate::", "super::", "self::"].iter().any(|begin| tree.starts_with(begin)) {
            paths.extend(expanded(tree));
        }
    }
    for rest in code.split("crate::").skip(1) {
        let is_part = |letter: &char| letter.is_alphanumeric() || "_:".contains(*letter);
        paths.push(format!("crate::{}", rest.chars().take_while(is_part).collect::<String>()));
    }
    paths
}

/// The module that a path in `module` leads into.
fn target(path: &str, module: &str, modules: &Modules) -> Option<String> {
    let mut place: Vec<&str> = module.split("::").collect();
    for part in path.split("::") {
        match part {
            "crate" => place.clear(),
            "super" => drop(place.pop()),
            "self" => {}
            name => place.push(name),
        }
    }
    while !place.is_empty() && !modules.contains_key(&place.join("::")) {
        place.pop();
    }
    (!place.is_empty()).then(|| place.join("::"))
}

fn uses(modules: &Modules) -> Uses {
    let of = |(module, text): (&String, &String)| {
        let found =
            paths(&code(text)).into_iter().filter_map(|path| target(&path, module, modules));
        (module.clone(), found.filter(|found| found != module).collect())
    };
    modules.iter().map(of).collect()
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

#[test]
fn a_circle_and_a_path_in_braces_are_found() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let modules = Modules::from([
        file("a", "use crate::{b, c::{self, X as Y}};\n"),
        file("b", "// use crate::a;\nfn f() {}\n"),
        file("c", "use super::d::Z;\n"),
        file("d", "fn f() { crate::a::g() }\n"),
    ]);
    assert_eq!(uses(&modules)["a"], ["b", "c"].map(str::to_owned).into());
    assert_eq!(circles(&uses(&modules)), ["a", "c", "d"]);
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
