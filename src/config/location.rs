//! The place of a value: a file and a path in the file, or the name of a variable.
//!
//! Each problem begins with a location, written as in the layer that set the value, so that the operator finds it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{Value, ValueKind};

/// Name of the environment as a source of values in the `config` crate.
const ENVIRONMENT: &str = "the environment";

/// The layer that set a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    File,
    /// A variable `ROCKETCHAT_EXPORTER__SECTION__KEY`.
    Environment,
    /// `ROCKETCHAT_URL`, `ROCKETCHAT_USER_ID`, `ROCKETCHAT_AUTH_TOKEN` or `ROCKETCHAT_WEBHOOK_TOKEN`, or one of them
    /// with the suffix `_FILE`.
    SingleWorkspaceEnv,
}

impl Origin {
    /// Values of the file have no source in the `config` crate. A mapping has the origin of its entries if all entries
    /// have the same origin, else the origin `File`.
    fn of(value: &Value) -> Self {
        match (&value.kind, value.origin()) {
            (_, Some(ENVIRONMENT)) => Self::Environment,
            (_, Some(Location::SHORTHAND)) => Self::SingleWorkspaceEnv,
            (ValueKind::Table(entries), _) => {
                let mut origins = entries.values().map(Self::of);
                let first = origins.next().unwrap_or(Self::File);
                origins.fold(first, |all, next| if all == next { all } else { Self::File })
            }
            _ => Self::File,
        }
    }
}

/// The place of a value, or of a missing value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    origin: Origin,
    path: String,
    file: Arc<Path>,
}

impl Location {
    /// Source of the values that come from `ROCKETCHAT_URL`, `ROCKETCHAT_USER_ID` and `ROCKETCHAT_AUTH_TOKEN`.
    pub(crate) const SHORTHAND: &str = "ROCKETCHAT_";

    /// The root of all settings; `file` is the path of the configuration file, empty without a file.
    pub(crate) fn root(file: &Path) -> Self {
        Self { origin: Origin::File, path: String::new(), file: file.into() }
    }

    /// The place of `value`, which stands under `key`.
    pub(crate) fn entry(&self, key: &str, value: &Value) -> Self {
        Self { origin: Origin::of(value), ..self.key(key) }
    }

    /// The place of `value`, which is item `index` of a list.
    pub(crate) fn item(&self, index: usize, value: &Value) -> Self {
        Self { origin: Origin::of(value), path: format!("{}[{index}]", self.path), ..self.clone() }
    }

    /// The place where `key` would be set.
    pub(crate) fn key(&self, key: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{key}", self.path), ..self.clone() }
    }

    /// The name of `key` in the layer of this place: a variable, or a key of the file.
    pub(crate) fn name_of(&self, key: &str) -> String {
        match self.origin {
            Origin::File => key.to_owned(),
            Origin::Environment | Origin::SingleWorkspaceEnv => self.key(key).to_string(),
        }
    }

    /// The folder that relative paths start from: the folder of the file, or the working directory (an empty path) for
    /// variables.
    pub(crate) fn folder(&self) -> PathBuf {
        let file = Some(&self.file).filter(|_| self.origin == Origin::File);
        file.and_then(|file| file.parent()).unwrap_or(Path::new("")).to_owned()
    }

    /// True if a variable `ROCKETCHAT_EXPORTER__SECTION__KEY` set the value.
    pub(crate) fn is_environment(&self) -> bool {
        self.origin == Origin::Environment
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, path, file } = self;
        match origin {
            Origin::File if path.is_empty() => write!(f, "{}", file.display()),
            Origin::File if file.as_os_str().is_empty() => f.write_str(path),
            Origin::File => write!(f, "{}: {path}", file.display()),
            Origin::Environment => {
                let variable = path.to_uppercase().replace('.', "__");
                write!(f, "ROCKETCHAT_EXPORTER__{variable}")
            }
            Origin::SingleWorkspaceEnv => {
                let (_, key) = path.rsplit_once('.').unwrap_or_default();
                write!(f, "{}{}", Self::SHORTHAND, key.to_uppercase())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(source: Option<&str>) -> Value {
        Value::new(source.map(str::to_owned).as_ref(), 1)
    }

    #[test]
    fn a_value_of_the_file_is_named_by_file_and_path() {
        let root = Location::root(Path::new("config.yaml"));
        let item = root.key("workspaces").item(2, &value(None));
        assert_eq!(item.key("url").to_string(), "config.yaml: workspaces[2].url");
        assert_eq!(root.to_string(), "config.yaml");
    }

    #[test]
    fn a_value_of_the_environment_is_named_by_its_variable() {
        let poll = Location::root(Path::new("config.yaml")).key("poll");
        let location = poll.entry("max_pages", &value(Some(ENVIRONMENT)));
        assert_eq!(location.to_string(), "ROCKETCHAT_EXPORTER__POLL__MAX_PAGES");
        assert!(location.is_environment());
    }

    #[test]
    fn paths_start_from_the_folder_of_the_file_and_from_nowhere_for_variables() {
        for (file, folder) in
            [("/etc/a/c.yaml", "/etc/a"), ("a/c.yaml", "a"), ("c.yaml", ""), ("", "")]
        {
            let root = Location::root(Path::new(file));
            assert_eq!(root.entry("ca_file", &value(None)).folder(), Path::new(folder));
            for variable in [ENVIRONMENT, Location::SHORTHAND] {
                assert_eq!(root.entry("ca_file", &value(Some(variable))).folder(), Path::new(""));
            }
        }
    }

    #[test]
    fn a_key_is_called_as_whoever_wrote_its_mapping_would() {
        let root = Location::root(Path::new("config.yaml"));
        let file = root.entry("workspaces", &value(None));
        assert_eq!(file.name_of("auth_token_file"), "auth_token_file");
        let variables = root.entry("workspaces", &value(Some(Location::SHORTHAND)));
        let name = variables.name_of("auth_token_file");
        assert_eq!(name, "ROCKETCHAT_AUTH_TOKEN_FILE");
    }

    #[test]
    fn a_mapping_of_two_layers_is_the_files() {
        let both = [("a", value(None)), ("b", value(Some(ENVIRONMENT)))];
        let both: Value = both
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect::<config::Map<_, _>>()
            .into();
        assert_eq!(Origin::of(&both), Origin::File);
    }
}
