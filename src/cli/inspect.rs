//! The arguments of `inspect`: the endpoint, the filter, and the form of the answer.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::config::CallDirection;

/// The question of `inspect` and the form of its answer.
#[derive(Debug, Clone, Args)]
pub struct Inspection {
    /// Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file.
    #[arg(long = "config.file", value_name = "PATH", global = true)]
    pub(super) file: Option<PathBuf>,
    /// Workspace to query, if several are configured.
    #[arg(long, value_name = "NAME", global = true)]
    pub workspace: Option<String>,
    /// Maximum number of rows.
    #[arg(long, value_name = "NUMBER", default_value = "20", global = true, value_parser = parse_limit)]
    pub limit: usize,
    /// Format of the output.
    #[arg(long, value_name = "FORMAT", default_value = "table", global = true)]
    pub format: OutputFormat,
    /// Also show the names and phone numbers of visitors.
    #[arg(long, global = true)]
    pub visitors: bool,
    /// The subject of the question.
    #[command(subcommand)]
    pub subject: Subject,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// A table with columns.
    Table,
    /// One JSON object: durations in seconds, times as RFC 3339.
    Json,
}

/// The subject of the question.
#[derive(Debug, Clone, Subcommand)]
pub enum Subject {
    /// Waiting chats, longest wait first, each with a link that opens the chat.
    Waiting {
        /// Only this department, by name or id; may be repeated.
        #[arg(long = "department", value_name = "NAME")]
        departments: Vec<String>,
    },
    /// Chats that missed the service level, earliest first: the chats that a service level alert counts.
    Missed {
        /// Missed at this time or later: RFC 3339, or a duration before now.
        #[arg(long, value_name = "TIME", default_value = "1h", value_parser = parse_when)]
        since: When,
        /// Missed at this time or earlier.
        #[arg(long, value_name = "TIME", value_parser = parse_when)]
        until: Option<When>,
        /// The departments and agents of the chats.
        #[command(flatten)]
        of: ChatsOf,
    },
    /// Chats in progress whose visitor waits for a reply, longest wait first.
    Unanswered(ChatsOf),
    /// Number of chats of each agent in each department (`livechat/queue`).
    Queue {
        /// Only this department, by name or id.
        #[arg(long, value_name = "NAME")]
        department: Option<String>,
        /// Only this agent, by id.
        #[arg(long, value_name = "ID")]
        agent: Option<String>,
        /// Leave out agents who are offline or do not accept chats.
        #[arg(long)]
        available: bool,
    },
    /// Chats, oldest first (`livechat/rooms`).
    Rooms(RoomsAsked),
    /// Calls: open calls, oldest first, or closed calls, newest first (`voip/rooms`, on servers 4.5 to 7.x).
    Calls(CallsAsked),
    /// One call, by its room id and the token of its visitor (`voip/room`).
    Call {
        /// Room id of the call.
        #[arg(long, value_name = "ID")]
        rid: String,
        /// Token of the visitor; other users of this machine may see the token in the list of processes.
        #[arg(long, value_name = "TOKEN")]
        token: SecretString,
    },
}

/// Departments and agents whose chats are shown.
#[derive(Debug, Clone, Default, Args)]
pub struct ChatsOf {
    /// Only this department, by name or id; may be repeated.
    #[arg(long = "department", value_name = "NAME")]
    pub departments: Vec<String>,
    /// Only chats of this agent, by id; may be repeated.
    #[arg(long = "agent", value_name = "ID")]
    pub agents: Vec<String>,
}

/// The chats to show.
#[derive(Debug, Clone, Default, Args)]
pub struct RoomsAsked {
    /// Only chats in this state; without a state, all open chats.
    #[arg(long, value_name = "STATE")]
    pub state: Option<ChatState>,
    /// The departments and agents of the chats.
    #[command(flatten)]
    pub of: ChatsOf,
    /// Only chats with any of these tags; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only chats whose room name contains this text.
    #[arg(long = "name", value_name = "TEXT")]
    pub room_name: Option<String>,
    /// Only chats with this custom field; may be repeated.
    #[arg(long = "custom-field", value_name = "FIELD=VALUE", value_parser = parse_field)]
    pub custom_fields: Vec<(String, String)>,
    /// The times at which it was opened and closed.
    #[command(flatten)]
    pub times: Times,
}

/// The calls to show.
#[derive(Debug, Clone, Default, Args)]
pub struct CallsAsked {
    /// Only calls in this state; without a state, open calls.
    #[arg(long, value_name = "STATE")]
    pub state: Option<CallState>,
    /// Only calls of this agent, by id; may be repeated.
    #[arg(long = "agent", value_name = "ID")]
    pub agents: Vec<String>,
    /// Only calls with any of these tags; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only calls in this queue of the PBX.
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
    /// Only calls of this visitor, by id.
    #[arg(long = "visitor-id", value_name = "ID")]
    pub visitor_id: Option<String>,
    /// Only calls of this direction.
    #[arg(long, value_name = "DIRECTION")]
    pub direction: Option<CallDirection>,
    /// Only calls whose room name contains this text.
    #[arg(long = "name", value_name = "TEXT")]
    pub room_name: Option<String>,
    /// The times at which it was answered and closed.
    #[command(flatten)]
    pub times: Times,
}

/// A state of a chat, with the value of the metrics' label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ChatState {
    /// The chat waits for an agent.
    Queued,
    /// An agent serves the chat.
    InProgress,
    /// The agent put the chat on hold.
    OnHold,
    /// The chat is closed.
    Closed,
}

/// A state of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CallState {
    /// The call is in progress, wrap-up included.
    Open,
    /// The call has ended.
    Closed,
}

/// Bounds of times; closed ones are of the last hour where none is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct Times {
    /// Opened at this time or later: RFC 3339, or a duration before now, e.g. `2h`.
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub opened_after: Option<When>,
    /// Opened at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub opened_before: Option<When>,
    /// Closed at this time or later; without it, the closed chats or calls of one hour.
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub closed_after: Option<When>,
    /// Closed at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = parse_when)]
    pub closed_before: Option<When>,
}

/// A time: an instant, or a distance from the server's present time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This instant.
    At(Timestamp),
    /// This long before the server's present time.
    Ago(SignedDuration),
}

impl When {
    /// The instant, if the server's present time is `now`; never before [`Timestamp::MIN`].
    pub fn seen_from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

fn parse_when(text: &str) -> Result<When, &'static str> {
    if let Ok(at) = text.parse() {
        return Ok(When::At(at));
    }
    let ago: Duration = humantime::parse_duration(text)
        .map_err(|_| "must be a time such as 2026-03-02T10:00:00Z, or a duration before now such as 2h or 30m")?;
    let ago = SignedDuration::try_from(ago).map_err(|_| "is too long ago")?;
    Ok(When::Ago(ago))
}

fn parse_limit(text: &str) -> Result<usize, &'static str> {
    let limit = text.parse().ok().filter(|limit| (1..=10_000).contains(limit));
    limit.ok_or("must be a whole number from 1 to 10000")
}

fn parse_field(text: &str) -> Result<(String, String), &'static str> {
    let field = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = field.ok_or("must be of the form FIELD=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Command, parse};

    fn inspection(arguments: &str) -> Result<Inspection, clap::Error> {
        let words = format!("exporter inspect {arguments}");
        match parse(words.split(' '))?.command {
            Command::Inspect(inspection) => Ok(*inspection),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_of_every_question_may_stand_behind_it() {
        let asked =
            inspection("waiting --department A --department B --limit 3 --format json --visitors");
        let asked = asked.unwrap();
        assert_eq!((asked.limit, asked.format, asked.visitors), (3, OutputFormat::Json, true));
        let Subject::Waiting { departments } = asked.subject else { panic!("{:?}", asked.subject) };
        assert_eq!(departments, ["A", "B"]);
        let plain = inspection("queue").unwrap();
        assert_eq!((plain.limit, plain.format, plain.visitors), (20, OutputFormat::Table, false));
    }

    #[test]
    fn a_time_is_an_instant_or_how_long_ago() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        for (text, at) in [
            ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00Z"),
            ("90m", "2026-03-02T08:30:00Z"),
            ("1day", "2026-03-01T10:00:00Z"),
        ] {
            assert_eq!(parse_when(text).unwrap().seen_from(now).to_string(), at);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_a_usage_error_and_a_token_is_not_repeated() {
        for bad in [
            "",
            "nobody",
            "waiting --limit 0",
            "rooms --state open",
            "rooms --closed-after yesterday",
            "rooms --custom-field =x",
            "call --rid a",
            "call --token hunter2",
            "call --rid a --token hunter2 --bad",
        ] {
            let error = inspection(bad).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{bad}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let call = inspection("call --rid a --token hunter2").unwrap();
        assert!(!format!("{call:?}").contains("hunter2"));
    }
}
