//! Reads the settings from the configuration file, the environment variables and the flags, and checks them.
//!
//! A later layer wins: defaults, file, environment, flags. All problems are reported together, one line each, so that
//! one run shows everything to correct. No line repeats a value, because the value may be a secret. The environment is
//! an argument: this module does not read it from the process. Nothing is connected to or listened on here. The web
//! config file (TLS and passwords) is [`WebConfig`](crate::http::web_config::WebConfig), a part of `http`.

mod agents;
mod external_address;
mod filter;
mod flags;
pub(crate) mod http_paths;
pub(crate) mod layers;
mod listen_address;
pub(crate) mod location;
mod log;
mod masked;
mod poll;
pub(crate) mod problems;
pub(crate) mod reader;
pub(crate) mod scalar;
mod secret;
mod server_url;
mod service_level;
mod settings;
mod sharding;
mod shorthand;
mod state;
mod web;
mod workspace;
pub(crate) mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::config::{Value, ValueKind};
use xxhash_rust::xxh3::xxh3_64;

pub use self::agents::{AgentDetail, Agents, LabelContent};
pub use self::external_address::ExternalAddress;
pub use self::filter::Filter;
pub use self::flags::Flags;
pub use self::listen_address::ListenAddress;
pub use self::log::{Log, LogFormat, LogLevel};
pub use self::poll::Poll;
pub use self::problems::Problems;
pub use self::secret::ProxyUrl;
pub use self::settings::Settings;
pub use self::sharding::ShardIndex;
pub(crate) use self::sharding::{parse_shard, parse_shards};
pub use self::state::StateSettings;
pub use self::web::{TelemetryPath, Web};
pub use self::workspace::{ConnectionSettings, Scope, Workspace};
pub use crate::rocketchat::voip_rooms::CallDirection;

use self::location::Location;
use self::reader::MappingReader;
use self::shorthand::SingleWorkspaceEnv;

/// Content of a file as values that have not been checked.
type Tree = config::Map<String, config::Value>;

/// Path of the configuration file, from the flag or else from the variable; `None` if neither names a file.
fn path(flags: &Flags, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let variable = environment.get(layers::FILE_VARIABLE).filter(|path| !path.is_empty());
    flags.config_file.clone().or(variable.map(PathBuf::from))
}

/// Hash of the present content of the configuration file; 0 if there is no file or the file cannot be read. Blocks
/// until the file is read.
pub fn fingerprint(flags: &Flags, environment: &BTreeMap<String, String>) -> u64 {
    let content = path(flags, environment).and_then(|path| layers::content(&path).ok());
    content.map_or(0, |content| xxh3_64(content.as_bytes()))
}

/// Reads and checks all layers; the error lists every problem. Blocks until the files are read.
pub fn load(flags: &Flags, environment: BTreeMap<String, String>) -> Result<Settings, Problems> {
    let (tree, file) = file(flags, &environment)?;
    of_tree(flags, tree, &file, environment)
}

/// The settings of a text in the form of a configuration file.
#[cfg(any(fuzzing, test))]
pub(crate) fn of_text(flags: &Flags, text: &str) -> Result<Settings, Problems> {
    let tree = yaml::tree(text).map_err(|problem| Problems::one(&"the text", &problem))?;
    of_tree(flags, tree, Path::new(""), BTreeMap::new())
}

/// `file` is the path of the file that the tree was read from. Problems name it, and relative paths start from its
/// folder.
fn of_tree(
    flags: &Flags,
    mut tree: Tree,
    file: &Path,
    environment: BTreeMap<String, String>,
) -> Result<Settings, Problems> {
    let mut problems = Problems::default();
    let single = SingleWorkspaceEnv::read(&environment, &mut problems);
    let has_token = tree.values().any(holds_token);
    layers::lay_environment(&mut tree, environment)?;
    let mut settings = Settings::read(tree, single, &Location::root(file), &mut problems);
    flags.apply(&mut settings);
    settings.file_with_token = has_token.then(|| file.to_owned());
    settings.shard = settings.sharding.resolve(sharding::host_name, &mut problems);
    problems.or(settings)
}

fn holds_token(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Table(table) => {
            let has_token =
                ["auth_token", "webhook_token"].iter().any(|it| table.contains_key(*it));
            has_token || table.values().any(holds_token)
        }
        ValueKind::Array(items) => items.iter().any(holds_token),
        _ => false,
    }
}

/// The addresses to listen on. Only the section `web` is checked, so that a problem elsewhere, such as a token file
/// that is being replaced, causes no error here.
pub fn listen_addresses(
    flags: &Flags,
    environment: BTreeMap<String, String>,
) -> Result<Vec<ListenAddress>, Problems> {
    if !flags.listen_addresses.is_empty() {
        return Ok(flags.listen_addresses.clone());
    }
    let (mut problems, mut web) = (Problems::default(), Web::default());
    let (mut tree, file) = file(flags, &environment)?;
    layers::lay_environment(&mut tree, environment)?;
    if let Some(section) = tree.remove("web") {
        let location = Location::root(&file).entry("web", &section);
        MappingReader::read(section, location, &mut problems, |section| web.overlay(section));
    }
    problems.or(web.listen_addresses)
}

/// The unchecked content of the configuration file, and its path; both are empty without a file.
fn file(
    flags: &Flags,
    environment: &BTreeMap<String, String>,
) -> Result<(Tree, PathBuf), Problems> {
    let path = path(flags, environment);
    let tree = path.as_deref().map_or_else(|| Ok(Tree::new()), layers::file)?;
    Ok((tree, path.unwrap_or_default()))
}
