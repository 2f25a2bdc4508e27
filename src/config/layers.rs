//! Reads a file into a tree of values and lays the environment variables over the tree.
//!
//! Nothing is checked here: the layers are merged first, because a later layer replaces values of an earlier layer.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use config::{Environment, Map, Source, Value, ValueKind};

use super::problems::Problems;
use super::yaml;
use crate::bounded_file;

/// Variable that names the configuration file if no flag names it.
pub(super) const FILE_VARIABLE: &str = "ROCKETCHAT_EXPORTER__CONFIG__FILE";

/// Largest file, bytes: enough for the settings of thousands of workspaces.
const FILE_LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// The tree of a file. The error is a single problem: without a tree, no other problem can be found.
pub(crate) fn file(path: &Path) -> Result<Map<String, Value>, Problems> {
    let problem = |text: &dyn Display| Problems::one(&path.display(), &text);
    let text = content(path).map_err(|error| problem(&format_args!("cannot be read: {error}")))?;
    yaml::tree(&text).map_err(|error| problem(&error))
}

/// The text of a file of at most [`FILE_LIMIT_BYTES`].
pub(crate) fn content(path: &Path) -> io::Result<String> {
    bounded_file::text(path, FILE_LIMIT_BYTES)
}

/// Lays the variables `ROCKETCHAT_EXPORTER__SECTION__KEY` over a tree, except the variable that names the file.
///
/// The prefix ends in `__`: with a single `_`, the variables that Kubernetes sets for a service of this name would be
/// read as settings.
pub(crate) fn lay_environment(
    tree: &mut Map<String, Value>,
    mut environment: BTreeMap<String, String>,
) -> Result<(), Problems> {
    environment.remove(FILE_VARIABLE);
    let variables = Environment::with_prefix("ROCKETCHAT_EXPORTER")
        .prefix_separator("__")
        .separator("__")
        .ignore_empty(true)
        .source(Some(environment.into_iter().collect()))
        .collect()
        .map_err(|error| Problems::one(&"the environment", &error))?;
    let variables: BTreeMap<_, _> = variables.into_iter().collect();
    for (path, value) in variables {
        graft(tree, &path, value);
    }
    Ok(())
}

fn graft(tree: &mut Map<String, Value>, path: &str, value: Value) {
    let Some((key, rest)) = path.split_once('.') else {
        tree.insert(path.to_owned(), value);
        return;
    };
    let branch = tree.entry(key.to_owned()).or_default();
    if !matches!(branch.kind, ValueKind::Table(_)) {
        *branch = Value::new(None, ValueKind::Table(Map::new()));
    }
    if let ValueKind::Table(branch) = &mut branch.kind {
        graft(branch, rest, value);
    }
}
