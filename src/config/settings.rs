//! All settings, checked and complete.

use std::path::PathBuf;
use std::time::Duration;

use config::{Map, Value, ValueKind};

use super::location::Location;
use super::log::Log;
use super::poll::DAY;
use super::problems::Problems;
use super::reader::MappingReader;
use super::scalar::duration;
use super::sharding::Sharding;
use super::shorthand::{SingleWorkspaceEnv, VARIABLES};
use super::state::StateSettings;
use super::web::Web;
use super::workspace::{Workspace, WorkspaceDefaults, WorkspaceNames};
use crate::shard::Shard;

/// Default time between two checks for changes: short enough for an operator who waits for a change to take effect.
const RELOAD_INTERVAL: Duration = Duration::from_secs(30);

/// All settings, with defaults filled in.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Settings of the HTTP server.
    pub web: Web,
    /// Settings of the log.
    pub log: Log,
    /// Time between two checks of the configuration's files for changes, at most a day; zero disables the checks.
    pub reload_interval: Duration,
    /// Settings of the state that outlives the process.
    pub state: StateSettings,
    /// The shard of this replica; `None` if this replica watches all workspaces.
    pub shard: Option<Shard>,
    /// The settings from which `shard` is resolved.
    pub(super) sharding: Sharding,
    /// The configuration file, if it contains a token.
    pub file_with_token: Option<PathBuf>,
    /// The workspaces of all replicas together; at least one, with unique names.
    pub workspaces: Vec<Workspace>,
}

impl Settings {
    /// Reads a tree, and the workspace that the variables of [`SingleWorkspaceEnv`] set.
    pub(super) fn read(
        tree: Map<String, Value>,
        single: SingleWorkspaceEnv,
        location: &Location,
        problems: &mut Problems,
    ) -> Self {
        let mut defaults = WorkspaceDefaults::default();
        let mut settings = Self {
            web: Web::default(),
            log: Log::default(),
            reload_interval: RELOAD_INTERVAL,
            state: StateSettings::default(),
            shard: None,
            sharding: Sharding::default(),
            file_with_token: None,
            workspaces: Vec::new(),
        };
        let tree = Value::new(None, ValueKind::Table(tree));
        MappingReader::read(tree, location.clone(), problems, |root| {
            root.section("web", |web| settings.web.overlay(web));
            root.section("log", |log| settings.log.overlay(log));
            root.section("config", |section| {
                section.set("auto_reload_interval", &mut settings.reload_interval, |value| {
                    duration(Duration::ZERO..=DAY, value)
                });
            });
            root.section("state", |state| settings.state.overlay(state));
            settings.sharding.overlay(root);
            defaults.overlay(root);
            settings.workspaces = read_workspaces(root, &defaults, single.is_set);
        });
        if let Some(single) = single.workspace {
            let location = location.key("workspaces").item(0, &single);
            let mut names = WorkspaceNames::new();
            let workspace = MappingReader::read(single, location, problems, |section| {
                Workspace::read(section, defaults, &mut names, 0)
            });
            settings.workspaces.extend(workspace.flatten());
        }
        settings
    }

    /// The workspaces that this replica watches; empty if no workspace belongs to its shard.
    pub fn watched(&self) -> Vec<Workspace> {
        let is_ours = |it: &&Workspace| self.shard.is_none_or(|shard| shard.has(&it.name));
        self.workspaces.iter().filter(is_ours).cloned().collect()
    }
}

fn read_workspaces(
    root: &mut MappingReader<'_>,
    defaults: &WorkspaceDefaults,
    has_single: bool,
) -> Vec<Workspace> {
    let key = "workspaces";
    let is_listed = root.holds(key);
    let mut names = WorkspaceNames::new();
    let workspaces = root.sections(key, |index, section| {
        Workspace::read(section, defaults.clone(), &mut names, index)
    });
    if has_single && is_listed {
        root.complain(key, &format!("give either {VARIABLES} or workspaces in the file, not both"));
    }
    let is_empty = !is_listed || workspaces.as_ref().is_some_and(Vec::is_empty);
    if is_empty && !has_single {
        let remedy = format!(
            "no workspace is configured: set {VARIABLES}, or list workspaces in the file of --config.file"
        );
        root.complain(key, &remedy);
    }
    workspaces.into_iter().flatten().flatten().flatten().collect()
}
