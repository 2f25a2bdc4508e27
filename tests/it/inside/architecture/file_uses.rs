//! The files that each file of `src/` uses, by the paths in its code.
//!
//! A path leads to the file that defines the item: a name that a parent takes from its child belongs to the child.
//! Comments and unit tests are left out.

use std::collections::{BTreeMap, BTreeSet};

/// Files by the path of their module, such as `cycle::window`.
pub(super) type Modules = BTreeMap<String, String>;
/// The modules that each module uses.
pub(super) type Uses = BTreeMap<String, BTreeSet<String>>;
type Sources = BTreeMap<String, Source>;

/// A name that a `use` declaration brings into a file.
struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
}

/// The code of a file, apart from its `use` declarations.
struct Source {
    imports: Vec<Import>,
    body: String,
}

impl Import {
    fn new(branch: &str, is_public: bool) -> Self {
        let (path, alias) = branch.split_once(" as ").unwrap_or((branch, ""));
        let path = parts(path.strip_suffix("::self").unwrap_or(path));
        let name = if alias.is_empty() { path.last().unwrap() } else { alias };
        Self { name: name.to_owned(), path, is_public }
    }

    /// The path from the root, if the import leads into a child of `module`.
    fn in_child(&self, module: &str, sources: &Sources) -> Option<Vec<String>> {
        let path = self.path.strip_prefix(["self".to_owned()].as_slice()).unwrap_or(&self.path);
        sources
            .contains_key(&deeper(module, path.first()?))
            .then(|| [&parts(module), path].concat())
    }
}

impl Source {
    fn read(text: &str) -> Self {
        let (mut imports, mut body) = (Vec::new(), String::new());
        for statement in code(text).split(';') {
            let line = |at| statement[..at].rsplit('\n').next().unwrap_or_default().trim();
            let begins =
                |at| line(at).is_empty() || line(at) == "pub" || line(at).starts_with("pub(");
            let Some((at, keyword)) = statement.match_indices("use ").find(|(at, _)| begins(*at))
            else {
                body.extend([statement, ";"]);
                continue;
            };
            body.push_str(&statement[..at]);
            let branches = expanded(&statement[at + keyword.len()..]);
            let is_public = !line(at).is_empty();
            imports.extend(branches.iter().map(|branch| Import::new(branch, is_public)));
        }
        Self { imports, body: without_scopes(&body) }
    }

    /// The paths outside `use` declarations.
    fn inline(&self) -> impl Iterator<Item = &str> {
        let is_part = |letter: char| letter.is_alphanumeric() || "_:".contains(letter);
        let words = self.body.split(move |letter| !is_part(letter));
        let words = words.map(|word| word.trim_end_matches(':'));
        words.filter(|word| word.contains("::") && !word.starts_with(':'))
    }

    fn contains(&self, name: &str) -> bool {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        self.body.split(|letter| !is_part(letter)).any(|word| word == name)
    }
}

/// The code without comments and unit tests.
pub(super) fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The code without the paths in `pub(in …)`, which use nothing.
fn without_scopes(code: &str) -> String {
    let mut parts = code.split("pub(in ");
    let first = parts.next().unwrap_or_default().to_owned();
    let rests = parts.filter_map(|part| Some(part.split_once(')')?.1));
    rests.fold(first, |code, rest| code + rest)
}

/// The paths of one `use` declaration: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.trim().to_owned()];
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

fn parts(path: &str) -> Vec<String> {
    path.split("::").map(str::to_owned).collect()
}

fn deeper(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// The path from the root, of a path that begins with `crate`, `self`, `super` or a child of `module`.
fn absolute(path: &[String], module: &str, sources: &Sources) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    if first == "crate" {
        return Some(rest.to_vec());
    }
    let mut place = parts(module);
    if !["self", "super"].contains(&first.as_str()) {
        sources.get(&deeper(module, first))?;
    }
    for part in path {
        match part.as_str() {
            "self" => {}
            "super" => drop(place.pop()),
            name => place.push(name.to_owned()),
        }
    }
    Some(place)
}

/// The path from the root, also of a path that begins with an imported module.
fn located(path: &[String], module: &str, sources: &Sources) -> Option<Vec<String>> {
    absolute(path, module, sources).or_else(|| {
        let (first, rest) = path.split_first()?;
        let import = sources[module].imports.iter().find(|import| import.name == *first)?;
        Some([&absolute(&import.path, module, sources)?, rest].concat())
    })
}

/// The path from the root of a name that a module takes from a child with `*`.
fn by_glob(name: &str, module: &str, sources: &Sources) -> Option<Vec<String>> {
    let globs = sources.get(module)?.imports.iter().filter(|import| import.name == "*");
    globs.filter_map(|import| import.in_child(module, sources)).find_map(|mut path| {
        path.pop();
        let has_name = sources.get(&path.join("::"))?.contains(name);
        path.push(name.to_owned());
        has_name.then_some(path)
    })
}

/// The file that defines the item of a path from the root.
fn definer(path: &[String], sources: &Sources) -> Option<String> {
    let mut place = String::new();
    for (index, part) in path.iter().enumerate() {
        let next = deeper(&place, part);
        if sources.contains_key(&next) {
            place = next;
            continue;
        }
        let mut named = sources.get(&place)?.imports.iter().filter(|import| import.name == *part);
        let taken = named.find_map(|import| import.in_child(&place, sources));
        return match taken.or_else(|| by_glob(part, &place, sources)) {
            Some(taken) => definer(&[&taken, &path[index + 1..]].concat(), sources),
            None => Some(place),
        };
    }
    (!place.is_empty()).then_some(place)
}

fn used(module: &str, sources: &Sources) -> BTreeSet<String> {
    let source = &sources[module];
    let passes_on = |import: &&Import| {
        let is_in_child = import.in_child(module, sources).is_some();
        import.is_public && is_in_child && !source.contains(&import.name)
    };
    let imports = source.imports.iter().filter(|import| !passes_on(import));
    let paths = imports.map(|import| import.path.clone()).chain(source.inline().map(parts));
    let located = paths.filter_map(|path| located(&path, module, sources));
    let definers = located.filter_map(|path| definer(&path, sources));
    definers.filter(|definer| definer != module).collect()
}

/// The uses between these files. A parent that only passes on a name of its child does not use the child.
pub(super) fn uses(modules: &Modules) -> Uses {
    let read = |(module, text): (&String, &String)| (module.clone(), Source::read(text));
    let sources: Sources = modules.iter().map(read).collect();
    sources.keys().map(|module| (module.clone(), used(module, &sources))).collect()
}
