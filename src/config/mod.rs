//! From files, variables and flags to settings that hold.
//!
//! `main` calls [`load`] once and hands the [`Settings`] on; nothing else reads the environment. A later layer wins:
//! defaults, file, environment, flags. Everything that is wrong is told at once, in one line each, and no line repeats
//! a value. Nothing is connected to or listened on here.

mod agents;
mod filter;
mod layers;
mod log;
mod masked;
mod place;
mod poll;
mod problems;
mod reader;
pub(crate) mod scalar;
mod secret;
mod server_url;
mod service_level;
mod settings;
mod shorthand;
mod state;
mod web;
mod workspace;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

pub use self::agents::{AgentDetail, AgentLabel, Agents};
pub use self::filter::{Filter, VoipDirection};
pub use self::log::{Log, LogFormat, LogLevel};
pub use self::poll::Poll;
pub use self::problems::Problems;
pub use self::secret::ProxyUrl;
pub use self::settings::Settings;
pub use self::state::State;
pub use self::web::{Web, parse_listen_address, parse_telemetry_path};
pub use self::workspace::{Connection, Identity, Scope, Workspace};

use self::place::Place;
use self::reader::Section;
use self::shorthand::Shorthand;

/// The variable that names the file where no flag does.
const FILE_VARIABLE: &str = "ROCKETCHAT_EXPORTER__CONFIG__FILE";

/// What the command line sets; what it leaves open comes from the layers below.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// The configuration file.
    pub config_file: Option<PathBuf>,
    /// Addresses to listen on; none leaves them open.
    pub listen_addresses: Vec<SocketAddr>,
    /// The path of the metrics, checked by [`parse_telemetry_path`].
    pub telemetry_path: Option<String>,
    /// The directory that state is kept in.
    pub state_directory: Option<PathBuf>,
    /// The least severe messages to log.
    pub log_level: Option<LogLevel>,
    /// The form of log messages.
    pub log_format: Option<LogFormat>,
}

impl Flags {
    fn apply(&self, settings: &mut Settings) {
        if !self.listen_addresses.is_empty() {
            settings.web.listen_addresses.clone_from(&self.listen_addresses);
        }
        if let Some(path) = &self.telemetry_path {
            settings.web.telemetry_path.clone_from(path);
        }
        if self.state_directory.is_some() {
            settings.state.directory.clone_from(&self.state_directory);
        }
        settings.log.level = self.log_level.unwrap_or(settings.log.level);
        settings.log.format = self.log_format.unwrap_or(settings.log.format);
    }
}

/// Reads all layers; blocks for as long as the file system takes.
pub fn load(flags: &Flags, environment: BTreeMap<String, String>) -> Result<Settings, Problems> {
    let mut problems = Problems::default();
    let single = Shorthand::read(&environment, &mut problems);
    let (tree, place) = tree(flags, environment)?;
    let mut settings = Settings::read(tree, single, &place, &mut problems);
    flags.apply(&mut settings);
    problems.or(settings)
}

/// Where the exporter of these layers listens. Nothing else is read, so that what is wrong elsewhere, such as a token
/// file that is being replaced, does not matter.
pub fn listen_addresses(
    flags: &Flags,
    environment: BTreeMap<String, String>,
) -> Result<Vec<SocketAddr>, Problems> {
    if !flags.listen_addresses.is_empty() {
        return Ok(flags.listen_addresses.clone());
    }
    let (mut problems, mut web) = (Problems::default(), Web::default());
    let (mut tree, place) = tree(flags, environment)?;
    if let Some(section) = tree.remove("web") {
        let place = place.entry("web", &section);
        Section::read(section, place, &mut problems, |section| web.overlay(section));
    }
    problems.or(web.listen_addresses)
}

/// The file with the environment laid over it, not understood yet.
fn tree(
    flags: &Flags,
    mut environment: BTreeMap<String, String>,
) -> Result<(config::Map<String, config::Value>, Place), Problems> {
    let variable = environment.remove(FILE_VARIABLE).filter(|path| !path.is_empty());
    let path = flags.config_file.clone().or(variable.map(PathBuf::from));
    let mut tree = path.as_deref().map_or_else(|| Ok(config::Map::new()), layers::file)?;
    layers::lay_environment(&mut tree, environment)?;
    let file = path.map(|path| path.display().to_string()).unwrap_or_default();
    Ok((tree, Place::root(&file)))
}
