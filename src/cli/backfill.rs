//! The arguments of `backfill`: the span of time, the output and the rate of requests.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Labels that the series of the exporter have already, or that Prometheus refuses.
const RESERVED: [&str; 2] = ["workspace", "le"];

/// A backfill of history from the API.
#[derive(Debug, Clone, PartialEq, Args)]
pub struct Backfill {
    /// Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file.
    #[arg(long = "config.file", value_name = "PATH")]
    pub(super) file: Option<PathBuf>,
    /// State directory of the running exporter; without --to, the history ends where its counting began.
    #[arg(long = "state.directory", value_name = "PATH")]
    pub(super) state_directory: Option<PathBuf>,
    /// Start of the history: a day (UTC) such as 2026-01-01, or a time such as 2026-01-01T08:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub from: Timestamp,
    /// End of the history: a day, a time, or now; beside a running exporter, the time at which its counters were 0
    /// [default: the start of counting in the state directory, or now].
    #[arg(long, value_name = "TIME", value_parser = parse_end)]
    pub to: Option<End>,
    /// Workspace to read, if several are configured.
    #[arg(long, value_name = "NAME")]
    pub workspace: Option<String>,
    /// Time between two samples, from 15s to 4m.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = parse_step)]
    pub step: Duration,
    /// Requests per minute and route, at most half of the server's limit [default: two fifths of what the exporter may
    /// send, which is 2 where the limit is 10; without a limit, as many as max_requests_per_minute].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests_per_minute: Option<u32>,
    /// Directory for the files; the same directory continues an interrupted run.
    #[arg(long, value_name = "DIRECTORY")]
    pub output: PathBuf,
    /// Estimate rows, requests, hours and disk space: ask each list for one row, at the same rate, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Label of every series, such as job and instance of the running exporter; may be repeated.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = parse_label)]
    pub labels: Vec<(String, String)>,
}

/// The end of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// This time.
    At(Timestamp),
    /// The time of the first run.
    Now,
}

fn parse_time(text: &str) -> Result<Timestamp, &'static str> {
    let of_day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    let at = text.parse().ok().or_else(|| of_day().map(|day| day.timestamp()));
    at.ok_or("must be a day such as 2026-01-01 or a time such as 2026-01-01T08:00:00Z")
}

fn parse_end(text: &str) -> Result<End, &'static str> {
    if text == "now" { Ok(End::Now) } else { parse_time(text).map(End::At) }
}

fn parse_step(text: &str) -> Result<Duration, &'static str> {
    let step = humantime::parse_duration(text).ok();
    let is_fit = |step: &Duration| (15..=240).contains(&step.as_secs()) && step.subsec_nanos() == 0;
    step.filter(is_fit).ok_or("must be in whole seconds from 15s to 4m, e.g. 60s")
}

fn parse_label(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("must be of the form NAME=VALUE")?;
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let is_name = name.starts_with(is_letter)
        && name.chars().all(|letter| is_letter(letter) || letter.is_ascii_digit())
        && !name.starts_with("__");
    if !is_name || RESERVED.contains(&name) {
        return Err("must begin with a name of letters, digits and _ that is not workspace or le");
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn backfill(arguments: &str) -> Result<Backfill, clap::Error> {
        let words = format!("exporter backfill {arguments}");
        match parse(words.split(' '))?.command {
            Command::Backfill(backfill) => Ok(*backfill),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let read = backfill("--from 2026-01-01 --to now --output /o --label job=a=b").unwrap();
        assert_eq!(read.from.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!((read.to, read.step), (Some(End::Now), Duration::from_secs(60)));
        assert_eq!(read.labels, [("job".to_owned(), "a=b".to_owned())]);
        let read = backfill("--from 2026-01-01T08:00:00Z --output /o").unwrap();
        assert_eq!((read.from.to_string(), read.to), ("2026-01-01T08:00:00Z".to_owned(), None));
    }

    #[test]
    fn what_cannot_be_backfilled_is_a_usage_error() {
        for bad in [
            "--output /o",
            "--from 2026-01-01",
            "--from yesterday --output /o",
            "--from 2026-01-01 --output /o --step 5s",
            "--from 2026-01-01 --output /o --step 5m",
            "--from 2026-01-01 --output /o --requests-per-minute 0",
            "--from 2026-01-01 --output /o --label workspace=a",
            "--from 2026-01-01 --output /o --label 1a=b",
            "--from 2026-01-01 --output /o --label __a=b",
            "--from 2026-01-01 --output /o --label a",
        ] {
            assert_eq!(backfill(bad).unwrap_err().exit_code(), 2, "{bad}");
        }
    }
}
