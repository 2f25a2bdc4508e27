//! One workspace without a file: `ROCKETCHAT_URL`, `ROCKETCHAT_USER_ID` and `ROCKETCHAT_AUTH_TOKEN`, and
//! `ROCKETCHAT_WEBHOOK_TOKEN` where webhooks are received.
//!
//! For each variable, a second variable with the suffix `_FILE` may name a file with the value instead. An empty
//! variable counts as unset.

use std::collections::BTreeMap;
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

impl SingleWorkspaceEnv {
    /// Reads the variables and the files that they name, except the files of tokens, which are read when a token is
    /// needed.
    pub(super) fn read(environment: &BTreeMap<String, String>, problems: &mut Problems) -> Self {
        let entries: Vec<_> = KEYS.iter().filter_map(|key| entry(key, environment)).collect();
        let is_set = !entries.is_empty();
        for unusable in entries.iter().filter_map(|entry| entry.as_ref().err()) {
            problems.add(&unusable.name, &unusable.why);
        }
        let entries: Result<Map<_, _>, _> = entries.into_iter().collect();
        let workspace =
            entries.ok().filter(|_| is_set).map(|entries| sourced(ValueKind::Table(entries)));
        Self { is_set, workspace }
    }
}

/// A variable that gives no value.
#[derive(Debug)]
struct UnusableVariable {
    name: String,
    why: Unusable,
}

/// The reason why a variable gives no value, with the remedy.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    /// The variable and the one that names a file are both set.
    #[error("set either this or {0}, not both")]
    SetTwice(String),
    /// The file has `NAME=value` in it.
    #[error("{0} {IS_ASSIGNMENT}")]
    Assignment(String),
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(String, io::Error),
}

fn entry(
    key: &str,
    environment: &BTreeMap<String, String>,
) -> Option<Result<(String, Value), UnusableVariable>> {
    let variable = format!("{}{}", Location::SHORTHAND, key.to_uppercase());
    let file_variable = format!("{variable}_FILE");
    let set = |variable: &str| environment.get(variable).filter(|value| !value.trim().is_empty());
    Some(match (set(&variable), set(&file_variable)) {
        (None, None) => return None,
        (Some(text), None) => Ok((key.to_owned(), sourced(text.as_str()))),
        (None, Some(path)) if TOKENS.contains(&key) => {
            Ok((format!("{key}_file"), sourced(path.as_str())))
        }
        (None, Some(path)) => value_in(Path::new(path))
            .map(|text| (key.to_owned(), sourced(text)))
            .map_err(|why| UnusableVariable { name: file_variable, why }),
        (Some(_), Some(_)) => {
            Err(UnusableVariable { name: variable, why: Unusable::SetTwice(file_variable) })
        }
    })
}

/// The value in a file.
fn value_in(path: &Path) -> Result<String, Unusable> {
    let shown = shown(Path::new(""), path);
    match read_trimmed(path) {
        Ok(text) if is_assignment(&text) => Err(Unusable::Assignment(shown)),
        Ok(text) => Ok(text),
        Err(error) => Err(Unusable::Unreadable(shown, error)),
    }
}

fn sourced(kind: impl Into<ValueKind>) -> Value {
    Value::new(Some(&Location::SHORTHAND.to_owned()), kind)
}
