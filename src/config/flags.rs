//! The settings from the command line, which are laid above all other layers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::external_address::ExternalAddress;
use super::listen_address::ListenAddress;
use super::log::{LogFormat, LogLevel};
use super::scalar::NamedVariant;
use super::settings::Settings;
use super::sharding::ShardIndex;
use super::web::TelemetryPath;

/// Settings from the command line; `None` and an empty list leave a setting to the layers below. Every command accepts the
/// fields that have a flag here, before or after its name. The command sets the other fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct Flags {
    /// The configuration file.
    #[arg(skip)]
    pub config_file: Option<PathBuf>,
    /// Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458].
    #[arg(long = "web.listen-address", value_name = "ADDRESS", global = true)]
    pub listen_addresses: Vec<ListenAddress>,
    /// Path of the metrics [default: /metrics].
    #[arg(long = "web.telemetry-path", value_name = "PATH", global = true)]
    pub telemetry_path: Option<TelemetryPath>,
    /// Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the
    /// request].
    #[arg(long = "web.external-address", value_name = "ADDRESS", global = true)]
    pub external_address: Option<ExternalAddress>,
    /// Allow POST and PUT to /-/reload, which reload the configuration.
    #[arg(long = "web.enable-lifecycle", global = true)]
    pub enable_lifecycle: bool,
    /// Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit.
    #[arg(long = "web.config.file", value_name = "PATH", global = true)]
    pub web_config_file: Option<PathBuf>,
    /// Only log messages with this severity or above [default: info].
    #[arg(long = "log.level", value_name = "LEVEL", global = true, value_parser = words::<LogLevel>())]
    pub log_level: Option<LogLevel>,
    /// Format of log messages [default: logfmt].
    #[arg(long = "log.format", value_name = "FORMAT", global = true, value_parser = words::<LogFormat>())]
    pub log_format: Option<LogFormat>,
    /// Time between two checks of the configuration's files for changes; zero disables the checks.
    #[arg(skip)]
    pub reload_interval: Option<Duration>,
    /// The directory of the state.
    #[arg(skip)]
    pub state_directory: Option<PathBuf>,
    /// Index of the shard of this replica.
    #[arg(skip)]
    pub shard: Option<ShardIndex>,
    /// Number of replicas that share the workspaces, from 1 to 1000.
    #[arg(skip)]
    pub shards: Option<u32>,
}

impl Flags {
    pub(super) fn apply(&self, settings: &mut Settings) {
        if !self.listen_addresses.is_empty() {
            settings.web.listen_addresses.clone_from(&self.listen_addresses);
        }
        if let Some(path) = &self.telemetry_path {
            settings.web.telemetry_path.clone_from(path);
        }
        settings.web.enable_lifecycle |= self.enable_lifecycle;
        settings.reload_interval = self.reload_interval.unwrap_or(settings.reload_interval);
        let (web, state) = (&mut settings.web, &mut settings.state);
        web.external_address = self.external_address.clone().or(web.external_address.take());
        web.config_file = self.web_config_file.clone().or(web.config_file.take());
        state.directory = self.state_directory.clone().or(state.directory.take());
        settings.sharding.shard = self.shard.or(settings.sharding.shard);
        settings.sharding.shards = self.shards.or(settings.sharding.shards);
        settings.log.level = self.log_level.unwrap_or(settings.log.level);
        settings.log.format = self.log_format.unwrap_or(settings.log.format);
    }
}

fn words<T: NamedVariant + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::list()).try_map(|word| T::of(&word).ok_or("is not a known value"))
}
