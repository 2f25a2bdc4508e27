//! The flags for the sources of the settings, spelled alike in every command that has them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::config::{ShardIndex, parse_shard, parse_shards};

#[derive(Debug, Clone, Default, Args)]
pub struct Input {
    #[command(flatten)]
    pub(super) sources: Sources,
    /// Check the configuration and exit.
    #[arg(long = "config.check")]
    pub(super) check: bool,
    /// Interval between two checks of the configuration files for changes; 0s turns the checks off [default: 30s].
    #[arg(long = "config.auto-reload-interval", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(super) reload_interval: Option<Duration>,
}

#[derive(Debug, Clone, Default, Args)]
pub struct Sources {
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
    /// A flag after the name of the command wins over the same flag before the name.
    pub(super) fn or(self, before: Self) -> Self {
        let (own, others) = (self.sources, before.sources);
        Self {
            sources: Sources {
                file: own.file.or(others.file),
                state_directory: own.state_directory.or(others.state_directory),
                shard: own.shard.or(others.shard),
                shards: own.shards.or(others.shards),
            },
            check: self.check || before.check,
            reload_interval: self.reload_interval.or(before.reload_interval),
        }
    }
}

fn parse_shards_flag(text: &str) -> Result<u32, String> {
    let count = text.parse().map_err(|_| "must be a whole number")?;
    parse_shards(count).map_err(|error| error.to_string())
}
