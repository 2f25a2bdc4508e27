//! How a simulated workspace is set up, before it starts.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use super::{
    api::{Permission, Policy},
    version::ServerVersion,
    world::Beginning,
};

/// What moves the workspace's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    /// The clock stands at this instant; operations, `advance` and `live` move it.
    Manual(Timestamp),
    /// The workspace lives from `start` on, `speed` simulated seconds a real one.
    Living {
        /// The instant at which serving begins.
        start: Timestamp,
        /// Simulated seconds a real second.
        speed: f64,
    },
}

impl Clock {
    const fn start(self) -> Timestamp {
        match self {
            Self::Manual(start) | Self::Living { start, .. } => start,
        }
    }
}

/// A workspace to simulate. The default is a busy one of 8.1.0 without rate limit, whose clock
/// stands.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Seed of every die: the same seed gives the same world.
    pub seed: u64,
    /// The server generation.
    pub version: ServerVersion,
    /// Whether `/api/info` keeps the version to itself.
    pub version_hidden: bool,
    /// Whether `open` means its opposite, as it may in some builds of 8.x.
    pub open_inverted: bool,
    /// Number of departments.
    pub departments: usize,
    /// Number of agents; the first one's id is [`Settings::user_id`].
    pub agents: usize,
    /// Whether there are calls too; the API shows them from 4.5 to 7.x.
    pub calls: bool,
    /// Chats that come in an hour, as a mean over the day.
    pub arrivals_per_hour: f64,
    /// Of a hundred visitors who wrote e-mails or text messages, so many come back to the closed chat.
    pub reopened_percent: u32,
    /// How long the workspace has lived before it serves; zero: not a single chat yet.
    pub warm_up: Duration,
    /// How long closed chats and calls are kept while the workspace lives.
    pub retention: Duration,
    /// What moves the clock.
    pub clock: Clock,
    /// Rows a page has at most (`API_Upper_Count_Limit`).
    pub page_limit: usize,
    /// Requests a window and route; none: the token bypasses the limiter, no headers are sent.
    pub rate_limit: Option<u32>,
    /// Length of the limiter's window, in real time.
    pub rate_window: Duration,
    /// The `X-Auth-Token` that is let in.
    pub token: String,
    /// The `X-User-Id` that is let in.
    pub user_id: String,
    /// Permissions the token lacks: by default what docs/operating.md does not ask for on every server. Since 6.10 the
    /// list of agents closes only when both of its are refused.
    pub refused: BTreeSet<Permission>,
    /// Sub-path of the workspace, such as `/chat`; empty for none.
    pub path_prefix: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            version: ServerVersion::new(8, 1, 0),
            version_hidden: false,
            open_inverted: false,
            departments: 5,
            agents: 25,
            calls: true,
            arrivals_per_hour: 600.0,
            reopened_percent: 15,
            warm_up: Duration::from_secs(2 * 3600),
            retention: Duration::from_secs(24 * 3600),
            clock: Clock::Manual(Timestamp::constant(1_772_445_600, 0)),
            page_limit: 100,
            rate_limit: None,
            rate_window: Duration::from_secs(60),
            token: "simulated-token".to_owned(),
            user_id: "rbAXPnMktTFbNpwtJ".to_owned(),
            refused: BTreeSet::from([
                Permission::ViewStatistics,
                Permission::ViewLivechatDepartments,
            ]),
            path_prefix: String::new(),
        }
    }
}

impl Settings {
    pub(super) fn beginning(&self) -> Beginning {
        Beginning {
            seed: self.seed,
            version: self.version,
            start: self.clock.start() - self.warm_up,
            departments: self.departments,
            agents: self.agents,
            first_agent_id: self.user_id.clone(),
            calls: self.calls,
            arrivals_per_hour: self.arrivals_per_hour,
            reopened_percent: self.reopened_percent,
            retention: self.retention,
        }
    }

    pub(super) fn policy(&self) -> Policy {
        Policy {
            token: self.token.clone(),
            user_id: self.user_id.clone(),
            refused: self.refused.clone(),
            page_limit: self.page_limit,
            version_hidden: self.version_hidden,
            open_inverted: self.open_inverted,
        }
    }
}
