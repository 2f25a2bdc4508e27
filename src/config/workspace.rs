//! Settings of one workspace: its address, its account, its connection, and the part of it that is watched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use config::Value;
use url::Url;

use crate::omnichannel::service_level::ServiceLevels;
use crate::rocketchat::http_settings::Identity;
use crate::rocketchat::token::{TokenSource, shown};

use super::agents::Agents;
use super::filter::Filter;
use super::poll::Poll;
use super::reader::MappingReader;
use super::scalar::{self, NamedVariant, ScalarResult, name, switch, without_quotes, word};
use super::secret::{self, ProxyUrl};
use super::server_url;
use super::service_level::ServiceLevelKeys;

/// The most tags that closed chats are counted by.
const MOST_TAGS: usize = 50;

/// The settings of a workspace, including the settings for all workspaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// The name in the label `workspace`; unique.
    pub name: String,
    /// The address; its path ends in a slash.
    pub url: Url,
    /// The value of `X-User-Id`: the id of the account that polls the workspace.
    pub user_id: String,
    /// The source of the value of `X-Auth-Token`.
    pub token: TokenSource,
    /// The source of the token that webhooks of the workspace must have; without it, none is accepted.
    pub webhook_token: Option<TokenSource>,
    /// The chats that are seen.
    pub scope: Scope,
    /// The part of the workspace that is watched.
    pub filter: Filter,
    /// The settings of polling.
    pub poll: Poll,
    /// The settings about agents.
    pub agents: Agents,
    /// User names of bots; a bot does not count as a person who answers.
    pub bots: BTreeSet<String>,
    /// Tags that closed chats are counted by, in their written order; at most 50, none by default.
    pub tags: Vec<String>,
    /// The service levels of the departments.
    pub service_levels: ServiceLevels,
    /// True if the visitors' widget of each department is asked for.
    pub widget: bool,
    /// The settings of the connection.
    pub connection: ConnectionSettings,
}

/// The chats that are seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// The chats of all agents; needs the permission `view-livechat-rooms`.
    #[default]
    All,
    /// The chats of the agent whose token is used.
    Own,
}

impl NamedVariant for Scope {
    const WORDS: &'static [(&'static str, Self)] = &[("all", Self::All), ("own", Self::Own)];
}

/// The settings of the connection to a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// Certificates (PEM) to trust instead of the system's certificates.
    pub ca_file: Option<PathBuf>,
    /// The exporter's certificate for a server that requests one.
    pub identity: Option<Identity>,
    /// The proxy of the connection.
    pub proxy: Option<ProxyUrl>,
    /// True if compressed answers are requested.
    pub gzip: bool,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self { ca_file: None, identity: None, proxy: None, gzip: true }
    }
}

/// Settings that may be set for all workspaces and for each workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct WorkspaceDefaults {
    poll: Poll,
    agents: Agents,
    bots: BTreeSet<String>,
    tags: Vec<String>,
    service_level: ServiceLevelKeys,
}

impl WorkspaceDefaults {
    pub(super) fn overlay(&mut self, section: &mut MappingReader<'_>) {
        section.section("poll", |poll| self.poll.overlay(poll));
        section.section("agents", |agents| self.agents.overlay(agents));
        if let Some(bots) = section.list("bots", name) {
            self.bots = bots.into_iter().collect();
        }
        if let Some(tags) = read_tags(section) {
            self.tags = tags;
        }
        section.section("service_level", |level| self.service_level.overlay(level));
    }
}

/// The names of the workspaces that were read, each with the index of its workspace.
pub(super) type WorkspaceNames = BTreeMap<String, usize>;

impl Workspace {
    /// Reads all keys, so that every problem is reported; `None` if a key without a default is absent or wrong.
    pub(super) fn read(
        section: &mut MappingReader<'_>,
        mut defaults: WorkspaceDefaults,
        names: &mut WorkspaceNames,
        index: usize,
    ) -> Option<Self> {
        defaults.overlay(section);
        let url = section.require("url", server_url::read);
        let host = url.as_ref().and_then(Url::host_str).filter(|_| !section.holds("name"));
        let name = section.get("name", name).or(host.map(str::to_owned));
        let name = name.and_then(|name| claim(section, names, name, index));
        let (user_id, token) = (section.require("user_id", header_value), read_token(section));
        let webhook_token = read_secret(section, "webhook_token", "webhook_token_file");
        let filter = section.section("filter", Filter::read);
        let scope = section.get("scope", word).unwrap_or_default();
        let narrows = filter.as_ref().is_some_and(|filter| !filter.agents.is_empty());
        if scope == Scope::Own && narrows {
            section.complain(
                "scope",
                &"own already selects the token's agent: leave out filter.agents",
            );
        }
        let widget = section.get("widget", switch).unwrap_or(false);
        let connection = ConnectionSettings::read(section);
        Some(Self {
            name: name?,
            url: url?,
            user_id: user_id?,
            token: token?,
            webhook_token,
            scope,
            filter: filter.unwrap_or_default(),
            poll: defaults.poll,
            agents: defaults.agents,
            bots: defaults.bots,
            tags: defaults.tags,
            service_levels: defaults.service_level.resolve(),
            widget,
            connection,
        })
    }
}

/// The tags without repetitions. Their number has a limit, because each tag is a label value of its own.
fn read_tags(section: &mut MappingReader<'_>) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut tags = section.list("tags", name)?;
    tags.retain(|tag| seen.insert(tag.clone()));
    if tags.len() > MOST_TAGS {
        let remedy =
            format!("must not have more than {MOST_TAGS} values: each value makes a series");
        section.complain("tags", &remedy);
        return None;
    }
    Some(tags)
}

fn claim(
    section: &mut MappingReader<'_>,
    names: &mut WorkspaceNames,
    name: String,
    index: usize,
) -> Option<String> {
    if let Some(owner) = names.get(&name) {
        let remedy =
            format!("is also the name of workspaces[{owner}]: give each workspace its own name");
        section.complain("name", &remedy);
        return None;
    }
    names.insert(name.clone(), index);
    Some(name)
}

fn header_value(value: &Value) -> ScalarResult<String> {
    without_quotes(value)?;
    let text = name(value)?;
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text);
    }
    Err("must be printable ASCII without spaces".into())
}

fn read_token(section: &mut MappingReader<'_>) -> Option<TokenSource> {
    if !section.holds("auth_token") && !section.holds("auth_token_file") {
        let name = section.name_of("auth_token_file");
        let remedy = format!(
            "is missing: set it, or set {name} to the path of a file that contains the token"
        );
        section.complain("auth_token", &remedy);
    }
    read_secret(section, "auth_token", "auth_token_file")
}

/// The token under either of two keys: the token itself, or the path of a file that contains it.
fn read_secret(
    section: &mut MappingReader<'_>,
    inline_key: &'static str,
    file_key: &'static str,
) -> Option<TokenSource> {
    let is_both = section.holds(inline_key) && section.holds(file_key);
    let inline = section.get(inline_key, secret::token);
    let file = section.get(file_key, scalar::path);
    let folder = section.folder(file_key);
    if is_both {
        section.complain(inline_key, &format!("give either {inline_key} or {file_key}, not both"));
    }
    let named = || file.as_ref().map(|file| TokenSource::File(folder.join(file)));
    let token = inline.or_else(named)?;
    if let Err(error) = token.read() {
        let shown = shown(&folder, &file.unwrap_or_default());
        section.complain(file_key, &error.message(&shown));
    }
    Some(token)
}

impl ConnectionSettings {
    fn read(section: &mut MappingReader<'_>) -> Self {
        let mut connection = Self::default();
        section.section("tls", |tls| {
            connection.ca_file = tls.path("ca_file");
            connection.identity = identity(tls);
        });
        connection.proxy = section.get("proxy_url", ProxyUrl::read);
        section.set("gzip", &mut connection.gzip, switch);
        connection
    }
}

fn identity(section: &mut MappingReader<'_>) -> Option<Identity> {
    let is_set = section.holds("certificate_file") || section.holds("key_file");
    let path = if is_set { MappingReader::require_path } else { MappingReader::path };
    let certificate_file = path(section, "certificate_file");
    let key_file = path(section, "key_file");
    Some(Identity { certificate_file: certificate_file?, key_file: key_file? })
}
