//! The flags for the settings and for their sources, spelled alike in every command.
//!
//! They become the [`Flags`] that `config` lays above all other layers.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::config::scalar::NamedVariant;
use crate::config::{
    ExternalAddress, Flags, ListenAddress, LogFormat, LogLevel, ShardIndex, TelemetryPath,
    parse_shard, parse_shards,
};

/// Flags of every command, before or after its name.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458].
    #[arg(long = "web.listen-address", value_name = "ADDRESS", global = true)]
    listen_address: Vec<ListenAddress>,
    /// Path of the metrics [default: /metrics].
    #[arg(long = "web.telemetry-path", value_name = "PATH", global = true)]
    telemetry_path: Option<TelemetryPath>,
    /// Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the
    /// request].
    #[arg(long = "web.external-address", value_name = "ADDRESS", global = true)]
    external_address: Option<ExternalAddress>,
    /// Allow POST and PUT to /-/reload, which reload the configuration.
    #[arg(long = "web.enable-lifecycle", global = true)]
    enable_lifecycle: bool,
    /// Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit.
    #[arg(long = "web.config.file", value_name = "PATH", global = true)]
    web_config_file: Option<PathBuf>,
    /// Only log messages with this severity or above [default: info].
    #[arg(long = "log.level", value_name = "LEVEL", global = true, value_parser = words::<LogLevel>())]
    log_level: Option<LogLevel>,
    /// Format of log messages [default: logfmt].
    #[arg(long = "log.format", value_name = "FORMAT", global = true, value_parser = words::<LogFormat>())]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Default, Args)]
pub(super) struct Input {
    #[command(flatten)]
    pub(super) sources: Sources,
    /// Check the configuration and exit.
    #[arg(long = "config.check")]
    pub(super) check: bool,
    /// Interval between two checks of the configuration files for changes; 0s turns the checks off [default: 30s].
    #[arg(long = "config.auto-reload-interval", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(super) reload_interval: Option<Duration>,
}

#[derive(Debug, Default, Args)]
pub(super) struct Sources {
    /// Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file.
    #[arg(long = "config.file", value_name = "PATH")]
    pub(super) file: Option<PathBuf>,
    /// Directory of the state, which only shards may share; without a directory, counters begin at zero at each start.
    #[arg(long = "state.directory", value_name = "PATH")]
    pub(super) state_directory: Option<PathBuf>,
    /// Number of this replica, from 0, if several replicas share the workspaces; auto: the number at the end of the host
    /// name, as in the pods of a StatefulSet.
    #[arg(long, value_name = "INDEX", value_parser = parse_shard)]
    pub(super) shard: Option<ShardIndex>,
    /// Number of replicas that share the workspaces; each replica has its own --shard.
    #[arg(long, value_name = "NUMBER", value_parser = parse_shards_flag)]
    pub(super) shards: Option<u32>,
}

impl Input {
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            sources: self.sources.or(before.sources),
            check: self.check || before.check,
            reload_interval: self.reload_interval.or(before.reload_interval),
        }
    }
}

impl Sources {
    /// A flag after the name of the command wins over the same flag before the name.
    pub(super) fn or(self, before: Self) -> Self {
        Self {
            file: self.file.or(before.file),
            state_directory: self.state_directory.or(before.state_directory),
            shard: self.shard.or(before.shard),
            shards: self.shards.or(before.shards),
        }
    }
}

impl Output {
    pub(super) fn flags(self, input: Sources) -> Flags {
        Flags {
            config_file: input.file,
            state_directory: input.state_directory,
            shard: input.shard,
            shards: input.shards,
            reload_interval: None,
            enable_lifecycle: self.enable_lifecycle,
            listen_addresses: self.listen_address,
            telemetry_path: self.telemetry_path,
            external_address: self.external_address,
            web_config_file: self.web_config_file,
            log_level: self.log_level,
            log_format: self.log_format,
        }
    }
}

fn words<T: NamedVariant + Send + Sync>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(T::list()).try_map(|word| T::of(&word).ok_or("is not a known value"))
}

fn parse_shards_flag(text: &str) -> Result<u32, String> {
    let count = text.parse().map_err(|_| "must be a whole number")?;
    parse_shards(count).map_err(|error| error.to_string())
}
