//! The command line, with flags spelled as in other Prometheus exporters.
//!
//! Arguments are only parsed here: nothing is printed and no command is run.

pub mod backfill;
mod flags;
pub mod inspect;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use secrecy::SecretString;

use self::backfill::Backfill;
use self::flags::{Input, Sources};
use self::inspect::Inspection;
use crate::config::Flags;

/// A parsed command line: the command and its settings.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The command.
    pub command: Command,
    /// The layer of settings above all others.
    pub flags: Flags,
    /// True if the settings are only checked.
    pub check_only: bool,
}

/// The question to a running exporter.
#[derive(Debug, Clone, Default, Args)]
pub struct Probe {
    /// Request `/-/ready` instead of `/-/healthy`: success after the first cycle.
    #[arg(long)]
    pub ready: bool,
    /// URL to request instead of the configured address [default: the first listen address]. The URL may contain a path,
    /// a user name and a password.
    #[arg(long, value_name = "URL")]
    pub url: Option<SecretString>,
}

/// A simulated workspace to watch.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Demo {
    /// Flags of the HTTP server and of the log; without a configuration file.
    #[arg(skip)]
    pub flags: Flags,
    /// Release of Rocket.Chat to simulate.
    #[arg(long, value_name = "VERSION", default_value = "8.1.0")]
    pub server_version: String,
    /// Seed of the simulation; the same seed gives the same day.
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Time between two cycles, or between two scrapes of a history [default: 2s, or 60s for a history].
    #[arg(long = "poll.interval", value_name = "DURATION", value_parser = parse_interval)]
    pub poll_interval: Option<Duration>,
    /// Write a history of 1h to 31d and exit: OpenMetrics for `promtool tsdb create-blocks-from openmetrics`.
    #[arg(long, value_name = "DURATION", value_parser = parse_history)]
    pub history: Option<Duration>,
    /// File for the history [default: standard output].
    #[arg(long, value_name = "PATH", requires = "history")]
    pub output: Option<PathBuf>,
}

impl Demo {
    /// The time from one cycle to the next; in a history, from one scrape to the next. The default is 2 s, so that a
    /// viewer sees the numbers change, and 60 s in a history, so that a week of it does not fill the disk.
    pub fn poll_interval(&self) -> Duration {
        let default = Duration::from_secs(if self.history.is_some() { 60 } else { 2 });
        self.poll_interval.unwrap_or(default)
    }
}

/// Parses the arguments, the program's name first. The error may also be the text of `--help` or `--version`.
pub fn parse<A>(arguments: impl IntoIterator<Item = A>) -> Result<Invocation, clap::Error>
where
    A: Into<OsString> + Clone,
{
    let mut command = command();
    let read = Cli::from_arg_matches_mut(&mut command.try_get_matches_from_mut(arguments)?);
    read.map(Cli::invocation).map_err(|error| error.format(&mut command))
}

/// The whole command line as clap describes it, for the manual page and the completions.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let of_server = command.get_arguments().filter(|argument| is_of_server(argument));
    let hidden: Vec<_> = of_server.map(|argument| argument.clone().hide(true)).collect();
    WITHOUT_SERVER.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |subcommand| subcommand.args(hidden.clone()))
    })
}

/// True for the flags of the HTTP server.
fn is_of_server(argument: &clap::Arg) -> bool {
    argument.get_long().is_some_and(|name| name.starts_with("web."))
}

/// The commands without an HTTP server. Their help hides the flags of the server, which are accepted nevertheless. This is
/// the order of the commands in the help.
const WITHOUT_SERVER: [&str; 2] = ["inspect", "backfill"];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let (arch, system) = (std::env::consts::ARCH, std::env::consts::OS);
    format!("{} ({arch}-{system})", env!("CARGO_PKG_VERSION"))
});

/// Prometheus exporter for Rocket.Chat Omnichannel.
#[derive(Debug, Parser)]
#[command(name = env!("CARGO_PKG_NAME"), version = VERSION.as_str(), disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    input: Input,
    #[command(subcommand)]
    command: Option<Command>,
}

/// A command.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Poll the configured workspaces and serve their metrics (default command).
    Serve(Input),
    /// Poll a simulated workspace; needs no Rocket.Chat.
    Demo(Demo),
    /// Check configuration, network, token and permissions: exit code 0 success, 1 a step failed, 78 configuration.
    Check(Sources),
    /// Request the health of the exporter on this machine, for containers without a shell: exit code 0 or 1.
    Healthcheck {
        /// Configuration file; only the listen address is used.
        #[arg(long = "config.file", value_name = "PATH")]
        file: Option<PathBuf>,
        /// The endpoint and its address.
        #[command(flatten)]
        probe: Probe,
    },
    /// Query Rocket.Chat: waiting chats, chats by agent, rooms and calls.
    Inspect(Box<Inspection>),
    /// Write past months from Rocket.Chat's API as OpenMetrics files, one a day, for Prometheus to import.
    Backfill(Box<Backfill>),
}

impl Cli {
    fn invocation(self) -> Invocation {
        let Self { flags, input: before, command } = self;
        let command = command.unwrap_or_else(|| Command::Serve(Input::default()));
        let before = if let Command::Demo(_) = command { Input::default() } else { before };
        let Input { sources, check: check_only, reload_interval } = command.input().or(before);
        let flags = Flags {
            config_file: sources.file,
            state_directory: sources.state_directory,
            shard: sources.shard,
            shards: sources.shards,
            reload_interval,
            ..flags
        };
        Invocation { command, flags, check_only }
    }
}

impl Command {
    /// The flags for the sources of the settings, as far as they stand after the name of the command.
    fn input(&self) -> Input {
        let (file, state_directory) = match self {
            Self::Serve(own) => return own.clone(),
            Self::Check(sources) => {
                return Input { sources: sources.clone(), ..Input::default() };
            }
            Self::Demo(_) => (None, None),
            Self::Healthcheck { file, .. } => (file.clone(), None),
            Self::Inspect(inspection) => (inspection.file.clone(), None),
            Self::Backfill(backfill) => (backfill.file.clone(), backfill.state_directory.clone()),
        };
        let sources = Sources { file, state_directory, ..Sources::default() };
        Input { sources, ..Input::default() }
    }
}

/// The error of `--history` in a build without the feature `history`.
const NO_HISTORY: &str = concat!(
    "this build has no simulated time: use the image \
     ghcr.io/rocketchat-omnichannel-exporter/rocketchat-omnichannel-exporter:",
    env!("CARGO_PKG_VERSION"),
    "-history, or build with `--features history`"
);

fn parse_history(text: &str) -> Result<Duration, &'static str> {
    if !cfg!(feature = "history") {
        return Err(NO_HISTORY);
    }
    let length = humantime::parse_duration(text).ok();
    let is_fit = |length: &Duration| (3600..=31 * 86_400).contains(&length.as_secs());
    length.filter(is_fit).ok_or("must be from 1h to 31d, e.g. 7d")
}

fn parse_interval(text: &str) -> Result<Duration, &'static str> {
    let interval = humantime::parse_duration(text).ok();
    let interval = interval.filter(|interval| crate::config::Poll::INTERVALS.contains(interval));
    interval.ok_or("must be a duration with its unit from 1s to 1day, e.g. 30s")
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;
    use crate::config::{LogFormat, LogLevel, ShardIndex};

    fn parsed(arguments: &str) -> Result<Invocation, clap::Error> {
        parse(std::iter::once("exporter").chain(arguments.split_whitespace()))
    }

    fn serve(arguments: &str) -> (Flags, bool) {
        let Invocation { command, flags, check_only } = parsed(arguments).unwrap();
        assert!(matches!(command, Command::Serve(_)), "{command:?}");
        (flags, check_only)
    }

    #[test]
    fn flags_work_with_and_without_the_word_serve() {
        let flags = "--config.file c.yaml --config.check --state.directory /s --web.listen-address :1 --web.listen-address localhost:2 \
                     --web.telemetry-path /m --web.external-address a:3 --web.config.file w.yml --log.level debug --log.format json --shard auto --shards 3";
        let (read, check_only) = serve(flags);
        assert!(check_only);
        assert_eq!(read.config_file, Some("c.yaml".into()));
        assert_eq!(read.state_directory, Some("/s".into()));
        assert_eq!(
            read.listen_addresses,
            [":1", "localhost:2"].map(|address| address.parse().unwrap())
        );
        assert_eq!(read.telemetry_path, Some("/m".parse().unwrap()));
        assert_eq!(read.external_address, Some("a:3".parse().unwrap()));
        assert_eq!(read.web_config_file, Some("w.yml".into()));
        assert_eq!(
            (read.log_level, read.log_format),
            (Some(LogLevel::DEBUG), Some(LogFormat::Json))
        );
        assert_eq!((read.shard, read.shards), (Some(ShardIndex::Auto), Some(3)));
        assert_eq!(serve(&format!("serve {flags}")), (read.clone(), true));
        assert_eq!(serve(&format!("{flags} serve")), (read, true));
    }

    #[test]
    fn no_arguments_serve_with_nothing_set() {
        assert_eq!(serve(""), (Flags::default(), false));
    }

    #[test]
    fn a_demo_has_defaults_and_takes_the_flags_of_the_output() {
        let demo = |arguments: &str| match parsed(arguments).unwrap() {
            Invocation { command: Command::Demo(demo), flags, .. } => (demo, flags),
            other => panic!("{other:?}"),
        };
        let (demo_of_a_day, flags) = demo("--config.file c.yaml demo --seed 7 --log.level warn");
        assert_eq!(demo_of_a_day.server_version, "8.1.0");
        assert_eq!(demo_of_a_day.seed, Some(7));
        assert_eq!(demo_of_a_day.poll_interval(), Duration::from_secs(2));
        assert_eq!(flags, Flags { log_level: Some(LogLevel::WARN), ..Flags::default() });
        let (demo, _) = demo("demo --history 7d --output h.om");
        assert_eq!(demo.history, Some(Duration::from_secs(7 * 86_400)));
        let interval = demo.poll_interval().as_secs();
        assert_eq!((demo.output, interval), (Some("h.om".into()), 60));
    }

    #[test]
    fn the_commands_of_an_operator_take_the_flags_of_serve_before_and_behind_them() {
        for arguments in [
            "--config.file c.yaml --web.listen-address :1 check --state.directory /s",
            "--state.directory /s check --config.file c.yaml --web.listen-address :1",
        ] {
            let Invocation { command, flags, .. } = parsed(arguments).unwrap();
            assert!(matches!(command, Command::Check(_)), "{command:?}");
            assert_eq!(flags, serve(&arguments.replace("check", "serve")).0);
        }
        let probe = parsed("healthcheck --ready --web.listen-address :1").unwrap();
        let Invocation { command: Command::Healthcheck { probe, .. }, flags, .. } = probe else {
            panic!("{probe:?}");
        };
        assert!(probe.ready && probe.url.is_none() && flags.listen_addresses.len() == 1);
        let hidden = parsed("healthcheck --url http://a:hunter2@b").unwrap();
        assert!(!format!("{hidden:?}").contains("hunter2"));
    }

    #[test]
    fn a_command_without_a_server_takes_the_flags_of_the_server_and_does_not_list_them() {
        for (command, needed) in [
            ("backfill", "--from 2026-01-01 --output /o"),
            ("inspect", "waiting"),
            ("inspect waiting", ""),
        ] {
            let help = parsed(&format!("{command} --help")).unwrap_err().to_string();
            assert!(help.contains("--log.level") && !help.contains("--web."), "{help}");
            let flags = "--web.listen-address :1 --web.enable-lifecycle --log.level warn";
            for arguments in
                [format!("{command} {needed} {flags}"), format!("{flags} {command} {needed}")]
            {
                let flags = parsed(&arguments).unwrap().flags;
                assert_eq!(flags.listen_addresses, [":1".parse().unwrap()], "{arguments}");
                assert!(flags.enable_lifecycle && flags.log_level == Some(LogLevel::WARN));
            }
        }
        for command in ["serve", "demo", "healthcheck"] {
            let help = parsed(&format!("{command} --help")).unwrap_err().to_string();
            assert!(help.contains("--web.listen-address"), "{help}");
        }
    }

    #[test]
    fn what_is_misspelt_is_a_usage_error() {
        for bad in [
            "--log.level loud",
            "--web.listen-address localhost",
            "--web.telemetry-path /config",
            "--web.external-address http://a:1",
            "--web.listen-adress :1",
            "--state.directory=",
            "--shard second",
            "--shard -1",
            "--shards 0",
            "demo --state.directory /s",
            "demo --poll.interval 2",
            "demo --poll.interval 10ms",
            "demo --config.file x",
            "demo --history 1m",
            "demo --output h.om",
            "start",
        ] {
            let error = parsed(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
            assert!(error.use_stderr());
        }
    }

    #[test]
    fn the_version_names_program_release_and_target() {
        let error = parsed("--version").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DisplayVersion);
        assert!(!error.use_stderr());
        let text = error.to_string();
        assert!(text.starts_with("rocketchat-omnichannel-exporter 0."), "{text}");
        assert!(text.contains(std::env::consts::ARCH), "{text}");
        assert_eq!(parsed("--help").unwrap_err().kind(), ErrorKind::DisplayHelp);
    }
}
