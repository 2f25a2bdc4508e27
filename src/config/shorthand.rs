//! One workspace without a file: `ROCKETCHAT_URL`, `ROCKETCHAT_USER_ID` and `ROCKETCHAT_AUTH_TOKEN`, and
//! `ROCKETCHAT_WEBHOOK_TOKEN` where webhooks are received.
//!
//! For each variable, a second variable with the suffix `_FILE` may name a file with the value instead. An empty
//! variable counts as unset.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::path::Path;

use config::{Map, Value, ValueKind};

use super::location::Location;
use super::problems::Problems;
use crate::rocketchat::token::{IS_ASSIGNMENT, is_assignment, read_trimmed, shown};

/// The keys of a workspace that have a variable of their own.
const KEYS: [&str; 4] = ["url", "user_id", "auth_token", "webhook_token"];

/// The keys whose file is read when the token is needed, because the token may be rotated.
const TOKENS: [&str; 2] = ["auth_token", "webhook_token"];

/// The names of the variables, for messages.
pub(super) const VARIABLES: &str =
    "ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN (or …_FILE)";

/// The workspace that the variables set.
#[derive(Debug, Default)]
pub(super) struct SingleWorkspaceEnv {
    /// True if one of the variables is set.
    pub(super) is_set: bool,
    /// The workspace in the form of a configuration file; `None` if no variable is set or a variable is unusable.
    pub(super) workspace: Option<Value>,
}

/// Marks a variable without a usable value; the problem is already reported.
struct Unusable;

impl SingleWorkspaceEnv {
    /// Reads the variables and the files that they name, except the files of tokens, which are read when a token is
    /// needed.
    pub(super) fn read(environment: &BTreeMap<String, String>, problems: &mut Problems) -> Self {
        let entries: Vec<_> =
            KEYS.iter().filter_map(|key| entry(key, environment, problems)).collect();
        let is_set = !entries.is_empty();
        let entries: Result<Map<_, _>, Unusable> = entries.into_iter().collect();
        let workspace =
            entries.ok().filter(|_| is_set).map(|entries| sourced(ValueKind::Table(entries)));
        Self { is_set, workspace }
    }
}

type Entry = Result<(String, Value), Unusable>;

fn entry(
    key: &str,
    environment: &BTreeMap<String, String>,
    problems: &mut Problems,
) -> Option<Entry> {
    let variable = format!("{}{}", Location::SHORTHAND, key.to_uppercase());
    let file_variable = format!("{variable}_FILE");
    let set = |variable: &str| environment.get(variable).filter(|value| !value.trim().is_empty());
    match (set(&variable), set(&file_variable)) {
        (None, None) => None,
        (Some(text), None) => Some(Ok((key.to_owned(), sourced(text.as_str())))),
        (None, Some(path)) if TOKENS.contains(&key) => {
            Some(Ok((format!("{key}_file"), sourced(path.as_str()))))
        }
        (None, Some(path)) => Some(match value_in(Path::new(path)) {
            Ok(text) => Ok((key.to_owned(), sourced(text))),
            Err(error) => Err(note(problems, &file_variable, &error)),
        }),
        (Some(_), Some(_)) => {
            let remedy = format!("set either this or {file_variable}, not both");
            Some(Err(note(problems, &variable, &remedy)))
        }
    }
}

/// The reason why a file gives no value; the first field is the file as an error shows it.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot read {0}: {1}")]
    Unreadable(String, io::Error),
    #[error("{0} {IS_ASSIGNMENT}")]
    Assignment(String),
}

fn value_in(path: &Path) -> Result<String, FileError> {
    let shown = || shown(Path::new(""), path);
    let text = read_trimmed(path).map_err(|error| FileError::Unreadable(shown(), error))?;
    if is_assignment(&text) { Err(FileError::Assignment(shown())) } else { Ok(text) }
}

fn note(problems: &mut Problems, variable: &str, remedy: &impl Display) -> Unusable {
    problems.add(&variable, remedy);
    Unusable
}

fn sourced(kind: impl Into<ValueKind>) -> Value {
    Value::new(Some(&Location::SHORTHAND.to_owned()), kind)
}
