//! The names of types in `src/`: one name has one meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::file_uses::{Modules, code};
use super::{files, modules};

/// The modules that define each type, by its name.
type Definitions = BTreeMap<String, Vec<String>>;

/// The names that the simulator and the exporter have for the same concept of Rocket.Chat.
const CONCEPTS: [&str; 14] = [
    "Agent",
    "Call",
    "Channel",
    "ChatState",
    "RoomCloser",
    "Direction",
    "Licence",
    "Load",
    "ResponseBy",
    "ServerVersion",
    "Serving",
    "Status",
    "Transfer",
    "Window",
];

/// The name of the type that this line defines. An indented `type` is an associated type and has no name of its own.
fn defined(line: &str) -> Option<&str> {
    let definition = line.trim_start();
    let visible = definition.strip_prefix("pub").map(|rest| {
        let scope = rest.strip_prefix('(').and_then(|scope| scope.split_once(')'));
        scope.map_or(rest, |(_, rest)| rest)
    });
    let definition = visible.unwrap_or(definition).trim_start();
    let is_indented = line.starts_with(' ');
    let keywords = ["struct ", "enum ", "trait ", "union ", "type "];
    let mut kept = keywords.iter().filter(|keyword| !is_indented || **keyword != "type ");
    let rest = kept.find_map(|keyword| definition.strip_prefix(keyword))?;
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

fn definitions(modules: &Modules) -> Definitions {
    let mut definitions = Definitions::new();
    for (module, text) in modules {
        for name in code(text).lines().filter_map(defined) {
            definitions.entry(name.to_owned()).or_default().push(file(module));
        }
    }
    definitions
}

/// The file of a module.
fn file(module: &str) -> String {
    let stem = format!("src/{}", module.replace("::", "/"));
    let folder = format!("{stem}/mod.rs");
    let is_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder).exists();
    if is_folder { folder } else { format!("{stem}.rs") }
}

/// The names that are defined more than once, with the files.
fn doubles(modules: &Modules) -> Vec<String> {
    let doubles = definitions(modules).into_iter().filter(|(_, places)| places.len() > 1);
    doubles.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

/// The modules of the simulator, and the other modules.
fn parted(modules: Modules) -> (Modules, Modules) {
    modules.into_iter().partition(|(module, _)| module.split("::").next() == Some("simulator"))
}

#[test]
fn no_type_name_is_defined_twice_outside_the_simulator() {
    let (_, exporter) = parted(modules());
    assert_eq!(doubles(&exporter), Vec::<String>::new());
}

#[test]
fn no_type_name_is_defined_twice_in_the_simulator() {
    let (simulator, _) = parted(modules());
    assert_eq!(doubles(&simulator), Vec::<String>::new());
}

#[test]
fn a_name_that_the_simulator_and_the_exporter_have_is_one_of_rocket_chat() {
    let (simulator, exporter) = parted(modules());
    let (simulated, own) = (definitions(&simulator), definitions(&exporter));
    let shared = simulated.keys().filter(|name| own.contains_key(*name)).map(String::as_str);
    assert_eq!(shared.collect::<BTreeSet<_>>(), CONCEPTS.into());
}

/// The names that a `use … as …` gives to a type that has another name, with the files. One letter is no name: it makes
/// the patterns of one function short.
fn second_names(modules: &Modules) -> Vec<String> {
    let mut found = Vec::new();
    for (module, text) in modules {
        for renamed in code(text).split(" as ").skip(1) {
            let name: String = renamed.chars().take_while(|it| it.is_alphanumeric()).collect();
            let is_use = renamed[name.len()..].starts_with([',', ';', '}']);
            if is_use && name.len() > 1 && name.starts_with(|it: char| it.is_uppercase()) {
                found.push(format!("{name}: {}", file(module)));
            }
        }
    }
    found
}

/// `LogLevel` is tracing's `Level`, whose name alone says too little.
#[test]
fn no_type_gets_a_second_name_where_it_is_imported() {
    assert_eq!(second_names(&modules()), ["LogLevel: src/config/log.rs"]);
    let modules = files([
        ("a", "use crate::b::{Alpha as Beta, gamma as delta};\nuse crate::c::{E as F, G as _};\n"),
        ("b", "pub use crate::c::Gamma as Delta;\nfn f(x: u8) -> u64 { x as u64 }\n"),
    ]);
    assert_eq!(second_names(&modules), ["Beta: src/a.rs", "Delta: src/b.rs"]);
}

#[test]
fn a_type_of_any_visibility_is_found_and_associated_types_and_unit_tests_are_not() {
    let tests = "#[cfg(test)]\nmod tests {\n    struct Alpha;\n}\n";
    let modules = files([
        ("a", "pub(in crate::a) struct Alpha<'a>(&'a str);\ntype Beta = u8;\n"),
        ("b", "fn f() {\n    enum Alpha {}\n}\n// struct Beta;\npub trait Gamma: Sized {}\n"),
        ("c", "impl X for Y {\n    type Beta = u8;\n}\npub struct Gamma {\n"),
        ("d", tests),
    ]);
    assert_eq!(doubles(&modules), ["Alpha: src/a.rs, src/b.rs", "Gamma: src/b.rs, src/c.rs"]);
}
