//! The settings as YAML for `/config`: complete, in the form of a configuration file, and without secrets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use crate::omnichannel::business_hours::BusinessHours;
use crate::omnichannel::service_level::{ServiceLevel, ServiceLevels};

use super::scalar::NamedVariant;
use super::{Agents, ConnectionSettings, Filter, Poll, Settings, Workspace};
use crate::rocketchat::token::TokenSource;

/// Text in the place of a secret.
const HIDDEN: &str = "<hidden>";

/// The part of YAML that settings need. yaml-rust2 writes invisible characters as they are, and `0o17`, which it reads
/// as a number, without quotes.
enum Yaml {
    /// A number, a switch or a word of a closed set as it is, or a text in quotes, so that YAML reads it as text in every
    /// case.
    Scalar(String),
    List(Vec<Yaml>),
    /// Keys in their written form (the operator's own names in quotes) with their values.
    Mapping(Vec<(String, Yaml)>),
}

impl Settings {
    /// The effective settings as YAML; `<hidden>` replaces each secret.
    pub fn to_masked_yaml(&self) -> String {
        let addresses = self.web.listen_addresses.iter().map(ToString::to_string);
        let mut state = vec![("volatile", plain(&self.state.is_volatile))];
        state.extend(self.state.directory.as_deref().map(|path| ("directory", file(path))));
        let mut web = vec![
            ("listen_address", texts(addresses)),
            ("telemetry_path", text(self.web.telemetry_path.as_str())),
            ("page", plain(&self.web.page)),
            ("enable_lifecycle", plain(&self.web.enable_lifecycle)),
        ];
        let external = self.web.external_address.as_ref();
        web.extend(external.map(|address| ("external_address", text(&address.to_string()))));
        web.extend(self.web.config_file.as_deref().map(|path| ("config_file", file(path))));
        let mut root = vec![
            ("web", mapping(web)),
            ("log", mapping([("level", word(self.log.level)), ("format", word(self.log.format))])),
            ("config", mapping([("auto_reload_interval", duration(self.reload_interval))])),
            ("state", mapping(state)),
        ];
        if let Some(shard) = self.shard {
            root.extend([("shard", plain(&shard.index())), ("shards", plain(&shard.count()))]);
        }
        let workspaces = self.workspaces.iter().map(workspace).collect();
        root.push(("workspaces", Yaml::List(workspaces)));
        let mut yaml = String::new();
        mapping(root).write(&mut yaml, 0);
        yaml.trim_start().to_owned() + "\n"
    }
}

fn workspace(workspace: &Workspace) -> Yaml {
    let mut entries = vec![
        ("name", text(&workspace.name)),
        ("url", text(workspace.url.as_str())),
        ("user_id", text(&workspace.user_id)),
        token(&workspace.token, "auth_token", "auth_token_file"),
        ("scope", word(workspace.scope)),
        ("widget", plain(&workspace.widget)),
        ("filter", filter(&workspace.filter)),
        ("poll", poll(&workspace.poll)),
        ("agents", agents(&workspace.agents)),
        ("bots", texts(&workspace.bots)),
        ("tags", texts(&workspace.tags)),
        ("service_level", service_levels(&workspace.service_levels)),
    ];
    let webhook_token = workspace.webhook_token.as_ref();
    entries.extend(webhook_token.map(|it| token(it, "webhook_token", "webhook_token_file")));
    entries.extend(connection(&workspace.connection));
    mapping(entries)
}

fn token(
    token: &TokenSource,
    inline_key: &'static str,
    file_key: &'static str,
) -> (&'static str, Yaml) {
    match token {
        TokenSource::Inline(_) => (inline_key, plain(HIDDEN)),
        TokenSource::File(path) => (file_key, file(path)),
    }
}

fn filter(filter: &Filter) -> Yaml {
    let fields = &filter.custom_fields;
    let fields = fields.iter().map(|(key, value)| (quoted(key), text(value)));
    let optional = |value: &Option<String>| text(value.as_deref().unwrap_or_default());
    mapping([
        ("departments", texts(&filter.departments)),
        ("agents", texts(&filter.agents)),
        ("tags", texts(&filter.tags)),
        ("room_name", optional(&filter.room_name)),
        ("custom_fields", Yaml::Mapping(fields.collect())),
        ("voip_queue", optional(&filter.voip_queue)),
        ("voip_direction", word(filter.voip_direction)),
        ("voip_visitor_id", optional(&filter.voip_visitor_id)),
    ])
}

fn poll(poll: &Poll) -> Yaml {
    mapping([
        ("interval", duration(poll.interval)),
        ("timeout", duration(poll.timeout)),
        ("max_pages", plain(&poll.max_pages)),
        ("max_requests_per_minute", plain(&poll.max_requests_per_minute)),
    ])
}

fn agents(agents: &Agents) -> Yaml {
    let mut entries = vec![("detail", word(agents.detail)), ("label", word(agents.label))];
    entries.extend(agents.chat_limit.map(|limit| ("chat_limit", plain(&limit))));
    entries.extend(agents.concurrency_factor.map(|factor| ("concurrency_factor", plain(&factor))));
    mapping(entries)
}

fn service_levels(levels: &ServiceLevels) -> Yaml {
    let departments: &BTreeMap<_, _> = &levels.departments;
    let departments =
        departments.iter().map(|(name, level)| (quoted(name), mapping(service_level(level))));
    let mut entries = service_level(&levels.default);
    entries.push(("voip_threshold", duration(levels.voip_threshold)));
    entries.push(("departments", Yaml::Mapping(departments.collect())));
    mapping(entries)
}

fn service_level(level: &ServiceLevel) -> Vec<(&'static str, Yaml)> {
    let hours = match &level.business_hours {
        BusinessHours::Always => plain("always"),
        BusinessHours::Weekly(hours) => mapping([
            ("time_zone", text(hours.time_zone())),
            ("open", texts(hours.spans.iter().map(ToString::to_string))),
            ("closed", texts(hours.closed.iter().map(ToString::to_string))),
        ]),
        BusinessHours::Server(closed) => mapping([
            ("from", plain("server")),
            ("closed", texts(closed.iter().map(ToString::to_string))),
        ]),
    };
    vec![
        ("threshold", duration(level.threshold)),
        ("objective", plain(&level.objective)),
        ("short_abandon", duration(level.short_abandon)),
        ("exclude_sources", texts(&level.exclude_sources)),
        ("business_hours", hours),
    ]
}

fn connection(connection: &ConnectionSettings) -> Vec<(&'static str, Yaml)> {
    let mut tls = Vec::new();
    tls.extend(connection.ca_file.as_deref().map(|path| ("ca_file", file(path))));
    if let Some(identity) = &connection.identity {
        tls.push(("certificate_file", file(&identity.certificate_file)));
        tls.push(("key_file", file(&identity.key_file)));
    }
    let mut entries = vec![("tls", mapping(tls)), ("gzip", plain(&connection.gzip))];
    let proxy = connection.proxy.as_ref();
    entries.extend(proxy.map(|proxy| ("proxy_url", text(proxy.masked()))));
    entries
}

fn mapping(entries: impl IntoIterator<Item = (&'static str, Yaml)>) -> Yaml {
    let owned = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
    Yaml::Mapping(owned.collect())
}

fn texts(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Yaml {
    Yaml::List(texts.into_iter().map(|item| text(item.as_ref())).collect())
}

fn text(text: &str) -> Yaml {
    Yaml::Scalar(quoted(text))
}

fn plain(plain: &(impl ToString + ?Sized)) -> Yaml {
    Yaml::Scalar(plain.to_string())
}

fn word(word: impl NamedVariant) -> Yaml {
    plain(&word.word())
}

fn duration(duration: Duration) -> Yaml {
    plain(&humantime::format_duration(duration))
}

fn file(path: &Path) -> Yaml {
    text(&path.display().to_string())
}

impl Yaml {
    /// Writes the value after a key or a dash. The lines of a list or a mapping are indented by `depth` steps.
    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Scalar(scalar) => out.extend([" ", scalar]),
            Self::List(items) if items.is_empty() => out.push_str(" []"),
            Self::Mapping(entries) if entries.is_empty() => out.push_str(" {}"),
            Self::List(items) => {
                for item in items {
                    item.write_line(out, depth, "-");
                }
            }
            Self::Mapping(entries) => {
                for (key, value) in entries {
                    value.write_line(out, depth, &format!("{key}:"));
                }
            }
        }
    }

    fn write_line(&self, out: &mut String, depth: usize, head: &str) {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
        out.push_str(head);
        self.write(out, depth + 1);
    }
}

/// The text in double quotes; all characters are escaped that could end the text or are not printable.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        let is_printable = matches!(c, ' '..='~') || c.is_alphabetic();
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if is_printable => quoted.push(c),
            // Writing to a string does not fail.
            _ => write!(quoted, "\\U{:08X}", u32::from(c)).unwrap_or_default(),
        }
    }
    quoted + "\""
}
